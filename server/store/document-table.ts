/** Plain JSON documents of one kind in a database that only knows revisions. */

import { KeyedLocks } from '../lib/keyed-locks.ts';
import { UnavailableError } from '../lib/unavailable-error.ts';
import { childRevision, winnerOf } from './revisions.ts';
import type { Database, StoredRevision } from './store.ts';

/** Other servers are the only ones that an update can lose to, and each of them has one of the same key under way at most. */
const MAX_ATTEMPTS = 50;
const LONGEST_WAIT_MS = 100;

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
 * Documents with ids `<prefix><key>`. No update of a key is lost, whichever servers make how many at once: one that another
 * server was quicker than is made again on what that server wrote. So versions that conflict come about only where something
 * else than a table writes, or a node of a cluster was away; earlier releases made them, too. Readers see what `resolve` makes
 * of them, and the next update leaves one version.
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
   * as it then is. What `change` throws is thrown, and nothing is written. It is called again where another server was quicker,
   * so it must do nothing but answer.
   * @throws UnavailableError where others were quicker too often
   */
  update(key: string, change: (current: T | undefined) => T | undefined): Promise<T | undefined> {
    return this.#inTurn(key, async ({ value, winner, losers }) => {
      const changed = change(value);
      if (changed === undefined || changed === value) return { answer: value };
      return (await this.#replace(key, winner, { ...changed } as Body, losers)) && { answer: changed };
    });
  }

  /** Removes a document; one that does not exist is fine. */
  async remove(key: string): Promise<void> {
    await this.#inTurn(key, async ({ winner, losers }) => {
      if (!winner || winner.deleted) return { answer: undefined };
      return (await this.#replace(key, winner, 'deleted', losers)) && { answer: undefined };
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

  /** Runs `attempt` on the document as it is until it answers something: then no other server was quicker. */
  #inTurn<R>(
    key: string,
    attempt: (current: Current<T>) => Promise<{ readonly answer: R } | undefined | false>,
  ): Promise<R> {
    // Within this process they wait for each other, which takes less than to try again.
    return this.#locks.run([key], async () => {
      for (let n = 1; n <= MAX_ATTEMPTS; n++) {
        const done = await attempt(await this.#read(key));
        if (done) return done.answer;
        await pause(Math.random() * Math.min(2 ** n, LONGEST_WAIT_MS));
      }
      throw new UnavailableError('Others go on changing the same: it was not changed. Try again.');
    });
  }

  /** Answers whether it did; another server may have been quicker. */
  async #replace(
    key: string,
    winner: StoredRevision | undefined,
    body: Body | 'deleted',
    losers: readonly StoredRevision[],
  ): Promise<boolean> {
    const base = winner?.deleted ? undefined : winner?.rev;
    const { won } = await this.#database.replace(this.idOf(key), base, body);
    // Afterwards: what they held is in the new version, or their end would lose it.
    if (won) await this.#database.write(losers.map(closed));
    return won;
  }
}

const pause = (delayMs: number) => new Promise((resolve) => setTimeout(resolve, delayMs));

const closed = (loser: StoredRevision): StoredRevision =>
  childRevision(loser, loser.id, {}, { deleted: true, purpose: 'conflict' });

const present = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value]);
