/** The held writes that wait for a decision, or have had one; many can be rejected at once. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { HeldWriteItem } from '../../../../admin/held-writes/held-write-views.ts';
import { counted } from '../../format.ts';
import { usePagedList } from '../../paged.ts';
import { useQueryState } from '../../query-state.ts';
import { Page } from '../../ui/page.tsx';
import { KeyHint, type Shortcut, ShortcutsDialog, useShortcuts } from '../../ui/shortcuts.tsx';
import { VirtualTable } from '../../ui/virtual-table.tsx';
import { heldColumns } from './held-columns.tsx';
import { HeldFiltersForm } from './held-filters.tsx';
import { entryAddress, filtersOf, listPath } from './held-query.ts';
import { HeldSummary } from './held-summary.tsx';
import { ManyResult } from './many-result.tsx';
import { RejectDialog } from './reject-dialog.tsx';
import { type ManyOutcome, rejectMany } from './reject-many.ts';
import { focusedEntry, moveFocus } from './row-focus.ts';

type Selection = ReadonlyMap<string, HeldWriteItem>;
const NONE: Selection = new Map();

export function HeldWritesPage() {
  const [query, change] = useQueryState();
  const { route } = useLocation();
  const filters = filtersOf(query);
  const path = listPath(filters);
  const list = usePagedList<HeldWriteItem>(path, ['held-writes']);
  const [selected, setSelected] = useState(NONE);
  const [dialog, setDialog] = useState<'reject' | 'keys' | undefined>();
  const [outcome, setOutcome] = useState<ManyOutcome>();
  const frame = useRef<HTMLDivElement>(null);
  const result = useRef<HTMLDivElement>(null);
  const isJustRejected = useRef(false);
  // What is not listed any more cannot be seen to be selected.
  useEffect(() => setSelected(NONE), [path]);
  // The button that the focus would go back to can do nothing any more.
  useEffect(() => {
    if (dialog === undefined && isJustRejected.current) result.current?.focus();
    isJustRejected.current = false;
  }, [dialog]);

  const toggle = (item: HeldWriteItem) => setSelected((before) => toggled(before, item));
  const onFocused = (act: (item: HeldWriteItem) => void) => {
    const id = frame.current ? focusedEntry(frame.current) : undefined;
    const item = list.items.find((one) => one.id === id);
    if (item) act(item);
  };
  const move = (step: 1 | -1) => frame.current && moveFocus(frame.current, step);
  const open = (item: HeldWriteItem) => {
    route(entryAddress(item.id, filters));
  };
  const askReject = () => {
    if (selected.size > 0) return setDialog('reject');
    onFocused((item) => {
      if (item.decision) return;
      toggle(item);
      setDialog('reject');
    });
  };
  const shortcuts: readonly Shortcut[] = [
    { key: 'j', does: 'Next row', run: () => move(1) },
    { key: 'k', does: 'Row before', run: () => move(-1) },
    { key: 'Enter', does: 'Open the row' },
    { key: 'x', does: 'Select the row, or not', run: () => onFocused((item) => !item.decision && toggle(item)) },
    { key: 'a', does: 'Open the row, to accept it', run: () => onFocused(open) },
    { key: 'r', does: 'Reject what is selected, else the row', run: askReject },
    { key: '?', does: 'Show these keys', run: () => setDialog('keys') },
  ];
  useShortcuts(shortcuts);

  const reject = async (note: string) => {
    setOutcome(await rejectMany([...selected.values()], note));
    isJustRejected.current = true;
    setSelected(NONE);
    list.refresh();
  };
  const openItems = list.items.filter(({ decision }) => !decision);
  return (
    <Page
      title="Held writes"
      lead="What tablets sent and the rules refused, and what gave way in a merge: kept whole until you decide."
      actions={
        <button type="button" class="button" aria-keyshortcuts="?" onClick={() => setDialog('keys')}>
          Keys <KeyHint of="?" />
        </button>
      }
    >
      <HeldSummary filters={filters} />
      <HeldFiltersForm filters={filters} change={change} />
      <ManyResult frame={result} outcome={outcome} filters={filters} onClose={() => setOutcome(undefined)} />
      <SelectionBar
        selected={selected}
        open={openItems}
        onAll={() => setSelected(new Map(openItems.map((item) => [item.id, item])))}
        onClear={() => setSelected(NONE)}
        onReject={() => setDialog('reject')}
      />
      <div class="held-list" ref={frame}>
        <VirtualTable
          label="Held writes"
          list={list}
          columns={heldColumns({ filters, toggle, isSelected: ({ id }) => selected.has(id) })}
          keyOf={({ id }) => id}
          isSelected={({ id }) => selected.has(id)}
          empty={
            filters.state === '' || filters.state === 'open' ? 'Nothing waits for a decision here.' : 'There are none.'
          }
        />
      </div>
      {dialog === 'reject' && (
        <RejectDialog count={selected.size} onReject={reject} onClose={() => setDialog(undefined)} />
      )}
      {dialog === 'keys' && <ShortcutsDialog shortcuts={shortcuts} onClose={() => setDialog(undefined)} />}
    </Page>
  );
}

function toggled(before: Selection, item: HeldWriteItem): Selection {
  const after = new Map(before);
  if (!after.delete(item.id)) after.set(item.id, item);
  return after;
}

interface SelectionBarProps {
  readonly selected: Selection;
  /** Of those that are loaded, those that nobody has decided on. */
  readonly open: readonly HeldWriteItem[];
  readonly onAll: () => void;
  readonly onClear: () => void;
  readonly onReject: () => void;
}

function SelectionBar({ selected, open, onAll, onClear, onReject }: SelectionBarProps) {
  return (
    <div class="held-bar">
      <p role="status">{selected.size === 0 ? 'None selected' : `${counted(selected.size, 'write')} selected`}</p>
      <button type="button" class="button button-small" disabled={open.length === 0} onClick={onAll}>
        Select all {open.length > 0 ? counted(open.length, 'loaded', 'loaded') : ''}
      </button>
      <button type="button" class="button button-small" disabled={selected.size === 0} onClick={onClear}>
        Select none
      </button>
      <button type="button" class="button button-small button-danger" disabled={selected.size === 0} onClick={onReject}>
        Reject selected…
      </button>
      <p class="quiet held-bar-note">Accepting is for one at a time: open it to look at it.</p>
    </div>
  );
}
