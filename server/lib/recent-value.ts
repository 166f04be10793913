/**
 * A value that costs something to find out: one attempt serves everyone who asks within a while, and what was found last serves
 * while the attempt fails, or takes too long.
 */
import { within } from './within.ts';

export interface RecentValueOptions<T> {
  readonly read: () => Promise<T>;
  /** A value is as old as this at most, unless it cannot be read. */
  readonly maxAgeMs: number;
  /** How long whoever asks waits: then they get the value before. */
  readonly maxWaitMs: number;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

export class RecentValue<T> {
  readonly #options: RecentValueOptions<T>;
  #known: { readonly value: T; readonly atMs: number } | undefined;
  #reading: Promise<T> | undefined;

  constructor(options: RecentValueOptions<T>) {
    this.#options = options;
  }

  /** Undefined where it never could be read. Never throws. */
  async get(): Promise<T | undefined> {
    const { maxAgeMs, maxWaitMs, nowMs } = this.#options;
    if (this.#known && nowMs() - this.#known.atMs < maxAgeMs) return this.#known.value;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    const last = () => this.#known?.value;
    return within<T | undefined>(this.#reading.catch(last), maxWaitMs, last);
  }

  async #read(): Promise<T> {
    const value = await this.#options.read();
    this.#known = { value, atMs: this.#options.nowMs() };
    return value;
  }
}
