/** Plain JSON documents of one kind in a database that only knows revisions. */

import { KeyedLocks } from '../lib/keyed-locks.ts';
import { childRevision, winnerOf } from './revisions.ts';
import type { Database, StoredRevision } from './store.ts';

/** Enough for the store to find where a revision grows; the ids of older ones only make writes longer. */
const KEPT_ANCESTRY = 20;

/** What a document with conflicting versions is: `winner` is the one that the store would pick. */
export type Resolve<T> = (winner: T, others: readonly T[]) => T;

export interface ScanRequest {
  readonly keyPrefix?: string;
  readonly after?: string;
}

type Body = StoredRevision['body'];

interface Current<T> {
  readonly value: T | undefined;
  /** The winner, then the other leaves that are not deletions. */
  readonly winner: StoredRevision | undefined;
  readonly losers: readonly StoredRevision[];
}

/**
 * Documents with ids `<prefix><key>`. Updates of one key are serialised in this process. Where servers share the store, two
 * of them may write one key at once; readers then see what `resolve` makes of both, and the next update leaves one version.
 *
 * A table takes the documents under its prefix to be of type T: it must be the only writer of them.
 */
export class DocumentTable<T extends object> {
  readonly #database: Database;
  readonly #prefix: string;
  readonly #resolve: Resolve<T>;
  readonly #locks = new KeyedLocks();

  constructor(database: Database, prefix: string, resolve: Resolve<T> = (winner) => winner) {
    this.#database = database;
    this.#prefix = prefix;
    this.#resolve = resolve;
  }

  async get(key: string): Promise<T | undefined> {
    return (await this.#read(key)).value;
  }

  /** In the order asked; undefined where there is none. */
  async getAll(keys: readonly string[]): Promise<(T | undefined)[]> {
    const leaves = await this.#database.leaves(keys.map((key) => this.idOf(key)));
    return keys.map((key) => this.#current(leaves.get(this.idOf(key)) ?? []).value);
  }

  /** In the order of keys; all those that begin with `keyPrefix`. */
  async list(keyPrefix = ''): Promise<T[]> {
    const values: T[] = [];
    for await (const value of this.scan({ keyPrefix })) values.push(value);
    return values;
  }

  /** As `list`, but read a page at a time; those after the key `after`, whether there is a document of that key or not. */
  async *scan({ keyPrefix = '', after }: ScanRequest): AsyncGenerator<T> {
    const behind = after === undefined ? {} : { after: this.idOf(after) };
    for await (const rows of this.#database.walk({ prefix: this.idOf(keyPrefix), ...behind })) {
      const leaves = await this.#database.leaves(rows.map(({ id }) => id));
      for (const { id } of rows) yield* present(this.#current(leaves.get(id) ?? []).value);
    }
  }

  /**
   * Replaces a document by what `change` makes of it: undefined or the same object leaves it as it is. Answers the document
   * as it then is. What `change` throws is thrown, and nothing is written.
   */
  update(key: string, change: (current: T | undefined) => T | undefined): Promise<T | undefined> {
    return this.#locks.run([key], async () => {
      const { value, winner, losers } = await this.#read(key);
      const changed = change(value);
      if (changed === undefined || changed === value) return value;
      await this.#write(childRevision(winner, this.idOf(key), { ...changed } as Body), losers);
      return changed;
    });
  }

  /** Removes a document; one that does not exist is fine. */
  remove(key: string): Promise<void> {
    return this.#locks.run([key], async () => {
      const { winner, losers } = await this.#read(key);
      if (winner && !winner.deleted) {
        await this.#write(childRevision(winner, this.idOf(key), {}, { deleted: true }), losers);
      }
    });
  }

  /** The key of one of this table's documents, or undefined where the id belongs to another table. */
  keyOf(id: string): string | undefined {
    return id.startsWith(this.#prefix) ? id.slice(this.#prefix.length) : undefined;
  }

  /** The id of the document under which the database has it. */
  idOf(key: string): string {
    return `${this.#prefix}${key}`;
  }

  async #read(key: string): Promise<Current<T>> {
    const id = this.idOf(key);
    return this.#current((await this.#database.leaves([id])).get(id) ?? []);
  }

  #current(leaves: readonly StoredRevision[]): Current<T> {
    const winner = winnerOf(leaves);
    if (!winner || winner.deleted) return { value: undefined, winner, losers: [] };
    const losers = leaves.filter((leaf) => leaf !== winner && !leaf.deleted);
    const value = winner.body as T;
    return {
      value:
        losers.length === 0
          ? value
          : this.#resolve(
              value,
              losers.map(({ body }) => body as T),
            ),
      winner,
      losers,
    };
  }

  async #write(revision: StoredRevision, losers: readonly StoredRevision[]): Promise<void> {
    const closed = losers.map((loser) => childRevision(loser, loser.id, {}, { deleted: true, purpose: 'conflict' }));
    await this.#database.write([revision, ...closed].map(pruned));
  }
}

const pruned = (revision: StoredRevision): StoredRevision => ({
  ...revision,
  ancestry: revision.ancestry.slice(0, KEPT_ANCESTRY),
});

const present = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value]);
