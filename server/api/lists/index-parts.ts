/** Which databases are indexed: each has a part of the keys for itself, and a record of how far it is. */
import type { Level } from './key-cursor.ts';
import { AFTER_SEPARATOR, SEPARATOR } from './list-keys.ts';

export interface IndexPart {
  readonly number: number;
  /** Which life of the database it was derived from. */
  readonly life: string;
  /** INDEX_VERSION when it was begun. */
  readonly version: number;
  /** Everything up to this sequence of the database is in it; `0` where it may hold leftovers of another life. */
  readonly seq: string;
}

const NAMES = `m${SEPARATOR}`;

/** The beginning of all keys of a part. */
export const prefixOf = (part: number): string => `${part}${SEPARATOR}`;

export class IndexParts {
  readonly #level: Level;
  #lastNumber: number;

  private constructor(level: Level, lastNumber: number) {
    this.#level = level;
    this.#lastNumber = lastNumber;
  }

  static async load(level: Level): Promise<IndexParts> {
    let lastNumber = 0;
    for await (const text of level.values({ gte: NAMES, lt: `m${AFTER_SEPARATOR}` }))
      lastNumber = Math.max(lastNumber, (JSON.parse(text) as IndexPart).number);
    return new IndexParts(level, lastNumber);
  }

  async names(): Promise<string[]> {
    const keys = await this.#level.keys({ gte: NAMES, lt: `m${AFTER_SEPARATOR}` }).all();
    return keys.map((key) => key.slice(NAMES.length));
  }

  async get(name: string): Promise<IndexPart | undefined> {
    const text = await this.#level.get(NAMES + name);
    return text === undefined ? undefined : (JSON.parse(text) as IndexPart);
  }

  /** The operation that notes it, to be written together with what it tells of. */
  noting(name: string, part: IndexPart) {
    return { type: 'put', key: NAMES + name, value: JSON.stringify(part) } as const;
  }

  /** An empty part for the database. What it had is removed. */
  async begin(name: string, life: string, version: number): Promise<IndexPart> {
    const number = (await this.get(name))?.number ?? ++this.#lastNumber;
    const part = { number, life, version, seq: '0' };
    // First, so that a process that stops in between leaves a part that is known to be unclean.
    await this.#level.batch([this.noting(name, part)]);
    await this.#clear(part);
    return part;
  }

  async remove(name: string): Promise<void> {
    const part = await this.get(name);
    if (!part) return;
    await this.#level.batch([this.noting(name, { ...part, seq: '0' })]);
    await this.#clear(part);
    await this.#level.del(NAMES + name);
  }

  async #clear({ number }: IndexPart): Promise<void> {
    await this.#level.clear({ gte: prefixOf(number), lt: `${number}${AFTER_SEPARATOR}` });
  }
}
