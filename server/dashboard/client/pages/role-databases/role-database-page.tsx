/** One role database: what is known of it, whether it is what the primary says, and building it anew. */
import type { ListedRoleDatabase } from '../../../../admin/role-databases/role-database-list.ts';
import { counted, formatBytes, formatCount } from '../../format.ts';
import { useResource } from '../../resource.ts';
import { Ago } from '../../ui/ago.tsx';
import { Facts, Loaded, Page, Section } from '../../ui/page.tsx';
import { ComparisonSection } from './comparison-section.tsx';
import { Progress } from './progress.tsx';
import { RebuildButton } from './rebuild-button.tsx';
import { StateBadge } from './role-database-columns.tsx';
import { readersOf, sequenceNumber, stateWords } from './role-database-words.ts';

export function RoleDatabasePage({ name }: { readonly name: string }) {
  const resource = useResource<ListedRoleDatabase>(`/api/admin/role-databases/${encodeURIComponent(name)}`, [
    'role-databases',
    'devices',
  ]);
  const { data, refresh } = resource;
  return (
    <Page
      title={name}
      lead={<a href="/admin/role-databases">All role databases</a>}
      actions={data && <RebuildButton database={data} onDone={refresh} />}
    >
      <Loaded resource={resource}>{(database) => <Details database={database} />}</Loaded>
    </Page>
  );
}

function Details({ database }: { readonly database: ListedRoleDatabase }) {
  const { progress, name, serves } = database;
  return (
    <>
      <Section title="What it is">
        <p>{stateWords(database).meaning}</p>
        <Facts items={factsOf(database)} />
        {progress && <Progress label={`Build of ${name}`} {...progress} unit="changes of the primary" />}
      </Section>
      <ComparisonSection name={name} canCompare={serves} />
    </>
  );
}

function factsOf(database: ListedRoleDatabase): Parameters<typeof Facts>[0]['items'] {
  const { role, scope, facts, devices, connectedDevices, build, nextBuild } = database;
  const clinic = role === 'patient' || role === 'reference' ? undefined : scope;
  return [
    ['State', <StateBadge key="state" database={database} />],
    ['Read by', readersOf(role)],
    ...(clinic === undefined ? [] : [['Clinic', clinic] as const]),
    ['Documents', facts ? formatCount(facts.documents) : 'not read yet'],
    ['On disk', facts ? formatBytes(facts.bytes) : 'not read yet'],
    ['Sequence', facts ? sequenceNumber(facts.updateSeq) : 'not read yet'],
    ['These numbers are as of', <Ago key="readAt" at={facts?.readAt} never="not read yet" />],
    ['Devices that sync it', <DevicesFact key="devices" {...{ devices, connectedDevices, clinic, role }} />],
    ['Build', build ? <code key="build">{build}</code> : 'none yet'],
    ...(nextBuild === undefined ? [] : [['Next build', <code key="next">{nextBuild}</code>] as const]),
  ];
}

interface DevicesFactProps extends Pick<ListedRoleDatabase, 'devices' | 'connectedDevices' | 'role'> {
  readonly clinic: string | undefined;
}

function DevicesFact({ devices, connectedDevices, clinic, role }: DevicesFactProps) {
  const words = `${counted(devices, 'device')}, ${formatCount(connectedDevices)} connected`;
  if (clinic === undefined) return <span>{words}</span>;
  return <a href={`/admin/devices?clinic=${clinic}&role=${role}`}>{words}</a>;
}
