/**
 * How a process ends what it began. Whoever builds a part says how it stops, as soon as there is something to stop; parts stop
 * in the reverse order, so that each one stops before those that it was built on.
 */
import type { Logger } from './logger.ts';

/** `overdue` is aborted when the part has used its time up: the next one stops then, whatever this one still does. */
export type Stop = (overdue: AbortSignal) => unknown;

interface Step {
  readonly name: string;
  readonly stop: Stop;
  readonly always: boolean;
}

/** What a part that stops in every case gets when no time is left. */
const ALWAYS_MS = 1_000;

export class Lifecycle {
  readonly #logger: Pick<Logger, 'error'>;
  readonly #steps: Step[] = [];
  readonly #stopping = new AbortController();
  #stopped: Promise<void> | undefined;

  constructor(logger: Pick<Logger, 'error'>) {
    this.#logger = logger;
  }

  /** Aborted when the stop begins, before any part stops: whatever waits for something, or takes long, ends then. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /**
   * `name` is for the log. A part with `always` is stopped also when there is no time left.
   * @throws Error where the stop has begun: what builds parts then has to end.
   */
  onStop(name: string, stop: Stop, { always = false }: { readonly always?: boolean } = {}): void {
    if (this.#stopping.signal.aborted) throw new Error(`the process stops: too late for ${name}`);
    this.#steps.push({ name, stop, always });
  }

  /** Resolves when every part has stopped, failed to, or used its time up; never rejects. Called again, it waits for the same. */
  stop({ deadlineMs }: { readonly deadlineMs: number }): Promise<void> {
    this.#stopped ??= this.#stopAll(performance.now() + deadlineMs);
    return this.#stopped;
  }

  async #stopAll(endMs: number): Promise<void> {
    this.#stopping.abort();
    for (const step of this.#steps.splice(0).reverse()) {
      const leftMs = Math.max(0, endMs - performance.now());
      // One that hangs leaves as much for the others as it takes.
      const timeMs = step.always ? Math.max(leftMs, ALWAYS_MS) : leftMs / 2;
      if (timeMs > 0) await this.#run(step, timeMs);
      else this.#logger.error({ step: step.name }, 'not stopped: no time was left');
    }
  }

  async #run({ name, stop }: Step, timeMs: number): Promise<void> {
    const overdue = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.#logger.error({ step: name, timeMs: Math.round(timeMs) }, 'did not stop in time');
        overdue.abort();
        resolve();
      }, timeMs);
    });
    const stopped = Promise.resolve(overdue.signal)
      .then(stop)
      .catch((error: unknown) => this.#logger.error({ step: name, err: error }, 'did not stop in order'));
    await Promise.race([stopped, late]);
    clearTimeout(timer);
  }
}
