/** Documents as they travel, and the request parameters that the gateway understands. */
import { randomUUID } from 'node:crypto';
import type { Request } from 'express';
import type { Edit } from '../documents/write/write-path.ts';
import type { StoredRevision } from '../store/store.ts';
import { badRequest, CouchError } from './couch-error.ts';

export type WireDocument = Record<string, unknown>;

const REV = /^[1-9]\d{0,8}-[^\s"/]{1,64}$/;
/** CouchDB answers these with a document and lets them come back; they are not content. */
const IGNORED_FIELDS = new Set(['_conflicts', '_deleted_conflicts', '_revs_info', '_local_seq']);

export interface DocumentOptions {
  readonly revs?: boolean;
  readonly conflicts?: readonly string[];
}

export function toWire(
  { id, rev, ancestry, deleted, body }: StoredRevision,
  { revs = false, conflicts = [] }: DocumentOptions = {},
): WireDocument {
  return {
    _id: id,
    _rev: rev,
    ...body,
    ...(deleted && { _deleted: true }),
    ...(revs && {
      _revisions: { start: Number.parseInt(rev, 10), ids: ancestry.map((name) => name.slice(name.indexOf('-') + 1)) },
    }),
    ...(conflicts.length > 0 && { _conflicts: conflicts }),
  };
}

const isObject = (value: unknown): value is WireDocument =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function contentOf(document: WireDocument): Record<string, unknown> {
  const { _id, _rev, _revisions, _deleted, _attachments, ...rest } = document;
  const body = Object.fromEntries(
    Object.entries(rest)
      .filter(([field]) => !IGNORED_FIELDS.has(field))
      .map(([field, value]) => [field.toWellFormed(), wellFormed(value)]),
  );
  // An empty set of attachments says nothing; what is in another is refused with the document, by its name.
  return isObject(_attachments) && Object.keys(_attachments).length > 0 ? { ...body, _attachments } : body;
}

/**
 * A tablet that cuts a text within an emoji sends half of it, which CouchDB does not take in any form: not as a document, and
 * not as a held write. U+FFFD stands for such a half.
 */
function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.isWellFormed() ? value : value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key.toWellFormed(), wellFormed(inner)]));
}

/** A special id is not refused here: it would stop the whole batch, of a tablet that keeps its indexes in design documents. */
function idOf(document: WireDocument): string {
  if (typeof document._id !== 'string' || document._id === '') throw badRequest('A document has no _id.');
  return checkedLength(document._id);
}

function checkedLength(id: string): string {
  if (Buffer.byteLength(id) > 2_048) throw badRequest('An _id is longer than 2048 bytes.');
  return id;
}

/** The id in a path. */
export function checkedId(id: string): string {
  if (id.startsWith('_'))
    throw new CouchError(404, 'not_found', 'Design documents and other special documents are not served here.');
  return checkedLength(id);
}

export function checkedRev(rev: unknown): string {
  if (typeof rev !== 'string' || !REV.test(rev)) throw badRequest('A revision id is not valid.');
  return rev;
}

function checkedDocument(value: unknown): WireDocument {
  if (!isObject(value)) throw badRequest('A document must be a JSON object.');
  return value;
}

/** A revision made elsewhere (`new_edits: false`). */
export function toRevision(value: unknown): StoredRevision {
  const document = checkedDocument(value);
  const rev = checkedRev(document._rev);
  const ancestry = ancestryOf(rev, document._revisions);
  return { id: idOf(document), rev, ancestry, deleted: document._deleted === true, body: contentOf(document) };
}

function ancestryOf(rev: string, revisions: unknown): string[] {
  if (revisions === undefined) return [rev];
  const { start, ids } = isObject(revisions) ? revisions : {};
  const valid =
    Number.isInteger(start) &&
    Array.isArray(ids) &&
    ids.length > 0 &&
    ids.length <= Number(start) &&
    ids.every((hash) => typeof hash === 'string');
  if (!valid) throw badRequest('_revisions is not valid.');
  const ancestry = (ids as string[]).map((hash, i) => checkedRev(`${Number(start) - i}-${hash}`));
  // PouchDB confuses generations whose hashes are equal; then nothing but the revision itself is certain.
  return ancestry[0] === rev ? ancestry : [rev];
}

/** A change whose revision id the server makes. */
export function toEdit(value: unknown): Edit {
  const document = checkedDocument(value);
  const id = document._id === undefined ? randomUUID() : idOf(document);
  const baseRev = document._rev === undefined ? {} : { baseRev: checkedRev(document._rev) };
  return { id, ...baseRev, deleted: document._deleted === true, body: contentOf(document) };
}

export function documentList(body: unknown, field: 'docs' | 'keys' | 'doc_ids', max = 20_000): unknown[] {
  const list = isObject(body) ? body[field] : undefined;
  if (!Array.isArray(list)) throw badRequest(`The body must be a JSON object with an array "${field}".`);
  if (list.length > max) throw new CouchError(413, 'too_large', `At most ${max} ${field} in one request.`);
  return list;
}

export const jsonBody = (request: Request): WireDocument => {
  if (request.body === undefined)
    throw new CouchError(415, 'bad_content_type', 'Content-Type must be application/json.');
  return checkedDocument(request.body);
};

/** One query parameter. Given twice, it is refused: which one counts would be a guess. */
export function param(request: Request, name: string): string | undefined {
  const value = request.query[name];
  if (value === undefined || typeof value === 'string') return value;
  throw badRequest(`The parameter ${name} is given more than once.`);
}

export function flag(request: Request, name: string): boolean {
  const value = param(request, name);
  if (value === undefined || value === 'false') return false;
  if (value === 'true') return true;
  throw badRequest(`The parameter ${name} must be true or false.`);
}

export function count(request: Request, name: string, max: number): number | undefined {
  const value = param(request, name);
  if (value === undefined) return undefined;
  if (!/^\d{1,12}$/.test(value)) throw badRequest(`The parameter ${name} must be a whole number.`);
  return Math.min(Number(value), max);
}

export function jsonParam(request: Request, name: string): unknown {
  const value = param(request, name);
  if (value === undefined) return undefined;
  try {
    return JSON.parse(value);
  } catch {
    throw badRequest(`The parameter ${name} must be JSON.`);
  }
}

/** Parameters that CouchDB knows and the gateway does not honour change what the answer means: refused, not ignored. */
export function refuseParams(request: Request, names: readonly string[]): void {
  const found = names.find((name) => request.query[name] !== undefined && request.query[name] !== 'false');
  if (found) throw badRequest(`The parameter ${found} is not supported here.`);
}
