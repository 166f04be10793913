/** Who did what and when. */
import type { NamedAuditEntry } from '../../../../api/audit-routes.ts';
import { withQuery } from '../../api.ts';
import { usePagedList } from '../../paged.ts';
import { useQueryState } from '../../query-state.ts';
import { Ago } from '../../ui/ago.tsx';
import { SearchField, Select } from '../../ui/fields.tsx';
import { Page } from '../../ui/page.tsx';
import { type Column, VirtualTable } from '../../ui/virtual-table.tsx';
import { AUDIT_WORDS, detailsOf, whoOf } from './audit-words.ts';

const COLUMNS: readonly Column<NamedAuditEntry>[] = [
  { key: 'at', title: 'When', width: '9rem', cell: ({ at }) => <Ago at={at} /> },
  { key: 'kind', title: 'What', width: 'minmax(14rem, 1fr)', cell: ({ kind }) => AUDIT_WORDS[kind] },
  { key: 'by', title: 'By', width: 'minmax(11rem, 1fr)', cell: (entry) => <span class="clip">{whoOf(entry)}</span> },
  {
    key: 'details',
    title: 'Details',
    width: 'minmax(18rem, 2fr)',
    cell: (entry) => <span class="clip">{detailsOf(entry)}</span>,
  },
];

export function AuditPage() {
  const [{ kind = '', userId = '' }, change] = useQueryState();
  const list = usePagedList<NamedAuditEntry>(withQuery('/api/audit', { kind, userId }), ['audit']);
  const kinds = Object.entries(AUDIT_WORDS);
  return (
    <Page
      title="Audit log"
      lead="Who did what and when, newest first. Entries hold ids, never the data of patients, and stay for good."
    >
      <div class="filters">
        <Select
          label="What"
          value={kind}
          onChange={(value) => change({ kind: value })}
          options={[['', 'Everything'], ...kinds]}
        />
        <SearchField label="User id" value={userId} onSearch={(text) => change({ userId: text })} />
      </div>
      <VirtualTable
        label="Audit log"
        list={list}
        columns={COLUMNS}
        keyOf={({ auditId }) => auditId}
        empty="Nothing of this kind has happened."
      />
    </Page>
  );
}
