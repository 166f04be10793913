/** How much room is left where the data folder is. */
import { statfs } from 'node:fs/promises';

/** A disk does not fill up faster than this matters. */
const MAX_AGE_MS = 15_000;

export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** ISO 8601. */
  readonly readAt: string;
}

export class DiskWatch {
  readonly #folder: string;
  readonly #nowMs: () => number;
  #known: DiskSpace | undefined;
  #reading: Promise<DiskSpace | undefined> | undefined;

  constructor(folder: string, nowMs: () => number) {
    this.#folder = folder;
    this.#nowMs = nowMs;
  }

  /** As it was last read, not long ago; undefined where the system does not tell. Never throws. */
  async space(): Promise<DiskSpace | undefined> {
    const known = this.#known;
    if (known && this.#nowMs() - Date.parse(known.readAt) < MAX_AGE_MS) return known;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #read(): Promise<DiskSpace | undefined> {
    try {
      const { bavail, blocks, bsize } = await statfs(this.#folder);
      const readAt = new Date(this.#nowMs()).toISOString();
      this.#known = { freeBytes: bavail * bsize, totalBytes: blocks * bsize, readAt };
    } catch {
      this.#known = undefined;
    }
    return this.#known;
  }
}
