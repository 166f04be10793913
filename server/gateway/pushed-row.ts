/**
 * Rows of a push, read one by one. What cannot be read as a document is a refused row, kept with what it says: no row may stop
 * the others.
 */
import { createHash, randomUUID } from 'node:crypto';
import { type RefusalCode, refuse } from '../../sync-rules/refusal.ts';
import type { UnreadRow } from '../documents/write/outcome.ts';
import type { Edit } from '../documents/write/write-path.ts';
import { generationOf, type StoredRevision } from '../store/store.ts';
import { parseJson } from './json-readers.ts';
import type { RawRow } from './raw-row.ts';
import { contentOf, isId, isObject, isRev, type WireDocument } from './wire.ts';

/** Stores keep as many ancestors. */
const MAX_ANCESTORS = 1_000;
/**
 * No document is edited as often. What the server makes of a revision has the next generations, which every store and every
 * client must still be able to count.
 */
export const MAX_FREE_GENERATION = 100_000;
/** Such as can stand in an address and in a header. PouchDB takes no second hyphen: it refuses the whole batch. */
const PUSHED_REV = /^[1-9]\d{0,14}-[\w.]{1,64}$/;
const HASH = /^[\w.]{1,64}$/;
/** Of an id that is too long, as much as tells what it was. */
const HELD_ID_LENGTH = 512;

/** A row whose fields were read, or as many of them as could be. */
export interface PushedRow {
  readonly raw: RawRow;
  readonly fields: WireDocument;
  /** Why it is no document, where that is seen without looking at its id or revision. */
  readonly fault?: { readonly code: RefusalCode; readonly fields?: readonly string[] };
}

export const isUnread = (row: StoredRevision | Edit | UnreadRow): row is UnreadRow => 'refusal' in row;

/** @throws JsonFault */
export function openRow(raw: RawRow): PushedRow {
  if (raw.fault !== undefined || !raw.text)
    return { raw, fields: raw.members, fault: { code: raw.fault ?? 'too_large' } };
  const value = parseJson(raw.text);
  if (!isObject(value)) return { raw, fields: {}, fault: { code: 'invalid_document' } };
  // Code that copies objects would take it for their prototype.
  if (namesPrototype(value)) return { raw, fields: value, fault: { code: 'too_complex', fields: ['__proto__'] } };
  return { raw, fields: value };
}

/** Not recursive, as it is to say whether recursion is safe. */
function namesPrototype(value: unknown): boolean {
  const left: unknown[] = [value];
  while (left.length > 0) {
    const one = left.pop();
    if (typeof one !== 'object' || one === null) continue;
    if (Object.hasOwn(one, '__proto__')) return true;
    for (const inner of Object.values(one)) if (typeof inner === 'object' && inner !== null) left.push(inner);
  }
  return false;
}

/** A revision made elsewhere (`new_edits: false`). */
export function toRevision(row: PushedRow): StoredRevision | UnreadRow {
  const { _id: id, _rev: rev, _revisions: revisions, _deleted } = row.fields;
  if (row.fault) return unread(row, row.fault);
  if (!isId(id)) return unread(row, { code: 'invalid_id' });
  const ancestry = ancestryOf(rev, revisions);
  if (!ancestry) return unread(row, { code: 'invalid_revision' });
  return { id, rev: String(rev), ancestry, deleted: _deleted === true, body: contentOf(row.fields) };
}

/** A change whose revision id the server makes. */
export function toEdit(row: PushedRow): Edit | UnreadRow {
  const { _id: id = randomUUID(), _rev: baseRev, _deleted } = row.fields;
  if (row.fault) return unread(row, row.fault);
  if (!isId(id)) return unread(row, { code: 'invalid_id' });
  if (baseRev !== undefined && !isRev(baseRev)) return unread(row, { code: 'invalid_revision' });
  const base = baseRev === undefined ? {} : { baseRev };
  return { id, ...base, deleted: _deleted === true, body: contentOf(row.fields) };
}

/** Itself and its ancestors, or undefined where they are not valid. */
function ancestryOf(rev: unknown, revisions: unknown): string[] | undefined {
  if (typeof rev !== 'string' || !PUSHED_REV.test(rev)) return undefined;
  if (revisions === undefined) return [rev];
  const { start, ids } = isObject(revisions) ? revisions : {};
  const valid =
    Number.isSafeInteger(start) &&
    Array.isArray(ids) &&
    ids.length > 0 &&
    ids.length <= Math.min(Number(start), MAX_ANCESTORS) &&
    ids.every((hash) => typeof hash === 'string' && HASH.test(hash));
  if (!valid) return undefined;
  const ancestry = (ids as string[]).map((hash, i) => `${Number(start) - i}-${hash}`);
  // PouchDB confuses generations whose hashes are equal; then nothing but the revision itself is certain.
  return ancestry[0] === rev ? ancestry : [rev];
}

/** Whether a revision of this generation can have come about: what is stored leads to it, through as many as a row can name. */
export function hasReachableGeneration({ rev }: StoredRevision, leaves: readonly StoredRevision[]): boolean {
  const generation = generationOf(rev);
  const known = Math.max(0, ...leaves.map((leaf) => generationOf(leaf.rev)));
  return generation <= MAX_FREE_GENERATION || generation <= known + MAX_ANCESTORS;
}

/** The row as it is refused and kept. */
export function unread(row: PushedRow, { code, fields }: NonNullable<PushedRow['fault']>): UnreadRow {
  const { raw } = row;
  const { _id: id, _rev: rev, _deleted } = row.fields;
  const sizeFault = { path: '', rule: 'size', message: `is ${raw.bytes} bytes, which is more than is read` };
  return {
    id: typeof id === 'string' ? id.toWellFormed().slice(0, HELD_ID_LENGTH) : '',
    rev: typeof rev === 'string' && PUSHED_REV.test(rev) ? rev : inventedRev(raw),
    refusal: refuse(code, fields),
    ...(code === 'too_large' && { faults: [sizeFault] }),
    deleted: _deleted === true,
    body: { ...keptBody(row), ...(id !== undefined && typeof id !== 'string' && unreadText(raw)) },
  };
}

/** The same row pushed again is held once. */
const inventedRev = ({ text, bytes, members }: RawRow): string =>
  `1-${createHash('md5')
    .update(text ?? JSON.stringify([bytes, members]))
    .digest('hex')}`;

/** What is harmless as it is, and beside it what is not: as text, or, where that is too large, its size. */
function keptBody({ raw, fields, fault }: PushedRow): Readonly<Record<string, unknown>> {
  if (!fault) return contentOf(fields);
  const harmless = Object.entries(fields).filter(([key, value]) => key !== '__proto__' && !namesPrototype(value));
  return {
    ...contentOf(Object.fromEntries(harmless)),
    ...(raw.text ? unreadText(raw) : { leftOutBytes: raw.leftOut }),
  };
}

const unreadText = ({ text }: RawRow) => (text ? { unreadText: text.toString().toWellFormed() } : {});
