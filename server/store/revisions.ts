/** Revisions that the server writes itself. */
import { createHash, createHmac } from 'node:crypto';
import { compareWinner, generationOf, type StoredRevision } from './store.ts';

/** CouchDB keeps this many ancestors by default, and so do the stores. */
const MAX_ANCESTRY = 1_000;

export interface ChildOptions {
  readonly deleted?: boolean;
  /** Tells apart revisions of equal content that are written for different reasons. */
  readonly purpose?: string;
  /** With it nobody who lacks it can foretell the id, nor try out what the revision holds. */
  readonly key?: string;
}

/**
 * The revision that follows `parent`, or the first one. Its id depends on content, parent and purpose only, so that two
 * servers, or one before and after a crash, write the same revision and not two.
 */
export function childRevision(
  parent: StoredRevision | undefined,
  id: string,
  body: Readonly<Record<string, unknown>>,
  { deleted = false, purpose = '', key }: ChildOptions = {},
): StoredRevision {
  const text = JSON.stringify([purpose, deleted, id, parent?.rev ?? '', sorted(body)]);
  const digest = key === undefined ? createHash('md5') : createHmac('sha256', key);
  // CouchDB keeps names of this length in half the space.
  const hash = digest.update(text).digest('hex').slice(0, 32);
  const rev = `${(parent ? generationOf(parent.rev) : 0) + 1}-${hash}`;
  return { id, rev, ancestry: [rev, ...(parent?.ancestry ?? [])].slice(0, MAX_ANCESTRY), deleted, body };
}

/** Objects with their keys in order, so that equal content has equal text. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return entries.map(([key, inner]) => [key, sorted(inner)]);
}

/** The leaf that is the document, as CouchDB picks it. */
export const winnerOf = (leaves: readonly StoredRevision[]): StoredRevision | undefined =>
  leaves.length > 1 ? [...leaves].sort(compareWinner)[0] : leaves[0];

/** Leaves after `incoming` joined them: it replaces the leaf it descends from. A revision that is known changes nothing. */
export function withLeaf(leaves: readonly StoredRevision[], incoming: StoredRevision): readonly StoredRevision[] {
  if (leaves.some((leaf) => leaf.ancestry.includes(incoming.rev))) return leaves;
  const others = leaves.filter((leaf) => !incoming.ancestry.includes(leaf.rev));
  return [...others, incoming].sort(compareWinner);
}

/**
 * Where `incoming` joins what is known: the place of its newest ancestor that a leaf has too, and the past of that leaf from there
 * on. Each revision has one generation, so there is one place in a past where it can be: looking costs little, however
 * many leaves there are, and however long a past a client makes up.
 */
function junction(leaves: readonly StoredRevision[], { rev, ancestry }: StoredRevision) {
  const lines = leaves.map((leaf) => ({ generation: generationOf(leaf.rev), ancestry: leaf.ancestry }));
  const own = generationOf(rev);
  for (let at = 1; at < ancestry.length; at++) {
    for (const line of lines) {
      const there = line.generation - (own - at);
      if (line.ancestry[there] === ancestry[at]) return { at, past: line.ancestry.slice(there) };
    }
  }
  return undefined;
}

/**
 * The revision with the ancestors that are known from there on where one of those that it names is: what a client says of the
 * rest is a claim, and might give a document two pasts.
 */
export function grounded<T extends StoredRevision>(incoming: T, leaves: readonly StoredRevision[]): T {
  const joins = junction(leaves, incoming);
  if (!joins) return incoming;
  return { ...incoming, ancestry: [...incoming.ancestry.slice(0, joins.at), ...joins.past].slice(0, MAX_ANCESTRY) };
}

/** The newest ancestor of `incoming`, itself aside, that is an ancestor of one of the leaves or a leaf. */
export const nearestAncestor = (leaves: readonly StoredRevision[], incoming: StoredRevision): string | undefined =>
  junction(leaves, incoming)?.past[0];

const nameOf = (rev: string): string => rev.slice(rev.indexOf('-') + 1);

/**
 * Whether a name of `incoming`, or of what it says came before it, stands for two generations, by itself or with what is known.
 * PouchDB looks for names without their generation: it would read a deletion as live that has the name of an ancestor.
 */
export function repeatsName({ ancestry }: StoredRevision, leaves: readonly StoredRevision[]): boolean {
  const generations = new Map(ancestry.map((rev) => [nameOf(rev), generationOf(rev)]));
  if (generations.size < ancestry.length) return true;
  return leaves.some((leaf) =>
    leaf.ancestry.some((rev) => (generations.get(nameOf(rev)) ?? generationOf(rev)) !== generationOf(rev)),
  );
}
