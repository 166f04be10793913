/** Columns of the list of role databases. */
import type { ListedRoleDatabase } from '../../../../admin/role-databases/role-database-list.ts';
import { formatBytes, formatCount } from '../../format.ts';
import { Ago } from '../../ui/ago.tsx';
import { Badge } from '../../ui/badge.tsx';
import type { Column } from '../../ui/virtual-table.tsx';
import { percentOf, readersOf, sequenceNumber, stateWords } from './role-database-words.ts';

export function StateBadge({ database }: { readonly database: ListedRoleDatabase }) {
  const { tone, name } = stateWords(database);
  const { progress } = database;
  return (
    <Badge tone={tone}>
      {name}
      {progress && ` ${percentOf(progress.done, progress.total)} %`}
    </Badge>
  );
}

const unknown = <span class="quiet">not read yet</span>;

export const ROLE_DATABASE_COLUMNS: readonly Column<ListedRoleDatabase>[] = [
  {
    key: 'name',
    title: 'Name',
    width: 'minmax(13rem, 2fr)',
    sort: 'name',
    cell: ({ name }) => <a href={`/admin/role-databases/${name}`}>{name}</a>,
  },
  { key: 'role', title: 'Read by', width: 'minmax(6.5rem, 1fr)', cell: ({ role }) => readersOf(role) },
  { key: 'state', title: 'State', width: '10.5rem', cell: (one) => <StateBadge database={one} /> },
  {
    key: 'documents',
    title: 'Documents',
    width: 'minmax(6.5rem, 1fr)',
    numeric: true,
    sort: 'documents',
    cell: ({ facts }) => (facts ? formatCount(facts.documents) : unknown),
  },
  {
    key: 'bytes',
    title: 'On disk',
    width: 'minmax(6rem, 1fr)',
    numeric: true,
    sort: 'bytes',
    cell: ({ facts }) => (facts ? formatBytes(facts.bytes) : unknown),
  },
  {
    key: 'sequence',
    title: 'Sequence',
    width: 'minmax(6rem, 1fr)',
    numeric: true,
    cell: ({ facts }) => (facts ? sequenceNumber(facts.updateSeq) : ''),
  },
  {
    key: 'devices',
    title: 'Devices',
    width: 'minmax(5rem, 1fr)',
    numeric: true,
    sort: 'devices',
    cell: ({ devices }) => formatCount(devices),
  },
  {
    key: 'connected',
    title: 'Connected',
    width: 'minmax(5.5rem, 1fr)',
    numeric: true,
    cell: ({ connectedDevices }) => formatCount(connectedDevices),
  },
  {
    key: 'readAt',
    title: 'As of',
    width: '7rem',
    cell: ({ facts }) => (facts ? <Ago at={facts.readAt} /> : unknown),
  },
];
