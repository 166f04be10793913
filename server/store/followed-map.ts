/**
 * What the documents whose ids begin alike say, in memory: read once, and kept up with their changes as a Follower does. What
 * this server wrote is there at once where its writer puts it; what another server wrote comes a moment later.
 */
import equal from 'fast-deep-equal';
import { Follower, type FollowerOptions } from './follower.ts';

export interface FollowedMapOptions<T> extends Pick<FollowerOptions, 'store' | 'database' | 'logger' | 'burstMs'> {
  /** What comes behind it in an id is the key. */
  readonly prefix: string;
  /** Values as they are stored now, in the order of the keys; undefined where a document is gone. */
  readonly read: (keys: readonly string[]) => Promise<readonly (T | undefined)[]>;
  /** Comes before the first reading. */
  readonly prepare?: () => Promise<unknown>;
  /** Called when all have been read. It must not throw. */
  readonly onRead?: () => void;
}

/** `after` is undefined where it was removed, `before` where it is new. It must not throw. */
type Listener<T> = (key: string, after: T | undefined, before: T | undefined) => void;

export class FollowedMap<T> {
  readonly #options: FollowedMapOptions<T>;
  readonly #values = new Map<string, T>();
  readonly #listeners = new Set<Listener<T>>();
  /** Keys that were put since the last reading began. */
  #put = new Set<string>();
  #isRead = false;
  #follower: Follower | undefined;

  private constructor(options: FollowedMapOptions<T>) {
    this.#options = options;
  }

  /** Resolves when all have been read; throws where that fails. */
  static async open<T>(options: FollowedMapOptions<T>): Promise<FollowedMap<T>> {
    const map = new FollowedMap(options);
    map.#follower = await Follower.open(map.#following());
    return map;
  }

  /** Reads in the background, as soon as the store is there. */
  static start<T>(options: FollowedMapOptions<T>): FollowedMap<T> {
    const map = new FollowedMap(options);
    map.#follower = Follower.start(map.#following());
    return map;
  }

  get values(): ReadonlyMap<string, T> {
    return this.#values;
  }

  /** Whether all that there was has been read. */
  get isRead(): boolean {
    return this.#isRead;
  }

  /** Takes in what this server has just written. It is read again soon, as another server may have changed it since. */
  put(key: string, value: T): void {
    if (equal(this.#values.get(key), value)) return;
    this.#put.add(key);
    this.#set(key, value);
    this.#follower?.wake();
  }

  onChange(listener: Listener<T>): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    await this.#follower?.close();
  }

  #following(): FollowerOptions {
    const { store, database, logger, burstMs, prefix } = this.#options;
    return {
      ...{ store, database, logger },
      ...(burstMs !== undefined && { burstMs }),
      readAll: () => this.#readAll(),
      onChanges: (changes) =>
        this.#read(changes.flatMap(({ id }) => (id.startsWith(prefix) ? [id.slice(prefix.length)] : []))),
    };
  }

  async #readAll(): Promise<void> {
    const { database, prefix, prepare, onRead } = this.#options;
    await prepare?.();
    // Left by a reading that failed half-way: they may be gone since.
    const others = new Set(this.#values.keys());
    for await (const rows of database.walk({ prefix })) {
      const keys = rows.map(({ id }) => id.slice(prefix.length));
      await this.#read(keys);
      for (const key of keys) others.delete(key);
    }
    await this.#read([...others]);
    this.#isRead = true;
    onRead?.();
  }

  async #read(changed: readonly string[]): Promise<void> {
    const put = this.#put;
    const keys = [...new Set([...changed, ...put])];
    if (keys.length === 0) return;
    this.#put = new Set();
    try {
      const values = await this.#options.read(keys);
      // What was put meanwhile may be newer than what was read; it is read again.
      for (const [at, key] of keys.entries()) if (!this.#put.has(key)) this.#set(key, values[at]);
    } catch (error) {
      for (const key of put) this.#put.add(key);
      throw error;
    }
  }

  #set(key: string, value: T | undefined): void {
    const before = this.#values.get(key);
    if (equal(before, value)) return;
    if (value === undefined) this.#values.delete(key);
    else this.#values.set(key, value);
    for (const listener of this.#listeners) listener(key, value, before);
  }
}
