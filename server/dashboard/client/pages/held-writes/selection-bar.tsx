/** How many held writes are selected, and what can be done with them. */
import type { HeldWriteItem } from '../../../../admin/held-writes/held-write-views.ts';
import { counted } from '../../format.ts';
import type { Selection } from './selection.ts';

interface SelectionBarProps {
  readonly selection: Selection;
  /** Of those that are loaded, those that nobody has decided on. */
  readonly open: readonly HeldWriteItem[];
  readonly onReject: () => void;
}

export function SelectionBar({ selection, open, onReject }: SelectionBarProps) {
  const { items, setItems } = selection;
  return (
    <div class="held-bar">
      <p role="status">{items.length === 0 ? 'None selected' : `${counted(items.length, 'write')} selected`}</p>
      <button type="button" class="button button-small" disabled={open.length === 0} onClick={() => setItems(open)}>
        Select all {open.length > 0 ? counted(open.length, 'loaded', 'loaded') : ''}
      </button>
      <button type="button" class="button button-small" disabled={items.length === 0} onClick={() => setItems([])}>
        Select none
      </button>
      <button type="button" class="button button-small button-danger" disabled={items.length === 0} onClick={onReject}>
        Reject selected…
      </button>
      <p class="quiet held-bar-note">Accepting is for one at a time: open it to look at it.</p>
    </div>
  );
}
