/** Role databases: what devices read, how big it is, and whether it follows the primary. */
import type { ListedRoleDatabase } from '../../../../admin/role-databases/role-database-list.ts';
import { withQuery } from '../../api.ts';
import { clinicOptions, useClinics } from '../../clinics.ts';
import { usePagedList } from '../../paged.ts';
import { useQueryState } from '../../query-state.ts';
import { SearchField, Select } from '../../ui/fields.tsx';
import { Page, Section } from '../../ui/page.tsx';
import { VirtualTable } from '../../ui/virtual-table.tsx';
import { ProjectorSection } from './projector-section.tsx';
import { ROLE_DATABASE_COLUMNS } from './role-database-columns.tsx';
import { READERS } from './role-database-words.ts';

const DEFAULT_SORT = 'name';
const STATES = [
  ['', 'Any state'],
  ['serving', 'Serving'],
  ['building', 'Being built'],
  ['waiting', 'Waits to be built'],
] as const;

export function RoleDatabasesPage() {
  const [query, change] = useQueryState();
  const { role = '', clinic = '', state = '', q = '', sort = DEFAULT_SORT } = query;
  const path = withQuery('/api/admin/role-databases', { role, clinic, state, q, sort });
  const list = usePagedList<ListedRoleDatabase>(path, ['role-databases']);
  return (
    <Page
      title="Role databases"
      lead="What devices read: a copy of the primary database for each role at each clinic, for each patient with an account, and one for everybody."
    >
      <ProjectorSection />
      <Section title="Databases">
        <Filters values={{ role, clinic, state, q }} change={change} />
        <VirtualTable
          label="Role databases"
          list={list}
          columns={ROLE_DATABASE_COLUMNS}
          keyOf={({ name }) => name}
          sort={sort}
          onSort={(by) => change({ sort: by === DEFAULT_SORT ? '' : by })}
          empty="No role database is like that."
        />
      </Section>
    </Page>
  );
}

interface FiltersProps {
  readonly values: Readonly<Record<'role' | 'clinic' | 'state' | 'q', string>>;
  readonly change: (values: Readonly<Record<string, string>>) => void;
}

function Filters({ values: { role, clinic, state, q }, change }: FiltersProps) {
  const clinics = useClinics();
  return (
    <div class="filters filters-many">
      <SearchField label="Name" value={q} onSearch={(text) => change({ q: text })} />
      <Select
        label="Read by"
        value={role}
        onChange={(value) => change({ role: value })}
        options={[['', 'Anyone'], ...READERS]}
      />
      <Select
        label="Clinic"
        value={clinic}
        onChange={(value) => change({ clinic: value })}
        options={[['', 'All clinics'], ...clinicOptions(clinics, clinic)]}
      />
      <Select label="State" value={state} onChange={(value) => change({ state: value })} options={STATES} />
    </div>
  );
}
