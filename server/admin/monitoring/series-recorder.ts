/** Fills the time series while the server runs, and keeps them across restarts: a local document for each resolution. */

import type { SyncObserver } from '../../gateway/sync-observer.ts';
import type { MeteredRequest } from '../../http/request-meter.ts';
import type { Logger } from '../../lib/logger.ts';
import { within } from '../../lib/within.ts';
import type { Database, LocalDocument } from '../../store/store.ts';
import { storedPoints, sumOfPoints } from './series-sum.ts';
import { type Bucket, type Gauge, type Point, RESOLUTION_NAMES, type Resolution, TimeSeries } from './time-series.ts';

const READ_INTERVAL_MS = 10_000;
const SAVE_INTERVAL_MS = 60_000;
/** Other servers' series are as old as they wrote them, and this. */
const OTHERS_MAX_AGE_MS = 20_000;
const OTHERS_MAX_WAIT_MS = 2_000;

export interface SeriesRecorderOptions {
  readonly database: Pick<Database, 'getLocal' | 'putLocal'>;
  /** Each server keeps series of its own. */
  readonly serverId: string;
  /** The gauges as they are now. Must not throw. */
  readonly readGauges: () => Readonly<Partial<Record<Gauge, number>>>;
  /** Those that share the store; without it there are none. */
  readonly otherServers?: () => Promise<readonly string[]>;
  readonly logger: Pick<Logger, 'error'>;
  readonly nowMs?: () => number;
}

interface OtherSeries {
  readonly readAtMs: number;
  /** One for each server. */
  readonly buckets: readonly ReadonlyMap<Resolution, readonly Bucket[]>[];
}

/** What all servers together did. */
export interface SummedPoints {
  readonly points: readonly Point[];
  /** How many servers have a part in them. */
  readonly servers: number;
}

export class SeriesRecorder {
  readonly #options: SeriesRecorderOptions;
  readonly #nowMs: () => number;
  readonly #series = new TimeSeries();
  readonly #timers: NodeJS.Timeout[] = [];
  #saving: Promise<void> = Promise.resolve();
  #others: OtherSeries = { readAtMs: Number.NEGATIVE_INFINITY, buckets: [] };
  #readingOthers: Promise<void> | undefined;

  private constructor(options: SeriesRecorderOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? Date.now;
  }

  static async open(options: SeriesRecorderOptions): Promise<SeriesRecorder> {
    const recorder = new SeriesRecorder(options);
    for (const resolution of RESOLUTION_NAMES) {
      const stored = await options.database.getLocal(recorder.#keyOf(resolution));
      recorder.#series.restore(resolution, bucketsIn(stored));
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

  /**
   * This server's points and those that the others have written, about a minute old. Never throws: where the store does not
   * answer, with what was last read of them.
   */
  async summedPoints(resolution: Resolution): Promise<SummedPoints> {
    await within(this.#readOthers(), OTHERS_MAX_WAIT_MS, () => {});
    return this.knownPoints(resolution);
  }

  /** As `summedPoints`, with what is in memory. */
  knownPoints(resolution: Resolution): SummedPoints {
    const nowMs = this.#nowMs();
    const others = this.#others.buckets.map((buckets) =>
      storedPoints(resolution, buckets.get(resolution) ?? [], nowMs),
    );
    return { points: sumOfPoints([this.points(resolution), ...others]), servers: 1 + others.length };
  }

  async #readOthers(): Promise<void> {
    const { otherServers } = this.#options;
    if (!otherServers || this.#nowMs() - this.#others.readAtMs < OTHERS_MAX_AGE_MS) return;
    this.#readingOthers ??= this.#readStored(otherServers)
      .catch(() => {})
      .finally(() => {
        this.#readingOthers = undefined;
      });
    await this.#readingOthers;
  }

  async #readStored(otherServers: () => Promise<readonly string[]>): Promise<void> {
    const readAtMs = this.#nowMs();
    const read = await Promise.all(
      (await otherServers()).map(async (serverId) => {
        const stored = await Promise.all(
          RESOLUTION_NAMES.map((resolution) => this.#options.database.getLocal(keyOf(serverId, resolution))),
        );
        return new Map(RESOLUTION_NAMES.map((resolution, at) => [resolution, bucketsIn(stored[at])]));
      }),
    );
    this.#others = { readAtMs, buckets: read.filter((one) => [...one.values()].some((buckets) => buckets.length > 0)) };
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

  /** Throws where the store does. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.save();
  }

  async #saveOrLog(): Promise<void> {
    await this.save().catch((error: unknown) =>
      this.#options.logger.error({ err: error }, 'time series not written; it is tried again'),
    );
  }

  #keyOf(resolution: Resolution): string {
    return keyOf(this.#options.serverId, resolution);
  }
}

const keyOf = (serverId: string, resolution: Resolution): string => `series.${serverId}.${resolution}`;

const bucketsIn = (stored: LocalDocument | undefined): Bucket[] =>
  Array.isArray(stored?.buckets) ? (stored.buckets as Bucket[]) : [];
