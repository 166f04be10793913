/**
 * How many held writes are open, of each clinic, for each reason and in all: counted once after the start, then followed by the
 * changes of the held database, so that what another server keeps or decides counts as well.
 */

import { type HeldSummary, OPEN, ORDER } from '../../documents/held-writes.ts';
import { BackgroundLoop } from '../../lib/background-loop.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Database, Store } from '../../store/store.ts';

const PAGE = 500;
/** Looks by itself this often, in milliseconds, should a notice of the store have been lost. */
const IDLE_MS = 30_000;

export interface OpenHeldWritesOptions {
  readonly store: Pick<Store, 'onUpdate'>;
  /** The one that HeldWrites keeps its entries in. */
  readonly database: Database;
  /** Gives entries of a time without summaries theirs, which are what is counted. */
  readonly prepare: () => Promise<unknown>;
  readonly logger: Pick<Logger, 'error' | 'info'>;
}

export interface OpenHeldCount {
  readonly count: number;
  /** When the oldest of them was held. */
  readonly oldestAt?: string;
}

interface OpenWrite extends Pick<HeldSummary, 'clinicIds'> {
  readonly code: string;
}

export class OpenHeldWrites {
  readonly #options: OpenHeldWritesOptions;
  readonly #loop: BackgroundLoop;
  readonly #unsubscribe: () => void;
  readonly #listeners = new Set<() => void>();
  /** Times, then ids: the least key is the oldest. */
  readonly #open = new Map<string, OpenWrite>();
  #since: string | undefined;

  constructor(options: OpenHeldWritesOptions) {
    this.#options = options;
    const { store, database, logger } = options;
    this.#loop = new BackgroundLoop({
      name: 'open held writes',
      step: () => this.#step(),
      idleMs: IDLE_MS,
      logger,
    });
    this.#unsubscribe = store.onUpdate((name) => {
      if (name === database.name) this.#loop.wake();
    });
    this.#loop.start();
  }

  /** Undefined until they have been counted. */
  total(): OpenHeldCount | undefined {
    if (this.#since === undefined) return undefined;
    let oldest: string | undefined;
    for (const key of this.#open.keys()) if (oldest === undefined || key < oldest) oldest = key;
    return { count: this.#open.size, ...(oldest !== undefined && { oldestAt: heldAtOf(oldest) }) };
  }

  byClinic(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { clinicIds } of this.#open.values())
      for (const clinic of clinicIds) counts.set(clinic, (counts.get(clinic) ?? 0) + 1);
    return counts;
  }

  /** By the code of the refusal, or `merge_dropped`. */
  byCode(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { code } of this.#open.values()) counts.set(code, (counts.get(code) ?? 0) + 1);
    return counts;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    await this.#loop.stop();
  }

  async #step(): Promise<boolean> {
    if (this.#since === undefined) return this.#countAll();
    const { results, lastSeq } = await this.#options.database.changes({ since: this.#since, limit: PAGE });
    const moved = results.flatMap(({ id, deleted }) => {
      const key = openKeyOf(id);
      return key === undefined ? [] : [{ key, deleted }];
    });
    await this.#take(moved.flatMap(({ key, deleted }) => (deleted ? [] : [key])));
    for (const { key, deleted } of moved) if (deleted) this.#open.delete(key);
    this.#since = lastSeq;
    if (moved.length > 0) this.#announce();
    return results.length === PAGE;
  }

  /** What changes while this reads comes up again by the changes. */
  async #countAll(): Promise<boolean> {
    await this.#options.prepare();
    const { database } = this.#options;
    const { updateSeq } = await database.info();
    this.#open.clear();
    for (let startKey = OPEN; ; ) {
      const rows = await database.range({ startKey, endKey: `${OPEN}\ufff0`, limit: PAGE });
      await this.#take(rows.flatMap(({ id }) => openKeyOf(id) ?? []));
      const last = rows.at(-1)?.id;
      if (rows.length < PAGE || last === undefined) break;
      startKey = `${last}\u0000`;
    }
    this.#since = updateSeq;
    this.#announce();
    return true;
  }

  async #take(keys: readonly string[]): Promise<void> {
    const summaries = await this.#options.database.winners(keys.map((key) => `${ORDER}${key}`));
    for (const [at, key] of keys.entries()) {
      const summary = summaries[at]?.body as Partial<HeldSummary> | undefined;
      this.#open.set(key, { clinicIds: summary?.clinicIds ?? [], code: summary?.code ?? 'unknown' });
    }
  }

  #announce(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** The time and the id of an entry, where the document is the mark that it is open. */
const openKeyOf = (documentId: string): string | undefined =>
  documentId.startsWith(OPEN) ? documentId.slice(OPEN.length) : undefined;

const heldAtOf = (key: string): string => key.slice(0, key.lastIndexOf(':'));
