/** Everyone who may log in. */
import { useState } from 'preact/hooks';
import type { AccountView } from '../../../../accounts/account.ts';
import { withQuery } from '../../api.ts';
import { type ClinicDocument, clinicOptions, useClinics } from '../../clinics.ts';
import { usePagedList } from '../../paged.ts';
import { useQueryState } from '../../query-state.ts';
import { ROLE_OPTIONS, roleName } from '../../roles.ts';
import { Ago } from '../../ui/ago.tsx';
import { Badge } from '../../ui/badge.tsx';
import { SearchField, Select } from '../../ui/fields.tsx';
import { Page } from '../../ui/page.tsx';
import { type Column, VirtualTable } from '../../ui/virtual-table.tsx';
import { pathOf, stateOf } from './account-words.ts';
import { CreateAccount } from './create-account.tsx';

const COLUMNS: readonly Column<AccountView>[] = [
  {
    key: 'username',
    title: 'Username',
    width: 'minmax(9rem, 1fr)',
    cell: ({ username }) => <a href={pathOf(username)}>{username}</a>,
  },
  { key: 'name', title: 'Name', width: 'minmax(10rem, 1.5fr)', cell: ({ name }) => name },
  { key: 'state', title: 'State', width: '8.5rem', cell: (account) => <AccountState account={account} /> },
  { key: 'role', title: 'Role', width: '8rem', cell: ({ role }) => roleName(role) },
  {
    key: 'scope',
    title: 'Clinics or patient',
    width: 'minmax(12rem, 2fr)',
    cell: ({ clinicIds, patientId }) =>
      patientId === undefined ? clinicIds.join(', ') || <span class="quiet">–</span> : <code>{patientId}</code>,
  },
  { key: 'created', title: 'Created', width: '8rem', cell: ({ createdAt }) => <Ago at={createdAt} /> },
];

export function AccountState({ account }: { readonly account: AccountView }) {
  const [tone, word] = stateOf(account);
  return <Badge tone={tone}>{word}</Badge>;
}

export function AccountsPage() {
  const [query, change] = useQueryState();
  const { q, role, clinicId, disabled } = query;
  const list = usePagedList<AccountView>(withQuery('/api/accounts', { q, role, clinicId, disabled }), ['accounts']);
  const clinics = useClinics();
  const [isCreating, setCreating] = useState(false);
  return (
    <Page
      title="Accounts"
      lead="Everyone who may log in, and as what. Only the owner of an account knows its password: you hand over a link to set one."
      actions={
        <button type="button" class="button button-primary" onClick={() => setCreating(true)}>
          New account…
        </button>
      }
    >
      <AccountFilters query={query} clinics={clinics} change={change} />
      <VirtualTable
        label="Accounts"
        list={list}
        columns={COLUMNS}
        keyOf={({ userId }) => userId}
        empty="No account is like that."
      />
      {isCreating && (
        <CreateAccount clinics={clinics} onCreated={() => list.refresh()} onClose={() => setCreating(false)} />
      )}
    </Page>
  );
}

interface FiltersProps {
  readonly query: Readonly<Record<string, string>>;
  readonly clinics: readonly ClinicDocument[];
  readonly change: (values: Readonly<Record<string, string>>) => void;
}

function AccountFilters({ query, clinics, change }: FiltersProps) {
  const { q = '', role = '', clinicId = '', disabled = '' } = query;
  return (
    <div class="filters">
      <SearchField label="Username or name" value={q} onSearch={(text) => change({ q: text })} />
      <Select
        label="Role"
        value={role}
        onChange={(value) => change({ role: value })}
        options={[['', 'All roles'], ...ROLE_OPTIONS]}
      />
      <Select
        label="Clinic"
        value={clinicId}
        onChange={(value) => change({ clinicId: value })}
        options={[['', 'All clinics'], ...clinicOptions(clinics, clinicId)]}
      />
      <Select
        label="State"
        value={disabled}
        onChange={(value) => change({ disabled: value })}
        options={[
          ['', 'All'],
          ['false', 'Not disabled'],
          ['true', 'Disabled'],
        ]}
      />
    </div>
  );
}
