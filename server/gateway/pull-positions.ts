/**
 * Where each device's last complete pull ended, until the device comes back with a position. RxDB begins its live feed at
 * `now`, beside its pull, and does so again as long as no answer reached it: what was written in between it would never ask
 * for. So `now` begins no later than the pull ended. Kept in memory: after a restart of the server `now` means now, once.
 *
 * RxDB never asks again from the end of a pull, so that nobody would know that it has it: when a pull was answered, its live
 * feed is answered as well, if need be without a row, and asks again from a position.
 */
import { LRUCache } from 'lru-cache';

const MAX_POSITIONS = 100_000;

interface Pull {
  readonly seq: string;
  /** Its last page was written out, and no live feed from `now` was answered because of it yet. */
  readonly untold: boolean;
}

export class PullPositions {
  readonly #pulls = new LRUCache<string, Pull>({ max: MAX_POSITIONS });
  /** Pages that are being read. */
  readonly #reading = new Map<string, Set<Promise<void>>>();
  readonly #listeners = new Map<string, Set<() => void>>();

  /** Reads a page of a pull with `read`. */
  async page<P extends { readonly last_seq: string }>(
    reader: string,
    read: () => Promise<P>,
    isLast: (page: P) => boolean,
  ): Promise<P> {
    const reading = read().then((page) => {
      if (isLast(page)) this.#note(reader, page.last_seq);
      return page;
    });
    const over = reading.then(
      () => {},
      () => {},
    );
    const remove = addTo(this.#reading, reader, over);
    return reading.finally(remove);
  }

  /** Where a live feed from `now` begins. `lookUp` finds out where `now` is. */
  async startOfNow(reader: string, lookUp: () => Promise<string>): Promise<string> {
    const now = await lookUp();
    // A page that is being read may have been found to be the last one before `now` was looked up.
    await Promise.all(this.#reading.get(reader) ?? []);
    return this.#pulls.get(reader)?.seq ?? now;
  }

  /** The last page of the pull was written out. */
  answered(reader: string): void {
    this.#setUntold(reader, true);
    for (const listener of this.#listeners.get(reader) ?? []) listener();
  }

  /**
   * A live feed begins, `fromNow` or from a position that the device came back with. Calls `listener` when a pull was answered;
   * from `now` at once where one was that no such feed heard of.
   */
  onAnswered(reader: string, fromNow: boolean, listener: () => void): () => void {
    // It asks from `now` again only where it begins once more, and then it pulls.
    if (!fromNow) this.#pulls.delete(reader);
    const hear = () => {
      if (fromNow) this.#setUntold(reader, false);
      listener();
    };
    if (!this.#pulls.get(reader)?.untold) return addTo(this.#listeners, reader, hear);
    hear();
    return () => {};
  }

  #setUntold(reader: string, untold: boolean): void {
    const pull = this.#pulls.get(reader);
    if (pull) this.#pulls.set(reader, { ...pull, untold });
  }

  #note(reader: string, seq: string): void {
    this.#pulls.set(reader, { seq, untold: false });
  }
}

/** Answers how to take it out again. */
function addTo<T>(sets: Map<string, Set<T>>, key: string, value: T): () => void {
  const set = sets.get(key) ?? new Set();
  sets.set(key, set.add(value));
  return () => {
    set.delete(value);
    if (set.size === 0 && sets.get(key) === set) sets.delete(key);
  };
}
