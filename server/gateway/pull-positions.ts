/**
 * Where each device's last complete pull ended. RxDB begins its live feed at `now` and, where the connection fails before the
 * first answer, begins at a later `now` again: what was written in between it would never ask for. A live feed from `now` is
 * therefore served from the end of the last pull. Kept in memory: after a restart of the server `now` means now, once.
 *
 * RxDB never asks again from the end of a pull, so that nobody would know that it has it: after a pull its live feed from
 * `now` is answered once without a row, and goes on from a position.
 */
import { LRUCache } from 'lru-cache';

const MAX_POSITIONS = 100_000;

interface Pull {
  readonly seq: string;
  /** Its last page was written out, and no live feed was answered because of it yet. */
  readonly untold: boolean;
}

export class PullPositions {
  readonly #pulls = new LRUCache<string, Pull>({ max: MAX_POSITIONS });
  readonly #listeners = new Map<string, Set<() => void>>();

  note(reader: string, seq: string): void {
    this.#pulls.set(reader, { seq, untold: false });
  }

  of(reader: string): string | undefined {
    return this.#pulls.get(reader)?.seq;
  }

  /** The last page of the pull was written out. */
  answered(reader: string): void {
    const listeners = this.#listeners.get(reader);
    const pull = this.#pulls.get(reader);
    if (pull) this.#pulls.set(reader, { ...pull, untold: !listeners });
    for (const listener of listeners ?? []) listener();
  }

  /** Calls `listener` when a pull was answered; at once where one was that no listener heard of. */
  onAnswered(reader: string, listener: () => void): () => void {
    const pull = this.#pulls.get(reader);
    if (pull?.untold) {
      this.#pulls.set(reader, { ...pull, untold: false });
      listener();
      return () => {};
    }
    const set = this.#listeners.get(reader) ?? new Set();
    this.#listeners.set(reader, set.add(listener));
    return () => {
      set.delete(listener);
      if (set.size === 0) this.#listeners.delete(reader);
    };
  }
}
