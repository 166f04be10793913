/** Three-way merge of two revisions against their common ancestor, field by field. */
import equal from 'fast-deep-equal';

type Body = Readonly<Record<string, unknown>>;

export interface Merge {
  readonly body: Body;
  /** Fields that both sides changed, differently: the winner's value was kept. */
  readonly dropped: readonly string[];
}

/** Takes what only the loser changed; where both changed a field, and where the ancestor is unknown, the winner's stands. */
export function mergeBodies(ancestor: Body | undefined, winner: Body, loser: Body): Merge {
  const body: Record<string, unknown> = { ...winner };
  const dropped: string[] = [];
  for (const field of new Set([...Object.keys(winner), ...Object.keys(loser)])) {
    if (equal(winner[field], loser[field]) || (ancestor && equal(loser[field], ancestor[field]))) continue;
    if (ancestor && equal(winner[field], ancestor[field])) {
      if (field in loser) body[field] = loser[field];
      else delete body[field];
    } else {
      dropped.push(field);
    }
  }
  return { body, dropped };
}
