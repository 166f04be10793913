/** One clinic of the map, with its figures and its role databases. */
import { CLINIC_ROLES } from '../../../../../shared-schemas/roles.ts';
import type { ClinicHealth } from '../../../../admin/monitoring/clinic-health.ts';
import { formatBytes, formatCount } from '../../format.ts';
import { Ago } from '../../ui/ago.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Facts } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';
import { STATE_NAMES, TONES } from './states.ts';

export function ClinicFigures({ clinic }: { readonly clinic: ClinicHealth }) {
  const { slug, name, state, why, devices, connected, lastSeenAt, toPull, held, databases, readAt } = clinic;
  const rows = CLINIC_ROLES.map((role, n) => ({ name: `${role}-${slug}`, figures: databases[n] ?? undefined }));
  return (
    <div class="map-chosen">
      <h3>
        <a href={`/admin/devices?clinic=${encodeURIComponent(slug)}`}>{name}</a>{' '}
        <Badge tone={TONES[state]}>{STATE_NAMES[state]}</Badge>
      </h3>
      {why !== undefined && <p>{capital(why)}.</p>}
      <Facts
        items={[
          ['Devices', `${formatCount(devices)}, ${formatCount(connected)} connected`],
          ['Last seen', connected > 0 ? 'connected now' : <Ago key="seen" at={lastSeenAt} />],
          ['Changes to pull', formatCount(toPull)],
          ['Held writes open', formatCount(held)],
          ['Writes in the last hour', formatCount(clinic.in ?? 0)],
          ['Documents sent in the last hour', formatCount(clinic.out ?? 0)],
        ]}
      />
      <Table
        label={`Role databases of ${name}`}
        items={rows}
        keyOf={(row) => row.name}
        empty="There are none."
        columns={[
          {
            title: 'Role database',
            cell: (row) => <a href={`/admin/role-databases/${encodeURIComponent(row.name)}`}>{row.name}</a>,
          },
          { title: 'Documents', numeric: true, cell: ({ figures }) => (figures ? formatCount(figures[0]) : 'unknown') },
          { title: 'Size', numeric: true, cell: ({ figures }) => (figures ? formatBytes(figures[1]) : 'unknown') },
          { title: 'Sequence', numeric: true, cell: ({ figures }) => (figures ? formatCount(figures[2]) : 'unknown') },
        ]}
      />
      <p class="quiet">
        {readAt === undefined ? (
          'The figures of the databases have not been read yet.'
        ) : (
          <>
            The oldest of these figures was read <Ago at={readAt} />.
          </>
        )}
      </p>
    </div>
  );
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
