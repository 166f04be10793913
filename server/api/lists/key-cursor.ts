/** Reads one list of the index in small steps, and several in step with each other: memory does not grow with the lists. */
import type { ClassicLevel, KeyIterator } from 'classic-level';
import { compareBytes } from './byte-order.ts';
import { AFTER_SEPARATOR, SEPARATOR } from './list-keys.ts';

export type Level = ClassicLevel<string, string>;
export type LevelSnapshot = ReturnType<Level['snapshot']>;

/** The tails of a list between two limits. */
export interface KeyRange {
  /** Beginning of its keys; ends with a separator. */
  readonly list: string;
  /** Tails are at least this. */
  readonly from: string;
  /** Tails are less than this; undefined is the end of the list. */
  readonly to: string | undefined;
  readonly descending: boolean;
}

const SMALLEST_READ = 8;
const LARGEST_READ = 256;
const READ_BYTES = 64 * 1_024;

export class KeyCursor {
  readonly #keys: KeyIterator<Level, string>;
  readonly #range: KeyRange;
  #size: number;
  #tails: readonly string[] = [];
  #at = 0;
  #served = 0;

  /** `size`: how many keys the first read takes. */
  constructor(level: Level, snapshot: LevelSnapshot, range: KeyRange, size = SMALLEST_READ) {
    const { list, from, to, descending } = range;
    const end = to === undefined ? list.slice(0, -SEPARATOR.length) + AFTER_SEPARATOR : list + to;
    this.#keys = level.keys<string>({
      gte: list + from,
      lt: end,
      reverse: descending,
      snapshot,
      highWaterMarkBytes: READ_BYTES,
    });
    this.#range = range;
    this.#size = size;
  }

  /** The first tail at or past `target`, which must not lie before the last answer; undefined at the end. */
  async seek(target?: string): Promise<string | undefined> {
    for (;;) {
      for (; this.#at < this.#tails.length; this.#at++) {
        const tail = this.#tails[this.#at];
        if (tail === undefined || (target !== undefined && this.#isBefore(tail, target))) continue;
        this.#served++;
        return tail;
      }
      if (!(await this.#read(target))) return undefined;
    }
  }

  /** The tail past the last answer. */
  async next(): Promise<string | undefined> {
    this.#at++;
    return await this.seek();
  }

  async close(): Promise<void> {
    await this.#keys.close();
  }

  #isBefore(a: string, b: string): boolean {
    const order = compareBytes(a, b);
    return this.#range.descending ? order > 0 : order < 0;
  }

  /** Large reads where most of what is read is asked for, small ones where it is passed over. */
  async #read(target: string | undefined): Promise<boolean> {
    const { list } = this.#range;
    if (target !== undefined) this.#keys.seek(list + target);
    const keys = await this.#keys.nextv(this.#size);
    this.#size = this.#served > 1 ? Math.min(LARGEST_READ, this.#size * 2) : SMALLEST_READ;
    this.#tails = keys.map((key) => key.slice(list.length));
    this.#at = 0;
    this.#served = 0;
    return keys.length > 0;
  }
}

/** The tails that stand in all lists, in their order. Closes the cursors when it ends. */
export async function* intersection(cursors: readonly KeyCursor[]): AsyncGenerator<string> {
  try {
    let target = await cursors[0]?.seek();
    let agreeing = 1;
    for (let turn = 1; target !== undefined; turn++) {
      const cursor = cursors[turn % cursors.length];
      if (agreeing === cursors.length) {
        yield target;
        target = await cursor?.next();
        agreeing = 1;
        continue;
      }
      const found: string | undefined = await cursor?.seek(target);
      agreeing = found === target ? agreeing + 1 : 1;
      target = found;
    }
  } finally {
    await Promise.all(cursors.map((cursor) => cursor.close()));
  }
}
