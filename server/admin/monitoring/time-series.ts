/**
 * Pure: counters and gauges over time, in three resolutions. Each value goes into the bucket of its time in each of them, so
 * that nothing has to be summed up later, and a bucket of an hour is exact. A bucket that nothing was noted in is a gap: the
 * server was not running.
 */
export const COUNTERS = [
  'writesAccepted',
  'writesRefused',
  'documentsOut',
  'bytesIn',
  'bytesOut',
  'requests',
  'serverErrors',
] as const;
export const GAUGES = ['openFeeds', 'connectedDevices', 'projectorLagSeconds', 'projectorLagRevisions'] as const;
export type Counter = (typeof COUNTERS)[number];
export type Gauge = (typeof GAUGES)[number];

const MINUTE_MS = 60_000;
/** How wide a bucket is, and how many are kept: an hour by minute, a day by 5 minutes, 30 days by hour. */
export const RESOLUTIONS = {
  minute: { widthMs: MINUTE_MS, buckets: 60 },
  fiveMinutes: { widthMs: 5 * MINUTE_MS, buckets: 288 },
  hour: { widthMs: 60 * MINUTE_MS, buckets: 720 },
} as const;
export type Resolution = keyof typeof RESOLUTIONS;
export const RESOLUTION_NAMES = Object.keys(RESOLUTIONS) as Resolution[];

export interface GaugePoint {
  readonly mean: number;
  readonly max: number;
}

export interface Point {
  /** When the bucket begins. */
  readonly startsAt: string;
  /** Undefined in a gap. A gauge that was not read is not there. */
  readonly values:
    | {
        readonly counters: Readonly<Record<Counter, number>>;
        readonly gauges: Readonly<Partial<Record<Gauge, GaugePoint>>>;
      }
    | undefined;
}

interface Readings {
  readonly sum: number;
  readonly count: number;
  readonly max: number;
}

/** As it is stored. */
export interface Bucket {
  readonly startMs: number;
  readonly counters: Partial<Record<Counter, number>>;
  readonly gauges: Partial<Record<Gauge, Readings>>;
}

export class TimeSeries {
  /** By the number of the bucket, modulo how many are kept. */
  readonly #rings: Readonly<Record<Resolution, (Bucket | undefined)[]>> = { minute: [], fiveMinutes: [], hour: [] };

  count(counter: Counter, amount: number, nowMs: number): void {
    for (const resolution of RESOLUTION_NAMES) {
      const { counters } = this.#bucketAt(resolution, nowMs);
      counters[counter] = (counters[counter] ?? 0) + amount;
    }
  }

  read(gauge: Gauge, value: number, nowMs: number): void {
    for (const resolution of RESOLUTION_NAMES) {
      const { gauges } = this.#bucketAt(resolution, nowMs);
      const { sum, count, max } = gauges[gauge] ?? { sum: 0, count: 0, max: value };
      gauges[gauge] = { sum: sum + value, count: count + 1, max: Math.max(max, value) };
    }
  }

  /** The oldest first; the last one is still being filled. */
  points(resolution: Resolution, nowMs: number): Point[] {
    return this.#kept(resolution, nowMs).map(({ startMs, bucket }) => ({
      startsAt: new Date(startMs).toISOString(),
      values: bucket && {
        counters: Object.fromEntries(COUNTERS.map((name) => [name, bucket.counters[name] ?? 0])) as Record<
          Counter,
          number
        >,
        gauges: Object.fromEntries(
          Object.entries(bucket.gauges).map(([name, { sum, count, max }]) => [name, { mean: sum / count, max }]),
        ),
      },
    }));
  }

  /** What is worth storing: buckets that are neither too old nor gaps. */
  stored(resolution: Resolution, nowMs: number): Bucket[] {
    return this.#kept(resolution, nowMs).flatMap(({ bucket }) => bucket ?? []);
  }

  /** Takes back what was stored; what is too old by now is never shown. */
  restore(resolution: Resolution, buckets: readonly Bucket[]): void {
    const { widthMs, buckets: size } = RESOLUTIONS[resolution];
    for (const { startMs, counters, gauges } of buckets) {
      const bucket = { startMs, counters: { ...counters }, gauges: { ...gauges } };
      this.#rings[resolution][(startMs / widthMs) % size] = bucket;
    }
  }

  #kept(resolution: Resolution, nowMs: number): { startMs: number; bucket: Bucket | undefined }[] {
    const { widthMs, buckets } = RESOLUTIONS[resolution];
    const current = Math.floor(nowMs / widthMs);
    return Array.from({ length: buckets }, (_, i) => {
      const number = current - buckets + 1 + i;
      const bucket = this.#rings[resolution][number % buckets];
      return { startMs: number * widthMs, bucket: bucket?.startMs === number * widthMs ? bucket : undefined };
    });
  }

  #bucketAt(resolution: Resolution, nowMs: number): Bucket {
    const { widthMs, buckets } = RESOLUTIONS[resolution];
    const number = Math.floor(nowMs / widthMs);
    const ring = this.#rings[resolution];
    const known = ring[number % buckets];
    if (known?.startMs === number * widthMs) return known;
    const bucket = { startMs: number * widthMs, counters: {}, gauges: {} };
    ring[number % buckets] = bucket;
    return bucket;
  }
}
