/** The store: whether it answers, and what it tells of itself. */
import type { ComponentChildren } from 'preact';
import type { SystemView } from '../../../../admin/system/system-status.ts';
import type { CouchNodes, CouchStatus, CouchTask, EmbeddedStatus } from '../../../../store/store-status.ts';
import { formatBytes, formatCount } from '../../format.ts';
import { Ago } from '../../ui/ago.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Facts, Section } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';
import { StatusPartView } from './status-part.tsx';

type Fact = readonly [string, ComponentChildren];

export function StoreSection({ reach, store }: Pick<SystemView, 'reach' | 'store'>) {
  const known = 'value' in store ? store.value : undefined;
  return (
    <Section title="Store">
      <Facts
        items={[
          ['State', <Reach key="reach" reach={reach} />],
          ...(known?.kind === 'embedded' ? embeddedFacts(known) : known ? couchFacts(known) : []),
        ]}
      />
      {'problem' in store && <p>It tells nothing of itself: {store.problem}.</p>}
      {known?.kind === 'couchdb' && <Tasks tasks={known.tasks} />}
    </Section>
  );
}

function Reach({ reach: { reachable, checkedAt, downSince } }: Pick<SystemView, 'reach'>) {
  return (
    <>
      <Badge tone={reachable ? 'ok' : 'problem'}>{reachable ? 'Reachable' : 'Not reachable'}</Badge>{' '}
      <span class="quiet">
        {downSince !== undefined && (
          <>
            since <Ago at={downSince} />,{' '}
          </>
        )}
        asked <Ago at={checkedAt} />
      </span>
    </>
  );
}

const embeddedFacts = ({ engine, folder, databases, openDatabases, bytes }: EmbeddedStatus): Fact[] => [
  ['Kind', `Embedded, ${engine}`],
  ['Folder', <code key="folder">{folder}</code>],
  [
    'Databases',
    <StatusPartView key="databases" part={databases}>
      {(count) => `${formatCount(count)}, ${formatCount(openDatabases)} of them open`}
    </StatusPartView>,
  ],
  [
    'Size on disk',
    <StatusPartView key="bytes" part={bytes}>
      {(size) => formatBytes(size)}
    </StatusPartView>,
  ],
];

const couchFacts = ({ address, version, nodes, databases }: CouchStatus): Fact[] => [
  [
    'Kind',
    <StatusPartView key="version" part={version}>
      {(text) => `CouchDB ${text}`}
    </StatusPartView>,
  ],
  ['Address', <code key="address">{address}</code>],
  [
    'Nodes',
    <StatusPartView key="nodes" part={nodes}>
      {(known) => <Nodes nodes={known} />}
    </StatusPartView>,
  ],
  [
    'Databases',
    <StatusPartView key="databases" part={databases}>
      {(count) => `${formatCount(count)}, those of others included`}
    </StatusPartView>,
  ],
];

function Nodes({ nodes: { connected, expected } }: { readonly nodes: CouchNodes }) {
  const missing = expected.filter((node) => !connected.includes(node));
  return (
    <>
      {missing.length > 0 && (
        <>
          <Badge tone="problem">{formatCount(missing.length)} missing</Badge> {missing.join(', ')};{' '}
        </>
      )}
      {formatCount(connected.length)} connected: {connected.join(', ')}
    </>
  );
}

function Tasks({ tasks }: { readonly tasks: CouchStatus['tasks'] }) {
  return (
    <div>
      <h3>Active tasks of CouchDB</h3>
      <StatusPartView part={tasks}>
        {(known: readonly CouchTask[]) => (
          <Table
            label="Active tasks of CouchDB"
            items={known}
            keyOf={({ node, type, database, startedAt }) => [node, type, database, startedAt].join()}
            empty="It is doing nothing beside its work."
            columns={[
              { title: 'Task', cell: ({ type }) => type.replaceAll('_', ' ') },
              { title: 'Database', cell: ({ database }) => <code>{database ?? ''}</code> },
              { title: 'Node', cell: ({ node }) => node },
              { title: 'Done', numeric: true, cell: ({ progress }) => (progress === undefined ? '' : `${progress} %`) },
              { title: 'Since', cell: ({ startedAt }) => <Ago at={startedAt} never="unknown" /> },
            ]}
          />
        )}
      </StatusPartView>
    </div>
  );
}
