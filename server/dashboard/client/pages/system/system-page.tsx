/** The server that answers, and what it stands on. */
import type { ComponentChildren } from 'preact';
import type { OtherServer } from '../../../../admin/monitoring/other-servers.ts';
import type { SystemView } from '../../../../admin/system/system-status.ts';
import { counted, formatBytes, formatMoment, formatSeconds } from '../../format.ts';
import { useResource } from '../../resource.ts';
import { Ago } from '../../ui/ago.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Facts, Loaded, Page, Section } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';
import { StatusPartView } from './status-part.tsx';
import { StoreSection } from './store-section.tsx';

export function SystemPage() {
  const system = useResource<SystemView>('/api/admin/system', ['system']);
  return (
    <Page
      title="System"
      lead="The server that answers you, its store, its disk, and the other servers that share the store."
    >
      <Loaded resource={system}>
        {(view) => (
          <>
            <ServerSection view={view} />
            <StoreSection reach={view.reach} store={view.store} />
            <FolderSection folder={view.dataFolder} />
            <ServersSection others={view.otherServers} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function ServerSection({ view }: { readonly view: SystemView }) {
  const { memory, cpu, eventLoop, projector } = view;
  const facts: [string, ComponentChildren][] = [
    ['Version', `VitaSync ${view.version}`],
    ['Node.js', view.nodeVersion],
    ['Machine', view.hostname],
    ['Server id', <code key="id">{view.serverId}</code>],
    ['Started', formatMoment(view.startedAt)],
    ['Up for', formatSeconds(view.uptimeSeconds)],
    ['Memory of the process', `${formatBytes(memory.rssBytes)} of ${formatBytes(memory.machineBytes)}`],
    ['JavaScript heap', `${formatBytes(memory.heapUsedBytes)} of ${formatBytes(memory.heapTotalBytes)}`],
    ['Processor', `${cpu.usedCores} of ${counted(cpu.cores, 'core')} used; load of the machine ${cpu.loadAverage}`],
    [
      'Event loop delay',
      `${Math.round(eventLoop.meanDelayMs)} ms on average, ${Math.round(eventLoop.maxDelayMs)} ms at worst, in the last minute`,
    ],
    [
      'Projector queue',
      `${counted(projector.pending, 'revision')}, ${formatSeconds(projector.lagSeconds)} behind${projector.failing ? '; it fails and tries again' : ''}`,
    ],
  ];
  return (
    <Section title="This server">
      <Facts items={facts} />
      <p class="quiet">
        As it was <Ago at={view.at} />.
      </p>
    </Section>
  );
}

function FolderSection({ folder: { path, disk, index } }: { readonly folder: SystemView['dataFolder'] }) {
  const facts: [string, ComponentChildren][] = [
    ['Folder', <code key="path">{path}</code>],
    ['Disk', disk ? <Disk key="disk" disk={disk} /> : 'The system does not tell.'],
    [
      'Index of lists',
      <StatusPartView key="index" part={index}>
        {(bytes) => formatBytes(bytes)}
      </StatusPartView>,
    ],
  ];
  return (
    <Section title="Data folder">
      <Facts items={facts} />
    </Section>
  );
}

function Disk({ disk: { freeBytes, totalBytes } }: { readonly disk: NonNullable<SystemView['dataFolder']['disk']> }) {
  const used = totalBytes - freeBytes;
  const words = `${formatBytes(freeBytes)} free of ${formatBytes(totalBytes)}`;
  return (
    <>
      {words}
      <progress value={used} max={totalBytes} aria-label={`Disk used; ${words}`} />
    </>
  );
}

function ServersSection({ others }: { readonly others: SystemView['otherServers'] }) {
  return (
    <Section title="Other servers">
      <StatusPartView part={others}>
        {(servers: readonly OtherServer[]) => (
          <Table
            label="Other servers that share the store"
            items={servers}
            keyOf={({ serverId }) => serverId}
            empty="No other server has shared this store."
            columns={[
              { title: 'Server', cell: ({ serverId }) => <code>{serverId}</code> },
              {
                title: 'State',
                cell: ({ alive }) => <Badge tone={alive ? 'ok' : 'quiet'}>{alive ? 'Alive' : 'Not heard of'}</Badge>,
              },
              { title: 'Last heard of', cell: ({ lastHeardAt }) => <Ago at={lastHeardAt} /> },
            ]}
          />
        )}
      </StatusPartView>
    </Section>
  );
}
