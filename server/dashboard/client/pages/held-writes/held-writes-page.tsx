/** The held writes that wait for a decision, or have had one; many can be rejected at once. */

import { useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { HeldWriteItem } from '../../../../admin/held-writes/held-write-views.ts';
import { usePagedList } from '../../paged.ts';
import { useQueryState } from '../../query-state.ts';
import { useFocusAfter } from '../../ui/dialog.tsx';
import { Page } from '../../ui/page.tsx';
import { KeyHint, ShortcutsDialog, useShortcuts } from '../../ui/shortcuts.tsx';
import { VirtualTable } from '../../ui/virtual-table.tsx';
import { heldColumns } from './held-columns.tsx';
import { HeldFiltersForm } from './held-filters.tsx';
import { entryAddress, filtersOf, listPath } from './held-query.ts';
import { HeldSummary } from './held-summary.tsx';
import { listKeys } from './list-keys.ts';
import { ManyResult } from './many-result.tsx';
import { RejectDialog } from './reject-dialog.tsx';
import { type ManyOutcome, rejectMany } from './reject-many.ts';
import { useSelection } from './selection.ts';
import { SelectionBar } from './selection-bar.tsx';

/** Of two lines. */
const ROW_HEIGHT = 56;

export function HeldWritesPage() {
  const [query, change] = useQueryState();
  const { route } = useLocation();
  const filters = filtersOf(query);
  const path = listPath(filters);
  const list = usePagedList<HeldWriteItem>(path, ['held-writes']);
  const selection = useSelection(path);
  const [dialog, setDialog] = useState<'reject' | 'keys' | undefined>();
  const [outcome, setOutcome] = useState<ManyOutcome>();
  const frame = useRef<HTMLDivElement>(null);
  const result = useRef<HTMLDivElement>(null);
  // The button that the focus would go back to can do nothing any more.
  const focusResult = useFocusAfter(dialog, () => result.current);
  const askReject = () => setDialog('reject');
  const showKeys = () => setDialog('keys');
  const open = ({ id }: HeldWriteItem) => route(entryAddress(id, filters));
  const keys = listKeys({ frame, items: list.items, selection, open, askReject, showKeys });
  useShortcuts(keys);

  const reject = async (note: string) => {
    setOutcome(await rejectMany(selection.items, note));
    focusResult();
    selection.setItems([]);
    list.refresh();
  };
  const isOpenList = filters.state === '' || filters.state === 'open';
  return (
    <Page
      title="Held writes"
      lead="What tablets sent and the rules refused, and what gave way in a merge: kept whole until you decide."
      actions={
        <button type="button" class="button" aria-keyshortcuts="?" onClick={showKeys}>
          Keys <KeyHint of="?" />
        </button>
      }
    >
      <HeldSummary filters={filters} />
      <HeldFiltersForm filters={filters} change={change} />
      <ManyResult frame={result} outcome={outcome} filters={filters} onClose={() => setOutcome(undefined)} />
      <SelectionBar selection={selection} open={list.items.filter(({ decision }) => !decision)} onReject={askReject} />
      <div class="held-list" ref={frame}>
        <VirtualTable
          label="Held writes"
          list={list}
          columns={heldColumns({ filters, toggle: selection.toggle, isSelected: selection.has })}
          keyOf={({ id }) => id}
          rowHeight={ROW_HEIGHT}
          isSelected={selection.has}
          empty={isOpenList ? 'Nothing waits for a decision here.' : 'There are none.'}
        />
      </div>
      {dialog === 'reject' && (
        <RejectDialog count={selection.items.length} onReject={reject} onClose={() => setDialog(undefined)} />
      )}
      {dialog === 'keys' && <ShortcutsDialog shortcuts={keys} onClose={() => setDialog(undefined)} />}
    </Page>
  );
}
