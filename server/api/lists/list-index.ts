/**
 * The index behind lists: for each database what is needed to answer its lists in order, filtered and searched, at the cost of
 * the page. It is derived from the databases and made anew where it is missing, of another version, or broken.
 */
import type { Database } from '../../store/store.ts';
import { LevelIndex, type ListIndexesOptions } from './level-index.ts';
import { planOf } from './list-plan.ts';
import type { ListQuery, ListSlice, TimelineQuery } from './list-query.ts';

const NOTHING: ListSlice = { entries: [], more: false, total: 0 };

const levelFault = (error: unknown): string | undefined => {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'string' && code.startsWith('LEVEL_') ? code : undefined;
};

export class ListIndexes {
  readonly #options: ListIndexesOptions;
  #opened: Promise<LevelIndex> | undefined;
  #closed = false;

  private constructor(options: ListIndexesOptions) {
    this.#options = options;
  }

  /** Processes that are given the same folder take a part of it each. */
  static async open(options: ListIndexesOptions): Promise<ListIndexes> {
    const lists = new ListIndexes(options);
    await lists.#current();
    return lists;
  }

  /**
   * One page of a list, with everything in it that was written before the call.
   *
   * @throws ListQueryError where the type's lists cannot do what is asked.
   * @throws PositionError where `after` is no position in a list with this sort.
   */
  async query(database: Database, query: ListQuery | TimelineQuery): Promise<ListSlice> {
    const plan = planOf(query);
    if (!plan) return NOTHING;
    return await this.#withIndex((index) => index.read(database, plan, query.limit));
  }

  /** Brings the index of a database up to date, so that the next list does not wait for it. */
  async prepare(database: Database): Promise<void> {
    await this.#withIndex((index) => index.prepare(database));
  }

  /** Removes what is kept of a database. */
  async drop(databaseName: string): Promise<void> {
    await this.#withIndex((index) => index.drop(databaseName));
  }

  /** Removes what is kept of databases that are not among these. */
  async retain(databaseNames: readonly string[]): Promise<void> {
    await this.#withIndex((index) => index.retain(new Set(databaseNames)));
  }

  /**
   * Writes the files anew without what was removed: until then its bytes are still in them. Opened anew first, for LevelDB keeps
   * what is removed from memory together with its removal when it writes both to a file. Queries under way are asked again.
   */
  async compact(): Promise<void> {
    const index = await this.#current();
    this.#opened = this.#kept(index.close().then(() => LevelIndex.open(this.#options)));
    await this.#withIndex((reopened) => reopened.compact());
  }

  async close(): Promise<void> {
    this.#closed = true;
    const index = await this.#opened?.catch(() => undefined);
    await index?.close();
  }

  /** LevelDB takes no more writes after one that failed, on a full disk for example: it is opened anew, once for each call. */
  async #withIndex<T>(work: (index: LevelIndex) => Promise<T>): Promise<T> {
    const opened = this.#current();
    const index = await opened;
    try {
      return await work(index);
    } catch (error) {
      const fault = levelFault(error);
      // Another call may have opened it anew meanwhile, which ends whatever this one was doing.
      const replaced = this.#opened !== opened;
      if (this.#closed || (!fault && !replaced)) throw error;
      if (fault && !replaced) this.#replace(index, fault);
      return await work(await this.#current());
    }
  }

  #current(): Promise<LevelIndex> {
    this.#opened ??= this.#kept(LevelIndex.open(this.#options));
    return this.#opened;
  }

  #replace(index: LevelIndex, fault: string): void {
    this.#options.logger.warn({ fault }, 'the index of the lists failed; it is opened anew');
    const left = fault === 'LEVEL_CORRUPTION' ? index.discard() : index.close();
    this.#opened = this.#kept(left.catch(() => {}).then(() => LevelIndex.open(this.#options)));
  }

  /** What could not be opened is tried again by the next call. */
  #kept(opening: Promise<LevelIndex>): Promise<LevelIndex> {
    opening.catch(() => {
      if (this.#opened === opening) this.#opened = undefined;
    });
    return opening;
  }
}
