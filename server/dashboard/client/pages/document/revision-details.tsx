/** One revision: its fields, beside those of the one that it changed. */
import type { RevisionBody } from '../../../../admin/documents/document-inspection.ts';
import type { RevisionView } from '../../../../admin/documents/revision-tree.ts';
import { counted } from '../../format.ts';
import { useResource } from '../../resource.ts';
import { FieldValue, valueText } from '../../ui/field-value.tsx';
import { Loaded } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';
import { kindOf, shortRev } from './document-words.ts';

type Body = Readonly<Record<string, unknown>>;

interface RevisionDetailsProps {
  readonly documentId: string;
  readonly revision: RevisionView;
  readonly parent: RevisionView | undefined;
}

export function RevisionDetails({ documentId, revision, parent }: RevisionDetailsProps) {
  const pathOf = (one: RevisionView | undefined) =>
    one?.kept ? `/api/admin/documents/${encodeURIComponent(documentId)}/revisions/${one.rev}` : undefined;
  const own = useResource<RevisionBody>(pathOf(revision));
  const before = useResource<RevisionBody>(pathOf(parent));
  const name = `Revision ${shortRev(revision.rev)}`;
  if (!revision.kept)
    return (
      <p class="quiet">
        {name} is forgotten: its body was erased, or went before it was kept. Only its place in the tree is known.
      </p>
    );
  const against =
    parent === undefined
      ? 'It is the first one.'
      : parent.kept
        ? `Compared with ${shortRev(parent.rev)}.`
        : 'The one before it is forgotten.';
  return (
    <section aria-label={name} class="revision-details">
      <h3>
        {name} <span class="quiet">{kindOf(revision)}</span>
      </h3>
      <p class="quiet">
        {against} <a href={rulesPath(documentId, revision.rev)}>Try the rules on this revision</a>
      </p>
      <Loaded resource={own}>
        {({ body }) =>
          pathOf(parent) !== undefined && before.data === undefined ? (
            <Loaded resource={before}>{() => null}</Loaded>
          ) : (
            <Comparison body={body} before={before.data?.body} />
          )
        }
      </Loaded>
    </section>
  );
}

const rulesPath = (documentId: string, rev: string): string =>
  `/admin/rules?${new URLSearchParams({ documentId, rev }).toString()}`;

interface Row {
  readonly field: string;
  readonly before: unknown;
  readonly now: unknown;
}

function Comparison({ body, before }: { readonly body: Body; readonly before: Body | undefined }) {
  const rows = rowsOf(body, before ?? {});
  const changed = before ? rows.filter(({ before: old, now }) => valueText(old) !== valueText(now)) : rows;
  const same = rows.filter((row) => !changed.includes(row));
  return (
    <>
      {before ? (
        <Table
          label="What it changed"
          items={changed}
          keyOf={({ field }) => field}
          columns={[
            { title: 'Field', cell: ({ field }) => <code>{field}</code> },
            { title: 'Before', cell: (row) => <Change value={row.before} is="gone" /> },
            { title: 'In this revision', cell: ({ now }) => <Change value={now} is="new" /> },
          ]}
          empty="Nothing differs from the one before."
        />
      ) : (
        <Fields label="Its fields" rows={changed} />
      )}
      {same.length > 0 && (
        <details>
          <summary>{counted(same.length, 'field')} unchanged</summary>
          <Fields label="Fields that it left as they were" rows={same} />
        </details>
      )}
    </>
  );
}

function Fields({ label, rows }: { readonly label: string; readonly rows: readonly Row[] }) {
  return (
    <Table
      label={label}
      items={rows}
      keyOf={({ field }) => field}
      columns={[
        { title: 'Field', cell: ({ field }) => <code>{field}</code> },
        { title: 'Value', cell: ({ now }) => <FieldValue value={now} /> },
      ]}
      empty="It has no fields."
    />
  );
}

/** What is gone is struck through, what is new is underlined: colour alone says nothing here. */
function Change({ value, is }: { readonly value: unknown; readonly is: 'gone' | 'new' }) {
  if (value === undefined) return <span class="quiet">not there</span>;
  return is === 'gone' ? (
    <del class="change-gone">
      <FieldValue value={value} />
    </del>
  ) : (
    <ins class="change-new">
      <FieldValue value={value} />
    </ins>
  );
}

const rowsOf = (body: Body, before: Body): Row[] =>
  [...new Set([...Object.keys(body), ...Object.keys(before)])]
    .sort()
    .map((field) => ({ field, before: before[field], now: body[field] }));
