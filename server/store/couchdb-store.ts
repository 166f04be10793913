/**
 * The CouchDB store: PouchDB over HTTP for documents, plain requests for the changes feed (whose `pending` and sequences
 * PouchDB does not hand on as they are), nano for what only an administrator does. nano never sees an id from a client.
 */
import equal from 'fast-deep-equal';
import nano, { type RequestOptions, type ServerScope } from 'nano';
import httpAdapter from 'pouchdb-adapter-http';
import PouchCore, { type BulkGetRow, type PouchChange, type PouchDocument } from 'pouchdb-core';
import { okRows, PouchDatabase, toChange, toPouch } from './pouch-database.ts';
import { winnerOf } from './revisions.ts';
import {
  type ChangesPage,
  type ChangesRequest,
  type Database,
  type Store,
  type StoredRevision,
  StoreUnavailableError,
  StoreUndecidedError,
} from './store.ts';
import { type CouchNodes, type CouchStatus, type CouchTask, readPart } from './store-status.ts';

const HttpPouch = PouchCore.plugin(httpAdapter);

interface SecurityGroup {
  readonly names?: readonly string[];
  readonly roles?: readonly string[];
}
interface Security {
  readonly admins?: SecurityGroup;
  readonly members?: SecurityGroup;
}

const UPDATES_TIMEOUT_MS = 60_000;
const RETRY_DELAY_MS = 1_000;
const COMPACTION_POLL_MS = 200;
const COMPACTION_TIMEOUT_MS = 60 * 60_000;
/** Each ends what is left of the writes that it finds; more come only while others go on writing the same document. */
const SETTLE_ROUNDS = 20;
/** Documents or revisions asked for in one request. */
const PAGE = 500;

const statusOf = (error: unknown): number | undefined => (error as { statusCode?: number }).statusCode;
const pause = (delayMs: number) => new Promise((resolve) => setTimeout(resolve, delayMs).unref());

export class CouchStore implements Store {
  readonly kind = 'couchdb';
  readonly shared = true;
  readonly #url: URL;
  readonly #admin: ServerScope;
  readonly #databases = new Map<string, Promise<Database>>();
  readonly #listeners = new Set<(name: string) => void>();
  readonly #closing = new AbortController();

  private constructor(url: URL) {
    this.#url = url;
    this.#admin = nano({ url: url.href.replace(/\/$/, '') });
  }

  /** `url` carries the credentials of a CouchDB administrator. */
  static async create(url: URL): Promise<CouchStore> {
    const store = new CouchStore(url);
    try {
      await store.ping();
    } catch (error) {
      throw new StoreUnavailableError(
        `CouchDB at ${url.host} cannot be used: ${(error as Error).message}. Check COUCHDB_URL and its credentials`,
      );
    }
    await store.#createDatabase('_global_changes');
    void store.#followUpdates();
    return store;
  }

  open(name: string, { partitioned = false }: { readonly partitioned?: boolean } = {}): Promise<Database> {
    let database = this.#databases.get(name);
    if (!database) {
      database = this.#openNew(name, partitioned);
      this.#databases.set(name, database);
      database.catch(() => this.#databases.delete(name));
    }
    return database;
  }

  async #openNew(name: string, partitioned: boolean): Promise<Database> {
    await this.#createDatabase(name, partitioned ? { partitioned: true } : { q: 1 });
    await this.#closeToOthers(name);
    const url = new URL(`${this.#url.pathname.replace(/\/$/, '')}/${encodeURIComponent(name)}`, this.#url);
    url.username = this.#url.username;
    url.password = this.#url.password;
    return new CouchDatabase(name, url, {
      onWrite: () => this.#changed(name),
      compact: (deadlineMs) => this.#compact(name, deadlineMs),
      connectedNodes: async () => (await this.#membership()).all_nodes,
    });
  }

  /**
   * A compaction that is under way may have copied already what is to go, so another one follows it. CouchDB begins it some
   * time after it said yes: that this resolves does not mean that it was done.
   */
  async #compact(name: string, deadlineMs: number): Promise<void> {
    await this.#compactionOver(name, deadlineMs);
    await this.#admin.db.compact(name);
    await pause(COMPACTION_POLL_MS);
    await this.#compactionOver(name, deadlineMs);
  }

  async #compactionOver(name: string, deadlineMs: number): Promise<void> {
    while ((await this.#admin.db.get(name)).compact_running) {
      if (performance.now() > deadlineMs)
        throw new Error(`CouchDB is still compacting ${name}: see its _active_tasks, and ask again when it is done`);
      await pause(COMPACTION_POLL_MS);
    }
  }

  /** Only an administrator of CouchDB gets in. That is its default since version 3; setting it again would count as a change. */
  async #closeToOthers(name: string): Promise<void> {
    const current = (await this.#admin.request({ db: name, path: '_security' })) as Security;
    const closed = [current.admins, current.members].every(
      (group) => (group?.names ?? []).length === 0 && equal(group?.roles, ['_admin']),
    );
    if (closed) return;
    const body = { admins: { names: [], roles: ['_admin'] }, members: { names: [], roles: ['_admin'] } };
    await this.#admin.request({ db: name, path: '_security', method: 'PUT', body });
  }

  async #createDatabase(name: string, params: { partitioned?: boolean; q?: number } = {}): Promise<void> {
    try {
      await this.#admin.request({ db: name, method: 'PUT', qs: params });
    } catch (error) {
      // 412: it exists.
      if (statusOf(error) !== 412) throw error;
    }
  }

  #changed(name: string): void {
    for (const listener of this.#listeners) listener(name);
  }

  /** One feed tells of the changes that other servers made, in all databases. */
  async #followUpdates(): Promise<void> {
    const { signal } = this.#closing;
    let since = 'now';
    while (!signal.aborted) {
      try {
        const asked: AbortableRequest = {
          path: '_db_updates',
          qs: { feed: 'longpoll', since, timeout: UPDATES_TIMEOUT_MS },
          signal,
        };
        const answer = (await this.#admin.request(asked)) as { results: { db_name: string }[]; last_seq: string };
        since = answer.last_seq;
        for (const { db_name } of answer.results) this.#changed(db_name);
      } catch {
        // Readiness reports an unreachable CouchDB; here it is only waited for.
        if (!signal.aborted) await pause(RETRY_DELAY_MS);
      }
    }
  }

  async list(): Promise<readonly string[]> {
    return await this.#admin.db.list();
  }

  async destroy(name: string): Promise<void> {
    this.#databases.delete(name);
    try {
      await this.#admin.db.destroy(name);
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
    }
  }

  async sizeBytes(name: string): Promise<number> {
    try {
      return (await this.#admin.db.get(name)).sizes.file;
    } catch (error) {
      if (statusOf(error) === 404) return 0;
      throw error;
    }
  }

  async ping(): Promise<void> {
    await this.#admin.request({ path: '_up' });
    await this.#admin.request({ path: '_all_dbs', qs: { limit: 1 } });
  }

  async status(): Promise<CouchStatus> {
    const read = <T>(get: () => Promise<T>) => readPart(get, reasonOf);
    const [version, nodes, tasks, databases] = await Promise.all([
      read(async () => ((await this.#admin.info()) as { version: string }).version),
      read(async () => {
        const answer = await this.#membership();
        return { connected: answer.all_nodes, expected: answer.cluster_nodes } satisfies CouchNodes;
      }),
      read(async () => ((await this.#admin.request({ path: '_active_tasks' })) as ActiveTask[]).map(toTask)),
      read(async () => (await this.list()).length),
    ]);
    return { kind: this.kind, address: this.#url.host, version, nodes, tasks, databases };
  }

  async #membership(): Promise<Membership> {
    return (await this.#admin.request({ path: '_membership' })) as Membership;
  }

  onUpdate(listener: (databaseName: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    this.#closing.abort();
  }
}

/** nano hands the signal on, which its types do not say. */
interface AbortableRequest extends RequestOptions {
  readonly signal: AbortSignal;
}

interface Membership {
  readonly all_nodes: readonly string[];
  readonly cluster_nodes: readonly string[];
}

/** What CouchDB answers of a task; each type of task has more. */
interface ActiveTask {
  readonly type: string;
  readonly node: string;
  readonly database?: string;
  readonly progress?: number;
  /** Seconds since 1970. */
  readonly started_on?: number;
}

const toTask = ({ type, node, database, progress, started_on }: ActiveTask): CouchTask => ({
  type,
  node,
  ...(database !== undefined && { database }),
  ...(progress !== undefined && { progress }),
  ...(started_on !== undefined && { startedAt: new Date(started_on * 1_000).toISOString() }),
});

/** Never the error's own words: those may hold the address with its credentials. */
function reasonOf(error: unknown): string {
  const status = statusOf(error);
  if (status === 401 || status === 403) return 'CouchDB does not let this account read it';
  return status === undefined ? 'CouchDB cannot be reached' : `CouchDB answered ${status}`;
}

interface CouchDatabaseHooks {
  readonly onWrite: () => void;
  /** Compacts, or throws when `performance.now()` comes past the deadline. */
  readonly compact: (deadlineMs: number) => Promise<void>;
  /** Of the cluster, those that the node which answers is connected to, itself included. */
  readonly connectedNodes: () => Promise<readonly string[]>;
}

type QueryParams = Readonly<Record<string, string | number | boolean>>;

class CouchDatabase extends PouchDatabase {
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
