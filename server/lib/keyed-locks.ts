/** Serialises work on the same keys within this process; work on other keys goes on beside it. */
export class KeyedLocks {
  /** What the next work on a key waits for: the last that had it alone, and those that shared it since. */
  readonly #turns = new Map<string, Turn>();

  /**
   * Runs `work` when no earlier work on any of `keys` is still going on, nor any that has one of `shared` alone. Several may share
   * a key at once. Work must not ask for further keys.
   */
  async run<T>(keys: Iterable<string>, work: () => Promise<T>, shared: Iterable<string> = []): Promise<T> {
    const alone = new Set(keys);
    const together = new Set([...shared].filter((key) => !alone.has(key)));
    let release = () => {};
    const done = new Promise<void>((resolve) => {
      release = resolve;
    });
    // All keys are claimed in one step, so two callers can't each wait for the other.
    const earlier = [
      ...[...alone].flatMap((key) => this.#claim(key, { last: done, sharing: new Set() })),
      ...[...together].flatMap((key) => this.#share(key, done)),
    ];
    try {
      await Promise.all(earlier);
      return await work();
    } finally {
      release();
      for (const key of [...alone, ...together]) this.#leave(key, done);
    }
  }

  #claim(key: string, turn: Turn): Promise<void>[] {
    const before = this.#turns.get(key);
    this.#turns.set(key, turn);
    return before ? [...(before.last === undefined ? [] : [before.last]), ...before.sharing] : [];
  }

  #share(key: string, done: Promise<void>): Promise<void>[] {
    const turn = this.#turns.get(key) ?? { last: undefined, sharing: new Set() };
    this.#turns.set(key, turn);
    turn.sharing.add(done);
    return turn.last === undefined ? [] : [turn.last];
  }

  #leave(key: string, done: Promise<void>): void {
    const turn = this.#turns.get(key);
    if (!turn) return;
    turn.sharing.delete(done);
    if (turn.last === done) turn.last = undefined;
    if (turn.last === undefined && turn.sharing.size === 0) this.#turns.delete(key);
  }
}

interface Turn {
  last: Promise<void> | undefined;
  readonly sharing: Set<Promise<void>>;
}
