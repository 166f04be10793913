/** Reading documents: `_bulk_get`, `_all_docs`, `_revs_diff` and single documents. */
import type { Request, Response } from 'express';
import { winnerOf } from '../store/revisions.ts';
import type { RangeRequest, StoredRevision } from '../store/store.ts';
import { conflictsOf } from './changes.ts';
import { badRequest, notFound } from './couch-error.ts';
import type { SyncDatabase } from './sync-database.ts';
import type { Observe } from './sync-observer.ts';
import {
  checkedId,
  checkedRev,
  count,
  documentList,
  flag,
  jsonBody,
  jsonParam,
  param,
  refuseParams,
  toWire,
  type WireDocument,
} from './wire.ts';

const MAX_ROWS = 10_000;

interface Wanted {
  readonly id: string;
  readonly rev?: string;
}

/**
 * The revisions that answer a request for one. A leaf is given; an inner revision only while a live revision that descends
 * from it may be read: what a document looked like before it left the reader's sight is out of sight as well.
 */
async function resolve(
  database: SyncDatabase,
  { id, rev }: Wanted,
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
  const latest = flag(request, 'latest');
  const revs = flag(request, 'revs');
  const wanted = documentList(jsonBody(request), 'docs').map(toWanted);
  const leaves = await database.source.leaves(wanted.map(({ id }) => id).filter((id) => database.shows(id)));
  const results = await Promise.all(
    wanted.map(async (one) => {
      const current = leaves.get(one.id) ?? [];
      const found = await resolve(database, one, current, latest);
      // A row that may not leave is left out: PouchDB skips what is missing, and repeats the batch for ever after an error.
      const unreadable = found.length === 0 && current.some((leaf) => leaf.ancestry.includes(one.rev ?? leaf.rev));
      const missing = { error: { id: one.id, rev: one.rev ?? 'undefined', error: 'not_found', reason: 'missing' } };
      const docs =
        found.length > 0 ? found.map((revision) => ({ ok: toWire(revision, { revs }) })) : unreadable ? [] : [missing];
      return { id: one.id, docs };
    }),
  );
  observe({ kind: 'documents_sent', count: results.filter(({ docs }) => docs.some((doc) => 'ok' in doc)).length });
  response.json({ results });
}

function toWanted(value: unknown): Wanted {
  const { id, rev } = (value ?? {}) as { id?: unknown; rev?: unknown };
  if (typeof id !== 'string') throw badRequest('Each of docs needs an "id".');
  return rev === undefined ? { id } : { id, rev: checkedRev(rev) };
}

export async function answerRevsDiff(database: SyncDatabase, request: Request, response: Response): Promise<void> {
  const asked = new Map(
    Object.entries(jsonBody(request)).map(([id, revs]) => {
      if (!Array.isArray(revs)) throw badRequest('Each id needs an array of revisions.');
      return [id, revs.map(checkedRev)] as const;
    }),
  );
  const missing = await database.missing(asked);
  response.json(
    Object.fromEntries([...missing].filter(([, revs]) => revs.length > 0).map(([id, revs]) => [id, { missing: revs }])),
  );
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
  const rows =
    keys === undefined
      ? await rangeRows(database, request, includeDocs)
      : await keyRows(database, documentList({ keys }, 'keys'), includeDocs);
  observe({ kind: 'documents_sent', count: rows.filter(({ doc }) => doc).length });
  const total = database.dialect.deletedDocs ? undefined : (await database.source.info()).docCount;
  response.json({
    ...(total !== undefined && { total_rows: total, offset: count(request, 'skip', MAX_ROWS) ?? 0 }),
    rows,
  });
}

async function keyRows(
  database: SyncDatabase,
  keys: readonly unknown[],
  includeDocs: boolean,
): Promise<WireDocument[]> {
  const ids = keys.map((key) => {
    if (typeof key !== 'string') throw badRequest('Keys are document ids.');
    return key;
  });
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
async function rangeRows(database: SyncDatabase, request: Request, includeDocs: boolean): Promise<WireDocument[]> {
  const limit = count(request, 'limit', MAX_ROWS) ?? MAX_ROWS;
  const rows: WireDocument[] = [];
  for await (const found of database.source.walk({ ...rangeOf(request), pageSize: Math.max(limit, 100) })) {
    for (const { id, rev, body } of found) {
      const copy = database.shows(id) ? database.copy({ id, rev, ancestry: [rev], deleted: false, body }) : undefined;
      if (copy && rows.length < limit)
        rows.push({ id, key: id, value: { rev }, ...(includeDocs && { doc: toWire(copy) }) });
    }
    if (rows.length === limit) break;
  }
  return rows;
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
