/** A lease that one of several servers holds: a document that its holder goes on renewing. */
import { randomUUID } from 'node:crypto';
import { LEASE_MS, type Lease, LeaseLostError } from './exclusion.ts';
import type { Database, RangeRow } from './store.ts';

const RENEW_MS = 3_000;
/** The holder gives it up this much earlier than others take it: no two clocks run equally fast. */
const MARGIN_MS = 500;
const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 250;

const pause = (delayMs: number) => new Promise((resolve) => setTimeout(resolve, delayMs));

export class HeldLease implements Lease {
  readonly #database: Database;
  readonly #id: string;
  readonly #holder: string;
  readonly #timer: NodeJS.Timeout;
  #rev: string;
  /** Before the renewal was asked for that is known to have been stored. */
  #renewedAtMs: number;
  #turn: Promise<void> = Promise.resolve();

  private constructor(database: Database, row: Taken) {
    this.#database = database;
    this.#id = row.id;
    this.#holder = row.holder;
    this.#rev = row.rev;
    this.#renewedAtMs = row.askedAtMs;
    // One that fails is tried again; whoever depends on the lease calls `check`.
    this.#timer = setInterval(() => void this.#renewInTurn().catch(() => {}), RENEW_MS).unref();
  }

  /** Waits until nobody holds it, or its holder has said nothing for LEASE_MS by the clock of this process. */
  static async take(database: Database, name: string): Promise<HeldLease> {
    const id = `lease:${name}`;
    const holder = randomUUID();
    let seen: { readonly rev: string; readonly sinceMs: number } | undefined;
    for (let waitMs = FIRST_WAIT_MS; ; ) {
      const askedAtMs = performance.now();
      if (!seen || askedAtMs - seen.sinceMs >= LEASE_MS) {
        const taken = await database.replace(id, seen?.rev, { holder });
        if (taken.won) return new HeldLease(database, { id, holder, rev: taken.rev, askedAtMs });
      } else {
        await pause(waitMs * (0.5 + Math.random()));
        waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
      }
      const current = await find(database, id);
      if (current?.rev !== seen?.rev) seen = current && { rev: current.rev, sinceMs: performance.now() };
    }
  }

  async check(): Promise<void> {
    await this.#renewInTurn();
    // The answer may have taken as long as the lease.
    if (performance.now() - this.#renewedAtMs > LEASE_MS - MARGIN_MS) throw lost();
  }

  /** Never throws: a lease that cannot be given back runs out. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#turn;
    await this.#database.replace(this.#id, this.#rev, 'deleted').catch(() => {});
  }

  #renewInTurn(): Promise<void> {
    const renewal = this.#turn.then(() => this.#renew());
    this.#turn = renewal.catch(() => {});
    return renewal;
  }

  async #renew(): Promise<void> {
    const askedAtMs = performance.now();
    let renewed = await this.#database.replace(this.#id, this.#rev, { holder: this.#holder });
    if (!renewed.won) {
      // An earlier renewal may have been stored though its answer was lost.
      const current = await find(this.#database, this.#id);
      if (current?.body.holder !== this.#holder) throw lost();
      renewed = await this.#database.replace(this.#id, current.rev, { holder: this.#holder });
      if (!renewed.won) throw lost();
    }
    this.#rev = renewed.rev;
    this.#renewedAtMs = askedAtMs;
  }
}

interface Taken {
  readonly id: string;
  readonly holder: string;
  readonly rev: string;
  readonly askedAtMs: number;
}

const find = async (database: Database, id: string): Promise<RangeRow | undefined> => (await database.winners([id]))[0];

const lost = () =>
  new LeaseLostError('The store was out of reach for too long: another server may be at the same by now. Try again.');
