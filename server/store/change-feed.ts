/** Tells which documents of a database changed, soon after they did, whichever server changed them. */

import { BackgroundLoop } from '../lib/background-loop.ts';
import type { Logger } from '../lib/logger.ts';
import type { Database, Store } from './store.ts';

const PAGE_SIZE = 200;
/** Looks by itself this often, in milliseconds, should a notice of the store have been lost. */
const IDLE_MS = 30_000;

export interface ChangeFeedOptions {
  readonly store: Pick<Store, 'onUpdate'>;
  readonly database: Database;
  readonly logger: Pick<Logger, 'error' | 'info'>;
  /** Called at once after each notice of the store, before it is known what changed. */
  readonly onNotice: () => void;
  /** Called at least once for each document that changed; called again for the same ones where it throws. */
  readonly onChanged: (ids: readonly string[]) => Promise<void>;
}

export class ChangeFeed {
  readonly #options: ChangeFeedOptions;
  readonly #loop: BackgroundLoop;
  readonly #unsubscribe: () => void;
  #since: string;

  private constructor(options: ChangeFeedOptions, since: string) {
    this.#options = options;
    this.#since = since;
    const { database, logger, onNotice } = options;
    this.#loop = new BackgroundLoop({
      name: `${database.name} changes`,
      step: () => this.#step(),
      idleMs: IDLE_MS,
      logger,
    });
    this.#unsubscribe = options.store.onUpdate((name) => {
      if (name !== database.name) return;
      onNotice();
      this.#loop.wake();
    });
  }

  /** Follows the changes from now on. */
  static async start(options: ChangeFeedOptions): Promise<ChangeFeed> {
    const feed = new ChangeFeed(options, (await options.database.info()).updateSeq);
    feed.#loop.start();
    return feed;
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    await this.#loop.stop();
  }

  async #step(): Promise<boolean> {
    const { results, lastSeq } = await this.#options.database.changes({ since: this.#since, limit: PAGE_SIZE });
    if (results.length > 0) await this.#options.onChanged(results.map(({ id }) => id));
    this.#since = lastSeq;
    return results.length === PAGE_SIZE;
  }
}
