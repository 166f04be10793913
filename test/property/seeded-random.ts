/** Random numbers that a seed repeats, for histories in which each step depends on what came of the one before. */
import { createHash } from 'node:crypto';
import type { Random } from '../support/random.ts';

export function seededRandom(seed: number): Random {
  let drawn = 0;
  const next = () => createHash('sha256').update(`${seed} ${drawn++}`).digest().readUInt32BE() / 2 ** 32;
  const between = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  return { seed, next, between, pick: (list) => list[between(0, list.length - 1)] as (typeof list)[number] };
}

/** Whether something happens that does in so many of a hundred cases. */
export const happens = (random: Random, percent: number): boolean => random.next() * 100 < percent;

/** As many of the list as there are at most, each once, in random order. */
export function some<T>(random: Random, list: readonly T[], count: number): T[] {
  const left = [...list];
  return Array.from({ length: Math.min(count, left.length) }, () => {
    const [chosen] = left.splice(random.between(0, left.length - 1), 1);
    return chosen as T;
  });
}
