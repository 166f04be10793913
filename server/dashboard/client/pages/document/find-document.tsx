/** Finds a document: by its id, or by the name of its patient. */
import { useLocation } from 'preact-iso';
import { withQuery } from '../../api.ts';
import { counted, formatDay } from '../../format.ts';
import { useResource } from '../../resource.ts';
import { SearchField } from '../../ui/fields.tsx';
import { Loaded } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';

interface Patient {
  readonly _id: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly birthDate?: string;
  readonly clinicIds?: readonly string[];
}

const LIMIT = 20;
const PATIENT_ID = /^p[0-9a-z]{26}$/;
/** As ids of documents are written, and those of patients. */
export const isDocumentId = (text: string): boolean => text.includes(':') || PATIENT_ID.test(text);

interface FindDocumentProps {
  /** What was searched for. */
  readonly text: string;
  readonly onSearch: (text: string) => void;
  /** The address of a document that was found. */
  readonly pathTo: (documentId: string) => string;
}

export function FindDocument({ text, onSearch, pathTo }: FindDocumentProps) {
  const { route } = useLocation();
  const isId = isDocumentId(text);
  const found = useResource<{ items: readonly Patient[]; total?: number }>(
    text === '' || isId ? undefined : withQuery('/api/patients', { q: text, limit: LIMIT }),
    ['documents'],
  );
  return (
    <>
      <form
        class="find"
        onSubmit={(event) => {
          event.preventDefault();
          // Before the field asks by itself.
          const typed = event.currentTarget.querySelector('input')?.value.trim() ?? '';
          if (isDocumentId(typed)) route(pathTo(typed));
        }}
      >
        <SearchField label="Name of a patient, or id of a document" value={text} onSearch={onSearch} />
        {isId && (
          <a class="button button-primary" href={pathTo(text)}>
            Show {text.length > 24 ? 'this document' : text}
          </a>
        )}
      </form>
      {text !== '' && !isId && (
        <Loaded resource={found}>
          {({ items, total }) => (
            <>
              <Table
                label="Patients of this name"
                items={items}
                keyOf={({ _id }) => _id}
                columns={[
                  {
                    title: 'Patient',
                    cell: ({ _id, firstName, lastName }) => (
                      <a href={pathTo(_id)}>{`${firstName ?? ''} ${lastName ?? ''}`}</a>
                    ),
                  },
                  { title: 'Born', cell: ({ birthDate }) => (birthDate === undefined ? '–' : formatDay(birthDate)) },
                  { title: 'Clinics', cell: ({ clinicIds }) => clinicIds?.join(', ') ?? '–' },
                ]}
                empty="No patient has such a name. Parts of words are enough, whatever their accents."
              />
              {(total ?? 0) > items.length && (
                <p class="quiet">The first {counted(items.length, 'patient')}: type more of the name.</p>
              )}
            </>
          )}
        </Loaded>
      )}
    </>
  );
}
