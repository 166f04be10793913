/** Where one document is. */
import type { DocumentView } from '../../../../admin/documents/document-inspection.ts';
import { ApiProblem } from '../../api.ts';
import { useResource } from '../../resource.ts';
import { Ago } from '../../ui/ago.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Facts, Loaded, Page } from '../../ui/page.tsx';
import { summaryOf } from './document-words.ts';
import { documentPath } from './find-page.tsx';
import { PatientDocuments } from './patient-documents.tsx';
import { DatabasesSection, DevicesSection, HeldSection } from './places-sections.tsx';
import { Rev } from './rev.tsx';
import { RevisionsSection } from './revisions-section.tsx';

export function DocumentPage({ id }: { readonly id: string }) {
  const document = useResource<DocumentView>(`/api/admin/documents/${encodeURIComponent(id)}`, [
    'documents',
    'devices',
    'role-databases',
    'held-writes',
  ]);
  const tryRules = `/admin/rules?documentId=${encodeURIComponent(id)}`;
  return (
    <Page
      title="Where is it?"
      lead={<code class="document-id">{id}</code>}
      actions={
        <>
          <a class="button" href="/admin/documents">
            Find another
          </a>
          <a class="button" href={tryRules}>
            Try the rules on it
          </a>
        </>
      }
    >
      {document.error instanceof ApiProblem && document.error.code === 'not_found' ? (
        <Unknown problem={document.error} />
      ) : (
        <Loaded resource={document}>{(view) => <Places view={view} />}</Loaded>
      )}
    </Page>
  );
}

function Places({ view }: { readonly view: DocumentView }) {
  const { tone, title, text } = summaryOf(view);
  return (
    <>
      <Notice tone={tone} title={title}>
        <p>{text}</p>
      </Notice>
      <Facts items={factsOf(view)} />
      <RevisionsSection key={view.documentId} view={view} />
      <DatabasesSection databases={view.databases} />
      <DevicesSection devices={view.devices} people={view.people} />
      <HeldSection heldWrites={view.heldWrites} />
      {view.type === 'patient' && !view.deleted && view.patientId !== undefined && (
        <PatientDocuments patientId={view.patientId} pathTo={documentPath} />
      )}
    </>
  );
}

function factsOf(view: DocumentView): Parameters<typeof Facts>[0]['items'] {
  const { type, patientId, winner, revisions, people, readAt, deleted, erased } = view;
  const present = revisions.find((one) => one.winner);
  const author = present?.author;
  return [
    ['Type', type],
    [
      'State',
      <Badge key="state" tone={deleted ? 'quiet' : 'ok'}>
        {erased ? 'erased' : deleted ? 'deleted' : 'there'}
      </Badge>,
    ],
    ['Present revision', <Rev key="rev" rev={winner.rev} />],
    ['Written', <Ago key="at" at={present?.writtenAt} never="not known" />],
    ['By', author === undefined ? 'not known' : (people[author] ?? author)],
    ...(patientId !== undefined && type !== 'patient'
      ? [
          [
            'Patient',
            <a key="patient" href={documentPath(patientId)}>
              {patientId}
            </a>,
          ] as const,
        ]
      : []),
    ['Read', <Ago key="read" at={readAt} />],
  ];
}

/** The server's words say what to do. */
function Unknown({ problem }: { readonly problem: ApiProblem }) {
  const held = Array.isArray(problem.extra.heldWrites) ? (problem.extra.heldWrites as string[]) : [];
  return (
    <Notice tone="attention" title="This document is not here">
      <p>{problem.message}</p>
      {held.map((entry) => (
        <p key={entry}>
          <a href={`/admin/held-writes/${entry}`}>The held write</a>
        </p>
      ))}
    </Notice>
  );
}
