/** Randomness that can be repeated: a seed is printed, and taken from TEST_SEED where it is set. */
import { randomInt } from 'node:crypto';

export interface Random {
  readonly seed: number;
  /** At least 0, less than 1. */
  next(): number;
  /** A whole number from `min` to `max`. */
  between(min: number, max: number): number;
  pick<T>(list: readonly T[]): T;
}

/** A number that a run prints, so that it can be repeated. */
export const newSeed = (): number => randomInt(2 ** 31);

export function createRandom(purpose: string): Random {
  const seed = Number(process.env.TEST_SEED ?? newSeed());
  process.stdout.write(`${purpose}: TEST_SEED=${seed}\n`);
  return randomOf(seed);
}

/** Mulberry32: small and fast, and good enough to choose moments and operations. */
export function randomOf(seed: number): Random {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  return { seed, next, between, pick: (list) => list[between(0, list.length - 1)] as (typeof list)[number] };
}
