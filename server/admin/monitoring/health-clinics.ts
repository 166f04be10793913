/**
 * The clinics with their names, in memory: read once, then followed by the changes of the primary. Those are read in bursts,
 * as everything that anybody writes is among them.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { parseId } from '../../../shared-schemas/ids.ts';
import { BackgroundLoop } from '../../lib/background-loop.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Database, Store } from '../../store/store.ts';

const PREFIX = 'clinic:clinic:';
const PAGE = 1_000;
/** Milliseconds between two reads of the changes: how late a name may be. */
const BURST_MS = 1_000;
const IDLE_MS = 30_000;

export interface ClinicNamesOptions {
  readonly store: Pick<Store, 'onUpdate'>;
  readonly primary: Database;
  readonly logger: Pick<Logger, 'error' | 'info'>;
  readonly burstMs?: number;
}

export class ClinicNames {
  readonly #options: ClinicNamesOptions;
  readonly #loop: BackgroundLoop;
  readonly #unsubscribe: () => void;
  readonly #names = new Map<string, string>();
  #since: string | undefined;

  constructor(options: ClinicNamesOptions) {
    this.#options = options;
    const { store, primary, logger } = options;
    this.#loop = new BackgroundLoop({
      name: 'names of clinics',
      step: (signal) => this.#step(signal),
      idleMs: IDLE_MS,
      logger,
    });
    this.#unsubscribe = store.onUpdate((name) => {
      if (name === primary.name) this.#loop.wake();
    });
    this.#loop.start();
  }

  /** By slug. Empty until they have been read. */
  all(): ReadonlyMap<string, string> {
    return this.#names;
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    await this.#loop.stop();
  }

  async #step(signal: AbortSignal): Promise<boolean> {
    if (this.#since === undefined) return this.#readAll();
    const { results, lastSeq } = await this.#options.primary.changes({ since: this.#since, limit: PAGE });
    const ids = results.map(({ id }) => id).filter((id) => parseId(id)?.type === 'clinic');
    const clinics = ids.length > 0 ? await this.#options.primary.winners(ids) : [];
    for (const [at, id] of ids.entries()) {
      const slug = id.slice(PREFIX.length);
      const clinic = clinics[at];
      if (clinic) this.#names.set(slug, nameOf(clinic.body, slug));
      else this.#names.delete(slug);
    }
    this.#since = lastSeq;
    if (results.length === PAGE) return true;
    // What comes meanwhile is read in one go.
    await pause(this.#options.burstMs ?? BURST_MS, undefined, { signal }).catch(() => {});
    return false;
  }

  /** What changes while this reads comes up again by the changes. */
  async #readAll(): Promise<boolean> {
    const { primary } = this.#options;
    const { updateSeq } = await primary.info();
    for (let startKey = PREFIX; ; ) {
      const rows = await primary.range({ startKey, endKey: `${PREFIX}\ufff0`, limit: PAGE });
      for (const { id, body } of rows) {
        const slug = id.slice(PREFIX.length);
        this.#names.set(slug, nameOf(body, slug));
      }
      const last = rows.at(-1)?.id;
      if (rows.length < PAGE || last === undefined) break;
      startKey = `${last}\u0000`;
    }
    this.#since = updateSeq;
    return true;
  }
}

const nameOf = ({ name }: Readonly<Record<string, unknown>>, slug: string): string =>
  typeof name === 'string' && name !== '' ? name : slug;
