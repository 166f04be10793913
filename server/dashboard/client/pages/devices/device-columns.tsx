/** The columns of the list of devices. */
import type { ListedDevice } from '../../../../admin/devices/device-list.ts';
import { formatCount, formatPending } from '../../format.ts';
import { roleName } from '../../roles.ts';
import { Ago } from '../../ui/ago.tsx';
import { Badge } from '../../ui/badge.tsx';
import type { Column } from '../../ui/virtual-table.tsx';
import { appOf, clockOf, nameOf, pathOf, stateOf } from './device-words.ts';

const NOTHING = <span class="quiet">–</span>;

export const DEVICE_COLUMNS: readonly Column<ListedDevice>[] = [
  {
    key: 'name',
    title: 'Device',
    width: 'minmax(11rem, 2fr)',
    sort: 'name',
    cell: (device) => <a href={pathOf(device.deviceId)}>{nameOf(device)}</a>,
  },
  {
    key: 'toPull',
    title: 'To pull',
    width: '5.5rem',
    numeric: true,
    sort: 'toPull',
    cell: ({ toPull }) => (toPull ? <ToPull device={{ toPull }} /> : NOTHING),
  },
  { key: 'state', title: 'State', width: '8.5rem', cell: (device) => <StateBadge device={device} /> },
  {
    key: 'contact',
    title: 'Last contact',
    width: '8rem',
    sort: 'lastContactAt',
    cell: ({ activity }) => <Ago at={activity?.lastContactAt} />,
  },
  { key: 'pull', title: 'Last pull', width: '8rem', cell: ({ activity }) => <Ago at={activity?.lastPullAt} /> },
  { key: 'push', title: 'Last push', width: '8rem', cell: ({ activity }) => <Ago at={activity?.lastPushAt} /> },
  {
    key: 'refused',
    title: 'Refused',
    width: '5.5rem',
    numeric: true,
    sort: 'refused',
    cell: ({ totals }) => (totals ? formatCount(totals.refused) : NOTHING),
  },
  {
    key: 'owner',
    title: 'Owner',
    width: 'minmax(8rem, 1fr)',
    cell: ({ username, owner }) =>
      username === undefined ? <code>{owner}</code> : <a href={`/admin/accounts/${username}`}>{username}</a>,
  },
  {
    key: 'role',
    title: 'Role',
    width: '7.5rem',
    cell: ({ activity }) => (activity ? roleName(activity.role) : NOTHING),
  },
  {
    key: 'clinic',
    title: 'Clinic',
    width: 'minmax(7rem, 1fr)',
    sort: 'clinic',
    cell: ({ activity }) => activity?.clinicId ?? NOTHING,
  },
  { key: 'app', title: 'App', width: 'minmax(9rem, 1fr)', cell: (device) => appOf(device) ?? NOTHING },
  { key: 'clock', title: 'Clock', width: '8rem', cell: (device) => <Clock device={device} /> },
];

export function StateBadge({ device }: { readonly device: ListedDevice }) {
  const [tone, word] = stateOf(device);
  return <Badge tone={tone}>{word}</Badge>;
}

export function ToPull({ device: { toPull } }: { readonly device: Pick<ListedDevice, 'toPull'> }) {
  if (!toPull) return NOTHING;
  return toPull.total === 0 ? <span class="quiet">0</span> : <strong>{formatPending(toPull.total)}</strong>;
}

export function Clock({ device }: { readonly device: ListedDevice }) {
  const clock = clockOf(device);
  if (!clock) return NOTHING;
  return clock.isOff ? <Badge tone="attention">{clock.text}</Badge> : <span>{clock.text}</span>;
}
