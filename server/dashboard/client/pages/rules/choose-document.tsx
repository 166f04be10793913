/** On which document: by its id, or through its patient. */

import { shortRev } from '../document/document-words.ts';
import { FindDocument } from '../document/find-document.tsx';
import { PatientDocuments } from '../document/patient-documents.tsx';
import type { Query } from './trial-query.ts';

interface ChooseDocumentProps {
  readonly query: Query;
  readonly change: (values: Query) => void;
}

const PATIENT = /^(p[0-9a-z]{26})(:patient)?$/;

/** The address of this page with a document chosen. */
const pathWith = (query: Query) => (documentId: string) => {
  const { q: _, rev: __, ...kept } = query;
  return `/admin/rules?${new URLSearchParams({ ...kept, documentId }).toString()}`;
};

export function ChooseDocument({ query, change }: ChooseDocumentProps) {
  const { documentId = '', rev = '', q = '' } = query;
  if (documentId === '')
    return <FindDocument text={q} onSearch={(text) => change({ q: text })} pathTo={pathWith(query)} />;
  const patientId = PATIENT.exec(documentId)?.[1];
  return (
    <>
      <div class="chosen">
        <p>
          The document <code class="document-id">{documentId}</code>
          {rev !== '' && (
            <>
              {' '}
              at its revision <code>{shortRev(rev)}</code>
            </>
          )}
        </p>
        <button type="button" class="button button-small" onClick={() => change({ documentId: '', rev: '' })}>
          Choose another document
        </button>
      </div>
      {patientId !== undefined && (
        <details>
          <summary>Choose a document of this patient</summary>
          <PatientDocuments patientId={patientId} pathTo={pathWith(query)} />
        </details>
      )}
    </>
  );
}
