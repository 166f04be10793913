/**
 * Whether a client names revisions by their content, as PouchDB does where nobody tells it otherwise (`deterministic_revs`). Who
 * may see such a name, and not all of the fields, can try out what the others hold until the name comes out.
 *
 * Source: `rev` in pouchdb-utils 9.0.0, an MD5 of the document's JSON as it was put, with the revision that it grows from.
 */
import { createHash } from 'node:crypto';
import type { WireDocument } from './wire.ts';

/** A row whose app arranged its fields in another way than most is not recognised: one of several is enough. */
const LOOKED_AT = 5;

export const isAnyNamedByContent = (rows: readonly WireDocument[]): boolean => rows.slice(0, LOOKED_AT).some(isNamed);

function isNamed({ _id, _rev, _revisions, _deleted, ...content }: WireDocument): boolean {
  if (typeof _rev !== 'string') return false;
  const { start, ids } = (_revisions ?? {}) as { readonly start?: unknown; readonly ids?: readonly unknown[] };
  const parent = Array.isArray(ids) && ids.length > 1 ? { _rev: `${Number(start) - 1}-${ids[1]}` } : {};
  const gone = _deleted === true ? { _deleted } : {};
  const name = _rev.slice(_rev.indexOf('-') + 1);
  // New, and as most apps write an edit: what was read, changed.
  const puts = [
    { _id, ...parent, ...content, ...gone },
    { ...content, _id, ...parent, ...gone },
    { _id, ...content, ...parent, ...gone },
    { ...content, ...gone, _id, ...parent },
  ];
  return puts.some((put) => namesOf(JSON.stringify(put)).includes(name));
}

/** In a browser of the text as UTF-8, in Node of its characters as bytes. */
const namesOf = (text: string): string[] =>
  [Buffer.from(text), Buffer.from(text, 'latin1')].map((bytes) => createHash('md5').update(bytes).digest('hex'));
