/** One account: what it is for, where it is logged in, and what can be done about it. */
import type { AccountView } from '../../../../accounts/account.ts';
import type { describeSession } from '../../../../accounts/session-view.ts';
import { formatMoment } from '../../format.ts';
import { useResource } from '../../resource.ts';
import { roleName } from '../../roles.ts';
import { Ago } from '../../ui/ago.tsx';
import { Facts, Loaded, Page, Section } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';
import { AccountActions } from './account-actions.tsx';
import { apiPathOf } from './account-words.ts';
import { AccountState } from './accounts-page.tsx';

type ShownSession = ReturnType<typeof describeSession>;

export function AccountPage({ username }: { readonly username: string }) {
  const resource = useResource<AccountView>(apiPathOf(username), ['accounts']);
  const sessions = useResource<{ items: ShownSession[] }>(`${apiPathOf(username)}/sessions`, ['accounts']);
  const { data } = resource;
  const refresh = () => {
    resource.refresh();
    sessions.refresh();
  };
  return (
    <Page
      title={data?.name ?? username}
      lead={<a href="/admin/accounts">All accounts</a>}
      actions={data && <AccountActions account={data} onDone={refresh} />}
    >
      <Loaded resource={resource}>
        {(account) => (
          <Section title="Account">
            <Facts items={factsOf(account)} />
          </Section>
        )}
      </Loaded>
      <Section title="Sessions">
        <Loaded resource={sessions}>{({ items }) => <Sessions items={items} />}</Loaded>
      </Section>
    </Page>
  );
}

function factsOf(account: AccountView): Parameters<typeof Facts>[0]['items'] {
  const { username, userId, role, clinicIds, patientId, invitationExpiresAt, createdAt } = account;
  return [
    ['Username', username],
    ['State', <AccountState key="state" account={account} />],
    ['Role', roleName(role)],
    ...(patientId === undefined
      ? [['Clinics', clinicIds.length === 0 ? 'none' : clinicIds.join(', ')] as const]
      : [['Patient', <code key="patient">{patientId}</code>] as const]),
    ...(invitationExpiresAt === undefined
      ? []
      : [['Link to set a password', `can be used until ${formatMoment(invitationExpiresAt)}`] as const]),
    ['Created', formatMoment(createdAt)],
    ['User id', <code key="id">{userId}</code>],
    [
      'Devices',
      <a key="devices" href={`/admin/devices?owner=${userId}`}>
        devices of this account
      </a>,
    ],
    [
      'What happened',
      <a key="audit" href={`/admin/audit?userId=${userId}`}>
        in the audit log
      </a>,
    ],
  ];
}

function Sessions({ items }: { readonly items: readonly ShownSession[] }) {
  return (
    <Table
      label="Open sessions"
      items={items}
      keyOf={({ id }) => id}
      empty="Nobody is logged in to this account."
      columns={[
        {
          title: 'Device',
          cell: ({ deviceId, deviceName }) => (
            <a href={`/admin/devices/${encodeURIComponent(deviceId)}`}>{deviceName ?? deviceId}</a>
          ),
        },
        { title: 'Clinic', cell: ({ clinicId }) => clinicId ?? '–' },
        { title: 'Opened', cell: ({ createdAt }) => <Ago at={createdAt} /> },
        { title: 'Last refreshed', cell: ({ refreshedAt }) => <Ago at={refreshedAt} /> },
        { title: 'Ends', cell: ({ expiresAt }) => <Ago at={expiresAt} /> },
        { title: 'This one', cell: ({ current }) => (current ? 'this session' : '') },
      ]}
    />
  );
}
