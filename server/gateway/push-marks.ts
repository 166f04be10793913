/**
 * Up to when each device had sent everything that was changed on it, by its own clock. Stock clients send changes in the order in
 * which they were made, so what comes later was not made before. For each device one local document of the registry.
 *
 * Clocks are wrong. What a device says was compared with what it said before, so that a wrong clock that is always wrong by the
 * same is none; and what the server knows by its own clock is turned into the device's by the least that the device's clock
 * can be ahead: no change is dated later than it was sent.
 */
import { LRUCache } from 'lru-cache';
import { KeyedLocks } from '../lib/keyed-locks.ts';
import type { Database } from '../store/store.ts';

interface Mark {
  /** Milliseconds since 1970. */
  readonly sentUpToMs: number;
  /** How far the device's clock is ahead of the server's at least; not above 0, so that no mark lies in the future. */
  readonly offsetMs: number;
}

/** What a device sends in an order: all types of a role database (PouchDB), or one (RxDB). */
export interface Sending {
  readonly device: string;
  readonly feed: string;
}

/** By feed. */
type Marks = Readonly<Record<string, Mark>>;

/**
 * PouchDB asks for this many revisions at a time, in the order of its changes: fewer are the last ones. An app that sends fewer
 * at a time (`batch_size`) is taken for done too early.
 */
const FULL_BATCH = 100;
/** A mark that moved by less is not written again. */
const STEP_MS = 60_000;
const MAX_REMEMBERED = 100_000;

export class PushMarks {
  readonly #registry: Registry;
  readonly #nowMs: () => number;
  readonly #locks = new KeyedLocks();
  /** Revisions in the last `_revs_diff`. */
  readonly #asked = new LRUCache<string, number>({ max: MAX_REMEMBERED });
  readonly #written = new LRUCache<string, Mark>({ max: MAX_REMEMBERED });

  constructor(registry: Registry, nowMs: () => number) {
    this.#registry = registry;
    this.#nowMs = nowMs;
  }

  /** Undefined as long as the device's clock is not known from a push. */
  async sentUpToMs({ device, feed }: Sending): Promise<number | undefined> {
    return (await this.#read(device))[feed]?.sentUpToMs;
  }

  /** The device's changes up to one of this time, by its clock, are stored. */
  async stored(sending: Sending, newestMs: number): Promise<void> {
    const nowMs = this.#nowMs();
    await this.#move(sending, { sentUpToMs: Math.min(newestMs, nowMs), offsetMs: Math.min(newestMs - nowMs, 0) });
  }

  asked(sending: Sending, revisions: number): void {
    this.#asked.set(nameOf(sending), revisions);
  }

  /** The device has noted (PouchDB's checkpoint of a push) that what it asked for last is sent. */
  async confirmed(sending: Sending): Promise<void> {
    const asked = this.#asked.get(nameOf(sending));
    if (asked === undefined || asked >= FULL_BATCH) return;
    const known = (await this.#read(sending.device))[sending.feed];
    if (known) await this.#move(sending, { ...known, sentUpToMs: this.#nowMs() + known.offsetMs });
  }

  async #move(sending: Sending, to: Mark): Promise<void> {
    const known = this.#written.get(nameOf(sending));
    if (known && !isBehind(known, to)) return;
    const { device, feed } = sending;
    // Another server may write in between: then one of the two steps is lost, and the mark is not as far as it could be.
    await this.#locks.run([device], async () => {
      const marks = await this.#read(device);
      const stored = marks[feed];
      const mark = stored ? later(stored, to) : to;
      if (!stored || isBehind(stored, mark))
        await this.#registry.putLocal(idOfPushMarks(device), { marks: { ...marks, [feed]: mark } });
      this.#written.set(nameOf(sending), mark);
    });
  }

  async #read(device: string): Promise<Marks> {
    const { marks } = (await this.#registry.getLocal(idOfPushMarks(device))) ?? {};
    return (marks ?? {}) as Marks;
  }
}

type Registry = Pick<Database, 'getLocal' | 'putLocal'>;

export const idOfPushMarks = (device: string): string => `pushed:${device}`;

const nameOf = ({ device, feed }: Sending): string => `${device} ${feed}`;

const isBehind = (mark: Mark, to: Mark): boolean =>
  to.sentUpToMs >= mark.sentUpToMs + STEP_MS || to.offsetMs >= mark.offsetMs + STEP_MS;

const later = (a: Mark, b: Mark): Mark => ({
  sentUpToMs: Math.max(a.sentUpToMs, b.sentUpToMs),
  offsetMs: Math.max(a.offsetMs, b.offsetMs),
});
