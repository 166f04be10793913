/**
 * A database of the CouchDB store: PouchDB over HTTP for documents, plain requests for what PouchDB does not hand on as it is
 * (the changes feed with its `pending` and sequences) or hides (how many copies took a revision).
 */
import httpAdapter from 'pouchdb-adapter-http';
import PouchCore, { type BulkGetRow, type PouchChange, type PouchDocument } from 'pouchdb-core';
import { okRows, PouchDatabase, toChange, toPouch } from './pouch-database.ts';
import { winnerOf } from './revisions.ts';
import { type ChangesPage, type ChangesRequest, type StoredRevision, StoreUndecidedError } from './store.ts';

const HttpPouch = PouchCore.plugin(httpAdapter);

const COMPACTION_TIMEOUT_MS = 60 * 60_000;
/** Each ends what is left of the writes that it finds; more come only while others go on writing the same document. */
const SETTLE_ROUNDS = 20;
/** Documents or revisions asked for in one request. */
const PAGE = 500;

export interface CouchDatabaseHooks {
  readonly onWrite: () => void;
  /** Compacts, or throws when `performance.now()` comes past the deadline. */
  readonly compact: (deadlineMs: number) => Promise<void>;
  /** Of the cluster, those that the node which answers is connected to, itself included. */
  readonly connectedNodes: () => Promise<readonly string[]>;
}

type QueryParams = Readonly<Record<string, string | number | boolean>>;

export class CouchDatabase extends PouchDatabase {
  readonly #db: PouchCore;
  readonly #compact: CouchDatabaseHooks['compact'];
  readonly #connectedNodes: CouchDatabaseHooks['connectedNodes'];
  #copies: Promise<number> | undefined;
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(name: string, url: URL, { onWrite, compact, connectedNodes }: CouchDatabaseHooks) {
    super(name, onWrite);
    this.#compact = compact;
    this.#connectedNodes = connectedNodes;
    this.#db = new HttpPouch(url.href, { adapter: 'http', skip_setup: true });
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    this.#headers = {
      authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
      accept: 'application/json',
    };
    this.#url = new URL(url);
    this.#url.username = '';
    this.#url.password = '';
  }

  protected override use<T>(operation: (db: PouchCore) => Promise<T>): Promise<T> {
    return operation(this.#db);
  }

  protected override writeSeq(seq: number | string): string {
    return String(seq);
  }

  protected override async changesPage(
    _db: PouchCore,
    { since, limit, descending = false }: ChangesRequest,
  ): Promise<ChangesPage> {
    const read = (from: string) =>
      this.#get('_changes', {
        style: 'all_docs',
        limit,
        ...(descending ? { descending } : { since: from }),
      });
    let response = await read(since);
    // A sequence that CouchDB cannot read is one of another life of the database, or made up.
    if (response.status === 400) response = await read('0');
    if (!response.ok) throw new Error(`CouchDB answered ${response.status} to _changes of ${this.name}`);
    const page = (await response.json()) as {
      results: (PouchChange & { seq: string })[];
      last_seq: string;
      pending?: number;
    };
    return {
      results: page.results.map((row) => toChange(row, row.seq)),
      lastSeq: page.last_seq,
      pending: page.pending ?? 0,
    };
  }

  #get(path: string, params: QueryParams = {}): Promise<Response> {
    return fetch(this.#address(path, params), { headers: this.#headers });
  }

  #address(path: string, params: QueryParams): URL {
    const url = new URL(`${this.#url.pathname}/${path}`, this.#url);
    for (const [name, value] of Object.entries(params)) url.searchParams.set(name, String(value));
    return url;
  }

  async #getJson<T>(path: string, params: QueryParams = {}): Promise<T> {
    const response = await this.#get(path, params);
    if (!response.ok) throw new Error(`CouchDB answered ${response.status} to a question about ${this.name}`);
    return (await response.json()) as T;
  }

  /**
   * 409 says that no copy of the document took the revision. With one copy, any other success says that it did. With several,
   * 202 says that only some did: each of the others took another one first, or is away.
   */
  protected override async put(document: PouchDocument): Promise<string | undefined> {
    const copies = await this.#countCopies();
    const response = await this.#send('PUT', document._id, { w: copies }, document);
    const { rev = '' } = (await response.json()) as { rev?: string };
    if (response.status === 409) return undefined;
    if (!response.ok) throw new Error(`CouchDB answered ${response.status} to a write to ${this.name}`);
    if (copies === 1) return rev;
    const isEverywhere = response.status !== 202;
    if (!isEverywhere) await this.#expectMostCopies(document._id);
    return (await this.#settle(document._id, isEverywhere)).ancestry.includes(rev) ? rev : undefined;
  }

  /** Read once: it changes only where an administrator of CouchDB moves shards by hand. */
  #countCopies(): Promise<number> {
    this.#copies ??= this.#getJson<{ cluster: { n: number } }>('')
      .then(({ cluster }) => cluster.n)
      .catch((error: unknown) => {
        this.#copies = undefined;
        throw error;
      });
    return this.#copies;
  }

  /** A copy that is away may hold a revision that nobody else sees; whoever is with it must not take it for the winner. */
  async #expectMostCopies(id: string): Promise<void> {
    const [{ nodes }, connected] = await Promise.all([
      this.#getJson<{ nodes: readonly string[] }>(`_shards/${encodeURIComponent(id)}`),
      this.#connectedNodes(),
    ]);
    if (2 * nodes.filter((node) => connected.includes(node)).length <= nodes.length)
      throw new StoreUndecidedError('Too few nodes of the store can be reached to know whether it was stored.');
  }

  /**
   * Makes one revision of those that several servers wrote at once, on different copies, and answers it: CouchDB's winner. All
   * of them do the same, so they agree. It stands once no copy has another one that something could still be written over:
   * each copy has it, and the deletions of the others, before it is looked at for the last time.
   */
  async #settle(id: string, isEverywhere: boolean): Promise<StoredRevision> {
    let isSpread = isEverywhere;
    for (let round = 0; round < SETTLE_ROUNDS; round++) {
      const leaves = await this.#readAllCopies(id);
      const winner = winnerOf(leaves);
      const losers = leaves.filter((leaf) => leaf !== winner && !leaf.deleted);
      if (winner && isSpread && losers.length === 0) return winner;
      if (losers.length > 0) await Promise.all(losers.map(({ rev }) => this.#end(id, rev)));
      else await Promise.all(leaves.map((leaf) => this.#spread(leaf)));
      isSpread = losers.length === 0;
    }
    throw new StoreUndecidedError('Too many servers wrote the same at once to know whether it was stored.');
  }

  async #readAllCopies(id: string): Promise<StoredRevision[]> {
    const r = await this.#countCopies();
    return okRows(await this.#getJson<BulkGetRow[]>(encodeURIComponent(id), { open_revs: 'all', revs: true, r }));
  }

  /** 409 says that it is no leaf any more. */
  async #end(id: string, rev: string): Promise<void> {
    const response = await this.#send('DELETE', id, { rev, w: await this.#countCopies() });
    await response.arrayBuffer();
    if (!response.ok && response.status !== 409) throw new Error(`CouchDB answered ${response.status} to a deletion`);
  }

  async #spread(leaf: StoredRevision): Promise<void> {
    const response = await this.#send(
      'PUT',
      leaf.id,
      { new_edits: false, w: await this.#countCopies() },
      toPouch(leaf),
    );
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`CouchDB answered ${response.status} to a revision that it has`);
  }

  #send(method: string, id: string, params: QueryParams, body?: PouchDocument): Promise<Response> {
    return fetch(this.#address(encodeURIComponent(id), params), {
      method,
      headers: { ...this.#headers, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
  }

  /** `_bulk_get` without a revision answers all leaves of a document. */
  protected override async allLeaves(db: PouchCore, ids: readonly string[]): Promise<StoredRevision[][]> {
    const { results } = await db.bulkGet({ docs: ids.map((id) => ({ id })), revs: true });
    const byId = new Map(results.map(({ id, docs }) => [id, okRows(docs)]));
    return ids.map((id) => byId.get(id) ?? []);
  }

  override async forgetOldBodies(ids: readonly string[]): Promise<void> {
    const known = [...(await this.known(ids))];
    if (known.length === 0) return;
    const deadlineMs = performance.now() + COMPACTION_TIMEOUT_MS;
    do {
      await this.#compact(deadlineMs);
    } while (await this.#hasOldBodies(known, deadlineMs));
  }

  async #hasOldBodies(ids: readonly string[], deadlineMs: number): Promise<boolean> {
    if (performance.now() > deadlineMs)
      throw new Error(`CouchDB does not forget old revisions of ${this.name}: see its log, and ask again`);
    for (const page of pagesOf(ids)) {
      const leaves = [...(await this.leaves(page)).values()].flat();
      const old = leaves.flatMap(({ id, ancestry }) => ancestry.slice(1).map((rev) => ({ id, rev })));
      for (const some of pagesOf(old)) {
        if ((await this.revisions(some)).some((revision) => revision !== undefined)) return true;
      }
    }
    return false;
  }
}

function* pagesOf<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < list.length; at += PAGE) yield list.slice(at, at + PAGE);
}
