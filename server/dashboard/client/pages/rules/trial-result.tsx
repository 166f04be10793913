/** What the rules say: a sentence first, then the document beside what the person has of it, and what they may write. */
import type { TrialView } from '../../../../admin/rules/rule-trial.ts';
import type { Answer, FieldAnswer } from '../../../../admin/rules/trial-writing.ts';
import { Badge } from '../../ui/badge.tsx';
import { FieldValue } from '../../ui/field-value.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Section } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';

export function ReadingNotice({ view }: { readonly view: TrialView }) {
  const { reading, synced, copy, person } = view;
  const way = synced
    ? `It syncs to their devices by ${synced.database}${copy ? ', and is answered online.' : '.'}`
    : copy
      ? 'It is answered online, and does not sync: an administrator works online.'
      : 'It neither syncs to their devices nor is it answered online.';
  return (
    <Notice tone={reading.allowed ? 'ok' : 'attention'} title={reading.sentence}>
      <p>
        {way}
        {person.disabled && ' The account is disabled: nobody can sign in as them now.'}
      </p>
    </Notice>
  );
}

/** What says who wrote it when, and where it goes: of every document, and read last. */
const ROUTINE = [
  'type',
  'patientId',
  'clinicIds',
  'formerClinicIds',
  'createdAt',
  'createdBy',
  'updatedAt',
  'updatedBy',
  'deviceId',
  'schemaVersion',
];

const orderOf = ({ field, stored }: Row): number => (ROUTINE.includes(field) ? 2 : stored === undefined ? 1 : 0);

interface Row {
  readonly field: string;
  readonly stored: unknown;
  readonly synced: unknown;
  readonly online: unknown;
  readonly answer: FieldAnswer | undefined;
}

export function CopiesSection({ view }: { readonly view: TrialView }) {
  const { document, synced, copy, writing } = view;
  const differ = synced !== undefined && copy !== undefined && synced.hiddenFields.join() !== copy.hiddenFields.join();
  const answers = new Map(writing.fields.map((one) => [one.field, one]));
  const rows = [...new Set([...Object.keys(document.body), ...answers.keys()])]
    .filter((field) => field !== '_id')
    .map((field): Row => {
      const own = copy ?? synced;
      return {
        ...{ field, stored: document.body[field], answer: answers.get(field) },
        ...{ synced: synced?.body[field], online: own?.body[field] },
      };
    })
    .filter(({ stored, answer }) => stored !== undefined || answer?.writable === true)
    .sort((a, b) => orderOf(a) - orderOf(b) || (a.field < b.field ? -1 : 1));
  return (
    <Section title="Side by side">
      <Table
        label="The document, what they have of it, and which fields they may change"
        items={rows}
        keyOf={({ field }) => field}
        columns={[
          { title: 'Field', cell: ({ field }) => <code>{field}</code> },
          { title: 'On the server', cell: ({ stored }) => <FieldValue value={stored} /> },
          ...(differ
            ? [{ title: 'On their device', cell: (row: Row) => <Seen stored={row.stored} own={row.synced} /> }]
            : []),
          {
            title: differ ? 'Answered online' : 'What they have',
            cell: (row) => <Seen stored={row.stored} own={row.online} />,
          },
          { title: 'May they change it?', cell: ({ answer }) => <MayChange answer={answer} /> },
        ]}
        empty="The document has no fields."
      />
    </Section>
  );
}

function Seen({ stored, own }: { readonly stored: unknown; readonly own: unknown }) {
  if (own !== undefined) return <FieldValue value={own} />;
  return stored === undefined ? <span class="quiet">–</span> : <Badge tone="attention">hidden</Badge>;
}

function MayChange({ answer }: { readonly answer: FieldAnswer | undefined }) {
  if (!answer) return <span class="quiet">no: it is no field of this type</span>;
  const { writable, sentence, afterwards = [] } = answer;
  return (
    <div class="may-change">
      {writable ? <Badge tone="ok">yes</Badge> : <Badge tone="quiet">no</Badge>}{' '}
      <span class="quiet">
        {sentence}
        {afterwards.length > 0 && `, so that afterwards ${afterwards.join(' and ')}`}
      </span>
    </div>
  );
}

const NAMES = { create: 'Add one like it', update: 'Change it', delete: 'Delete it' } as const;

export function WritingFacts({ writing }: Pick<TrialView, 'writing'>) {
  return (
    <Section title="What they may write">
      <Table
        label="Creating, changing and deleting"
        items={Object.entries(NAMES) as [keyof typeof NAMES, string][]}
        keyOf={([action]) => action}
        columns={[
          { title: 'What', cell: ([, name]) => name },
          { title: 'May they?', cell: ([action]) => <Allowed answer={writing[action]} /> },
          { title: 'Why', cell: ([action]) => <div class="rules-words">{writing[action].sentence}</div> },
        ]}
        empty="Nothing."
      />
    </Section>
  );
}

function Allowed({ answer: { allowed, code } }: { readonly answer: Answer }) {
  return allowed ? (
    <Badge tone="ok">yes</Badge>
  ) : (
    <>
      <Badge tone="attention">no</Badge> {code !== undefined && <code>{code}</code>}
    </>
  );
}
