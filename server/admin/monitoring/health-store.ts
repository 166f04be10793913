/**
 * Whether the store can be reached, as it was last found: it is asked every few seconds, and at once when a request failed.
 * Whoever wants to know gets the answer from memory, also while the store does not answer at all.
 */

import { within } from '../../lib/within.ts';
import type { Store } from '../../store/store.ts';

/** Soon enough for a person who looks at a page, and nothing to a store. */
const PING_INTERVAL_MS = 5_000;
/** Longer than a store that is only busy takes. */
const PING_TIMEOUT_MS = 4_000;

export interface StoreReach {
  readonly reachable: boolean;
  /** ISO 8601. */
  readonly checkedAt: string;
  /** Since when it has not been reached. */
  readonly downSince?: string;
}

export interface StoreWatchOptions {
  readonly store: Pick<Store, 'ping'>;
  readonly nowMs: () => number;
  readonly pingIntervalMs?: number;
  readonly pingTimeoutMs?: number;
}

export class StoreWatch {
  readonly #options: StoreWatchOptions;
  readonly #listeners = new Set<() => void>();
  readonly #timer: NodeJS.Timeout;
  #reach: StoreReach;
  #asking: Promise<void> | undefined;

  /** The store has just been opened: it is taken to be reachable. */
  constructor(options: StoreWatchOptions) {
    this.#options = options;
    this.#reach = { reachable: true, checkedAt: new Date(options.nowMs()).toISOString() };
    this.#timer = setInterval(() => void this.check(), options.pingIntervalMs ?? PING_INTERVAL_MS).unref();
  }

  reach(): StoreReach {
    return this.#reach;
  }

  /** `listener` is called when the store goes away and when it is back. It must not throw. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Asks now; where it is being asked already, waits for that. Never throws. */
  check(): Promise<void> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#listeners.clear();
  }

  async #ask(): Promise<void> {
    const askedAt = new Date(this.#options.nowMs()).toISOString();
    const reachable = await this.#answers();
    const before = this.#reach;
    const checkedAt = new Date(this.#options.nowMs()).toISOString();
    this.#reach = reachable
      ? { reachable, checkedAt }
      : { reachable, checkedAt, downSince: before.downSince ?? askedAt };
    if (before.reachable !== reachable) for (const listener of this.#listeners) listener();
  }

  #answers(): Promise<boolean> {
    const answered = this.#options.store.ping().then(
      () => true,
      () => false,
    );
    return within(answered, this.#options.pingTimeoutMs ?? PING_TIMEOUT_MS, () => false);
  }
}
