/** The access table, one role at a time. */
import { ROLES } from '../../../../../shared-schemas/roles.ts';
import type { EveryWrite, RuleRow, RulesView } from '../../../../admin/rules/rule-rows.ts';
import { useResource } from '../../resource.ts';
import { Select } from '../../ui/fields.tsx';
import { Loaded, Section } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';

interface RulesTableProps {
  readonly role: string;
  readonly onRole: (role: string) => void;
}

export function RulesTable({ role, onRole }: RulesTableProps) {
  const rules = useResource<RulesView>('/api/admin/rules');
  return (
    <Section
      title="The access table"
      actions={
        <Select label="Role" value={role} onChange={onRole} options={ROLES.map((one) => [one, `${one}s`] as const)} />
      }
    >
      <p class="quiet">What no line allows is refused. The same lines decide what syncs and what is answered online.</p>
      <Loaded resource={rules}>
        {({ roles, everyWrite }) => (
          <>
            <Table
              label={`The access table of ${role}s`}
              items={inOrder(roles.find((one) => one.role === role)?.rows ?? [])}
              keyOf={({ type, action, sentence }) => JSON.stringify([type, action, sentence])}
              columns={[
                { title: 'Documents', cell: ({ type }) => type },
                { title: 'May', cell: ({ action }) => action },
                { title: 'In words', cell: ({ sentence }) => <div class="rules-words">{sentence}</div> },
                { title: 'Where the document is', cell: (row) => <Conditions row={row} /> },
                { title: 'Fields', cell: ({ fields }) => <Fields fields={fields} /> },
              ]}
              empty="This role may do nothing."
            />
            <EveryWriteTable rules={everyWrite} role={role} />
          </>
        )}
      </Loaded>
    </Section>
  );
}

const inOrder = (rows: readonly RuleRow[]): readonly RuleRow[] =>
  [...rows].sort((a, b) => a.type.localeCompare(b.type) || ACTIONS.indexOf(a.action) - ACTIONS.indexOf(b.action));

const ACTIONS: readonly string[] = ['read', 'create', 'update', 'delete'];

function Conditions({ row: { when, afterwards } }: { readonly row: RuleRow }) {
  return (
    <div class="rules-words">
      {when.length > 0 ? when.join(', ') : <span class="quiet">any</span>}
      {afterwards && <span class="quiet">; afterwards {afterwards.join(', ')}</span>}
    </div>
  );
}

interface EveryWriteProps {
  readonly rules: readonly EveryWrite[];
  readonly role: string;
}

function EveryWriteTable({ rules, role }: EveryWriteProps) {
  return (
    <Table
      label="What every write has to keep"
      items={rules.filter(({ exempt }) => !exempt.some((one) => one === role))}
      keyOf={({ sentence }) => sentence}
      columns={[
        { title: 'Of every', cell: ({ actions }) => actions.join(', ') },
        { title: 'Whichever line allows it', cell: ({ sentence }) => <div class="rules-words">{sentence}</div> },
        { title: 'Else it is refused as', cell: ({ code }) => <code>{code}</code> },
      ]}
      empty="Nothing."
    />
  );
}

const FEW = 6;

function Fields({ fields }: { readonly fields: readonly string[] | undefined }) {
  if (!fields) return <span class="quiet">all</span>;
  if (fields.length <= FEW) return <>{fields.join(', ')}</>;
  return (
    <details>
      <summary>{fields.length} fields</summary>
      {fields.join(', ')}
    </details>
  );
}
