/** What the list of devices is limited to; all of it stands in the address. */
import { clinicOptions, useClinics } from '../../clinics.ts';
import { ROLE_OPTIONS } from '../../roles.ts';
import { SearchField, Select } from '../../ui/fields.tsx';

/** The parameters of the list that a field here stands for. */
export const DEVICE_FILTERS = [
  'q',
  'clinic',
  'role',
  'owner',
  'connected',
  'revoked',
  'behind',
  'refused',
  'wrongClock',
  'namedByContent',
  'overQuota',
  'notSeenFor',
  'clientVersion',
  'schemaVersion',
] as const;

const STATES = [
  ['', 'Any state'],
  ['connected=true', 'Connected'],
  ['connected=false', 'Not connected'],
  ['behind=true', 'Changes to pull'],
  ['behind=false', 'Nothing to pull'],
  ['refused=true', 'Refused writes'],
  ['wrongClock=true', 'Wrong clock'],
  ['namedByContent=true', 'Names tell content'],
  ['overQuota=true', 'Over a limit'],
  ['revoked=true', 'Revoked'],
  ['revoked=false', 'Not revoked'],
] as const;
const STATE_NAMES = ['connected', 'behind', 'refused', 'wrongClock', 'namedByContent', 'overQuota', 'revoked'] as const;

const AGES = [
  ['', 'At any time'],
  ['1', 'Not for an hour'],
  ['24', 'Not for a day'],
  ['168', 'Not for a week'],
  ['720', 'Not for 30 days'],
] as const;

interface DeviceFiltersProps {
  readonly query: Readonly<Record<string, string>>;
  readonly change: (values: Readonly<Record<string, string>>) => void;
}

export function DeviceFilters({ query, change }: DeviceFiltersProps) {
  const clinics = useClinics();
  const { q = '', clinic = '', role = '', notSeenFor = '' } = query;
  const isFiltered = DEVICE_FILTERS.some((name) => (query[name] ?? '') !== '');
  return (
    <div class="filters filters-many">
      <SearchField label="Name, id or owner" value={q} onSearch={(text) => change({ q: text })} />
      <Select
        label="Clinic"
        value={clinic}
        onChange={(value) => change({ clinic: value })}
        options={[['', 'All clinics'], ...clinicOptions(clinics, clinic)]}
      />
      <Select
        label="Role"
        value={role}
        onChange={(value) => change({ role: value })}
        options={[['', 'All roles'], ...ROLE_OPTIONS]}
      />
      <Select label="State" value={stateIn(query)} onChange={(value) => change(stateFor(value))} options={STATES} />
      <Select
        label="Heard of"
        value={notSeenFor}
        onChange={(value) => change({ notSeenFor: value })}
        options={withOther(AGES, notSeenFor, `Not for ${notSeenFor} h`)}
      />
      <SearchField
        label="App, exactly"
        value={query.clientVersion ?? ''}
        onSearch={(text) => change({ clientVersion: text })}
      />
      {isFiltered && (
        <button
          type="button"
          class="button"
          onClick={() => change(Object.fromEntries(DEVICE_FILTERS.map((name) => [name, ''])))}
        >
          Show all devices
        </button>
      )}
    </div>
  );
}

const stateIn = (query: Readonly<Record<string, string>>): string => {
  const name = STATE_NAMES.find((one) => (query[one] ?? '') !== '');
  return name === undefined ? '' : `${name}=${query[name]}`;
};

const stateFor = (value: string): Record<string, string> => {
  const [name = '', state = ''] = value.split('=');
  return { ...Object.fromEntries(STATE_NAMES.map((one) => [one, ''])), ...(name !== '' && { [name]: state }) };
};

/** A value that somebody wrote into the address is shown as it is. */
const withOther = (options: readonly (readonly [string, string])[], value: string, name: string) =>
  options.some(([one]) => one === value) ? options : [...options, [value, name] as const];
