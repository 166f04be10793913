/** Which held writes are listed, and in which order. */
import { SearchField, Select } from '../../ui/fields.tsx';
import type { HeldFilters } from './held-query.ts';
import { REASONS } from './reason-words.ts';

const STATES = [
  ['', 'Open'],
  ['accepted', 'Accepted'],
  ['rejected', 'Rejected'],
  ['all', 'All'],
] as const;

const ORDERS = [
  ['', 'Newest first'],
  ['oldest', 'Oldest first'],
] as const;

interface HeldFiltersFormProps {
  readonly filters: HeldFilters;
  readonly change: (values: Readonly<Record<string, string>>) => void;
}

export function HeldFiltersForm({ filters, change }: HeldFiltersFormProps) {
  const { state, code, clinic, userId, patientId, order } = filters;
  const reasons = Object.entries(REASONS).map(([name, { short }]) => [name, short] as const);
  return (
    <search class="filters held-filters">
      <Select
        label="State"
        value={state === 'open' ? '' : state}
        onChange={(value) => change({ state: value })}
        options={STATES}
      />
      <Select
        label="Reason"
        value={code}
        onChange={(value) => change({ code: value })}
        options={[['', 'All reasons'], ...reasons]}
      />
      <SearchField label="Clinic, by slug" value={clinic} onSearch={(text) => change({ clinic: text.toLowerCase() })} />
      <SearchField label="Author, by user id" value={userId} onSearch={(text) => change({ userId: text })} />
      <SearchField
        label="Patient, by id"
        value={patientId}
        onSearch={(text) => change({ patientId: text.split(':')[0] ?? '' })}
      />
      <Select
        label="Order"
        value={order === 'oldest' ? order : ''}
        onChange={(value) => change({ order: value })}
        options={ORDERS}
      />
    </search>
  );
}
