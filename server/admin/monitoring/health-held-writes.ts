/**
 * How many held writes are open, of each clinic, for each reason and in all, so that it can be told at any time. What another
 * server keeps or decides counts as well.
 */

import { type HeldSummary, heldAtOf, OPEN, ORDER } from '../../documents/held-writes.ts';
import type { Logger } from '../../lib/logger.ts';
import { FollowedMap } from '../../store/followed-map.ts';
import type { Database, Store } from '../../store/store.ts';

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
  readonly #listeners = new Set<() => void>();
  /** Times, then ids: the least key is the oldest. */
  readonly #open: FollowedMap<OpenWrite>;

  constructor({ store, database, prepare, logger }: OpenHeldWritesOptions) {
    this.#open = FollowedMap.start({
      ...{ store, database, prepare, logger },
      prefix: OPEN,
      read: (keys) => readOpen(database, keys),
      onRead: () => this.#announce(),
    });
    this.#open.onChange(() => this.#announce());
  }

  /** Undefined until they have been counted. */
  total(): OpenHeldCount | undefined {
    if (!this.#open.isRead) return undefined;
    let oldest: string | undefined;
    for (const key of this.#open.values.keys()) {
      const heldAt = heldAtOf(key);
      if (oldest === undefined || heldAt < oldest) oldest = heldAt;
    }
    return { count: this.#open.values.size, ...(oldest !== undefined && { oldestAt: oldest }) };
  }

  byClinic(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { clinicIds } of this.#open.values.values())
      for (const clinic of clinicIds) counts.set(clinic, (counts.get(clinic) ?? 0) + 1);
    return counts;
  }

  /** By the code of the refusal, or `merge_dropped`. */
  byCode(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { code } of this.#open.values.values()) counts.set(code, (counts.get(code) ?? 0) + 1);
    return counts;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): Promise<void> {
    return this.#open.close();
  }

  #announce(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** By their marks; what is told of them is in their summaries. */
async function readOpen(database: Database, keys: readonly string[]): Promise<(OpenWrite | undefined)[]> {
  const winners = (prefix: string) => database.winners(keys.map((key) => `${prefix}${key}`));
  const [marks, summaries] = await Promise.all([winners(OPEN), winners(ORDER)]);
  return keys.map((_, at) => {
    const summary = summaries[at]?.body as Partial<HeldSummary> | undefined;
    return marks[at] && { clinicIds: summary?.clinicIds ?? [], code: summary?.code ?? 'unknown' };
  });
}
