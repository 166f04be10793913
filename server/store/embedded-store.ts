/** The embedded store: PouchDB on LevelDB, one folder a database, one process. */
import { access, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import leveldown from 'leveldown';
import leveldbAdapter from 'pouchdb-adapter-leveldb';
import PouchCore, { type PouchDocument, type PouchError } from 'pouchdb-core';
import { folderBytes } from '../lib/folder-bytes.ts';
import { isNotFound, okRows, PouchDatabase, toChange } from './pouch-database.ts';
import {
  type ChangesPage,
  type ChangesRequest,
  type Database,
  type Store,
  type StoredRevision,
  StoreUnavailableError,
} from './store.ts';
import { type EmbeddedStatus, readPart, type StatusPart } from './store-status.ts';

type Level = ReturnType<typeof leveldown>;

/**
 * LevelDB acknowledges a batch when the kernel has it, which a power cut loses. Every batch is made to wait for the disk;
 * a bulk write is one batch, so the wait is paid once for all its documents.
 */
function syncedLeveldown(location: string): Level {
  const level = leveldown(location);
  const { _batch, _put, _del } = level;
  level._batch = (operations, options, done) => _batch.call(level, operations, { ...options, sync: true }, done);
  level._put = (key, value, options, done) => _put.call(level, key, value, { ...options, sync: true }, done);
  level._del = (key, options, done) => _del.call(level, key, { ...options, sync: true }, done);
  return level;
}

/** A constructor for the adapter; `onMade` is given what it makes, which the adapter keeps to itself. */
function levelConstructor(syncWrites: boolean, onMade: (level: Level) => void = () => {}) {
  function embeddedLevel(location: string) {
    const level = syncWrites ? syncedLeveldown(location) : leveldown(location);
    onMade(level);
    return level;
  }
  // The adapter deletes a database through this property of the constructor it is given.
  embeddedLevel.destroy = leveldown.destroy;
  return embeddedLevel;
}

/** Before the first key of a database, and after the last. */
const FIRST_KEY = Buffer.from([0]);
const LAST_KEY = Buffer.from([0xff]);

// The adapter adds a listener for each open database to one emitter; the default limit of ten would print a warning.
const EmbeddedPouch = PouchCore.plugin(leveldbAdapter);

/** An open database costs about 150 KB and 4 file descriptors; idle ones beyond this many are closed. */
const MAX_OPEN_DATABASES = 400;

/** Thousands of databases have tens of thousands of files: they are looked at as often as this at most. */
const BYTES_MAX_AGE_MS = 60_000;

export interface EmbeddedStoreOptions {
  readonly folder: string;
  /** Wait for the disk before acknowledging a write. Only a benchmark turns it off, to measure what it costs. */
  readonly syncWrites?: boolean;
}

export class EmbeddedStore implements Store {
  readonly kind = 'embedded';
  readonly shared = false;
  readonly #folder: string;
  readonly #syncWrites: boolean;
  readonly #databases = new Map<string, Promise<EmbeddedDatabase>>();
  readonly #listeners = new Set<(name: string) => void>();
  #closed = false;
  #bytes: { readonly readAtMs: number; readonly part: Promise<StatusPart<number>> } | undefined;

  private constructor(folder: string, syncWrites: boolean) {
    this.#folder = folder;
    this.#syncWrites = syncWrites;
  }

  static async create({ folder, syncWrites = true }: EmbeddedStoreOptions): Promise<EmbeddedStore> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return new EmbeddedStore(folder, syncWrites);
  }

  open(name: string): Promise<Database> {
    let database = this.#databases.get(name);
    if (!database) {
      database = this.#openNew(name);
      this.#databases.set(name, database);
      database.catch(() => this.#databases.delete(name));
    }
    return database;
  }

  async #openNew(name: string): Promise<EmbeddedDatabase> {
    const open = async (syncWrites = this.#syncWrites) => {
      // Whoever opened it again would hold the folder that the next process needs.
      if (this.#closed) throw new Error(`the store is closed: ${name} can't be opened`);
      const made: Level[] = [];
      const db = new EmbeddedPouch(path.join(this.#folder, name), {
        adapter: 'leveldb',
        db: levelConstructor(syncWrites, (level) => made.push(level)),
      });
      // Each read of the changes listens for the end of the database until it is done: many at once are no leak.
      db.setMaxListeners(0);
      await db.info();
      return { db, level: made[0], instance: (await db.id()).replaceAll('-', '').slice(0, 8) };
    };
    const database = new EmbeddedDatabase(name, open, () => this.#changed(name));
    await this.#closeIdle();
    try {
      await database.info();
    } catch (error) {
      throw lockedError(error, this.#folder) ?? error;
    }
    return database;
  }

  async #closeIdle(): Promise<void> {
    if (this.#databases.size < MAX_OPEN_DATABASES) return;
    const opened = (await Promise.allSettled(this.#databases.values())).flatMap((result) =>
      result.status === 'fulfilled' ? [result.value] : [],
    );
    const idle = opened.filter((database) => database.idle).sort((a, b) => a.lastUsedMs - b.lastUsedMs);
    await Promise.all(
      idle.slice(0, Math.max(0, idle.length - MAX_OPEN_DATABASES / 2)).map((database) => database.close()),
    );
  }

  #changed(name: string): void {
    for (const listener of this.#listeners) listener(name);
  }

  async list(): Promise<readonly string[]> {
    const entries = await readdir(this.#folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  }

  async destroy(name: string): Promise<void> {
    const database = await this.#databases.get(name);
    this.#databases.delete(name);
    await database?.destroy();
    if (database) return;
    const location = path.join(this.#folder, name);
    const exists = await access(location).then(
      () => true,
      () => false,
    );
    if (exists)
      await new EmbeddedPouch(location, { adapter: 'leveldb', db: levelConstructor(this.#syncWrites) }).destroy();
  }

  sizeBytes(name: string): Promise<number> {
    return folderBytes(path.join(this.#folder, name));
  }

  async ping(): Promise<void> {
    await access(this.#folder);
  }

  async status(): Promise<EmbeddedStatus> {
    return {
      kind: this.kind,
      engine: 'LevelDB',
      folder: this.#folder,
      databases: await readPart(async () => (await this.list()).length),
      openDatabases: await this.#countOpen(),
      bytes: await this.#countBytes(),
    };
  }

  async #countOpen(): Promise<number> {
    const known = await Promise.allSettled(this.#databases.values());
    return known.filter((result) => result.status === 'fulfilled' && result.value.isOpen).length;
  }

  #countBytes(): Promise<StatusPart<number>> {
    const nowMs = performance.now();
    if (!this.#bytes || nowMs - this.#bytes.readAtMs > BYTES_MAX_AGE_MS)
      this.#bytes = { readAtMs: nowMs, part: readPart(() => folderBytes(this.#folder)) };
    return this.#bytes.part;
  }

  onUpdate(listener: (databaseName: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Closes every database, also where one of them cannot be; throws then. */
  async close(): Promise<void> {
    this.#closed = true;
    const opened = await Promise.allSettled(this.#databases.values());
    this.#databases.clear();
    const closed = await Promise.allSettled(
      opened.map((result) => (result.status === 'fulfilled' ? result.value.close() : undefined)),
    );
    const failed = closed.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }
}

function lockedError(error: unknown, folder: string): StoreUnavailableError | undefined {
  const text = `${(error as PouchError).reason ?? ''} ${(error as Error).message} ${String((error as Error).name)}`;
  // The file of the lock is named where the folder is away, too.
  if (!/lock/i.test(text) || /no such file/i.test(text)) return undefined;
  return new StoreUnavailableError(
    `the data folder ${folder} is in use by another VitaSync process: stop that one, or set VITASYNC_DATA_DIR to another folder`,
  );
}

function rewriteFiles(level: Level | undefined, name: string): Promise<void> {
  if (!level) throw new Error(`${name} is open twice in this process; its files can't be written anew`);
  return new Promise((resolve, reject) => {
    level.compactRange(FIRST_KEY, LAST_KEY, (error) => (error ? reject(error) : resolve()));
  });
}

interface Opened {
  readonly db: PouchCore;
  /** Undefined where another store of this process has the database open as well. */
  readonly level: Level | undefined;
  /** Marks the life of the database in its sequences. */
  readonly instance: string;
}

class EmbeddedDatabase extends PouchDatabase {
  readonly #open: (syncWrites?: boolean) => Promise<Opened>;
  #opened: Promise<Opened> | undefined;
  /** New operations wait for it. */
  #held: Promise<void> | undefined;
  /** Called when no operation is under way any more. */
  #onIdle: () => void = () => {};
  #active = 0;
  #instance = '';
  lastUsedMs = 0;

  constructor(name: string, open: (syncWrites?: boolean) => Promise<Opened>, onWrite: () => void) {
    super(name, onWrite);
    this.#open = open;
  }

  get isOpen(): boolean {
    return this.#opened !== undefined;
  }

  get idle(): boolean {
    return this.#active === 0 && this.#opened !== undefined;
  }

  protected override use<T>(operation: (db: PouchCore) => Promise<T>): Promise<T> {
    return this.#useOpened(({ db }) => operation(db));
  }

  async #useOpened<T>(operation: (opened: Opened) => Promise<T>): Promise<T> {
    while (this.#held !== undefined) await this.#held;
    this.#active++;
    this.lastUsedMs = performance.now();
    try {
      this.#opened ??= this.#open();
      const opened = await this.#opened.catch((error: unknown) => {
        this.#opened = undefined;
        throw error;
      });
      this.#instance = opened.instance;
      return await operation(opened);
    } finally {
      this.#active--;
      if (this.#active === 0) this.#onIdle();
    }
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened !== undefined) await this.#holdingOthers(async () => (await opened).db.close());
    else await this.#held;
  }

  /** What is asked for while `work` is under way waits for its end, and then opens the database again. */
  async #holdingOthers(work: () => Promise<void>): Promise<void> {
    const working = work();
    const held = working
      .catch(() => {})
      .then(() => {
        this.#held = undefined;
      });
    this.#held = held;
    await working;
  }

  /** Opens the database anew for `work`, after every operation under way and before any other: nobody has an older view of it. */
  async #alone(work: (db: PouchCore) => Promise<void>): Promise<void> {
    while (this.#held !== undefined) await this.#held;
    const before = this.#opened;
    this.#opened = undefined;
    const idle = new Promise<void>((resolve) => {
      if (this.#active === 0) resolve();
      else this.#onIdle = resolve;
    });
    await this.#holdingOthers(async () => {
      await idle;
      await (await before)?.db.close();
      // Whatever was in the log is on disk when the database is opened the next time.
      const { db } = await this.#open(false);
      await work(db).finally(() => db.close());
    });
  }

  /**
   * LevelDB drops what was deleted when it writes the files anew that hold it, but for what someone may see who began to read
   * before. So nobody reads when the bodies are deleted; and when the files were written anew, which goes on beside other
   * work, the database is opened once more: that removes the files that readers still had.
   */
  override async forgetOldBodies(ids: readonly string[]): Promise<void> {
    const known = await this.known(ids);
    if (known.size === 0) return;
    await this.#alone(async (db) => {
      for (const id of known) await db.compactDocument(id, 0);
    });
    await this.#useOpened(({ level }) => rewriteFiles(level, this.name));
    await this.#alone(() => Promise.resolve());
  }

  async destroy(): Promise<void> {
    await this.use((db) => db.destroy());
    this.#opened = undefined;
  }

  protected override writeSeq(seq: number | string): string {
    return `${seq}-${this.#instance}`;
  }

  /** The end of the database, for `now`; the beginning, for a sequence of another life of the database. */
  #readSeq(since: string, end: number): number {
    if (since === 'now') return end;
    const [, seq = '0', instance = this.#instance] = /^(\d+)(?:-(\w+))?$/.exec(since) ?? [];
    return instance !== this.#instance || Number(seq) > end ? 0 : Number(seq);
  }

  protected override async changesPage(
    db: PouchCore,
    { since, limit, descending = false }: ChangesRequest,
  ): Promise<ChangesPage> {
    const end = Number((await db.info()).update_seq);
    const start = descending ? 0 : this.#readSeq(since, end);
    const page = await db.changes({ since: start, limit, style: 'all_docs', descending });
    const full = page.results.length >= limit;
    const last = Number(full ? page.results.at(-1)?.seq : Math.max(Number(page.last_seq), start));
    return {
      results: page.results.map((row) => toChange(row, this.writeSeq(row.seq))),
      lastSeq: this.writeSeq(last),
      pending: full && !descending ? Math.max(0, end - last) : 0,
    };
  }

  /** PouchDB counts a revision whose body it never had as missing; it was superseded before it came, so nobody needs it. */
  override async missing(
    revs: ReadonlyMap<string, readonly string[]>,
  ): Promise<ReadonlyMap<string, readonly string[]>> {
    const lacking = await super.missing(revs);
    const leaves = await this.leaves([...lacking.keys()]);
    const unknown = [...lacking].map(([id, names]) => {
      const ancestors = new Set((leaves.get(id) ?? []).flatMap(({ ancestry }) => ancestry));
      return [id, names.filter((rev) => !ancestors.has(rev))] as const;
    });
    return new Map(unknown.filter(([, names]) => names.length > 0));
  }

  protected override put(document: PouchDocument): Promise<string | undefined> {
    return this.use(async (db) => {
      try {
        return (await db.put(document)).rev;
      } catch (error) {
        if ((error as PouchError).status === 409) return undefined;
        throw error;
      }
    });
  }

  protected override allLeaves(db: PouchCore, ids: readonly string[]): Promise<StoredRevision[][]> {
    return Promise.all(
      ids.map(async (id) => {
        try {
          return okRows(await db.get(id, { open_revs: 'all', revs: true }));
        } catch (error) {
          if (isNotFound(error)) return [];
          throw error;
        }
      }),
    );
  }
}
