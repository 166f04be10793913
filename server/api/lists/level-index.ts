/** The index in one open LevelDB: follows databases, answers from it, forgets databases. */
import { rm } from 'node:fs/promises';
import { KeyedLocks } from '../../lib/keyed-locks.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Database, Store } from '../../store/store.ts';
import { catchUp } from './catch-up.ts';
import { IndexParts, prefixOf } from './index-parts.ts';
import type { Level } from './key-cursor.ts';
import type { ListPlan } from './list-plan.ts';
import type { ListSlice } from './list-query.ts';
import { openLevel } from './local-level.ts';
import { readSlice } from './read-slice.ts';
import { SharedRun } from './shared-run.ts';

/** Keys begin with the number of a part. */
const HIGHEST_KEY = '\uffff';

export interface ListIndexesOptions {
  /** Where the index is kept. It holds names and telephone numbers of patients. */
  readonly folder: string;
  readonly store: Pick<Store, 'onUpdate' | 'shared'>;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  /** Milliseconds since 1970. */
  readonly nowMs?: () => number;
}

/** A database that was asked for its lists. */
interface Followed {
  readonly database: Database;
  /** Answers the number of its part of the index. */
  readonly run: SharedRun<number>;
  /** How often the store told of a change. */
  notices: number;
  /** How often it had when the last run that is complete began. */
  noticesTakenIn: number;
  /** Set as soon as a run is complete. */
  part: number | undefined;
}

export class LevelIndex {
  readonly #options: ListIndexesOptions;
  readonly #level: Level;
  readonly #parts: IndexParts;
  readonly #locks = new KeyedLocks();
  readonly #closing = new AbortController();
  readonly #followed = new Map<string, Followed>();
  readonly #unsubscribe: () => void;

  private constructor(options: ListIndexesOptions, level: Level, parts: IndexParts) {
    this.#options = options;
    this.#level = level;
    this.#parts = parts;
    this.#unsubscribe = options.store.onUpdate((name) => {
      const followed = this.#followed.get(name);
      if (followed) followed.notices++;
    });
  }

  static async open(options: ListIndexesOptions): Promise<LevelIndex> {
    const level = await openLevel(options.folder, options.logger);
    return new LevelIndex(options, level, await IndexParts.load(level));
  }

  async read(database: Database, plan: ListPlan, limit: number): Promise<ListSlice> {
    const part = await this.prepare(database);
    return await readSlice(this.#level, prefixOf(part), plan, limit);
  }

  /** Answers the part of the database, with everything in it that was written before the call. */
  async prepare(database: Database): Promise<number> {
    const followed = this.#follow(database);
    const { part, notices, noticesTakenIn } = followed;
    // Only a store that no other server writes to tells of every change.
    if (!this.#options.store.shared && part !== undefined && notices === noticesTakenIn) return part;
    return await followed.run.join();
  }

  async drop(databaseName: string): Promise<void> {
    await this.#locks.run([databaseName], async () => {
      this.#followed.delete(databaseName);
      await this.#parts.remove(databaseName);
    });
  }

  async retain(databaseNames: ReadonlySet<string>): Promise<void> {
    for (const name of await this.#parts.names()) if (!databaseNames.has(name)) await this.drop(name);
  }

  async compact(): Promise<void> {
    await this.#level.compactRange('', HIGHEST_KEY);
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    this.#closing.abort();
    await Promise.all([...this.#followed.values()].map(({ run }) => run.idle()));
    await this.#level.close();
  }

  /** Closes it, and removes it from the disk. */
  async discard(): Promise<void> {
    await this.close();
    await rm(this.#level.location, { recursive: true, force: true });
  }

  /** A database that was opened anew may be another one of the same name. */
  #follow(database: Database): Followed {
    const known = this.#followed.get(database.name);
    if (known?.database === database) return known;
    const followed: Followed = {
      database,
      run: new SharedRun(() => this.#catchUp(followed)),
      notices: 0,
      noticesTakenIn: 0,
      part: undefined,
    };
    this.#followed.set(database.name, followed);
    return followed;
  }

  async #catchUp(followed: Followed): Promise<number> {
    const { database } = followed;
    return await this.#locks.run([database.name], async () => {
      const { notices } = followed;
      const { number } = await catchUp({
        level: this.#level,
        parts: this.#parts,
        database,
        logger: this.#options.logger,
        signal: this.#closing.signal,
        nowMs: this.#options.nowMs ?? Date.now,
      });
      followed.part = number;
      followed.noticesTakenIn = notices;
      return number;
    });
  }
}
