/** Three-way merge of two revisions against their common ancestor, field by field. */
import equal from 'fast-deep-equal';
import { winnerOf } from '../../store/revisions.ts';
import type { StoredRevision } from '../../store/store.ts';

type Body = Readonly<Record<string, unknown>>;

export interface Merge {
  readonly body: Body;
  /** Fields that both sides changed, differently: the winner's value was kept. */
  readonly dropped: readonly string[];
}

/**
 * Takes what only the loser changed; where both changed a field, and where the ancestor is unknown, the winner's stands.
 * `coupled`: fields that say something only together (a status, and who set it): if both sides touched any of them, all are
 * the winner's.
 */
export function mergeBodies(
  ancestor: Body | undefined,
  winner: Body,
  loser: Body,
  coupled: readonly string[] = [],
): Merge {
  const changed = (side: Body, field: string) => !ancestor || !equal(side[field], ancestor[field]);
  const clash = coupled.some((field) => changed(winner, field)) && coupled.some((field) => changed(loser, field));
  const body: Record<string, unknown> = { ...winner };
  const dropped: string[] = [];
  for (const field of new Set([...Object.keys(winner), ...Object.keys(loser)])) {
    if (equal(winner[field], loser[field]) || (ancestor && !changed(loser, field))) continue;
    if (!ancestor || changed(winner, field) || (clash && coupled.includes(field))) dropped.push(field);
    else if (field in loser) body[field] = loser[field];
    else delete body[field];
  }
  return { body, dropped };
}

/** The live sides of a document as one. */
export interface MergedSides {
  readonly winner: StoredRevision;
  readonly body: Body;
  readonly losers: readonly { readonly revision: StoredRevision; readonly dropped: readonly string[] }[];
}

/** `readBody`: of revisions that are no longer leaves. Undefined where no side is live. */
export async function mergeSides(
  leaves: readonly StoredRevision[],
  readBody: (id: string, rev: string) => Promise<Body | undefined>,
  coupled: readonly string[] = [],
): Promise<MergedSides | undefined> {
  const live = leaves.filter((leaf) => !leaf.deleted);
  const winner = winnerOf(live);
  if (!winner) return undefined;
  let body = winner.body;
  const losers: { revision: StoredRevision; dropped: readonly string[] }[] = [];
  for (const revision of live.filter((leaf) => leaf !== winner)) {
    const shared = revision.ancestry.find((rev) => winner.ancestry.includes(rev));
    const ancestor = shared === undefined ? undefined : await readBody(winner.id, shared);
    const merge = mergeBodies(ancestor, body, revision.body, coupled);
    body = merge.body;
    losers.push({ revision, dropped: merge.dropped });
  }
  return { winner, body, losers };
}
