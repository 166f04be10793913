/** The columns of the list of held writes. */
import type { HeldWriteItem } from '../../../../admin/held-writes/held-write-views.ts';
import { Ago } from '../../ui/ago.tsx';
import { Badge } from '../../ui/badge.tsx';
import type { Column } from '../../ui/virtual-table.tsx';
import { documentAddress, namesDocument, shortId, whatOf, whoOf } from './document-words.ts';
import { entryAddress, type HeldFilters } from './held-query.ts';
import { shortReason } from './reason-words.ts';

interface ColumnsOptions {
  readonly filters: HeldFilters;
  readonly isSelected: (item: HeldWriteItem) => boolean;
  readonly toggle: (item: HeldWriteItem) => void;
}

/** On the link of each row: its entry, for the keys. */
export const ENTRY_ATTRIBUTE = 'data-entry';

export function heldColumns({ filters, isSelected, toggle }: ColumnsOptions): Column<HeldWriteItem>[] {
  return [
    {
      key: 'select',
      title: 'Select',
      width: '3.25rem',
      cell: (item) =>
        item.decision ? null : (
          <input
            type="checkbox"
            class="held-select"
            checked={isSelected(item)}
            aria-label={`Select: ${whatOf(item)} ${shortId(item.documentId)}`}
            onChange={() => toggle(item)}
          />
        ),
    },
    { key: 'at', title: 'Came', width: '7rem', cell: ({ heldAt }) => <Ago at={heldAt} /> },
    {
      key: 'what',
      title: 'What',
      width: 'minmax(12rem, 1fr)',
      cell: (item) => (
        <a href={entryAddress(item.id, filters)} {...{ [ENTRY_ATTRIBUTE]: item.id }}>
          {whatOf(item)}
        </a>
      ),
    },
    {
      key: 'document',
      title: 'Document',
      width: '6rem',
      cell: ({ documentId }) =>
        namesDocument(documentId) ? (
          <a href={documentAddress(documentId)} title={documentId}>
            <code>{shortId(documentId)}</code>
          </a>
        ) : (
          <code title={documentId}>{shortId(documentId)}</code>
        ),
    },
    {
      key: 'reason',
      title: 'Reason',
      width: 'minmax(13rem, 2.6fr)',
      cell: ({ code, message }) => (
        <span class="held-lines" title={message}>
          <span class="clip">{shortReason(code)}</span> <span class="clip quiet">{message}</span>
        </span>
      ),
    },
    {
      key: 'author',
      title: 'Author',
      width: 'minmax(8rem, 0.8fr)',
      cell: ({ userName, userId }) => <span title={userId}>{whoOf(userName, userId)}</span>,
    },
    {
      key: 'clinics',
      title: 'Clinics',
      width: 'minmax(5rem, 0.6fr)',
      cell: ({ clinicIds }) => <span title={clinicIds.join(', ')}>{clinicIds.join(', ') || 'none'}</span>,
    },
    ...(filters.state === '' || filters.state === 'open' ? [] : [STATE_COLUMN]),
  ];
}

const STATE_COLUMN: Column<HeldWriteItem> = {
  key: 'state',
  title: 'State',
  width: 'minmax(11rem, 1fr)',
  cell: ({ decision }) => <DecisionBadge decision={decision} />,
};

export function DecisionBadge({ decision }: { readonly decision: HeldWriteItem['decision'] | undefined }) {
  if (!decision) return <Badge tone="attention">Open</Badge>;
  const { outcome, byName, by, at } = decision;
  return (
    <span class="held-lines">
      <Badge tone={outcome === 'accepted' ? 'ok' : 'quiet'}>{outcome === 'accepted' ? 'Accepted' : 'Rejected'}</Badge>{' '}
      <span class="clip quiet">
        by {whoOf(byName, by)}, <Ago at={at} />
      </span>
    </span>
  );
}
