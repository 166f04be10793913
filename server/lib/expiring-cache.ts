/** Remembers what was looked up, until it is cleared or too old. */

interface Entry<T> {
  readonly value: Promise<T>;
  readonly loadedAtMs: number;
}

export interface ExpiringCacheOptions {
  readonly maxAgeMs: number;
  /** All is forgotten when it would hold more. */
  readonly maxEntries: number;
  readonly now: () => number;
}

/**
 * What it holds are look-ups, not their results: one that began before `clear` is never handed to a caller that comes after,
 * so that a value read before a change cannot outlive the notice of that change.
 */
export class ExpiringCache<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #options: ExpiringCacheOptions;

  constructor(options: ExpiringCacheOptions) {
    this.#options = options;
  }

  get(key: string, load: () => Promise<T>): Promise<T> {
    const { maxAgeMs, maxEntries, now } = this.#options;
    const known = this.#entries.get(key);
    if (known && now() - known.loadedAtMs < maxAgeMs) return known.value;
    if (this.#entries.size >= maxEntries) this.#entries.clear();
    const entry = { value: load(), loadedAtMs: now() };
    this.#entries.set(key, entry);
    entry.value.catch(() => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    });
    return entry.value;
  }

  clear(): void {
    this.#entries.clear();
  }
}
