/** Documents that came without their patient, and whose patient has not come since. */
import type { WaitingDocumentItem } from '../../../../admin/waiting-documents/waiting-documents-routes.ts';
import { withQuery } from '../../api.ts';
import { usePagedList } from '../../paged.ts';
import { useQueryState } from '../../query-state.ts';
import { Ago } from '../../ui/ago.tsx';
import { Select } from '../../ui/fields.tsx';
import { Page } from '../../ui/page.tsx';
import { type Column, VirtualTable } from '../../ui/virtual-table.tsx';
import { documentAddress, shortId, typeWords, whoOf } from '../held-writes/document-words.ts';

const COLUMNS: readonly Column<WaitingDocumentItem>[] = [
  { key: 'at', title: 'Came', width: '8rem', cell: ({ arrivedAt }) => <Ago at={arrivedAt} /> },
  {
    key: 'document',
    title: 'Document',
    width: 'minmax(12rem, 1.4fr)',
    cell: ({ documentId }) => (
      <a href={documentAddress(documentId)} title={documentId}>
        {typeWords(documentId)} <code>{shortId(documentId)}</code>
      </a>
    ),
  },
  {
    key: 'patient',
    title: 'Patient',
    width: 'minmax(7rem, 0.8fr)',
    cell: ({ patientId }) => <code title={patientId}>{shortId(patientId)}</code>,
  },
  {
    key: 'author',
    title: 'Author',
    width: 'minmax(8rem, 1fr)',
    cell: ({ userName, userId }) => <span title={userId}>{whoOf(userName, userId)}</span>,
  },
  {
    key: 'device',
    title: 'Device',
    width: 'minmax(7rem, 0.8fr)',
    cell: ({ deviceId }) =>
      deviceId === undefined ? (
        'none'
      ) : (
        <a href={`/admin/devices/${encodeURIComponent(deviceId)}`} title={deviceId}>
          <code>{shortId(deviceId)}</code>
        </a>
      ),
  },
  { key: 'clinics', title: 'Clinic', width: 'minmax(6rem, 0.8fr)', cell: ({ clinicIds }) => clinicIds.join(', ') },
];

export function WaitingDocumentsPage() {
  const [{ order = '' }, change] = useQueryState();
  const path = withQuery('/api/admin/waiting-documents', { order });
  const list = usePagedList<WaitingDocumentItem>(path, ['held-writes', 'documents']);
  return (
    <Page
      title="Without a patient"
      lead="Documents that came before their patient, more than 30 days ago. Until the patient comes, only the clinic of the author sees them. Ask the author to sync the tablet that has the patient. A patient that was refused is among the held writes."
    >
      <div class="filters">
        <Select
          label="First"
          value={order}
          onChange={(value) => change({ order: value })}
          options={[
            ['', 'The oldest'],
            ['newest', 'The newest'],
          ]}
        />
      </div>
      <VirtualTable
        label="Documents without a patient"
        list={list}
        columns={COLUMNS}
        keyOf={({ documentId }) => documentId}
        empty="No document has waited for its patient for 30 days."
      />
    </Page>
  );
}
