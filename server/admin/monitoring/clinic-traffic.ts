/** What the devices of each clinic wrote and were sent in the last hour, on this server, since it started: in memory only. */
import type { SyncObserver } from '../../gateway/sync-observer.ts';

const BUCKET_MS = 5 * 60_000;
const BUCKETS = 12;
const WINDOW_MS = BUCKETS * BUCKET_MS;

export interface Traffic {
  /** Documents that devices wrote and that were stored. */
  readonly in: number;
  readonly refused: number;
  /** Documents that devices were sent. */
  readonly out: number;
}

interface Bucket {
  readonly startMs: number;
  in: number;
  refused: number;
  out: number;
}

export class ClinicTraffic {
  readonly #nowMs: () => number;
  /** Newest last. */
  readonly #buckets = new Map<string, Bucket[]>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** To be handed to the gateway. */
  readonly observe: SyncObserver = ({ principal: { clinicId } }, event) => {
    if (clinicId === undefined) return;
    if (event.kind === 'documents_sent') this.#bucketOf(clinicId).out += event.count;
    if (event.kind !== 'documents_pushed') return;
    const bucket = this.#bucketOf(clinicId);
    bucket.in += event.stored;
    bucket.refused += event.refused.length;
  };

  /** Undefined where there was none. */
  lastHour(clinicId: string): Traffic | undefined {
    const sinceMs = this.#nowMs() - WINDOW_MS;
    const recent = (this.#buckets.get(clinicId) ?? []).filter(({ startMs }) => startMs > sinceMs);
    if (recent.length === 0) return undefined;
    const sum = { in: 0, refused: 0, out: 0 };
    for (const bucket of recent) for (const name of ['in', 'refused', 'out'] as const) sum[name] += bucket[name];
    return sum;
  }

  #bucketOf(clinicId: string): Bucket {
    const startMs = Math.floor(this.#nowMs() / BUCKET_MS) * BUCKET_MS;
    const known = this.#buckets.get(clinicId) ?? [];
    const last = known.at(-1);
    if (last?.startMs === startMs) return last;
    const bucket = { startMs, in: 0, refused: 0, out: 0 };
    this.#buckets.set(clinicId, [...known.slice(1 - BUCKETS), bucket]);
    return bucket;
  }
}
