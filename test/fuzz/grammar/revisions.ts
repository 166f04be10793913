/** Names of revisions, and pasts: those that there are, those that could be, and what is none. */
import type { StoredRevision } from '../../../server/store/store.ts';
import { happens } from '../../property/seeded-random.ts';
import type { Random } from '../../support/random.ts';
import { newHash, type Scene } from './scene.ts';
import { anyJson, anyText, quoted } from './texts.ts';

const hashOf = (rev: string): string => rev.slice(rev.indexOf('-') + 1);
const generationOf = (rev: string): number => Number.parseInt(rev, 10);

const ODD_GENERATIONS = [
  '0',
  '-1',
  '01',
  '1.5',
  '1e3',
  '99999',
  '100000',
  '100001',
  '999999999',
  '999999999999999',
  '9007199254740993',
  '9'.repeat(40),
  '',
] as const;
const ODD_HASHES = [
  '',
  '-',
  'x',
  'a b',
  'a/b',
  'a"b',
  '..',
  '\u{1f600}',
  '\u0000',
  '__proto__',
  'x'.repeat(64),
  'x'.repeat(65),
];

function oddRevision(random: Random): string {
  const generation = happens(random, 50) ? random.pick(ODD_GENERATIONS) : String(random.between(1, 9));
  const hash = happens(random, 50) ? random.pick(ODD_HASHES) : newHash(random);
  return happens(random, 15) ? anyText(random) : `${generation}-${hash}`;
}

/** The name of a revision, mostly one of the document. */
export function anyRevision({ random }: Scene, leaves: readonly StoredRevision[]): string {
  const known = leaves.flatMap(({ ancestry }) => ancestry);
  if (known.length > 0 && happens(random, 60)) return random.pick(known);
  if (happens(random, 40)) return `${random.between(1, 6)}-${newHash(random)}`;
  return oddRevision(random);
}

/** A revision with its past, as `_rev` and `_revisions` in JSON text. */
export interface Past {
  readonly rev: string;
  readonly revisions?: string;
}

/** As an honest client grows it from a leaf; from nothing where there is none. */
export function honestPast(random: Random, leaf: StoredRevision | undefined): Past {
  const hash = newHash(random);
  const before = (leaf?.ancestry ?? []).map(hashOf);
  const start = generationOf(leaf?.rev ?? '0') + 1;
  return { rev: quoted(`${start}-${hash}`), revisions: quoted({ start, ids: [hash, ...before] }) };
}

/** From an ancestor, from one that was made up, over a gap, or with a past that leads elsewhere. */
function inventedPast(random: Random, leaf: StoredRevision | undefined): Past {
  const ancestry = leaf?.ancestry ?? [];
  const from = ancestry.slice(random.between(0, ancestry.length));
  const made = Array.from({ length: random.pick([0, 0, 1, 3, 40, 400]) }, () => newHash(random));
  const hash = newHash(random);
  const ids = [hash, ...made, ...from.map(hashOf)];
  const start = generationOf(from[0] ?? '0') + made.length + 1 + random.pick([0, 0, 0, 1, 50, 1_000]);
  return { rev: quoted(`${start}-${hash}`), revisions: quoted({ start, ids }) };
}

const ODD_STARTS = ['0', '-1', '1.5', '"1"', 'null', '1e999', '99999', '100001', '999999999999999', '9007199254740993'];

/** What the two members say does not fit, or is nothing. */
function oddPast(random: Random): Past {
  const hash = newHash(random);
  const list = random.pick<readonly string[]>([
    [],
    [hash, hash],
    [hash, newHash(random), hash],
    [...Array.from({ length: 3 }, () => newHash(random)), random.pick(ODD_HASHES)],
    Array.from({ length: random.pick([999, 1_000, 1_001, 2_000]) }, (_, n) => (n === 0 ? hash : `h${n}`)),
  ]);
  const ids = happens(random, 20) ? anyJson(random) : quoted(list);
  const start = happens(random, 40) ? random.pick(ODD_STARTS) : String(list.length + random.pick([0, 0, 0, 1, -1]));
  const revisions = happens(random, 15) ? anyJson(random) : `{"start":${start},"ids":${ids}}`;
  const isNamed = happens(random, 60);
  const rev = isNamed
    ? quoted(`${start}-${hash}`)
    : happens(random, 30)
      ? anyJson(random)
      : quoted(oddRevision(random));
  return { rev, revisions };
}

export function anyPast(random: Random, leaf: StoredRevision | undefined): Past {
  const kind = random.between(0, 99);
  if (kind < 50) return honestPast(random, leaf);
  if (kind < 75) return inventedPast(random, leaf);
  if (kind < 80) return { rev: quoted(`${generationOf(leaf?.rev ?? '0') + 1}-${newHash(random)}`) };
  return oddPast(random);
}

/** What an edit says that it changes. */
export function anyBase({ random, ...scene }: Scene, leaves: readonly StoredRevision[]): string | undefined {
  const [winner] = leaves;
  if (happens(random, 60)) return winner && quoted(winner.rev);
  if (happens(random, 15)) return undefined;
  return happens(random, 15) ? anyJson(random) : quoted(anyRevision({ random, ...scene }, leaves));
}
