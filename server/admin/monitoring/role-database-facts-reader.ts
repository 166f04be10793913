/**
 * How big each role database is and how far, kept in memory so that a list of thousands of them costs no look at the store. A
 * database that changed is read again soon; after a start all of them are, one after the other.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { RoleDatabases } from '../../documents/projection/role-databases.ts';
import { BackgroundLoop } from '../../lib/background-loop.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Database, Store } from '../../store/store.ts';
import type { RoleDatabaseFacts } from './role-database-facts.ts';
import { FactShards, type KeptFacts } from './role-database-facts-shards.ts';

export interface RoleDatabaseFactsOptions {
  readonly store: Pick<Store, 'onUpdate' | 'sizeBytes'>;
  readonly roleDatabases: Pick<RoleDatabases, 'list' | 'serving' | 'servingName' | 'nameOf' | 'onSwitch'>;
  /** Where they are kept from one start to the next. */
  readonly database: Pick<Database, 'getLocal' | 'putLocal'>;
  readonly logger: Pick<Logger, 'error' | 'info'>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Between two looks at the same database, at least. */
  readonly sweepIntervalMs?: number;
}

/** Between two databases: to read all of a big network takes a minute or two, and hardly shows. */
const BETWEEN_READS_MS = 15;
const SWEEP_INTERVAL_MS = 2_000;
const FLUSH_INTERVAL_MS = 10_000;
const IDLE_MS = FLUSH_INTERVAL_MS;

export class RoleDatabaseFactsReader {
  readonly #options: RoleDatabaseFactsOptions;
  readonly #shards: FactShards;
  readonly #facts = new Map<string, RoleDatabaseFacts>();
  /** The physical database that the facts are of. */
  readonly #sources = new Map<string, string>();
  /** Names of databases to be read again. */
  readonly #due = new Set<string>();
  /** Those of an earlier process that nobody looked after since. */
  readonly #unconfirmed = new Set<string>();
  readonly #listeners = new Set<(name: string) => void>();
  readonly #loop: BackgroundLoop;
  readonly #unsubscribe: (() => void)[];
  #flushedAtMs: number;

  private constructor(options: RoleDatabaseFactsOptions) {
    this.#options = options;
    this.#shards = new FactShards(options.database);
    this.#flushedAtMs = options.nowMs();
    this.#loop = new BackgroundLoop({
      name: 'role database facts',
      step: (signal) => this.#sweep(signal),
      idleMs: IDLE_MS,
      logger: options.logger,
    });
    const { store, roleDatabases } = options;
    this.#unsubscribe = [
      store.onUpdate((physical) => this.#noteChange(physical)),
      roleDatabases.onSwitch((name) => this.#noteDue(name)),
    ];
  }

  /** Reads what was known when the last process stopped, and begins to look after it. */
  static async open(options: RoleDatabaseFactsOptions): Promise<RoleDatabaseFactsReader> {
    const reader = new RoleDatabaseFactsReader(options);
    for (const { source, facts } of await reader.#shards.read()) {
      if (options.roleDatabases.servingName(facts.name) !== source) continue;
      reader.#facts.set(facts.name, facts);
      reader.#sources.set(facts.name, source);
      reader.#unconfirmed.add(facts.name);
    }
    reader.#queueAll();
    reader.#loop.start();
    return reader;
  }

  of(name: string): RoleDatabaseFacts | undefined {
    return this.#facts.get(name);
  }

  /** By name; those that were never read are not there. */
  all(): ReadonlyMap<string, RoleDatabaseFacts> {
    return this.#facts;
  }

  /** `listener` is called with the name of each database of which something is known anew. */
  onChange(listener: (name: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Throws where the store does: what is not written is read again after the next start. */
  async close(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    await this.#loop.stop();
    await this.#flush();
  }

  #noteChange(physical: string): void {
    const name = this.#options.roleDatabases.nameOf(physical);
    if (name !== undefined) this.#noteDue(name);
  }

  #noteDue(name: string): void {
    this.#unconfirmed.delete(name);
    this.#due.add(name);
    this.#loop.wake();
  }

  /** Those that nothing is known of first. */
  #queueAll(): void {
    const names = this.#options.roleDatabases.list().map(({ database }) => database.name);
    for (const known of [false, true]) {
      for (const name of names) if (this.#facts.has(name) === known) this.#due.add(name);
    }
  }

  /** Each database once, however often it changed meanwhile. */
  async #sweep(signal: AbortSignal): Promise<boolean> {
    for (const name of [...this.#due]) {
      if (signal.aborted) return false;
      // What changes while it is read is due again.
      this.#due.delete(name);
      try {
        await this.#read(name);
      } catch (error) {
        this.#due.add(name);
        throw error;
      }
      await this.#flushWhenDue();
      await pause(BETWEEN_READS_MS, undefined, { signal }).catch(() => {});
    }
    const { sweepIntervalMs = SWEEP_INTERVAL_MS } = this.#options;
    await pause(sweepIntervalMs, undefined, { signal }).catch(() => {});
    await this.#flushWhenDue();
    return this.#due.size > 0;
  }

  async #read(name: string): Promise<void> {
    const { store, roleDatabases, nowMs } = this.#options;
    const source = roleDatabases.servingName(name);
    if (source === undefined) return this.#forget(name);
    const readAt = new Date(nowMs()).toISOString();
    const before = this.#facts.get(name);
    const isUnconfirmed = this.#unconfirmed.delete(name);
    const bytes = await store.sizeBytes(source);
    // It is made when it is first used, and to look at it is no use.
    if (bytes === 0) return this.#keep(source, { name, documents: 0, bytes, updateSeq: '0', readAt });
    // Nobody wrote to a database whose files are as big as they were when it was read: it need not be opened.
    if (before && isUnconfirmed && bytes === before.bytes) return this.#keep(source, { ...before, readAt });
    const serving = await roleDatabases.serving(name);
    if (serving?.name !== source) return;
    const { docCount, updateSeq } = await serving.info();
    this.#keep(source, { name, documents: docCount, bytes: await store.sizeBytes(source), updateSeq, readAt });
  }

  #keep(source: string, facts: RoleDatabaseFacts): void {
    this.#facts.set(facts.name, facts);
    this.#sources.set(facts.name, source);
    this.#shards.touch(facts.name);
    for (const listener of this.#listeners) listener(facts.name);
  }

  #forget(name: string): void {
    if (!this.#facts.delete(name)) return;
    this.#sources.delete(name);
    this.#shards.touch(name);
    for (const listener of this.#listeners) listener(name);
  }

  async #flushWhenDue(): Promise<void> {
    if (this.#options.nowMs() - this.#flushedAtMs >= FLUSH_INTERVAL_MS) await this.#flush();
  }

  async #flush(): Promise<void> {
    this.#flushedAtMs = this.#options.nowMs();
    await this.#shards.write(
      [...this.#facts.values()].map((facts): KeptFacts => ({ facts, source: this.#sources.get(facts.name) ?? '' })),
    );
  }
}
