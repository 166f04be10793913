/** A loop that runs while there is work, sleeps until it is woken, and backs off while it fails. */
import type { Logger } from './logger.ts';

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 30_000;

export interface LoopOptions {
  readonly name: string;
  /** One step; answers whether there may be more to do at once. */
  readonly step: (signal: AbortSignal) => Promise<boolean>;
  /** Wakes by itself after this long, for wake-ups that got lost. */
  readonly idleMs: number;
  readonly logger: Pick<Logger, 'error' | 'info'>;
}

export class BackgroundLoop {
  readonly #options: LoopOptions;
  readonly #abort = new AbortController();
  #wake: () => void = () => {};
  #retry: () => void = () => {};
  #woken = false;
  #running: Promise<void> | undefined;
  #failures = 0;

  constructor(options: LoopOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** There is work. May be called at any time, as often as one likes. */
  wake(): void {
    this.#woken = true;
    this.#wake();
  }

  /** What made it fail may be over: a step that waits to be tried again is tried now. */
  retry(): void {
    this.#retry();
  }

  get failing(): boolean {
    return this.#failures > 0;
  }

  /** Ends after the step under way. */
  async stop(): Promise<void> {
    this.#abort.abort();
    this.#wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        this.#woken = false;
        const more = await this.#options.step(signal);
        if (this.#failures > 0) this.#options.logger.info({ loop: this.#options.name }, 'recovered');
        this.#failures = 0;
        if (!more && !this.#woken) await this.#sleep(this.#options.idleMs, signal);
      } catch (error) {
        this.#failures++;
        this.#options.logger.error(
          { loop: this.#options.name, err: error, failures: this.#failures },
          'step failed, will be tried again',
        );
        await this.#pause(Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#failures), signal);
      }
    }
  }

  async #sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#woken) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = () => {};
  }

  /** A failing step is not tried earlier because there is more work. */
  async #pause(delayMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, delayMs);
      signal.addEventListener('abort', end);
      this.#retry = end;
    });
    this.#retry = () => {};
  }
}
