/** One tablet: who uses it, how far it has synced, and what can be done about it. */
import type { ListedDevice } from '../../../../admin/devices/device-list.ts';
import { counted, formatBytes, formatCount, formatMoment } from '../../format.ts';
import { useResource } from '../../resource.ts';
import { roleName } from '../../roles.ts';
import { Ago } from '../../ui/ago.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Facts, Loaded, Page, Section } from '../../ui/page.tsx';
import { DeviceActions } from './device-actions.tsx';
import { Clock, StateBadge, ToPull } from './device-columns.tsx';
import { DeviceDatabases } from './device-databases.tsx';
import { nameOf, QUOTA_WORDS } from './device-words.ts';

export function DevicePage({ id }: { readonly id: string }) {
  const resource = useResource<ListedDevice>(`/api/admin/devices/${encodeURIComponent(id)}`, ['devices']);
  const { data, refresh } = resource;
  return (
    <Page
      title={data ? nameOf(data) : 'Device'}
      lead={<a href="/admin/devices">All devices</a>}
      actions={data && <DeviceActions device={data} onDone={refresh} />}
    >
      <Loaded resource={resource}>{(device) => <Details device={device} />}</Loaded>
    </Page>
  );
}

function Details({ device }: { readonly device: ListedDevice }) {
  return (
    <>
      <Standing device={device} />
      <Section title="Syncing">
        <Facts items={syncingOf(device)} />
      </Section>
      <Section title="The device">
        <Facts items={factsOf(device)} />
      </Section>
      <DeviceDatabases device={device} />
    </>
  );
}

/** What the administrator did about it. */
function Standing({ device: { revokedAt, freshReplicaAt, activity } }: { readonly device: ListedDevice }) {
  return (
    <>
      {activity?.quotas && <OverQuota quotas={activity.quotas} />}
      {revokedAt !== undefined && (
        <Notice tone="problem" title="Revoked">
          <p>
            Since {formatMoment(revokedAt)} nobody can log in from it, and it is sent nothing. What it holds it still
            has.
          </p>
        </Notice>
      )}
      {freshReplicaAt !== undefined && (
        <Notice tone="info" title="Told to make a fresh replica">
          <p>
            <Ago at={freshReplicaAt} />. It begins when it connects; this stands here until it has confirmed the first
            part of it.
          </p>
        </Notice>
      )}
    </>
  );
}

type Quotas = NonNullable<NonNullable<ListedDevice['activity']>['quotas']>;

function OverQuota({ quotas }: { readonly quotas: Quotas }) {
  const names = Object.keys(QUOTA_WORDS) as (keyof typeof QUOTA_WORDS)[];
  return (
    <Notice tone="attention" title="It asks for more than one device may have of a server">
      {names.map((name) => {
        const note = quotas[name];
        if (!note) return null;
        return (
          <p key={name}>
            {QUOTA_WORDS[name]}, since {formatMoment(note.since)} and until {formatMoment(note.until)}.
          </p>
        );
      })}
      <p>Nothing of it is lost. The app may be out of order, or the tablet in the wrong hands: ask who uses it.</p>
    </Notice>
  );
}

type FactList = Parameters<typeof Facts>[0]['items'];

function syncingOf(device: ListedDevice): FactList {
  const { activity, totals } = device;
  return [
    ['State', <StateBadge key="state" device={device} />],
    ['Changes to pull', <ToPull key="toPull" device={device} />],
    ['Live feeds open', formatCount(activity?.openFeeds ?? 0)],
    ['Last contact', <Ago key="contact" at={activity?.lastContactAt} />],
    ['Last pull', <Ago key="pull" at={activity?.lastPullAt} />],
    ['Last push', <Ago key="push" at={activity?.lastPushAt} />],
    ['Its clock', <ClockFact key="clock" device={device} />],
    ...namesOf(device),
    ['Sent to it', totals ? `${counted(totals.documentsOut, 'document')}, ${formatBytes(totals.bytesOut)}` : 'nothing'],
    [
      'Received from it',
      totals ? `${counted(totals.documentsIn, 'document')}, ${formatBytes(totals.bytesIn)}` : 'nothing',
    ],
    ['Refused writes', <Refused key="refused" refused={totals?.refused ?? 0} owner={device.owner} />],
    ['Last fresh replica', <Ago key="fresh" at={device.lastFreshReplicaAt} />],
  ];
}

function factsOf(device: ListedDevice): FactList {
  const { activity, username, owner, clientVersion, schemaVersion } = device;
  const clinic = activity?.clinicId;
  return [
    [
      'Owner',
      username === undefined ? (
        <code key="owner">{owner}</code>
      ) : (
        <a key="owner" href={`/admin/accounts/${username}`}>
          {username}
        </a>
      ),
    ],
    ['Devices of the owner', `${formatCount(device.ownerDevices.count)} of ${formatCount(device.ownerDevices.atMost)}`],
    ['Used as', activity ? roleName(activity.role) : 'not known yet'],
    [
      'Clinic',
      clinic === undefined ? (
        'none'
      ) : (
        <a key="clinic" href={`/admin/devices?clinic=${clinic}`}>
          {clinic}
        </a>
      ),
    ],
    ['App', clientVersion ?? 'not announced'],
    ['Schema version', schemaVersion === undefined ? 'not announced' : formatCount(schemaVersion)],
    ['Client software', activity?.client ?? 'not known yet'],
    ['First login', formatMoment(device.firstLoginAt)],
    ['Last login', <Ago key="login" at={device.lastLoginAt} />],
    ['First contact', <Ago key="first" at={activity?.firstContactAt} />],
    ['Device id', <code key="id">{device.deviceId}</code>],
  ];
}

function ClockFact({ device }: { readonly device: ListedDevice }) {
  const measuredAt = device.activity?.clockOffset?.measuredAt;
  if (measuredAt === undefined) return <span>not known yet</span>;
  return (
    <>
      <Clock device={device} />{' '}
      <span class="quiet">
        (seen <Ago at={measuredAt} />)
      </span>
    </>
  );
}

/** Where it is so: who may see the name of a revision, but not all of it, could try out the rest. */
function namesOf({ activity }: ListedDevice): FactList {
  if (activity?.namedByContentAt === undefined) return [];
  return [
    [
      'Names of its revisions',
      <span key="names">
        tell their content: its app should set <code>deterministic_revs: false</code>{' '}
        <span class="quiet">
          (seen <Ago at={activity.namedByContentAt} />)
        </span>
      </span>,
    ],
  ];
}

function Refused({ refused, owner }: { readonly refused: number; readonly owner: string }) {
  if (refused === 0) return <span>0</span>;
  return <a href={`/admin/held-writes?userId=${owner}`}>{formatCount(refused)}</a>;
}
