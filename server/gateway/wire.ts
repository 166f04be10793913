/** Documents as they travel, and the request parameters that the gateway understands. */
import type { Request } from 'express';
import type { StoredRevision } from '../store/store.ts';
import { badRequest, CouchError } from './couch-error.ts';

export type WireDocument = Record<string, unknown>;

const REV = /^[1-9]\d{0,14}-[^\s"/]{1,64}$/;
const MAX_ID_BYTES = 2_048;
/** In one request, whatever is asked of them. */
export const MAX_DOCUMENTS = 20_000;
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

export const isObject = (value: unknown): value is WireDocument =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The document's own fields. */
export function contentOf(document: WireDocument): Record<string, unknown> {
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

/** The id in a path. */
export function checkedId(id: string): string {
  if (id.startsWith('_'))
    throw new CouchError(404, 'not_found', 'Design documents and other special documents are not served here.');
  if (!isId(id)) throw badRequest(`An _id is longer than ${MAX_ID_BYTES} bytes, or no text.`);
  return id;
}

/** A special id is not refused here: a tablet keeps its indexes in design documents, which are refused as documents. */
export const isId = (id: unknown): id is string =>
  typeof id === 'string' && id !== '' && Buffer.byteLength(id) <= MAX_ID_BYTES && id.isWellFormed();

/** A revision id that is asked for. Whatever is stored must pass. */
export const isRev = (rev: unknown): rev is string => typeof rev === 'string' && REV.test(rev);

export function checkedRev(rev: unknown): string {
  if (!isRev(rev)) throw badRequest('A revision id is not valid.');
  return rev;
}

export function documentList(body: unknown, field: 'docs' | 'keys' | 'doc_ids', max = MAX_DOCUMENTS): unknown[] {
  const list = isObject(body) ? body[field] : undefined;
  if (!Array.isArray(list)) throw badRequest(`The body must be a JSON object with an array "${field}".`);
  if (list.length > max) throw new CouchError(413, 'too_large', `At most ${max} ${field} in one request.`);
  return list;
}

export const jsonBody = (request: Request): WireDocument => {
  if (request.body === undefined)
    throw new CouchError(415, 'bad_content_type', 'Content-Type must be application/json.');
  if (!isObject(request.body)) throw badRequest('The body must be a JSON object.');
  return request.body;
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
