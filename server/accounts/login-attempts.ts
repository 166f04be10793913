/**
 * Slows down guessing of passwords, and bounds the work that it is for the server. Only wrong attempts count. What is limited is
 * limited for a stranger first: somebody who fails often, or with many names, makes nobody else wait who got in from the same
 * address before, or who comes from a device of the account. Counts are kept in memory: each server allows that many.
 */
import { availableParallelism } from 'node:os';
import { ipKeyGenerator, MemoryStore } from 'express-rate-limit';
import { LRUCache } from 'lru-cache';
import { HttpError } from '../http/errors.ts';
import { FairQueue, QueueFullError } from '../lib/fair-queue.ts';

export interface Attempt {
  /** Where it comes from; undefined where the connection is gone. */
  readonly address: string | undefined;
  /** What is guessed at: a username, or what else is told apart. */
  readonly subject: string;
  /** Of the device that it proves to come from, if it does. */
  readonly deviceId?: string | undefined;
  /** Nobody can guess it: it counts for this address and this subject only. */
  readonly unguessable?: true;
}

const MINUTE_MS = 60_000;
/** Usernames that fail from one address within this time are counted together, and so are failures of one account in an hour. */
const NAMES_WINDOW_MS = 10 * MINUTE_MS;
const ACCOUNT_WINDOW_MS = 60 * MINUTE_MS;
/** By the attempts that are allowed in a minute: with so many names an address is spraying, so often an account is attacked. */
const NAMES = 2;
const ACCOUNT_FAILURES = 10;
const KNOWN_MAX = 10_000;
const KNOWN_MS = 30 * 24 * 60 * MINUTE_MS;
/** Hashing takes one of Node's four threads for file access as well, and a whole core: the store needs both. */
const CONCURRENCY = Math.max(1, Math.min(2, availableParallelism() - 1));
/** A clinic's morning behind one router fits. Two or three seconds of hashing. */
const MAX_WAITING_PER_ADDRESS = 64;
const MAX_WAITING = 256;
const BUSY_SECONDS = 3;

/** Failures by key, each within a time from its first. */
class Failures {
  readonly #store = new MemoryStore();

  constructor(windowMs: number) {
    // Of its options the store reads this one only.
    this.#store.init({ windowMs } as Parameters<MemoryStore['init']>[0]);
  }

  /** How many there were, itself included. */
  async add(key: string): Promise<number> {
    return (await this.#store.increment(key)).totalHits;
  }

  /** How long until the count begins anew, where it has reached the limit; else 0. */
  async waitMs(key: string, limit: number): Promise<number> {
    const found = await this.#store.get(key);
    if (!found || found.totalHits < limit) return 0;
    return Math.max(0, (found.resetTime?.getTime() ?? 0) - Date.now());
  }
}

export class LoginAttempts {
  readonly #perMinute: number;
  readonly #queue = new FairQueue({
    concurrency: CONCURRENCY,
    maxWaiting: MAX_WAITING,
    maxWaitingPerKey: MAX_WAITING_PER_ADDRESS,
  });
  readonly #byPair = new Failures(MINUTE_MS);
  readonly #named = new Failures(NAMES_WINDOW_MS);
  readonly #namesOf = new Failures(NAMES_WINDOW_MS);
  readonly #ofAccount = new Failures(ACCOUNT_WINDOW_MS);
  readonly #lately = new Failures(MINUTE_MS);
  readonly #known = new LRUCache<string, true>({ max: KNOWN_MAX, ttl: KNOWN_MS });

  constructor({ perMinute }: { readonly perMinute: number }) {
    this.#perMinute = perMinute;
  }

  /**
   * Answers what `verify` finds, which is undefined where the attempt is wrong. It runs when its turn comes; addresses take turns.
   * @throws HttpError `too_many_attempts`, `busy`, with Retry-After in seconds
   */
  async check<T>(attempt: Attempt, verify: () => Promise<T | undefined>): Promise<T | undefined> {
    const address = ipKeyGenerator(attempt.address ?? '');
    const pair = attempt.deviceId === undefined ? `${address} ${attempt.subject}` : `device ${attempt.deviceId}`;
    const isStrangers = attempt.deviceId === undefined && !attempt.unguessable;
    const keys: Keys = { address, pair, subject: attempt.subject, isStrangers };
    await this.#expectAllowed(keys);
    return await this.#queue
      .run(address, async () => {
        // Those that came at the same moment have failed meanwhile.
        await this.#expectAllowed(keys);
        const found = await verify();
        if (found === undefined) await this.#countWrong(keys);
        else this.#known.set(pair, true);
        return found;
      })
      .catch((error: unknown) => {
        throw error instanceof QueueFullError ? busy() : error;
      });
  }

  async #expectAllowed(keys: Keys): Promise<void> {
    const waitMs = (await this.#byPair.waitMs(keys.pair, this.#perMinute)) || (await this.#waitOfStranger(keys));
    if (waitMs > 0) throw tooManyAttempts(waitMs);
  }

  /** An address that sprays, and an account that is attacked, are slowed down together, to what one pair of them may do. */
  async #waitOfStranger({ address, pair, subject, isStrangers }: Keys): Promise<number> {
    if (!isStrangers || this.#known.has(pair)) return 0;
    const isSpraying = (await this.#namesOf.waitMs(address, NAMES * this.#perMinute)) > 0;
    const ofAddress = isSpraying ? await this.#lately.waitMs(`from ${address}`, this.#perMinute) : 0;
    const isAttacked = (await this.#ofAccount.waitMs(subject, ACCOUNT_FAILURES * this.#perMinute)) > 0;
    const ofAccount = isAttacked ? await this.#lately.waitMs(`of ${subject}`, this.#perMinute) : 0;
    return Math.max(ofAddress, ofAccount);
  }

  async #countWrong({ address, pair, subject, isStrangers }: Keys): Promise<void> {
    await this.#byPair.add(pair);
    if (!isStrangers) return;
    if ((await this.#named.add(pair)) === 1) await this.#namesOf.add(address);
    await this.#ofAccount.add(subject);
    await this.#lately.add(`from ${address}`);
    await this.#lately.add(`of ${subject}`);
  }
}

interface Keys {
  readonly address: string;
  readonly pair: string;
  readonly subject: string;
  /** It counts for the address as a whole, and for the account as a whole. */
  readonly isStrangers: boolean;
}

const tooManyAttempts = (waitMs: number): HttpError =>
  new HttpError('too_many_attempts', { headers: { 'Retry-After': String(Math.max(1, Math.ceil(waitMs / 1_000))) } });

const busy = (): HttpError => new HttpError('busy', { headers: { 'Retry-After': String(BUSY_SECONDS) } });
