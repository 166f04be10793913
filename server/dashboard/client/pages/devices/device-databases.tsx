/** What a device has of each role database, what passed between them, and up to where it has each feed. */
import type { ListedDevice } from '../../../../admin/devices/device-list.ts';
import { formatBytes, formatCount, formatPending, type Pending } from '../../format.ts';
import { Ago } from '../../ui/ago.tsx';
import { Section } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';

type Activity = NonNullable<ListedDevice['activity']>;
type Database = Activity['databases'][string];

interface Row extends Database {
  readonly name: string;
  readonly toPull: Pending | undefined;
}

interface Feed {
  readonly database: string;
  readonly type: string;
  readonly position: string;
  readonly notedAt: string;
}

const READS = { whole: 'All types in one feed', types: 'Type by type' } as const;

export function DeviceDatabases({ device }: { readonly device: ListedDevice }) {
  const { activity, toPull } = device;
  const names = [...new Set([...Object.keys(toPull?.databases ?? {}), ...Object.keys(activity?.databases ?? {})])];
  const rows = names.sort().map((name): Row => {
    const known = activity?.databases[name];
    return { ...(known ?? UNASKED), name, toPull: toPull?.databases[name] };
  });
  return (
    <>
      <Section title="Databases">
        <Table
          label="Databases of this device"
          items={rows}
          keyOf={({ name }) => name}
          empty="It never synced: nothing is known of its databases."
          columns={[
            { title: 'Database', cell: ({ name }) => <code>{name}</code> },
            {
              title: 'To pull',
              numeric: true,
              cell: ({ toPull: left }) => (left === undefined ? '–' : formatPending(left)),
            },
            { title: 'Documents sent to it', numeric: true, cell: ({ documentsOut }) => formatCount(documentsOut) },
            { title: 'Bytes to it', numeric: true, cell: ({ bytesOut }) => formatBytes(bytesOut) },
            { title: 'Documents from it', numeric: true, cell: ({ documentsIn }) => formatCount(documentsIn) },
            { title: 'Bytes from it', numeric: true, cell: ({ bytesIn }) => formatBytes(bytesIn) },
            { title: 'Refused', numeric: true, cell: ({ refused }) => formatCount(refused) },
            { title: 'Last asked', cell: ({ askedAt }) => <Ago at={askedAt} /> },
            { title: 'Reads', cell: ({ reads }) => (reads ? READS[reads] : '–') },
          ]}
        />
      </Section>
      <Section title="Confirmed positions">
        <Table
          label="Confirmed positions, feed by feed"
          items={feedsOf(activity)}
          keyOf={({ database, type }) => `${database} ${type}`}
          empty="It has confirmed no position yet."
          columns={[
            { title: 'Database', cell: ({ database }) => <code>{database}</code> },
            { title: 'Feed', cell: ({ type }) => (type === '*' ? 'All types' : type) },
            { title: 'Has everything up to', cell: ({ position }) => <Position position={position} /> },
            { title: 'Noted', cell: ({ notedAt }) => <Ago at={notedAt} /> },
          ]}
        />
      </Section>
    </>
  );
}

const UNASKED: Database = { bytesIn: 0, bytesOut: 0, documentsIn: 0, documentsOut: 0, refused: 0, feeds: {} };

/** A sequence of CouchDB is long; its number is what people compare. */
function Position({ position }: { readonly position: string }) {
  if (position === '0') return <span>the beginning</span>;
  return <code title={position}>{position.split('-')[0]}</code>;
}

const feedsOf = (activity: Activity | undefined): Feed[] =>
  Object.entries(activity?.databases ?? {})
    .flatMap(([database, { feeds }]) =>
      Object.entries(feeds).map(([type, { position, notedAt }]) => ({ database, type, position, notedAt })),
    )
    .sort((a, b) => (`${a.database} ${a.type}` < `${b.database} ${b.type}` ? -1 : 1));
