/** Remembers what was looked up, until it is cleared, too old or one of too many. */
import { LRUCache } from 'lru-cache';

export interface LookUpsOptions {
  /** Those that were not asked for longest go first. */
  readonly maxEntries: number;
  /** Forgotten after so many milliseconds; kept where it is left out. */
  readonly maxAgeMs?: number;
  readonly now?: () => number;
}

/**
 * What it holds are look-ups, not their results: one that began before `clear` is never handed to a caller that comes after,
 * so that a value read before a change cannot outlive the notice of that change. One that fails is not remembered.
 */
export class LookUps<T> {
  readonly #known: LRUCache<string, Promise<T>>;

  constructor({ maxEntries, maxAgeMs = 0, now = Date.now }: LookUpsOptions) {
    this.#known = new LRUCache({ max: maxEntries, ttl: maxAgeMs, ttlResolution: 0, perf: { now } });
  }

  get(key: string, load: () => Promise<T>): Promise<T> {
    const known = this.#known.get(key);
    if (known) return known;
    const loading = load();
    this.#known.set(key, loading);
    loading.catch(() => {
      if (this.#known.peek(key) === loading) this.#known.delete(key);
    });
    return loading;
  }

  clear(): void {
    this.#known.clear();
  }
}
