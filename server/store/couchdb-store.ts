/**
 * The CouchDB store: which databases there are, and what only an administrator does, by nano. nano never sees an id from a
 * client: what concerns documents is in couchdb-database.ts.
 */
import equal from 'fast-deep-equal';
import nano, { type RequestOptions, type ServerScope } from 'nano';
import { CouchDatabase } from './couchdb-database.ts';
import { type Database, type Store, StoreUnavailableError } from './store.ts';
import { type CouchNodes, type CouchStatus, type CouchTask, readPart } from './store-status.ts';

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
