/**
 * Who asks for much gives way to who asks for little: beside others, each group has its share of the time of the one thread that
 * serves all, and rests where it has used more. Alone, nobody rests. Kept in memory: each server has a thread of its own.
 */
import { setImmediate, setTimeout } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';

export interface PaceOptions {
  /** Milliseconds of work that a group may do at once. */
  readonly burstMs: number;
  /** Of the time that passes, the share that a group may work. */
  readonly share: number;
  /** Others count as there for so many milliseconds after they last asked for something. */
  readonly thereForMs: number;
  readonly longestRestMs: number;
}

interface Account {
  /** Milliseconds of work that may still be done; negative where more was. */
  leftMs: number;
  sinceMs: number;
}

/** What lasted longer waited for a disk or a client. */
const LONGEST_PIECE_MS = 25;
const MAX_GROUPS = 10_000;

export class Pace {
  readonly #options: PaceOptions;
  readonly #accounts = new LRUCache<string, Account>({ max: MAX_GROUPS });
  /** Who asked last, and when anyone else did. */
  #last = '';
  #lastMs = Number.NEGATIVE_INFINITY;
  #otherMs = Number.NEGATIVE_INFINITY;

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  /** A request of the group has come. */
  came(group: string): void {
    const nowMs = performance.now();
    if (group !== this.#last) {
      this.#otherMs = this.#lastMs;
      this.#last = group;
    }
    this.#lastMs = nowMs;
  }

  /** A piece of work took so long. */
  worked(group: string, ms: number): void {
    this.charge(group, Math.min(ms, LONGEST_PIECE_MS));
  }

  /** Work that is known beforehand. */
  charge(group: string, ms: number): void {
    this.#accountOf(group).leftMs -= ms;
  }

  /** To be called between two pieces of work. Answers whether the group has used more than its share while others are there. */
  async giveWay(group: string): Promise<boolean> {
    const { leftMs } = this.#accountOf(group);
    const isTooMuch = leftMs < 0 && this.#areOthersThere(group);
    if (!isTooMuch) await setImmediate();
    else await setTimeout(Math.min(-leftMs / this.#options.share, this.#options.longestRestMs));
    return isTooMuch;
  }

  #areOthersThere(group: string): boolean {
    const otherMs = group === this.#last ? this.#otherMs : this.#lastMs;
    return performance.now() - otherMs < this.#options.thereForMs;
  }

  #accountOf(group: string): Account {
    const { burstMs, share } = this.#options;
    const nowMs = performance.now();
    const account = this.#accounts.get(group) ?? { leftMs: burstMs, sinceMs: nowMs };
    account.leftMs = Math.min(burstMs, account.leftMs + (nowMs - account.sinceMs) * share);
    account.sinceMs = nowMs;
    this.#accounts.set(group, account);
    return account;
  }
}
