/** Builds role databases in the background: what is unfinished after a start, and what an administrator asks for. */
import { BackgroundLoop } from '../../lib/background-loop.ts';
import type { Logger } from '../../lib/logger.ts';
import type { ProjectorPause } from './projector-pause.ts';
import type { Rebuild } from './rebuild.ts';
import type { RoleDatabases } from './role-databases.ts';

/** Everything that is to be built wakes it; this is for what got lost. */
const IDLE_MS = 60_000;

export interface BuildLoopOptions {
  readonly rebuild: Pick<Rebuild, 'bringUpToDate'>;
  readonly roleDatabases: Pick<RoleDatabases, 'beginRebuild'>;
  readonly pause: Pick<ProjectorPause, 'paused' | 'onChange'>;
  readonly logger: Logger;
}

export class BuildLoop {
  readonly #options: BuildLoopOptions;
  readonly #loop: BackgroundLoop;
  #unsubscribe: () => void = () => {};

  constructor(options: BuildLoopOptions) {
    this.#options = options;
    this.#loop = new BackgroundLoop({
      name: 'builds',
      step: async (signal) => {
        if (!options.pause.paused) await options.rebuild.bringUpToDate(signal);
        return false;
      },
      idleMs: IDLE_MS,
      logger: options.logger,
    });
  }

  start(): void {
    this.#unsubscribe = this.#options.pause.onChange(() => this.#loop.wake());
    this.#loop.start();
  }

  /** Durable when it resolves: this server, or the next one, builds it. */
  async request(name: string): Promise<void> {
    await this.#options.roleDatabases.beginRebuild(name);
    this.#loop.wake();
  }

  /** Ends after the page under way. */
  async stop(): Promise<void> {
    this.#unsubscribe();
    await this.#loop.stop();
  }
}
