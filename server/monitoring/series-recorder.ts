/** Fills the time series while the server runs, and keeps them across restarts: a local document for each resolution. */
import type { Logger } from '../logger.ts';
import type { Database } from '../store/store.ts';
import type { SyncObserver } from '../sync/sync-observer.ts';
import type { MeteredRequest } from './request-meter.ts';
import { type Bucket, type Gauge, type Point, RESOLUTION_NAMES, type Resolution, TimeSeries } from './time-series.ts';

const READ_INTERVAL_MS = 10_000;
const SAVE_INTERVAL_MS = 60_000;

export interface SeriesRecorderOptions {
  readonly database: Pick<Database, 'getLocal' | 'putLocal'>;
  /** Each server keeps series of its own. */
  readonly serverId: string;
  /** The gauges as they are now. Must not throw. */
  readonly readGauges: () => Readonly<Record<Gauge, number>>;
  readonly logger: Pick<Logger, 'error'>;
  readonly nowMs?: () => number;
}

export class SeriesRecorder {
  readonly #options: SeriesRecorderOptions;
  readonly #nowMs: () => number;
  readonly #series = new TimeSeries();
  readonly #timers: NodeJS.Timeout[] = [];
  #saving: Promise<void> = Promise.resolve();

  private constructor(options: SeriesRecorderOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? Date.now;
  }

  static async open(options: SeriesRecorderOptions): Promise<SeriesRecorder> {
    const recorder = new SeriesRecorder(options);
    for (const resolution of RESOLUTION_NAMES) {
      const stored = await options.database.getLocal(recorder.#keyOf(resolution));
      if (Array.isArray(stored?.buckets)) recorder.#series.restore(resolution, stored.buckets as Bucket[]);
    }
    recorder.readGauges();
    recorder.#timers.push(
      setInterval(() => recorder.readGauges(), READ_INTERVAL_MS).unref(),
      setInterval(() => void recorder.#saveOrLog(), SAVE_INTERVAL_MS).unref(),
    );
    return recorder;
  }

  /** To be handed to the gateway. */
  readonly observe: SyncObserver = (_contact, event) => {
    const nowMs = this.#nowMs();
    if (event.kind === 'documents_sent') this.#series.count('documentsOut', event.count, nowMs);
    if (event.kind !== 'documents_pushed') return;
    this.#series.count('writesAccepted', event.stored, nowMs);
    this.#series.count('writesRefused', event.refused.length, nowMs);
  };

  /** To be handed to the request meter. */
  readonly requestEnded = ({ status, bytesIn, bytesOut }: MeteredRequest): void => {
    const nowMs = this.#nowMs();
    this.#series.count('requests', 1, nowMs);
    this.#series.count('bytesIn', bytesIn, nowMs);
    this.#series.count('bytesOut', bytesOut, nowMs);
    if (status >= 500) this.#series.count('serverErrors', 1, nowMs);
  };

  readGauges(): void {
    const nowMs = this.#nowMs();
    for (const [gauge, value] of Object.entries(this.#options.readGauges())) {
      this.#series.read(gauge as Gauge, value, nowMs);
    }
  }

  points(resolution: Resolution): Point[] {
    return this.#series.points(resolution, this.#nowMs());
  }

  /** Throws where the store does. */
  save(): Promise<void> {
    const saved = this.#saving.then(async () => {
      const { database } = this.#options;
      for (const resolution of RESOLUTION_NAMES) {
        const buckets = this.#series.stored(resolution, this.#nowMs());
        await database.putLocal(this.#keyOf(resolution), { buckets });
      }
    });
    this.#saving = saved.catch(() => {});
    return saved;
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#saveOrLog();
  }

  async #saveOrLog(): Promise<void> {
    await this.save().catch((error: unknown) =>
      this.#options.logger.error({ err: error }, 'time series not written; it is tried again'),
    );
  }

  #keyOf(resolution: Resolution): string {
    return `series.${this.#options.serverId}.${resolution}`;
  }
}
