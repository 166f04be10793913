/**
 * Reads what there is in a database, then follows its changes, whichever server makes them.
 *
 * Guarantees:
 * - `readAll` comes first, again and again until it succeeds. What changes while it reads is told of afterwards.
 * - `onChanges` is then called for every document that changes, after its latest change at least once, and again with the same
 *   ones where it throws. Never are the two, or two calls of one, at work at the same time.
 * - A notice of the store is followed at once. One that was lost is made up for within half a minute.
 * - While the store is away it is tried again, after longer and longer pauses of at most half a minute. Then it goes on from
 *   where it was, so that nothing is left out.
 * - Once `close` has resolved nothing is at work, and nothing is called any more.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { BackgroundLoop } from '../lib/background-loop.ts';
import type { Logger } from '../lib/logger.ts';
import type { Change, Database, Store } from './store.ts';

const PAGE_SIZE = 500;
const IDLE_MS = 30_000;

export interface FollowerOptions {
  readonly store: Pick<Store, 'onUpdate'>;
  readonly database: Database;
  readonly logger: Pick<Logger, 'error' | 'info'>;
  /** Where it is left out, only what changes from now on is told of. */
  readonly readAll?: () => Promise<void>;
  /** A page of changes; an empty one where there was nothing new. */
  readonly onChanges: (changes: readonly Change[]) => Promise<void>;
  /** Called at once after each notice of the store, before it is known what changed. */
  readonly onNotice?: () => void;
  /** Milliseconds to wait after reading changes, where everybody writes to the database: what comes meanwhile is read in one go. */
  readonly burstMs?: number;
}

export class Follower {
  readonly #options: FollowerOptions;
  readonly #loop: BackgroundLoop;
  readonly #unsubscribe: () => void;
  #since: string | undefined;

  private constructor(options: FollowerOptions) {
    this.#options = options;
    const { store, database, logger, onNotice } = options;
    this.#loop = new BackgroundLoop({
      name: `changes of ${database.name}`,
      step: (signal) => this.#step(signal),
      idleMs: IDLE_MS,
      logger,
    });
    this.#unsubscribe = store.onUpdate((name) => {
      if (name !== database.name) return;
      onNotice?.();
      this.#loop.wake();
    });
  }

  /** Resolves when `readAll` has. Throws where that fails, and nothing is followed then. */
  static async open(options: FollowerOptions): Promise<Follower> {
    const follower = new Follower(options);
    try {
      await follower.#begin();
    } catch (error) {
      follower.#unsubscribe();
      throw error;
    }
    follower.#loop.start();
    return follower;
  }

  /** Begins in the background, as soon as the store is there. */
  static start(options: FollowerOptions): Follower {
    const follower = new Follower(options);
    follower.#loop.start();
    return follower;
  }

  /** Looks for changes soon, and calls `onChanges` also where there are none. */
  wake(): void {
    this.#loop.wake();
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    await this.#loop.stop();
  }

  async #begin(): Promise<void> {
    const { database, readAll } = this.#options;
    const { updateSeq } = await database.info();
    await readAll?.();
    this.#since = updateSeq;
  }

  async #step(signal: AbortSignal): Promise<boolean> {
    const { database, onChanges, burstMs = 0 } = this.#options;
    if (this.#since === undefined) {
      await this.#begin();
      return true;
    }
    const { results, lastSeq } = await database.changes({ since: this.#since, limit: PAGE_SIZE });
    await onChanges(results);
    this.#since = lastSeq;
    if (results.length === PAGE_SIZE) return true;
    if (burstMs > 0) await pause(burstMs, undefined, { signal }).catch(() => {});
    return false;
  }
}
