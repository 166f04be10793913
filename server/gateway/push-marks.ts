/**
 * Up to when each device had sent everything that was changed on it, by its own clock. Stock clients send changes in the order in
 * which they were made, so what comes later was not made before. Kept in role databases beside the devices' checkpoints.
 *
 * Clocks are wrong. What a device says was compared with what it said before, so that a wrong clock that is always wrong by the
 * same is none; and what the server knows by its own clock is turned into the device's by the least that the device's clock
 * can be ahead: no change is dated later than it was sent.
 */
import { LRUCache } from 'lru-cache';
import type { Database } from '../store/store.ts';

interface Mark {
  /** Milliseconds since 1970. */
  readonly sentUpToMs: number;
  /** How far the device's clock is ahead of the server's at least; not above 0, so that no mark lies in the future. */
  readonly offsetMs: number;
}

/** Where a mark is kept. */
export interface MarkPlace {
  readonly database: Pick<Database, 'name' | 'getLocal' | 'putLocal'>;
  readonly key: string;
}

/**
 * PouchDB asks for this many revisions at a time, in the order of its changes: fewer are the last ones. An app that sends fewer
 * at a time (`batch_size`) is taken for done too early.
 */
const FULL_BATCH = 100;
/** A mark that moved by less is not written again. */
const STEP_MS = 60_000;
const MAX_REMEMBERED = 100_000;

export class PushMarks {
  readonly #nowMs: () => number;
  /** Revisions in the last `_revs_diff`. */
  readonly #asked = new LRUCache<string, number>({ max: MAX_REMEMBERED });
  readonly #written = new LRUCache<string, Mark>({ max: MAX_REMEMBERED });

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Undefined as long as the device's clock is not known from a push. */
  async sentUpToMs(place: MarkPlace): Promise<number | undefined> {
    return (await read(place))?.sentUpToMs;
  }

  /** The device's changes up to one of this time, by its clock, are stored. */
  async stored(place: MarkPlace, newestMs: number): Promise<void> {
    const nowMs = this.#nowMs();
    await this.#move(place, { sentUpToMs: Math.min(newestMs, nowMs), offsetMs: Math.min(newestMs - nowMs, 0) });
  }

  asked(place: MarkPlace, revisions: number): void {
    this.#asked.set(nameOf(place), revisions);
  }

  /** The device has noted (PouchDB's checkpoint of a push) that what it asked for last is sent. */
  async confirmed(place: MarkPlace): Promise<void> {
    const asked = this.#asked.get(nameOf(place));
    if (asked === undefined || asked >= FULL_BATCH) return;
    const known = await read(place);
    if (known) await this.#move(place, { ...known, sentUpToMs: this.#nowMs() + known.offsetMs });
  }

  async #move(place: MarkPlace, to: Mark): Promise<void> {
    const name = nameOf(place);
    const known = this.#written.get(name);
    if (known && !isBehind(known, to)) return;
    // Another server may have written in between: then one of the two steps is lost, and the mark is not as far as it could be.
    const stored = await read(place);
    const mark = stored ? later(stored, to) : to;
    if (!stored || isBehind(stored, mark)) await place.database.putLocal(place.key, { ...mark });
    this.#written.set(name, mark);
  }
}

const nameOf = ({ database, key }: MarkPlace): string => `${database.name} ${key}`;

const isBehind = (mark: Mark, to: Mark): boolean =>
  to.sentUpToMs >= mark.sentUpToMs + STEP_MS || to.offsetMs >= mark.offsetMs + STEP_MS;

const later = (a: Mark, b: Mark): Mark => ({
  sentUpToMs: Math.max(a.sentUpToMs, b.sentUpToMs),
  offsetMs: Math.max(a.offsetMs, b.offsetMs),
});

async function read({ database, key }: MarkPlace): Promise<Mark | undefined> {
  const { sentUpToMs, offsetMs } = (await database.getLocal(key)) ?? {};
  return typeof sentUpToMs === 'number' && typeof offsetMs === 'number' ? { sentUpToMs, offsetMs } : undefined;
}
