/**
 * What one device may have of the server at a time. Kept in memory, for each server by itself: who syncs with several has the
 * quota of each.
 */
import { LRUCache } from 'lru-cache';

/** RxDB has one for each collection, and leaves some behind. */
const MAX_LONGPOLLS = 64;
/** For how long it is told of a device that it had too many: nothing else tells when that is over. */
export const TOLD_SECONDS = 3_600;
/** Where honest feeds are too many, each that is ended comes again: not faster than this. */
const LONGPOLL_LEAST_MS = 1_000;
const HOUR_MS = 3_600_000;
const MAX_DEVICES = 100_000;

export interface HeldQuota {
  /** Rows and bytes that may be held of one device in an hour. */
  readonly rows: number;
  readonly bytes: number;
}

const HELD_PER_HOUR: HeldQuota = { rows: 5_000, bytes: 128 * 1_048_576 };

interface Held {
  rows: number;
  bytes: number;
  readonly sinceMs: number;
}

export class DeviceQuotas {
  readonly #held = new LRUCache<string, Held>({ max: MAX_DEVICES });
  readonly #longpolls = new Map<string, Map<symbol, () => void>>();

  /** A longpoll begins; answers what says that it is over. Too many: that is told, and the oldest is ended. */
  openLongpoll(device: string, end: () => void, onTooMany: () => void): () => void {
    const own = this.#longpolls.get(device) ?? new Map<symbol, () => void>();
    this.#longpolls.set(device, own);
    const name = Symbol();
    const startedMs = performance.now();
    own.set(name, () => {
      own.delete(name);
      setTimeout(end, Math.max(0, startedMs + LONGPOLL_LEAST_MS - performance.now())).unref();
    });
    if (own.size > MAX_LONGPOLLS) {
      [...own.values()][0]?.();
      onTooMany();
    }
    return () => {
      own.delete(name);
      if (own.size === 0 && this.#longpolls.get(device) === own) this.#longpolls.delete(device);
    };
  }

  /** Seconds after which the device may push again; undefined where it may now. */
  pushAgainAfter(device: string): number | undefined {
    const held = this.#current(device);
    if (!held || (held.rows < HELD_PER_HOUR.rows && held.bytes < HELD_PER_HOUR.bytes)) return undefined;
    return Math.ceil((held.sinceMs + HOUR_MS - performance.now()) / 1_000);
  }

  noteHeld(device: string, rows: number, bytes: number): void {
    const held = this.#current(device) ?? { rows: 0, bytes: 0, sinceMs: performance.now() };
    held.rows += rows;
    held.bytes += bytes;
    this.#held.set(device, held);
  }

  #current(device: string): Held | undefined {
    const held = this.#held.get(device);
    return held && performance.now() - held.sinceMs < HOUR_MS ? held : undefined;
  }
}
