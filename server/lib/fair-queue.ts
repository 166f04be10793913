/**
 * Work that many ask for and few may do at once. Whoever asks for much waits for themselves: those who wait take turns by key, and
 * each key has a bounded line.
 */
export interface FairQueueOptions {
  readonly concurrency: number;
  readonly maxWaitingPerKey: number;
  readonly maxWaiting: number;
}

export class QueueFullError extends Error {
  override readonly name = 'QueueFullError';
}

export class FairQueue {
  readonly #options: FairQueueOptions;
  /** In the order in which keys have their turns; no line is empty. */
  readonly #lines = new Map<string, (() => void)[]>();
  #waiting = 0;
  #running = 0;

  constructor(options: FairQueueOptions) {
    this.#options = options;
  }

  /** @throws QueueFullError where too many wait; as `work` does. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#options.concurrency) this.#running++;
    else await this.#turnOf(key);
    try {
      return await work();
    } finally {
      this.#goOn();
    }
  }

  #turnOf(key: string): Promise<void> {
    const line = this.#lines.get(key) ?? [];
    const { maxWaiting, maxWaitingPerKey } = this.#options;
    if (this.#waiting >= maxWaiting || line.length >= maxWaitingPerKey) throw new QueueFullError();
    this.#waiting++;
    this.#lines.set(key, line);
    return new Promise((resolve) => line.push(resolve));
  }

  /** Hands the place of what is done to whoever has the next turn. */
  #goOn(): void {
    const [next] = this.#lines;
    if (!next) {
      this.#running--;
      return;
    }
    const [key, line] = next;
    const start = line.shift();
    this.#lines.delete(key);
    if (line.length > 0) this.#lines.set(key, line);
    this.#waiting--;
    start?.();
  }
}
