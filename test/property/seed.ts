/** Random, but repeatable: a failing run is run again with PROPERTY_SEED=<the number it printed>. */
import { randomInt } from 'node:crypto';

const given = process.env.PROPERTY_SEED;

export const PROPERTY_SEED = given ? Number(given) : randomInt(2 ** 31);

/** How many runs a property gets; PROPERTY_SCALE multiplies it, for a long search. */
export const runs = (usual: number): number => Math.ceil(usual * Number(process.env.PROPERTY_SCALE ?? '1'));

export function say(sentence: string): void {
  process.stdout.write(`${sentence} (PROPERTY_SEED=${PROPERTY_SEED})\n`);
}
