/** The access table, one role at a time. */
import type { RuleRow, RulesView } from '../../../../admin/rules/rule-rows.ts';
import { useResource } from '../../resource.ts';
import { Select } from '../../ui/fields.tsx';
import { Loaded, Section } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';
import { ROLES } from './trial-query.ts';

interface RulesTableProps {
  readonly role: string;
  readonly onRole: (role: string) => void;
}

/** A row, or two: a change is allowed by one for the stored document and one for the new. */
interface Line {
  readonly row: RuleRow;
  readonly afterwards?: readonly string[];
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
        {({ roles }) => (
          <Table
            label={`The access table of ${role}s`}
            items={linesOf(roles.find((one) => one.role === role)?.rows ?? [])}
            keyOf={({ row }) => JSON.stringify([row.type, row.action, row.sentence])}
            columns={[
              { title: 'Documents', cell: ({ row }) => row.type },
              { title: 'May', cell: ({ row }) => row.action },
              { title: 'In words', cell: ({ row }) => <div class="rules-words">{row.sentence}</div> },
              { title: 'Where the document is', cell: (line) => <Conditions line={line} /> },
              { title: 'Fields', cell: ({ row }) => <Fields fields={row.fields} /> },
            ]}
            empty="This role may do nothing."
          />
        )}
      </Loaded>
    </Section>
  );
}

function linesOf(rows: readonly RuleRow[]): Line[] {
  const become = new Map(rows.filter(({ action }) => action === 'become').map((row) => [keyOf(row), row.when]));
  return rows
    .filter(({ action }) => action !== 'become')
    .map((row) => {
      const when = row.action === 'update' ? become.get(keyOf(row)) : undefined;
      const afterwards = when?.filter((one) => !row.when.includes(one));
      return { row, ...(afterwards && afterwards.length > 0 && { afterwards }) };
    })
    .sort(
      ({ row: a }, { row: b }) => a.type.localeCompare(b.type) || ACTIONS.indexOf(a.action) - ACTIONS.indexOf(b.action),
    );
}

const ACTIONS: readonly string[] = ['read', 'create', 'update', 'delete'];
const keyOf = ({ type, sentence }: RuleRow): string => `${type} ${sentence}`;

function Conditions({ line: { row, afterwards } }: { readonly line: Line }) {
  return (
    <div class="rules-words">
      {row.when.length > 0 ? row.when.join(', ') : <span class="quiet">any</span>}
      {afterwards && <span class="quiet">; afterwards {afterwards.join(', ')}</span>}
    </div>
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
