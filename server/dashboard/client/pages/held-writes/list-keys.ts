/** What keys do in the list of held writes. */
import type { HeldWriteItem } from '../../../../admin/held-writes/held-write-views.ts';
import type { Shortcut } from '../../ui/shortcuts.tsx';
import { focusedEntry, moveFocus } from './row-focus.ts';
import type { Selection } from './selection.ts';

interface ListKeysOptions {
  /** The element that the list is in. */
  readonly frame: { readonly current: HTMLElement | null };
  readonly items: readonly HeldWriteItem[];
  readonly selection: Selection;
  readonly open: (item: HeldWriteItem) => void;
  readonly askReject: () => void;
  readonly showKeys: () => void;
}

export function listKeys({ frame, items, selection, open, askReject, showKeys }: ListKeysOptions): Shortcut[] {
  const move = (step: 1 | -1) => () => {
    if (frame.current) moveFocus(frame.current, step);
  };
  const onFocused = (act: (item: HeldWriteItem) => void) => () => {
    const id = frame.current ? focusedEntry(frame.current) : undefined;
    const item = items.find((one) => one.id === id);
    if (item) act(item);
  };
  const rejectFocused = onFocused((item) => {
    if (item.decision) return;
    selection.toggle(item);
    askReject();
  });
  return [
    { key: 'j', does: 'Next row', run: move(1), repeats: true },
    { key: 'k', does: 'Row before', run: move(-1), repeats: true },
    { key: 'Enter', does: 'Open the row' },
    { key: 'x', does: 'Select the row, or not', run: onFocused(selection.toggle) },
    { key: 'a', does: 'Open the row, to accept it', run: onFocused(open) },
    {
      key: 'r',
      does: 'Reject what is selected, else the row',
      run: selection.items.length > 0 ? askReject : rejectFocused,
    },
    { key: '?', does: 'Show these keys', run: showKeys },
  ];
}
