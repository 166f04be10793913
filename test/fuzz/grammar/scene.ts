/** What an input is made of: randomness of its own, and who and what is there. */
import type { StoredRevision } from '../../../server/store/store.ts';
import { parseId } from '../../../shared-schemas/ids.ts';
import type { Random } from '../../support/random.ts';
import type { Lane, Slot } from '../lane.ts';
import type { Person } from '../person.ts';

export interface Scene {
  readonly random: Random;
  /** Of the input: what it makes is named by it. */
  readonly index: number;
  readonly lane: Lane;
  readonly person: Person;
}

const ULID_LETTERS = '0123456789abcdefghjkmnpqrstvwxyz';

/** Of the input's own randomness, so that an input that is made again has the same ids. */
export const newUlidOf = (random: Random): string =>
  `0${Array.from({ length: 25 }, () => ULID_LETTERS[random.between(0, 31)]).join('')}`;

export const newHash = (random: Random): string =>
  Array.from({ length: 8 }, () => random.between(0, 65_535).toString(16).padStart(4, '0')).join('');

/** An administrator may do everything: secrets would be gone after it. */
const slotsOf = ({ lane, person }: Scene): readonly Slot[] =>
  person.name === 'admin' ? lane.slots.filter(({ isGuarded }) => !isGuarded) : lane.slots;

export const anySlot = (scene: Scene): Slot => scene.random.pick(slotsOf(scene));

export const anyPatientId = (scene: Scene): string =>
  scene.random.pick([...new Set(slotsOf(scene).flatMap(({ id }) => parseId(id)?.patientId ?? []))]);

/** A leaf of the document, the winner as often as not. */
export function anyLeaf({ random, lane }: Scene, id: string): StoredRevision | undefined {
  const leaves = lane.leavesOf(id);
  return leaves.length === 0 ? undefined : random.next() < 0.7 ? leaves[0] : random.pick(leaves);
}
