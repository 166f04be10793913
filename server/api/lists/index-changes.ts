/** What is to be written to the index so that it knows documents as they are now. Pure. */
import { counterKeys, type DocumentFacts, factsKey, listKeys } from './list-keys.ts';

export type Operation =
  | { readonly type: 'put'; readonly key: string; readonly value: string }
  | { readonly type: 'del'; readonly key: string };

const setTo = (key: string, value: string | undefined): Operation =>
  value === undefined ? { type: 'del', key } : { type: 'put', key, value };

/** Collects the changes of a batch of documents. */
export class IndexChanges {
  readonly #prefix: string;
  readonly #operations: Operation[] = [];
  readonly #counts = new Map<string, number>();

  /** `prefix`: the beginning of all keys of their database. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** `stored`: its facts as the index has them. `facts`: as they are; undefined where there is no such document any more. */
  add(id: string, stored: string | undefined, facts: DocumentFacts | undefined): void {
    const current = facts && JSON.stringify(facts);
    if (current === stored) return;
    this.#set(factsKey(id), current);
    const before = stored === undefined ? undefined : (JSON.parse(stored) as DocumentFacts);
    const old = new Set(before && listKeys(id, before));
    const wanted = new Set(facts && listKeys(id, facts));
    for (const key of old) if (!wanted.has(key)) this.#set(key, undefined);
    for (const key of wanted) if (!old.has(key)) this.#set(key, '');
    if (before) this.#count(counterKeys(id, before), -1);
    if (facts) this.#count(counterKeys(id, facts), 1);
  }

  /** The counters that change. */
  counters(): string[] {
    return [...this.#counts].filter(([, difference]) => difference !== 0).map(([key]) => key);
  }

  /** `stored`: the values of `counters()` in the index. To be written in one batch. */
  operations(stored: readonly (string | undefined)[]): Operation[] {
    for (const [i, key] of this.counters().entries()) {
      const count = Number(stored[i] ?? 0) + (this.#counts.get(key) ?? 0);
      this.#set(key, count === 0 ? undefined : String(count));
    }
    return this.#operations;
  }

  #set(key: string, value: string | undefined): void {
    this.#operations.push(setTo(this.#prefix + key, value));
  }

  #count(keys: readonly string[], difference: number): void {
    for (const key of keys) this.#counts.set(key, (this.#counts.get(key) ?? 0) + difference);
  }
}
