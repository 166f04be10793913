/** Reads one page of a plan from one state of the index. */

import { hasWord } from '../../lib/search-text.ts';
import { compareBytes } from './byte-order.ts';
import { intersection, KeyCursor, type Level, type LevelSnapshot } from './key-cursor.ts';
import { type DocumentFacts, factsKey, idOfTail } from './list-keys.ts';
import { type ListPlan, positionOf } from './list-plan.ts';
import type { ListSlice } from './list-query.ts';

/** Counting ends here: a list that is longer than this has no total. */
const MAX_COUNTED = 1_000;
/** How many documents are checked against the words of a search at once. */
const CHECKED_AT_ONCE = 64;

/** `prefix`: the beginning of all keys of the database that is read. */
export async function readSlice(level: Level, prefix: string, plan: ListPlan, limit: number): Promise<ListSlice> {
  const snapshot = level.snapshot();
  const reader = new SliceReader(level, snapshot, prefix, plan);
  try {
    const tails = await reader.tails(limit + 1);
    const page = tails.slice(0, limit);
    const more = tails.length > limit;
    const total = plan.after === undefined && !more ? page.length : await reader.total();
    const entries = page.map((tail) => ({ id: idOfTail(tail), position: positionOf(tail, plan.sort) }));
    return { entries, more, ...(total !== undefined && { total }) };
  } finally {
    await snapshot.close();
  }
}

class SliceReader {
  readonly #level: Level;
  readonly #snapshot: LevelSnapshot;
  readonly #prefix: string;
  readonly #plan: ListPlan;

  constructor(level: Level, snapshot: LevelSnapshot, prefix: string, plan: ListPlan) {
    this.#level = level;
    this.#snapshot = snapshot;
    this.#prefix = prefix;
    this.#plan = plan;
  }

  /** The first tails of the page, `count` at most. */
  async tails(count: number): Promise<string[]> {
    const { after } = this.#plan;
    const inLists = this.#inAllLists(after, count);
    const found: string[] = [];
    for await (const tail of this.#plan.words.length > 0 ? this.#withWords(inLists) : inLists) {
      found.push(tail);
      if (found.length === count) break;
    }
    return found;
  }

  async total(): Promise<number | undefined> {
    const { total } = this.#plan;
    if (total === 'unknown') return undefined;
    if (total !== 'count') return Number((await this.#get([total.counter]))[0] ?? 0);
    let count = 0;
    for await (const _ of this.#inAllLists(undefined, MAX_COUNTED)) if (++count > MAX_COUNTED) return undefined;
    return count;
  }

  #inAllLists(after: string | undefined, count: number): AsyncGenerator<string> {
    const { lists, descending } = this.#plan;
    let { from = '', to } = this.#plan;
    if (after !== undefined && descending && (to === undefined || compareBytes(after, to) < 0)) to = after;
    // The least text that is greater.
    if (after !== undefined && !descending && compareBytes(after, from) >= 0) from = `${after}\u0000`;
    const firstRead = lists.length === 1 ? count : undefined;
    return intersection(
      lists.map((list) => {
        const range = { list: this.#prefix + list, from, to, descending };
        return new KeyCursor(this.#level, this.#snapshot, range, firstRead);
      }),
    );
  }

  /** The lists say which groups of characters a document has; this is certain. */
  async *#withWords(tails: AsyncIterable<string>): AsyncGenerator<string> {
    let group: string[] = [];
    for await (const tail of tails) {
      if (group.push(tail) < CHECKED_AT_ONCE) continue;
      yield* await this.#havingWords(group);
      group = [];
    }
    yield* await this.#havingWords(group);
  }

  async #havingWords(tails: readonly string[]): Promise<string[]> {
    const stored = await this.#get(tails.map((tail) => factsKey(idOfTail(tail))));
    return tails.filter((_, i) => {
      const { words = [] } = JSON.parse(stored[i] ?? '{}') as Partial<DocumentFacts>;
      return this.#plan.words.every((word) => hasWord(words, word));
    });
  }

  #get(keys: readonly string[]): Promise<(string | undefined)[]> {
    return this.#level.getMany(
      keys.map((key) => this.#prefix + key),
      { snapshot: this.#snapshot },
    );
  }
}
