/** What a reviewer chose for each field, and what is written then. Pure. */
import type { FieldComparison } from '../../../../admin/held-writes/held-change.ts';
import type { FormField } from '../../../../admin/held-writes/held-write-form.ts';
import type { HeldWriteDetail } from '../../../../admin/held-writes/held-write-views.ts';
import { namesDocument } from './document-words.ts';
import { asTyped, parseTyped } from './typed-value.ts';

/** As the author left it, as it is stored, as somebody types it, or no value at all. */
export type Choice = 'held' | 'stored' | 'typed' | 'none';

export interface Picked {
  readonly choice: Choice;
  /** What is typed; of use with `typed` only. */
  readonly text: string;
}
export type Picks = Readonly<Record<string, Picked>>;

export interface Row extends FieldComparison {
  readonly form: FormField | undefined;
  /** The first is what holds until something else is chosen; none for what a review cannot write. */
  readonly offered: readonly Choice[];
  /** Why it did not fit the schema, where that is why it was refused. */
  readonly refusedFor: string | undefined;
}

export interface Planned {
  readonly field: string;
  readonly from: unknown;
  /** Undefined where it is taken away. */
  readonly to: unknown;
}

export interface Plan {
  /** What a document is given that it has not. */
  readonly writes: readonly Planned[];
  /** The body of the request. */
  readonly acceptance: { readonly fields?: readonly string[]; readonly values?: Readonly<Record<string, unknown>> };
  /** By field: why what is typed cannot be its value. */
  readonly faults: ReadonlyMap<string, string>;
  /** Of the fields that are written, those that somebody else changed since, as far as this page can tell. */
  readonly conflicts: readonly string[];
  /** Whether the author changed something of which nothing was chosen: that is a rejection. */
  readonly isNothing: boolean;
}

export const isStored = ({ stored }: HeldWriteDetail): boolean => stored !== undefined && !stored.deleted;

/** The fields that any side has, those that are missing, and those that the reviewer added. */
export function rowsOf(detail: HeldWriteDetail, added: readonly string[]): Row[] {
  const forms = new Map(detail.form.map((field) => [field.field, field]));
  const refusedFor = new Map((detail.faults ?? []).map(({ path, message }) => [fieldOfPath(path), message] as const));
  const known = new Set(detail.comparison.map(({ field }) => field));
  const missing = detail.form
    .filter(({ field, required }) => !known.has(field) && (added.includes(field) || (required && !isStored(detail))))
    .map(({ field }): FieldComparison => ({ field, differs: false, changed: false, conflict: false }));
  return [...detail.comparison, ...missing].map((row) => {
    const form = forms.get(row.field);
    return {
      ...row,
      // Of a deletion nothing is held: what tells is what was changed since.
      differs: detail.deleted ? isStored(detail) && !isSame(row.base, row.stored) : row.differs,
      form,
      offered: offeredFor(row, form, detail),
      refusedFor: refusedFor.get(row.field),
    };
  });
}

function offeredFor(row: FieldComparison, form: FormField | undefined, detail: HeldWriteDetail): Choice[] {
  if (detail.deleted || (!form && !row.changed)) return [];
  const offered: Choice[] = [];
  if (isStored(detail)) offered.push(...(row.changed ? (['held', 'stored'] as const) : (['stored'] as const)));
  else if ('held' in row) offered.push('held');
  if (form) offered.push('typed');
  const isThere = 'held' in row || 'stored' in row;
  if (isThere && !form?.required) offered.push('none');
  return offered;
}

export function pickOf({ field, offered, form, ...sides }: Row, picks: Picks): Picked {
  const text = form ? asTyped(sides.held ?? sides.stored, form.schema) : '';
  return picks[field] ?? { choice: offered[0] ?? 'stored', text };
}

/** What accepting writes, after these choices. */
export function planOf(detail: HeldWriteDetail, rows: readonly Row[], picks: Picks): Plan {
  const fields: string[] = [];
  const values: Record<string, unknown> = {};
  const writes: Planned[] = [];
  const faults = new Map<string, string>();
  const conflicts: string[] = [];
  for (const row of rows) {
    const pick = pickOf(row, picks);
    if (row.offered.length === 0 || pick.choice === 'stored') continue;
    const chosen = chosenFor(row, pick);
    if ('fault' in chosen) {
      faults.set(row.field, chosen.fault);
      continue;
    }
    if (pick.choice === 'held') fields.push(row.field);
    else values[row.field] = chosen.value ?? null;
    if (isSame(chosen.value, row.stored)) continue;
    writes.push({ field: row.field, from: row.stored, to: chosen.value });
    if (isStored(detail) && !isSame(row.base, row.stored)) conflicts.push(row.field);
  }
  const acceptance = {
    // A deletion has no fields; and where there is no document, what is held is written whole.
    ...(isStored(detail) && !detail.deleted && { fields }),
    ...(Object.keys(values).length > 0 && { values }),
  };
  const wanted = rows.some(({ changed }) => changed);
  const isNothing =
    !namesDocument(detail.documentId) ||
    (isStored(detail) && wanted && fields.length === 0 && Object.keys(values).length === 0);
  return { writes, acceptance, faults, conflicts, isNothing };
}

function chosenFor({ held, form }: Row, { choice, text }: Picked) {
  if (choice === 'held') return { value: held };
  if (choice === 'none' || !form) return { value: undefined };
  return parseTyped(text, form.schema);
}

/** Both come from JSON, where the order of an object's fields says nothing, but seldom differs. */
const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The field that a fault is of: of `/lines/0/dose` and of `values.lines` it is `lines`. */
export const fieldOfPath = (path: string): string => path.replace(/^(\/|values\.)/, '').split(/[/.]/)[0] ?? '';
