/** Where is a document? Begins with finding it. */
import { useQueryState } from '../../query-state.ts';
import { Page, Section } from '../../ui/page.tsx';
import { FindDocument } from './find-document.tsx';

export const documentPath = (documentId: string): string => `/admin/documents/${encodeURIComponent(documentId)}`;

export function FindDocumentPage() {
  const [{ q = '' }, change] = useQueryState();
  return (
    <Page
      title="Where is it?"
      lead="Every revision of a document, what each role database holds of it, and which devices have confirmed it. Looking at a document is recorded."
    >
      <Section title="Find a document">
        <FindDocument text={q} onSearch={(text) => change({ q: text })} pathTo={documentPath} />
        <p class="quiet">
          Choose a patient to see what belongs to them. Ids look like <code>p01h…:record:01h…</code>, or{' '}
          <code>clinic:clinic:north</code>; deleted and erased documents are found by their ids.
        </p>
      </Section>
    </Page>
  );
}
