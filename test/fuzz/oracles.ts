/** What must hold of every answer, whatever was asked. */
import { parseId } from '../../shared-schemas/ids.ts';
import type { FuzzAnswer, FuzzBatch, FuzzInput, FuzzRow } from './fuzz-input.ts';
import type { Lane } from './lane.ts';

/** A row of an answer to `_bulk_docs`. */
export interface AnsweredRow {
  readonly id?: string;
  readonly rev?: string;
  readonly ok?: boolean;
  readonly error?: string;
  readonly reason?: string;
  readonly code?: string;
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

export const answeredRows = ({ endpoint, batch }: FuzzInput, { status, text }: FuzzAnswer): readonly AnsweredRow[] => {
  const rows = endpoint === '_bulk_docs' && batch && status === 201 ? parsed(text) : [];
  return Array.isArray(rows) ? (rows as AnsweredRow[]) : [];
};

/** It is none of the server's faults, and is said in the dialect of the client. */
export function faultOfForm(input: FuzzInput, { status, contentType, text }: FuzzAnswer): string | undefined {
  if (status === undefined) return undefined;
  if (status >= 500) return `the server failed: ${status}`;
  // Node answers what is no HTTP by itself, and what it was told not to expect; 304 follows from what the client asked for.
  if (input.bytes || input.method === 'HEAD' || [304, 417, 431].includes(status)) return undefined;
  const isLongpoll = /[?&]feed=longpoll(&|$)/.test(input.path);
  if (status >= 400 && isLongpoll && input.isTyped)
    return /^\w+: .+\n$/.test(text) ? undefined : 'it is no error in text';
  if (!contentType.startsWith('application/json')) return `it is ${contentType}`;
  const value = parsed(text) as { error?: unknown; reason?: unknown } | undefined;
  if (typeof value !== 'object' || value === null) return 'it is no JSON';
  if (status < 400) return undefined;
  const isError = typeof value.error === 'string' && typeof value.reason === 'string' && value.reason !== '';
  return isError ? undefined : 'it is no error with a reason';
}

/** Both clients repeat a batch for ever after any other row. */
export function faultOfRows(
  { batch, isTyped }: FuzzInput,
  { status }: FuzzAnswer,
  rows: readonly AnsweredRow[],
): string | undefined {
  if (batch?.isReadable && status !== 201 && status !== 429) return 'a batch that can be read is refused as a whole';
  const allowed = isTyped ? ['conflict'] : batch?.mode === 'edits' ? ['forbidden', 'conflict'] : ['forbidden'];
  const odd = rows.find(({ error, ok }) => (error === undefined ? ok !== true : !allowed.includes(error)));
  if (odd) return `a row that stops the client: ${JSON.stringify(odd).slice(0, 300)}`;
  if (!batch?.isReadable || status !== 201) return undefined;
  const count = batch.rows.length;
  const fits = batch.mode === 'edits' ? rows.length === count : rows.length <= count;
  return fits ? undefined : `${rows.length} rows are told of, of ${count}`;
}

/** Ends what a refused creation left on a device of the clinic: the id came from there. */
const isTombstone = (value: object): boolean => {
  const { deleted, _deleted, value: inner } = value as { deleted?: unknown; _deleted?: unknown; value?: unknown };
  return deleted === true || _deleted === true || (inner as { deleted?: unknown } | undefined)?.deleted === true;
};

/** Every string of an answer that stands where ids do. */
function* idsIn(value: unknown): Generator<string> {
  if (Array.isArray(value)) for (const one of value) yield* idsIn(one);
  else if (typeof value === 'object' && value !== null && !isTombstone(value))
    for (const [key, inner] of Object.entries(value)) {
      if (typeof inner === 'string') {
        if (key === '_id' || key === 'id' || key === 'key') yield inner;
      } else yield* idsIn(inner);
    }
}

/** What was asked, as far as an answer may repeat it. */
const askedOf = ({ path, body, bytes }: FuzzInput): string => {
  const decoded = path.replaceAll(/%[0-9a-f]{2}/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)));
  return `${path} ${decoded} ${body?.toString() ?? ''} ${bytes?.toString() ?? ''}`;
};

/** Nothing is answered that this person may not see: no secret text, no document of others. */
export function faultOfScope(input: FuzzInput, { text }: FuzzAnswer, lane: Lane): string | undefined {
  const { person } = input;
  const secret = person.secrets.find((one) => text.includes(one));
  const mayEcho = input.headers['content-encoding'] !== undefined && text.length < 100_000;
  if (secret !== undefined && !askedOf(input).includes(secret)) return `it holds a secret: ${secret}`;
  if (mayEcho || text === '') return undefined;
  const asked = askedOf(input);
  for (const id of idsIn(parsed(text))) {
    if (asked.includes(id) || asked.includes(JSON.stringify(id).slice(1, -1))) continue;
    const fault = foreign(id, input, lane);
    if (fault) return `it names ${id}: ${fault}`;
  }
  return undefined;
}

function foreign(id: string, { person }: FuzzInput, lane: Lane): string | undefined {
  const found = parseId(id);
  if (!found) return undefined;
  const { principal, databases } = person.login;
  if (!databases.some(({ types }) => types.includes(found.type))) return 'a type that is not synced';
  if (found.patientId === undefined) return undefined;
  if (principal.patientId !== undefined) return found.patientId === principal.patientId ? undefined : 'another patient';
  const other = lane.guardedPatient(principal.clinicId === 'south' ? 'north' : 'south');
  return found.patientId === other.patientId ? 'of a patient of another clinic' : undefined;
}

/** Documents that may have changed, by what was answered. */
export function mayHaveChanged(
  input: FuzzInput,
  answer: FuzzAnswer,
  rows: readonly AnsweredRow[],
): ReadonlySet<string> {
  if (input.isInParts) return new Set(input.named);
  const isDone = answer.status === 200 || answer.status === 201;
  if (!isDone || !['_bulk_docs', 'put', 'post', 'delete'].includes(input.endpoint)) return new Set();
  if (!input.batch) return new Set(input.named);
  const stored = input.named.filter((id) => timesOf(id, input.batch?.rows) > errorsOf(id, rows));
  return new Set(stored);
}

const timesOf = (id: string, rows: readonly FuzzRow[] = []): number => rows.filter((row) => row.id === id).length;
const errorsOf = (id: string, rows: readonly AnsweredRow[]): number =>
  rows.filter((row) => row.id === id && row.error !== undefined).length;

/** Good rows of the batch, with the revision that each must have where the client named it. */
export function expectedRows({
  rows,
  isReadable,
}: FuzzBatch): readonly { readonly id: string; readonly rev?: string }[] {
  return rows.flatMap(({ isGood, id, text }) => {
    if (!isReadable || !isGood || id === undefined) return [];
    const { _rev } = JSON.parse(text) as { _rev?: string };
    return [{ id, ...(_rev !== undefined && { rev: _rev }) }];
  });
}
