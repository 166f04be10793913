/** Tells of an indexing that takes long: lists wait for it. */
import type { Logger } from '../../lib/logger.ts';
import type { ChangesPage } from '../../store/store.ts';

const SILENT_MS = 1_000;

export interface ProgressOptions {
  readonly databaseName: string;
  readonly logger: Pick<Logger, 'info'>;
  readonly nowMs: () => number;
}

export class CatchUpProgress {
  readonly #options: ProgressOptions;
  readonly #beganAtMs: number;
  #changes = 0;
  #told = false;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#beganAtMs = options.nowMs();
  }

  /** A page of changes is in the index, and `more` follow. */
  took({ results, pending }: ChangesPage, more: boolean): void {
    this.#changes += results.length;
    if (!more || this.#told || this.#options.nowMs() - this.#beganAtMs < SILENT_MS) return;
    this.#told = true;
    this.#options.logger.info({ ...this.#fields(), pending }, 'indexing a database for lists; its lists wait for it');
  }

  end(): void {
    if (this.#told) this.#options.logger.info(this.#fields(), 'indexed a database for lists');
  }

  #fields() {
    const seconds = (this.#options.nowMs() - this.#beganAtMs) / 1_000;
    return { database: this.#options.databaseName, changes: this.#changes, seconds };
  }
}
