/** Reading documents: `_bulk_get`, `_all_docs`, `_revs_diff` and single documents. */
import type { Request, Response } from 'express';
import { winnerOf } from '../store/revisions.ts';
import type { RangeRequest, StoredRevision } from '../store/store.ts';
import { badRequest, CouchError, notFound } from './couch-error.ts';
import { conflictsOf } from './feed-page.ts';
import { answerList, inPieces } from './list-answer.ts';
import type { SyncDatabase } from './sync-database.ts';
import type { Observe } from './sync-observer.ts';
import {
  checkedId,
  checkedRev,
  count,
  documentList,
  flag,
  isId,
  isRev,
  jsonBody,
  jsonParam,
  MAX_DOCUMENTS,
  param,
  refuseParams,
  toWire,
  type WireDocument,
} from './wire.ts';

const MAX_ROWS = 10_000;
const RANGE_PIECE = 200;

interface Wanted {
  readonly id: string;
  readonly rev?: string;
  /** Whether there can be such a revision. */
  readonly isRead: boolean;
}

/**
 * The revisions that answer a request for one. A leaf is given; an inner revision only while a live revision that descends
 * from it may be read: what a document looked like before it left the reader's sight is out of sight as well.
 */
async function resolve(
  database: SyncDatabase,
  { id, rev }: Pick<Wanted, 'id' | 'rev'>,
  leaves: readonly StoredRevision[],
  latest: boolean,
): Promise<StoredRevision[]> {
  const copies = (revisions: readonly (StoredRevision | undefined)[]) =>
    revisions.flatMap((revision) => (revision ? (database.copy(revision) ?? []) : []));
  if (rev === undefined) return copies([leaves[0]]);
  const exact = leaves.find((leaf) => leaf.rev === rev);
  if (exact) return copies([exact]);
  const descendants = leaves.filter((leaf) => leaf.ancestry.includes(rev));
  if (latest) return copies(descendants);
  const sight = descendants.some((leaf) => !leaf.deleted && database.copy(leaf));
  return sight ? copies(await database.source.revisions([{ id, rev }])) : [];
}

export async function answerBulkGet(
  database: SyncDatabase,
  request: Request,
  response: Response,
  observe: Observe,
): Promise<void> {
  const how = { latest: flag(request, 'latest'), revs: flag(request, 'revs') };
  const docs = documentList(jsonBody(request), 'docs');
  // One that is asked for many times is answered once: nobody reads it again.
  const wanted = [...new Map(docs.flatMap(toWanted).map((one) => [nameOf(one), one])).values()];
  let count = 0;
  async function* results() {
    for (const piece of inPieces(wanted)) {
      const found = await bulkGetResults(database, piece, how);
      count += found.filter((result) => result.docs.some((doc) => 'ok' in doc)).length;
      yield found;
    }
  }
  await answerList(database, response, { name: 'results' }, results());
  observe({ kind: 'documents_sent', count });
}

/** No id and no revision has a tab in it that the other could take over: revisions have none. */
const nameOf = ({ id, rev, isRead }: Wanted): string => `${isRead ? (rev ?? '') : '?'}\t${id}`;

async function bulkGetResults(
  database: SyncDatabase,
  wanted: readonly Wanted[],
  { latest, revs }: { readonly latest: boolean; readonly revs: boolean },
) {
  const leaves = await database.source.leaves(wanted.map(({ id }) => id).filter((id) => database.shows(id)));
  return Promise.all(
    wanted.map(async (one) => {
      const current = leaves.get(one.id) ?? [];
      const found = one.isRead ? await resolve(database, one, current, latest) : [];
      // A row that may not leave is left out: PouchDB skips what is missing, and repeats the batch for ever after an error.
      const unreadable = found.length === 0 && current.some((leaf) => leaf.ancestry.includes(one.rev ?? leaf.rev));
      const missing = { error: { id: one.id, rev: one.rev ?? 'undefined', error: 'not_found', reason: 'missing' } };
      const isLeftOut = unreadable || !one.isRead;
      const docs =
        found.length > 0 ? found.map((revision) => ({ ok: toWire(revision, { revs }) })) : isLeftOut ? [] : [missing];
      return { id: one.id, docs };
    }),
  );
}

/** What is no request for a document at all cannot be answered. One for a revision that cannot be is, with nothing. */
function toWanted(value: unknown): Wanted[] {
  const { id, rev } = (value ?? {}) as { id?: unknown; rev?: unknown };
  if (!isId(id)) return [];
  if (rev === undefined) return [{ id, isRead: true }];
  return [isRev(rev) ? { id, rev, isRead: true } : { id, isRead: false }];
}

/**
 * A revision that cannot be is missing: the device sends it, and is told that it is refused. An id is looked up only where
 * there can be a document of it.
 */
export async function answerRevsDiff(database: SyncDatabase, request: Request, response: Response): Promise<void> {
  const asked = Object.entries(jsonBody(request)).map(
    ([id, revs]) => [id, Array.isArray(revs) ? revs.filter((rev) => typeof rev === 'string') : []] as const,
  );
  const count = asked.reduce((sum, [, revs]) => sum + revs.length, asked.length);
  if (count > 2 * MAX_DOCUMENTS)
    throw new CouchError(413, 'too_large', `At most ${MAX_DOCUMENTS} documents in one request.`);
  database.pushAnnounced(count - asked.length);
  const answer = new Map<string, { missing: readonly string[] }>();
  for (const piece of inPieces(asked)) {
    for (const [id, missing] of await missingOf(database, piece)) if (missing.length > 0) answer.set(id, { missing });
    await database.giveWay();
  }
  response.json(Object.fromEntries(answer));
}

async function missingOf(
  database: SyncDatabase,
  asked: readonly (readonly [id: string, revs: readonly string[]])[],
): Promise<(readonly [id: string, missing: readonly string[]])[]> {
  const possible = asked.map(([id, revs]) => [id, isId(id) && !id.startsWith('_') ? revs.filter(isRev) : []] as const);
  const found = await database.missing(new Map(possible.filter(([, revs]) => revs.length > 0)));
  return asked.map(([id, revs], at) => {
    const looked = new Set(possible[at]?.[1]);
    const lacking = new Set(found.get(id));
    return [id, revs.filter((rev) => !looked.has(rev) || lacking.has(rev))];
  });
}

export async function answerDocument(
  database: SyncDatabase,
  request: Request,
  response: Response,
  observe: Observe,
): Promise<void> {
  refuseParams(request, ['atts_since', 'att_encoding_info', 'local_seq']);
  const id = checkedId(String(request.params.id));
  const leaves = database.shows(id) ? ((await database.source.leaves([id])).get(id) ?? []) : [];
  const openRevs = param(request, 'open_revs');
  if (openRevs !== undefined) {
    const rows = await openRevisions(database, id, leaves, request, openRevs);
    observe({ kind: 'documents_sent', count: rows.some((row) => 'ok' in row) ? 1 : 0 });
    response.json(rows);
    return;
  }
  const rev = param(request, 'rev');
  const winner = winnerOf(leaves);
  if (rev === undefined && winner?.deleted) throw notFound('deleted');
  const [found] = await resolve(
    database,
    { id, ...(rev !== undefined && { rev: checkedRev(rev) }) },
    leaves,
    flag(request, 'latest'),
  );
  if (!found) throw notFound();
  const conflicts = flag(request, 'conflicts') ? conflictsOf(leaves).filter((name) => name !== found.rev) : [];
  const info = flag(request, 'revs_info') && {
    _revs_info: found.ancestry.map((name, i) => ({
      rev: name,
      status: i > 0 ? 'missing' : found.deleted ? 'deleted' : 'available',
    })),
  };
  observe({ kind: 'documents_sent', count: 1 });
  response.json({ ...toWire(found, { revs: flag(request, 'revs'), conflicts }), ...info });
}

async function openRevisions(
  database: SyncDatabase,
  id: string,
  leaves: readonly StoredRevision[],
  request: Request,
  openRevs: string,
): Promise<WireDocument[]> {
  const revs = flag(request, 'revs');
  const ok = (revision: StoredRevision) => ({ ok: toWire(revision, { revs }) });
  if (openRevs === 'all') {
    if (leaves.length === 0) throw notFound();
    return leaves.flatMap((leaf) => database.copy(leaf) ?? []).map(ok);
  }
  const names = jsonParam(request, 'open_revs');
  if (!Array.isArray(names)) throw badRequest('open_revs must be "all" or a JSON array.');
  const found = await Promise.all(
    names.map(async (name) => {
      const revisions = await resolve(database, { id, rev: checkedRev(name) }, leaves, flag(request, 'latest'));
      return revisions.length > 0 ? revisions.map(ok) : [{ missing: name }];
    }),
  );
  return found.flat();
}

export async function answerAllDocs(
  database: SyncDatabase,
  request: Request,
  response: Response,
  observe: Observe,
): Promise<void> {
  refuseParams(request, ['attachments', 'att_encoding_info', 'update_seq']);
  const body = (request.body ?? {}) as { keys?: unknown; include_docs?: unknown };
  const includeDocs = flag(request, 'include_docs') || body.include_docs === true;
  const keys =
    body.keys ??
    jsonParam(request, 'keys') ??
    (param(request, 'key') === undefined ? undefined : [jsonParam(request, 'key')]);
  const pieces =
    keys === undefined
      ? rangeRows(database, request, includeDocs)
      : keyRows(database, documentList({ keys }, 'keys'), includeDocs);
  let sent = 0;
  async function* rows() {
    for await (const piece of pieces) {
      sent += piece.filter(({ doc }) => doc).length;
      yield piece;
    }
  }
  const total = database.dialect.deletedDocs ? undefined : (await database.source.info()).docCount;
  const head = total === undefined ? {} : { total_rows: total, offset: count(request, 'skip', MAX_ROWS) ?? 0 };
  await answerList(database, response, { head, name: 'rows' }, rows());
  observe({ kind: 'documents_sent', count: sent });
}

function keyRows(
  database: SyncDatabase,
  keys: readonly unknown[],
  includeDocs: boolean,
): AsyncIterable<readonly WireDocument[]> {
  const ids = keys.map((key) => {
    if (typeof key !== 'string') throw badRequest('Keys are document ids.');
    return key;
  });
  async function* pieces() {
    for (const piece of inPieces(ids)) yield await rowsOf(database, piece, includeDocs);
  }
  return pieces();
}

async function rowsOf(database: SyncDatabase, ids: readonly string[], includeDocs: boolean): Promise<WireDocument[]> {
  const shown = ids.filter((id) => database.shows(id));
  const leaves = await (database.leavesOf?.(shown) ?? database.source.leaves(shown));
  return ids.map((id) => {
    const winner = winnerOf(leaves.get(id) ?? []);
    const copy = winner && database.copy(winner);
    if (!copy) return { key: id, error: 'not_found' };
    const doc = copy.deleted && !database.dialect.deletedDocs ? null : toWire(copy);
    return {
      id,
      key: id,
      value: { rev: copy.rev, ...(copy.deleted && { deleted: true }) },
      ...(includeDocs && { doc }),
    };
  });
}

/** Winners in a key range; rows that may not leave are passed over and the range is read on. */
function rangeRows(
  database: SyncDatabase,
  request: Request,
  includeDocs: boolean,
): AsyncIterable<readonly WireDocument[]> {
  const limit = count(request, 'limit', MAX_ROWS) ?? MAX_ROWS;
  const range = rangeOf(request);
  async function* pieces() {
    let left = limit;
    for await (const found of database.source.walk({ ...range, pageSize: RANGE_PIECE })) {
      const rows = found.flatMap(({ id, rev, body }): WireDocument[] => {
        const copy = database.shows(id) ? database.copy({ id, rev, ancestry: [rev], deleted: false, body }) : undefined;
        return copy ? [{ id, key: id, value: { rev }, ...(includeDocs && { doc: toWire(copy) }) }] : [];
      });
      yield rows.slice(0, left);
      left -= rows.length;
      if (left <= 0) return;
    }
  }
  return pieces();
}

function rangeOf(request: Request): Omit<RangeRequest, 'limit'> {
  const key = (...names: string[]) => {
    const value = names.map((name) => jsonParam(request, name)).find((found) => found !== undefined);
    if (value !== undefined && typeof value !== 'string') throw badRequest('Keys are document ids, as JSON text.');
    return value;
  };
  const startKey = key('startkey', 'start_key');
  const endKey = key('endkey', 'end_key');
  return {
    ...(startKey !== undefined && { startKey }),
    ...(endKey !== undefined && { endKey }),
    skip: count(request, 'skip', MAX_ROWS) ?? 0,
    descending: flag(request, 'descending'),
    inclusiveEnd: param(request, 'inclusive_end') !== 'false',
  };
}
