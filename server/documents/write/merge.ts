/** Three-way merge of two revisions against their common ancestor, field by field. */
import equal from 'fast-deep-equal';

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
