/** The clinics as a list with their figures, the worst first. */
import type { ClinicHealth, DatabaseFigures } from '../../../../admin/monitoring/clinic-health.ts';
import { formatBytes, formatCount } from '../../format.ts';
import type { PagedList } from '../../paged.ts';
import { Ago } from '../../ui/ago.tsx';
import { Badge } from '../../ui/badge.tsx';
import { type Column, VirtualTable } from '../../ui/virtual-table.tsx';
import { STATE_NAMES, TONES } from './states.ts';

const COLUMNS: readonly Column<ClinicHealth>[] = [
  {
    key: 'name',
    title: 'Clinic',
    width: 'minmax(11rem, 2fr)',
    cell: ({ slug, name }) => <a href={`/admin/devices?clinic=${encodeURIComponent(slug)}`}>{name}</a>,
  },
  {
    key: 'state',
    title: 'State',
    width: '9.5rem',
    cell: ({ state }) => <Badge tone={TONES[state]}>{STATE_NAMES[state]}</Badge>,
  },
  {
    key: 'why',
    title: 'Why',
    width: 'minmax(13rem, 3fr)',
    cell: ({ why }) => <span title={why}>{why ?? ''}</span>,
  },
  { key: 'devices', title: 'Devices', width: '5rem', numeric: true, cell: ({ devices }) => formatCount(devices) },
  {
    key: 'connected',
    title: 'Connected',
    width: '5.5rem',
    numeric: true,
    cell: ({ connected }) => formatCount(connected),
  },
  { key: 'seen', title: 'Last seen', width: '6.5rem', cell: ({ lastSeenAt }) => <Ago at={lastSeenAt} /> },
  { key: 'toPull', title: 'To pull', width: '5rem', numeric: true, cell: ({ toPull }) => formatCount(toPull) },
  { key: 'held', title: 'Held', width: '4rem', numeric: true, cell: ({ held }) => formatCount(held) },
  { key: 'in', title: 'In, 1 h', width: '5rem', numeric: true, cell: (clinic) => formatCount(clinic.in ?? 0) },
  { key: 'out', title: 'Out, 1 h', width: '5rem', numeric: true, cell: (clinic) => formatCount(clinic.out ?? 0) },
  {
    key: 'documents',
    title: 'Documents',
    width: '6.5rem',
    numeric: true,
    cell: (clinic) => sum(clinic, 0, formatCount),
  },
  { key: 'bytes', title: 'Size', width: '5.5rem', numeric: true, cell: (clinic) => sum(clinic, 1, formatBytes) },
  { key: 'readAt', title: 'Read', width: '6.5rem', cell: ({ readAt }) => <Ago at={readAt} never="not yet" /> },
];

export function ClinicList({ clinics }: { readonly clinics: readonly ClinicHealth[] }) {
  return (
    <VirtualTable
      label="Clinics"
      list={wholeList(clinics)}
      columns={COLUMNS}
      keyOf={({ slug }) => slug}
      empty="There is no clinic yet."
    />
  );
}

/** All that there is came in one answer. */
const wholeList = <T,>(items: readonly T[]): PagedList<T> => ({
  items,
  total: items.length,
  loading: false,
  error: undefined,
  hasMore: false,
  show: () => {},
  refresh: () => {},
});

/** Of the role databases of which it is known. */
function sum({ databases }: ClinicHealth, which: 0 | 1, format: (value: number) => string): string {
  const known = databases.filter((figures): figures is DatabaseFigures => figures !== null);
  return known.length === 0 ? 'unknown' : format(known.reduce((total, figures) => total + figures[which], 0));
}
