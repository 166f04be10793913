/** What belongs to a patient, newest first: the way to a document whose id nobody knows. */
import { counted } from '../../format.ts';
import { useResource } from '../../resource.ts';
import { Ago } from '../../ui/ago.tsx';
import { Loaded, Section } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';

interface Listed {
  readonly _id: string;
  readonly type: string;
  readonly updatedAt?: string;
  readonly [field: string]: unknown;
}

interface Page {
  readonly items: readonly Listed[];
  readonly nextCursor?: string;
}

const LIMIT = 100;
/** What tells documents of a type apart. */
const TELLING = ['diagnosis', 'name', 'startsAt', 'measuredAt', 'status'] as const;

export function PatientDocuments({
  patientId,
  pathTo,
}: {
  readonly patientId: string;
  readonly pathTo: (documentId: string) => string;
}) {
  const documents = useResource<Page>(`/api/patients/${patientId}/timeline?limit=${LIMIT}`, ['documents']);
  return (
    <Section title="Documents of this patient">
      <Loaded resource={documents}>
        {({ items, nextCursor }) => (
          <>
            <Table
              label="Documents of this patient, newest first"
              items={items}
              keyOf={({ _id }) => _id}
              columns={[
                { title: 'Type', cell: ({ _id, type }) => <a href={pathTo(_id)}>{type}</a> },
                { title: 'What', cell: (one) => summaryOf(one) },
                { title: 'Changed', cell: ({ updatedAt }) => <Ago at={updatedAt} /> },
                { title: 'Id', cell: ({ _id }) => <code>{_id.slice(_id.indexOf(':') + 1)}</code> },
              ]}
              empty="Nothing but the patient is there."
            />
            {nextCursor !== undefined && (
              <p class="quiet">The newest {counted(items.length, 'document')}; older ones are found by their ids.</p>
            )}
          </>
        )}
      </Loaded>
    </Section>
  );
}

function summaryOf(document: Listed): string {
  const field = TELLING.find((one) => typeof document[one] === 'string');
  return field === undefined ? '–' : String(document[field]);
}
