/** What the routes of held writes answer, made from what is held. */
import type { Principal } from '../../../sync-rules/principal.ts';
import {
  authorOf,
  cursorAfter,
  type HeldDecision,
  type HeldSummary,
  type HeldWrite,
} from '../../documents/held-writes.ts';
import { type Body, compareSides, type FieldComparison } from './held-change.ts';
import { type FormField, formOf } from './held-write-form.ts';
import type { Reviewed } from './held-write-review.ts';

/** By user id, of those who are in the staff directory. */
export type Names = ReadonlyMap<string, string>;

interface ByName {
  /** Of the person that `by` or `updatedBy` names. */
  readonly byName?: string;
}

/** One row of a list. */
export interface HeldWriteItem extends Omit<HeldSummary, 'decision'> {
  /** Of the author. */
  readonly userName?: string;
  readonly decision?: Omit<HeldDecision, 'note'> & ByName;
}

export interface DocumentVersion extends ByName {
  readonly rev: string;
  readonly deleted: boolean;
  readonly body: Body;
}

export interface HeldWriteDetail extends HeldWrite {
  readonly id: string;
  readonly userId?: string;
  readonly userName?: string;
  readonly by: Principal | null;
  /** What it grew from, as far as that is known. */
  readonly base?: DocumentVersion;
  readonly stored?: DocumentVersion;
  readonly comparison: readonly FieldComparison[];
  /** Empty for a deletion. */
  readonly form: readonly FormField[];
  /** Where a list goes on after it. */
  readonly cursor: string;
  readonly decision?: HeldDecision & ByName;
}

export interface ResultOfMany {
  readonly items: readonly { readonly id: string; readonly result: 'rejected' | 'decided_before' | 'not_found' }[];
}

export const namedIn = (summaries: readonly Pick<HeldSummary, 'userId' | 'decision'>[]): (string | undefined)[] =>
  summaries.flatMap(({ userId, decision }) => [userId, decision?.by]);

export function itemOf({ decision, ...summary }: HeldSummary, names: Names): HeldWriteItem {
  return {
    ...summary,
    ...authorName(summary.userId, names),
    ...(decision && { decision: { ...decision, ...reviewerName(decision, names) } }),
  };
}

export const namedInDetail = ({ entry: { write, decision }, sides }: Reviewed): (string | undefined)[] => [
  authorOf(write),
  decision?.by,
  changerOf(sides.winner?.body),
];

export function detailOf({ entry, sides }: Reviewed, names: Names): HeldWriteDetail {
  const { id, write, decision } = entry;
  const { base, baseRev, winner, stored } = sides;
  const userId = authorOf(write);
  return {
    id,
    ...write,
    ...(userId !== undefined && { userId }),
    ...authorName(userId, names),
    ...(base && baseRev !== undefined && { base: { rev: baseRev, deleted: false, body: base } }),
    ...(winner && {
      stored: { rev: winner.rev, deleted: winner.deleted, body: winner.body, ...changerName(winner.body, names) },
    }),
    comparison: compareSides(sides),
    form: write.deleted ? [] : formOf(write.documentId, !base && !stored),
    cursor: cursorAfter(entry),
    ...(decision && { decision: { ...decision, ...reviewerName(decision, names) } }),
  };
}

const changerOf = (body: Body | undefined): string | undefined =>
  typeof body?.updatedBy === 'string' ? body.updatedBy : undefined;

function changerName(body: Body, names: Names): ByName {
  const byName = names.get(changerOf(body) ?? '');
  return byName === undefined ? {} : { byName };
}

function authorName(userId: string | undefined, names: Names) {
  const userName = userId === undefined ? undefined : names.get(userId);
  return userName === undefined ? {} : { userName };
}

function reviewerName({ by }: Pick<HeldDecision, 'by'>, names: Names): ByName {
  const byName = names.get(by);
  return byName === undefined ? {} : { byName };
}
