/** Comparing a role database with the primary: starting it, how far it is, and what it found, in words and as a table. */
import { useState } from 'preact/hooks';
import type { ComparisonView } from '../../../../admin/role-databases/comparisons.ts';
import type { DocumentDifference } from '../../../../admin/role-databases/document-difference.ts';
import { fetchJson } from '../../api.ts';
import { counted, formatCount, formatMoment } from '../../format.ts';
import { useResource } from '../../resource.ts';
import { Ago } from '../../ui/ago.tsx';
import { ErrorNotice, Notice } from '../../ui/notice.tsx';
import { Loaded, Section } from '../../ui/page.tsx';
import { Table, type TableColumn } from '../../ui/table.tsx';
import { Progress } from './progress.tsx';
import { DIFFERENCE_WORDS } from './role-database-words.ts';

interface ComparisonSectionProps {
  readonly name: string;
  /** Not before its first build is complete. */
  readonly canCompare: boolean;
}

export function ComparisonSection({ name, canCompare }: ComparisonSectionProps) {
  const path = `/api/admin/role-databases/${encodeURIComponent(name)}/comparison`;
  const resource = useResource<ComparisonView>(path, ['role-databases']);
  const [error, setError] = useState<unknown>(undefined);
  const state = resource.data?.state;
  const isUnderWay = state === 'waiting' || state === 'running';
  const start = async () => {
    try {
      setError(undefined);
      await fetchJson(path, { method: 'POST' });
      resource.refresh();
    } catch (thrown) {
      setError(thrown);
    }
  };
  return (
    <Section
      title="Comparison with the primary"
      actions={
        <button type="button" class="button" disabled={isUnderWay || !canCompare} onClick={() => void start()}>
          {isUnderWay ? 'Being compared' : state === undefined || state === 'none' ? 'Compare' : 'Compare again'}
        </button>
      }
    >
      <p class="quiet">
        Every document that is here, or should be, is held against what the access rules make of the primary. It only
        reads, and shows ids and names of fields, nothing of patients.
      </p>
      <ErrorNotice error={error} title="It was not started" />
      <div aria-live="polite">
        <Loaded resource={resource}>{(view) => <Result view={view} />}</Loaded>
      </div>
    </Section>
  );
}

function Result({ view }: { readonly view: ComparisonView }) {
  const { state, done = 0, total = 0, startedAt } = view;
  if (state === 'none') return <p>It was never compared.</p>;
  if (state === 'waiting') return <p>It waits for its turn: one is compared after the other.</p>;
  if (state === 'running')
    return <Progress label="Comparison with the primary" done={done} total={total} unit="documents and changes" />;
  if (state === 'finished') return <Findings view={view} />;
  return (
    <Notice tone="attention" title={state === 'failed' ? 'It could not be compared' : 'The comparison did not end'}>
      <p>
        {view.problem ?? 'The server stopped: start it again.'} It was begun <Ago at={startedAt} />.
      </p>
    </Notice>
  );
}

function Findings({ view }: { readonly view: ComparisonView }) {
  const { documents = 0, differing = 0, differences = [], paused, finishedAt } = view;
  const compared = (
    <>
      compared {finishedAt && formatMoment(finishedAt)} (<Ago at={finishedAt} />)
    </>
  );
  if (differing === 0)
    return (
      <Notice tone="ok">
        <p>
          No differences among {counted(documents, 'document')}, {compared}.
        </p>
      </Notice>
    );
  return (
    <>
      <Notice tone={paused ? 'attention' : 'problem'}>
        <p>
          {counted(differing, 'document')} of {formatCount(documents)} {differing === 1 ? 'differs' : 'differ'},{' '}
          {compared}.{' '}
          {paused
            ? 'The projector was paused: what was written meanwhile is among them. Resume it and compare again.'
            : 'A rebuild sets them right, on devices as well.'}
          {differences.length < differing && ` The first ${formatCount(differences.length)} are listed.`}
        </p>
      </Notice>
      <Table
        label="Documents that differ"
        items={differences}
        columns={COLUMNS}
        keyOf={({ documentId }) => documentId}
        empty=""
      />
    </>
  );
}

const COLUMNS: readonly TableColumn<DocumentDifference>[] = [
  {
    title: 'Document',
    cell: ({ documentId }) => (
      <a href={`/admin/documents/${encodeURIComponent(documentId)}`}>
        <code class="long-id">{documentId}</code>
      </a>
    ),
  },
  {
    title: 'What is wrong',
    cell: ({ kind, fields = [] }) => (
      <span class="long-text">{[DIFFERENCE_WORDS[kind], fields.join(', ')].filter(Boolean).join(': ')}</span>
    ),
  },
  { title: 'Should show', cell: ({ expectedRev }) => <Revision rev={expectedRev} /> },
  { title: 'Shows', cell: ({ shownRev }) => <Revision rev={shownRev} /> },
];

const SHOWN_LENGTH = 10;

const Revision = ({ rev }: { readonly rev: string | undefined }) =>
  rev === undefined ? <span class="quiet">nothing</span> : <code title={rev}>{rev.slice(0, SHOWN_LENGTH)}</code>;
