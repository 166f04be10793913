/** Who sees what of a document, and who may change it: tried on one person and one document, with the table below. */
import { useQueryState } from '../../query-state.ts';
import { Ago } from '../../ui/ago.tsx';
import { ErrorNotice } from '../../ui/notice.tsx';
import { Page, Section } from '../../ui/page.tsx';
import { ChooseDocument } from './choose-document.tsx';
import { ChoosePerson } from './choose-person.tsx';
import { RulesTable } from './rules-table.tsx';
import { clinicsToChoose, personOf, type Trial, useTrial } from './trial-query.ts';
import { CopiesSection, ReadingNotice, WritingFacts } from './trial-result.tsx';
import { TryChange } from './try-change.tsx';

export function RulesPage() {
  const [query, change] = useQueryState();
  const { documentId = '', rev = '', table = '' } = query;
  const person = personOf(query);
  const trial = useTrial(person, documentId, rev);
  const asked = { ...person, documentId, ...(rev !== '' && { rev }) };
  return (
    <Page
      title="Try the rules"
      lead="What somebody sees of a document, and what they may change, as the server decides it. Nothing is written but that it was asked, by you."
    >
      <Section title="Who">
        <ChoosePerson query={query} change={change} />
        <ChooseOwnClinic trial={trial} onChoose={(clinicId) => change({ clinicId })} />
      </Section>
      <Section title="Which document">
        <ChooseDocument query={query} change={change} />
      </Section>
      {(person === undefined || documentId === '') && (
        <p class="quiet">Choose a person and a document to see what the rules say.</p>
      )}
      <Result trial={trial} asked={asked} />
      <RulesTable role={table || trial.view?.person.role || 'nurse'} onRole={(one) => change({ table: one })} />
    </Page>
  );
}

function Result({ trial, asked }: { readonly trial: Trial; readonly asked: object }) {
  const { view, error, trying, atMs, again } = trial;
  return (
    <>
      {clinicsToChoose(error).length === 0 && <ErrorNotice error={error} title="This could not be tried" />}
      {trying && view === undefined && <p class="quiet">Trying…</p>}
      {view && (
        <>
          <ReadingNotice view={view} />
          <p class="quiet">
            As it was <Ago at={atMs === undefined ? undefined : new Date(atMs).toISOString()} />.{' '}
            <button type="button" class="button button-small" disabled={trying} onClick={again}>
              Try again
            </button>
          </p>
          <CopiesSection view={view} />
          <WritingFacts writing={view.writing} />
          {!view.document.deleted && <TryChange key={JSON.stringify(asked)} view={view} asked={asked} />}
        </>
      )}
    </>
  );
}

/** A session is for one clinic: an account that has several has to be asked about one of them. */
function ChooseOwnClinic({ trial, onChoose }: { readonly trial: Trial; readonly onChoose: (slug: string) => void }) {
  const clinics = clinicsToChoose(trial.error);
  if (clinics.length === 0) return null;
  return (
    <div class="chosen">
      <p>The account works for several clinics. For which one are they signed in?</p>
      {clinics.map((slug) => (
        <button key={slug} type="button" class="button button-small" onClick={() => onChoose(slug)}>
          {slug}
        </button>
      ))}
    </div>
  );
}
