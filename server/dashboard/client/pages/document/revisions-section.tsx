/** The revision tree, as a drawing and as a table, and the revision that is chosen. */
import { useState } from 'preact/hooks';
import type { DocumentView } from '../../../../admin/documents/document-inspection.ts';
import type { RevisionView } from '../../../../admin/documents/revision-tree.ts';
import { counted } from '../../format.ts';
import { useQueryState } from '../../query-state.ts';
import { Ago } from '../../ui/ago.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Section } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';
import { kindOf, placeOf, shortRev } from './document-words.ts';
import { Rev } from './rev.tsx';
import { RevisionDetails } from './revision-details.tsx';
import { RevisionGraph } from './revision-graph.tsx';

const FEW = 12;

export function RevisionsSection({ view }: { readonly view: DocumentView }) {
  const [{ rev }, change] = useQueryState();
  const [isAll, showAll] = useState(false);
  const { documentId, revisions, people, incomplete } = view;
  const chosen = revisions.find((one) => one.rev === rev) ?? revisions.find(({ winner }) => winner);
  const select = (one: string) => change({ rev: one });
  const listed = isAll ? revisions : revisions.slice(0, FEW);
  return (
    <Section title="Revisions">
      <p class="quiet">
        {counted(revisions.length, 'revision')}, oldest on the left; a dashed line is a change that was merged in.
        Choose one to see what it changed.{incomplete && ' There are more than are shown.'}
      </p>
      <RevisionGraph revisions={revisions} selected={chosen?.rev ?? ''} onSelect={select} />
      {chosen && (
        <RevisionDetails
          documentId={documentId}
          revision={chosen}
          parent={revisions.find((one) => one.rev === chosen.parent)}
        />
      )}
      <Table
        label="Revisions, newest first"
        items={listed}
        keyOf={(one) => one.rev}
        columns={columnsOf(people, chosen?.rev, select)}
        empty="None."
      />
      {listed.length < revisions.length && (
        <button type="button" class="button button-small" onClick={() => showAll(true)}>
          List all {counted(revisions.length, 'revision')}
        </button>
      )}
    </Section>
  );
}

const columnsOf = (
  people: DocumentView['people'],
  chosen: string | undefined,
  select: (rev: string) => void,
): Parameters<typeof Table<RevisionView>>[0]['columns'] => [
  {
    title: 'Revision',
    cell: (one) => (
      <button
        type="button"
        class="button button-small"
        aria-pressed={one.rev === chosen}
        onClick={() => select(one.rev)}
      >
        <Rev rev={one.rev} />
      </button>
    ),
  },
  { title: 'What', cell: (one) => <What revision={one} /> },
  {
    title: 'After',
    cell: ({ parent }) => (parent === null ? <span class="quiet">–</span> : <Rev rev={parent} />),
  },
  {
    title: 'By',
    cell: ({ author }) =>
      author === undefined ? <span class="quiet">–</span> : (people[author] ?? <code>{author}</code>),
  },
  { title: 'Written', cell: ({ writtenAt }) => <Ago at={writtenAt} never="–" /> },
  {
    title: 'Device',
    cell: ({ deviceId }) =>
      deviceId === undefined ? (
        <span class="quiet">–</span>
      ) : (
        <a href={`/admin/devices/${encodeURIComponent(deviceId)}`}>
          <code>{deviceId.slice(-8)}</code>
        </a>
      ),
  },
];

function What({ revision }: { readonly revision: RevisionView }) {
  const place = placeOf(revision);
  const sides = revision.mergedFrom ?? [];
  return (
    <>
      {kindOf(revision)}
      {sides.length > 0 && <span class="quiet"> of {sides.map(shortRev).join(', ')}</span>}
      {place !== undefined && (
        <>
          {' '}
          <Badge tone={revision.winner ? 'ok' : 'quiet'}>{place}</Badge>
        </>
      )}
    </>
  );
}
