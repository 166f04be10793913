/** Whose rules: an account that is searched for, or someone of a role and a clinic. */
import { useState } from 'preact/hooks';
import { CLINIC_ROLES, ROLES } from '../../../../../shared-schemas/roles.ts';
import type { AccountView } from '../../../../accounts/account.ts';
import { withQuery } from '../../api.ts';
import { useResource } from '../../resource.ts';
import { Badge } from '../../ui/badge.tsx';
import { SearchField, Select, TextField } from '../../ui/fields.tsx';
import { Loaded } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';
import type { Query } from './trial-query.ts';

interface ChoosePersonProps {
  readonly query: Query;
  readonly change: (values: Query) => void;
}

const LIMIT = 8;
const NOBODY: Query = { username: '', role: '', clinicId: '', patientId: '', who: '' };
const isStaff = (role: string): boolean => CLINIC_ROLES.some((one) => one === role);

export function ChoosePerson({ query, change }: ChoosePersonProps) {
  const { username = '', role = '', clinicId = '', patientId = '', who = '' } = query;
  if (username !== '')
    return (
      <div class="chosen">
        <p>
          The account <strong>{username}</strong>
          {clinicId !== '' && <>, working for {clinicId}</>}
        </p>
        <button type="button" class="button button-small" onClick={() => change(NOBODY)}>
          Choose another person
        </button>
      </div>
    );
  return (
    <>
      <div class="filters">
        <SearchField label="Name or username of an account" value={who} onSearch={(text) => change({ who: text })} />
        <Select
          label="or someone made up: role"
          value={role}
          onChange={(value) => change({ role: value, clinicId: isStaff(value) ? clinicId : '', patientId: '' })}
          options={[['', 'Nobody'], ...ROLES.map((one) => [one, one] as const)]}
        />
        {isStaff(role) && <ChooseClinic clinicId={clinicId} onChange={(value) => change({ clinicId: value })} />}
        {role === 'patient' && (
          <TextField
            label="Id of the patient"
            value={patientId}
            onInput={(value) => change({ patientId: value.trim() })}
          />
        )}
      </div>
      {who !== '' && <Accounts who={who} onChoose={(one) => change({ ...NOBODY, username: one })} />}
    </>
  );
}

function Accounts({ who, onChoose }: { readonly who: string; readonly onChoose: (username: string) => void }) {
  const accounts = useResource<{ items: readonly AccountView[] }>(
    withQuery('/api/accounts', { q: who, limit: LIMIT }),
    ['accounts'],
  );
  return (
    <Loaded resource={accounts}>
      {({ items }) => (
        <Table
          label="Accounts of this name"
          items={items}
          keyOf={({ username }) => username}
          columns={[
            {
              title: 'Account',
              cell: ({ username, name }) => (
                <>
                  <button type="button" class="button button-small" onClick={() => onChoose(username)}>
                    {name}
                  </button>{' '}
                  <code>{username}</code>
                </>
              ),
            },
            { title: 'Role', cell: ({ role }) => role },
            { title: 'For', cell: ({ clinicIds, patientId }) => patientId ?? (clinicIds.join(', ') || '–') },
            { title: 'State', cell: ({ disabled }) => (disabled ? <Badge tone="quiet">disabled</Badge> : 'open') },
          ]}
          empty="No account has such a name."
        />
      )}
    </Loaded>
  );
}

interface Clinic {
  readonly slug: string;
  readonly name: string;
}

interface ChooseClinicProps {
  readonly clinicId: string;
  readonly onChange: (clinicId: string) => void;
}

/** A network has a thousand clinics: those that fit are offered while somebody types. */
function ChooseClinic({ clinicId, onChange }: ChooseClinicProps) {
  const [text, setText] = useState(clinicId);
  const isOpen = text !== '' && text !== clinicId;
  const clinics = useResource<{ items: readonly Clinic[] }>(
    isOpen ? withQuery('/api/clinics', { q: text, limit: LIMIT }) : undefined,
  );
  const choose = (slug: string) => {
    setText(slug);
    onChange(slug);
  };
  return (
    <>
      <SearchField label="Name or slug of the clinic" value={text} onSearch={setText} />
      {isOpen && clinics.data !== undefined && (
        <div class="chosen">
          {clinics.data.items.length === 0 && <p class="quiet">No clinic has such a name.</p>}
          {clinics.data.items.map(({ slug, name }) => (
            <button key={slug} type="button" class="button button-small" onClick={() => choose(slug)}>
              {name} ({slug})
            </button>
          ))}
        </div>
      )}
    </>
  );
}
