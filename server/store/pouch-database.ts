/** What the two implementations of Database share: PouchDB's API, which is the same in process and over HTTP. */
import type PouchDB from 'pouchdb-core';
import type { BulkGetRow, PouchChange, PouchDocument, PouchError } from 'pouchdb-core';
import {
  type Change,
  type ChangesPage,
  type ChangesRequest,
  compareWinner,
  type Database,
  type DatabaseInfo,
  type LocalDocument,
  type RangeRequest,
  type RangeRow,
  type Replaced,
  type StoredRevision,
  type WalkRequest,
} from './store.ts';

export function toStored(document: PouchDocument): StoredRevision {
  const { _id, _rev = '', _revisions, _deleted, ...rest } = document;
  const body = Object.fromEntries(Object.entries(rest).filter(([field]) => !field.startsWith('_')));
  const ancestry = _revisions ? _revisions.ids.map((hash, i) => `${_revisions.start - i}-${hash}`) : [_rev];
  return { id: _id, rev: _rev, ancestry, deleted: _deleted === true, body };
}

export function toPouch({ id, rev, ancestry, deleted, body }: StoredRevision): PouchDocument {
  const start = Number.parseInt(rev, 10);
  const ids = ancestry.map((ancestor) => ancestor.slice(ancestor.indexOf('-') + 1));
  return { ...body, _id: id, _rev: rev, _revisions: { start, ids }, ...(deleted && { _deleted: true }) };
}

const isOk = (row: BulkGetRow): row is { ok: PouchDocument } => 'ok' in row;
export const okRows = (rows: readonly BulkGetRow[]): StoredRevision[] =>
  rows
    .filter(isOk)
    .map((row) => toStored(row.ok))
    .sort(compareWinner);

export const isNotFound = (error: unknown): boolean => (error as PouchError | undefined)?.status === 404;

export const toChange = (row: PouchChange, seq: string): Change => ({
  id: row.id,
  seq,
  revs: row.changes.map(({ rev }) => rev),
  deleted: row.deleted === true,
});

const PAGE_SIZE = 500;
/** No character sorts behind it, on either store. */
const LAST_CHARACTER = '\u{10ffff}';

function keysOf(request: RangeRequest): Pick<RangeRequest, 'startKey' | 'endKey'> {
  const { prefix, after, descending } = request;
  const [first, last] =
    prefix === undefined ? [request.startKey, request.endKey] : [prefix, `${prefix}${LAST_CHARACTER}`];
  const [startKey, endKey] = prefix !== undefined && descending ? [last, first] : [first, last];
  const from = after ?? startKey;
  return { ...(from !== undefined && { startKey: from }), ...(endKey !== undefined && { endKey }) };
}

export abstract class PouchDatabase implements Database {
  readonly name: string;
  readonly #onWrite: () => void;

  constructor(name: string, onWrite: () => void) {
    this.name = name;
    this.#onWrite = onWrite;
  }

  /** Runs an operation on the open database. */
  protected abstract use<T>(operation: (db: PouchDB) => Promise<T>): Promise<T>;
  /** Our form of a sequence of the store. */
  protected abstract writeSeq(seq: number | string): string;
  protected abstract changesPage(db: PouchDB, request: ChangesRequest): Promise<ChangesPage>;
  protected abstract allLeaves(db: PouchDB, ids: readonly string[]): Promise<StoredRevision[][]>;
  /** Writes the revision that follows `_rev`, or the first one. Answers its name, or undefined where it is not to follow it. */
  protected abstract put(document: PouchDocument): Promise<string | undefined>;
  abstract forgetOldBodies(ids: readonly string[]): Promise<void>;

  info(): Promise<DatabaseInfo> {
    return this.use(async (db) => {
      const info = await db.info();
      return { docCount: info.doc_count, updateSeq: this.writeSeq(info.update_seq) };
    });
  }

  changes(request: ChangesRequest): Promise<ChangesPage> {
    return this.use((db) => this.changesPage(db, request));
  }

  leaves(ids: readonly string[]): Promise<ReadonlyMap<string, readonly StoredRevision[]>> {
    if (ids.length === 0) return Promise.resolve(new Map());
    return this.use(async (db) => {
      const unique = [...new Set(ids)];
      const found = await this.allLeaves(db, unique);
      return new Map(unique.map((id, i) => [id, found[i] ?? []]));
    });
  }

  known(ids: readonly string[]): Promise<ReadonlySet<string>> {
    if (ids.length === 0) return Promise.resolve(new Set());
    return this.use(async (db) => {
      const { rows } = await db.allDocs({ keys: [...new Set(ids)] });
      return new Set(rows.filter((row) => !row.error).map((row) => row.id));
    });
  }

  revisions(
    wanted: readonly { readonly id: string; readonly rev: string }[],
  ): Promise<readonly (StoredRevision | undefined)[]> {
    if (wanted.length === 0) return Promise.resolve([]);
    return this.use(async (db) => {
      const { results } = await db.bulkGet({ docs: wanted.map(({ id, rev }) => ({ id, rev })), revs: true });
      const found = new Map<string, StoredRevision>();
      for (const row of results.flatMap(({ docs }) => docs)) {
        if (isOk(row)) found.set(`${row.ok._id}@${row.ok._rev}`, toStored(row.ok));
      }
      return wanted.map(({ id, rev }) => found.get(`${id}@${rev}`));
    });
  }

  missing(revs: ReadonlyMap<string, readonly string[]>): Promise<ReadonlyMap<string, readonly string[]>> {
    if (revs.size === 0) return Promise.resolve(new Map());
    return this.use(async (db) => {
      const asked = Object.fromEntries([...revs].map(([id, list]) => [id, [...list]]));
      const answer = await db.revsDiff(asked);
      return new Map(Object.entries(answer).map(([id, { missing = [] }]) => [id, missing]));
    });
  }

  async write(revisions: readonly StoredRevision[]): Promise<void> {
    if (revisions.length === 0) return;
    await this.use(async (db) => {
      const answers = await db.bulkDocs(revisions.map(toPouch), { new_edits: false });
      const failed = answers.find((answer) => 'error' in answer && answer.error) as PouchError | undefined;
      if (failed) throw new Error(`${this.name} did not store a revision: ${failed.reason ?? failed.message}`);
    });
    this.#onWrite();
  }

  async replace(id: string, baseRev: string | undefined, body: StoredRevision['body'] | 'deleted'): Promise<Replaced> {
    const content = body === 'deleted' ? { _deleted: true } : body;
    const rev = await this.put({ ...content, _id: id, ...(baseRev !== undefined && { _rev: baseRev }) });
    if (rev === undefined) return { won: false };
    this.#onWrite();
    return { won: true, rev };
  }

  range(request: RangeRequest): Promise<readonly RangeRow[]> {
    const { after, limit, skip = 0, descending = false, inclusiveEnd = true } = request;
    const { startKey, endKey } = keysOf(request);
    // The row to go on behind may be there or not: it is asked for and left out.
    const behind = after === undefined ? 0 : 1;
    return this.use(async (db) => {
      const { rows } = await db.allDocs({
        ...(startKey !== undefined && { startkey: startKey }),
        ...(endKey !== undefined && { endkey: endKey }),
        limit: limit + behind,
        skip,
        descending,
        inclusive_end: inclusiveEnd,
        include_docs: true,
      });
      return rows
        .filter(({ id }) => id !== after)
        .slice(0, limit)
        .flatMap(({ id, value, doc }) => (doc ? [{ id, rev: value.rev, body: toStored(doc).body }] : []));
    });
  }

  async *walk({ pageSize = PAGE_SIZE, ...request }: WalkRequest): AsyncGenerator<readonly RangeRow[]> {
    for (let next: Omit<RangeRequest, 'limit'> = request; ; ) {
      const rows = await this.range({ ...next, limit: pageSize });
      const last = rows.at(-1)?.id;
      if (last === undefined) return;
      yield rows;
      if (rows.length < pageSize) return;
      next = { ...next, after: last, skip: 0 };
    }
  }

  winners(ids: readonly string[]): Promise<readonly (RangeRow | undefined)[]> {
    if (ids.length === 0) return Promise.resolve([]);
    return this.use(async (db) => {
      // `_all_docs` with keys would answer winners only, but takes two to three times as long on both stores.
      const { results } = await db.bulkGet({ docs: [...new Set(ids)].map((id) => ({ id })) });
      const winners = new Map(results.map(({ id, docs }) => [id, okRows(docs)[0]]));
      return ids.map((id) => {
        const winner = winners.get(id);
        return winner && !winner.deleted ? { id, rev: winner.rev, body: winner.body } : undefined;
      });
    });
  }

  getLocal(id: string): Promise<LocalDocument | undefined> {
    return this.use(async (db) => {
      try {
        return await db.get(`_local/${id}`);
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    });
  }

  putLocal(id: string, body: Readonly<Record<string, unknown>>): Promise<string> {
    return this.use(async (db) => {
      const before = await db.get(`_local/${id}`).catch((error: unknown) => {
        if (isNotFound(error)) return undefined;
        throw error;
      });
      const written = await db.put({ ...body, _id: `_local/${id}`, ...(before?._rev && { _rev: before._rev }) });
      return written.rev;
    });
  }

  removeLocal(id: string): Promise<void> {
    return this.use(async (db) => {
      try {
        const before = await db.get(`_local/${id}`);
        await db.remove(before);
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    });
  }
}
