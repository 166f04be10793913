/** Work that many ask for at once and that is done one at a time: who asks while it is under way shares the next run. */
export class SharedRun<T> {
  readonly #work: () => Promise<T>;
  #last: Promise<unknown> = Promise.resolve();
  #next: Promise<T> | undefined;

  constructor(work: () => Promise<T>) {
    this.#work = work;
  }

  /** The outcome of a run that begins after this call. */
  join(): Promise<T> {
    this.#next ??= this.#last.then(() => {
      this.#next = undefined;
      const run = this.#work();
      this.#last = run.catch(() => {});
      return run;
    });
    return this.#next;
  }

  /** Resolves when no run is under way, whatever became of it. */
  async idle(): Promise<void> {
    await (this.#next ?? this.#last).catch(() => {});
  }
}
