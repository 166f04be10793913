/** The figures of the whole network, each with its unit and, where it can be old, its age. */
import type { ComponentChildren } from 'preact';
import type { DeviceTotals, Overview } from '../../../../admin/overview/overview.ts';
import { counted, formatCount, formatSeconds } from '../../format.ts';
import { Ago } from '../../ui/ago.tsx';
import { Section } from '../../ui/page.tsx';

interface Figure {
  readonly name: string;
  readonly value: ComponentChildren;
  readonly note: ComponentChildren;
  readonly href?: string;
}

const rate = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 1 });

export function KeyFigures({ overview }: { readonly overview: Overview }) {
  const figures = [...ofDevices(overview.devices), ...ofData(overview), ...ofTraffic(overview)];
  return (
    <Section title="Key figures">
      <dl class="figures">
        {figures.map(({ name, value, note, href }) => (
          <div key={name} class="figure">
            <dt>{href === undefined ? name : <a href={href}>{name}</a>}</dt>
            <dd class="figure-value">{value}</dd>
            <dd class="figure-note quiet">{note}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

function ofDevices(devices: DeviceTotals | undefined): Figure[] {
  if (!devices) return [{ name: 'Devices', value: '…', note: 'being counted', href: '/admin/devices' }];
  const { synced, enrolled, revoked, connected, seenLastDay, behind, upToDate, notCounted = 0, countedAt } = devices;
  return [
    {
      name: 'Devices connected',
      value: formatCount(connected),
      note: `of ${counted(synced, 'device')} that sync; ${formatCount(seenLastDay)} heard of in 24 h`,
      href: '/admin/devices?connected=true',
    },
    {
      name: 'Devices behind',
      value: behind === undefined ? '…' : formatCount(behind),
      note: (
        <>
          {upToDate === undefined ? 'being counted' : `${formatCount(upToDate)} up to date`}
          {notCounted > 0 && `, ${formatCount(notCounted)} not counted yet`}
          {countedAt !== undefined && (
            <>
              ; oldest count <Ago at={countedAt} />
            </>
          )}
        </>
      ),
      href: '/admin/devices?sort=-toPull',
    },
    {
      name: 'Devices enrolled',
      value: formatCount(enrolled),
      note: `${formatCount(enrolled - synced)} of them never synced; ${formatCount(revoked)} more revoked`,
      href: '/admin/devices',
    },
  ];
}

function ofData({ clinics, roleDatabases, heldWrites, build }: Overview): Figure[] {
  return [
    {
      name: 'Clinics',
      value: formatCount(clinics.count),
      note: `${formatCount(clinics.withDevices)} with devices, ${formatCount(clinics.unseen)} not heard of for 3 days`,
      href: '/admin/clinics',
    },
    {
      name: 'Role databases',
      value: formatCount(roleDatabases.serving),
      note: build
        ? `${counted(build.databases, 'database')} being built: ${formatCount(build.done)} of ${counted(build.total, 'document')}`
        : `serving; ${formatCount(roleDatabases.building)} being built, ${formatCount(roleDatabases.waiting)} waiting for it`,
      href: '/admin/role-databases',
    },
    {
      name: 'Held writes',
      value: heldWrites ? formatCount(heldWrites.open) : '…',
      note:
        heldWrites?.oldestAt === undefined ? (
          'open'
        ) : (
          <>
            open; the oldest <Ago at={heldWrites.oldestAt} />
          </>
        ),
      href: '/admin/held-writes',
    },
  ];
}

function ofTraffic({ perMinute, projector, serverErrors, servers, version, uptimeSeconds }: Overview): Figure[] {
  const lag = projector.paused ? 'paused' : projector.failing ? 'failing, tries again' : 'running';
  return [
    {
      name: 'Writes in',
      value: `${rate.format(perMinute.writesAccepted)} / min`,
      note: `and ${rate.format(perMinute.writesRefused)} / min refused; mean of 5 min`,
    },
    { name: 'Documents out', value: `${rate.format(perMinute.documentsOut)} / min`, note: 'to devices; mean of 5 min' },
    {
      name: 'Projector behind',
      value: formatSeconds(projector.lagSeconds),
      note: `${counted(projector.pending, 'revision')}; ${lag}`,
      href: '/admin/role-databases',
    },
    {
      name: 'Server errors',
      value: formatCount(serverErrors.lastFiveMinutes),
      note: `in 5 min; ${formatCount(serverErrors.lastHour)} in an hour`,
    },
    {
      name: 'Server',
      value: `v${version}`,
      note: `up ${formatSeconds(uptimeSeconds)}${servers > 1 ? `; figures of ${servers} servers` : ''}`,
      href: '/admin/system',
    },
  ];
}
