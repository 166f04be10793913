/** How a document in a role database differs from what the rules make of it. Pure; names fields, never what is in them. */
import equal from 'fast-deep-equal';
import { winnerOf } from '../../store/revisions.ts';
import type { StoredRevision } from '../../store/store.ts';

/**
 * `missing`: it belongs there and is not shown. `extra`: nothing of it belongs there, and it is shown. `not_removed`: it should be
 * a deletion by now, and is shown. `body`: the same revision looks different. `revisions`: other revisions than there should be.
 */
export const DIFFERENCE_KINDS = ['missing', 'extra', 'not_removed', 'body', 'revisions'] as const;
export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number];

export interface DocumentDifference {
  readonly documentId: string;
  readonly kind: DifferenceKind;
  /** Names of the fields that differ, of `body`. */
  readonly fields?: readonly string[];
  /** The revision that devices should be shown. */
  readonly expectedRev?: string;
  /** The one that they are shown. */
  readonly shownRev?: string;
}

/** What one role database should hold of one document. */
export interface ExpectedDocument {
  readonly visible: readonly StoredRevision[];
  /** Deletions, due where anything of the document is held. */
  readonly gone: readonly StoredRevision[];
}

export const NOTHING_EXPECTED: ExpectedDocument = { visible: [], gone: [] };

export function differenceOf(
  documentId: string,
  expected: ExpectedDocument,
  held: readonly StoredRevision[],
): DocumentDifference | undefined {
  const wanted = liveWinner(expected.visible);
  const shown = liveWinner(held);
  const due = [...expected.visible, ...expected.gone];
  const found = wanted ? ofShown(due, held, shown) : ofHidden(due, held, shown);
  return (
    found && {
      documentId,
      ...found,
      ...(wanted && { expectedRev: wanted.rev }),
      ...(shown && { shownRev: shown.rev }),
    }
  );
}

type Found = Pick<DocumentDifference, 'kind' | 'fields'> | undefined;

function ofShown(due: readonly StoredRevision[], held: readonly StoredRevision[], shown?: StoredRevision): Found {
  if (!shown) return { kind: 'missing' };
  const found = ofRevisions(due, held);
  if (found) return found;
  // A deletion that only this database has is how a refused creation was answered.
  const isStray = held.some(({ rev, deleted }) => !deleted && !due.some((leaf) => leaf.rev === rev));
  return isStray ? { kind: 'revisions' } : undefined;
}

function ofHidden(due: readonly StoredRevision[], held: readonly StoredRevision[], shown?: StoredRevision): Found {
  if (shown) return { kind: due.length > 0 ? 'not_removed' : 'extra' };
  const told = held.flatMap(({ body }) => Object.keys(body));
  if (told.length > 0) return { kind: 'body', fields: [...new Set(told)].sort() };
  return held.length > 0 ? ofRevisions(due, held) : undefined;
}

function ofRevisions(due: readonly StoredRevision[], held: readonly StoredRevision[]): Found {
  const byRev = new Map(held.map((leaf) => [leaf.rev, leaf]));
  const fields = new Set<string>();
  for (const leaf of due) {
    const there = byRev.get(leaf.rev);
    if (!there || there.deleted !== leaf.deleted) return { kind: 'revisions' };
    for (const field of differingFields(leaf.body, there.body)) fields.add(field);
  }
  return fields.size > 0 ? { kind: 'body', fields: [...fields].sort() } : undefined;
}

type Body = StoredRevision['body'];

const differingFields = (a: Body, b: Body): string[] =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((field) => !equal(a[field], b[field]));

function liveWinner(leaves: readonly StoredRevision[]): StoredRevision | undefined {
  const winner = winnerOf(leaves);
  return winner && !winner.deleted ? winner : undefined;
}
