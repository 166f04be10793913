/**
 * An edit at a revision that was read is made once, on however many servers it is asked for at the same moment: whoever takes the
 * claim of the document makes it. Revisions that devices push need no claim: they make a conflict, and merging makes them right.
 */
import type { Claim, Claims } from '../../store/exclusion.ts';
import type { StoredRevision } from '../../store/store.ts';
import type { Change, Commit } from './commit.ts';

/** Others were faster as often as this: there is more going on with the document than one edit can wait for. */
const MAX_ATTEMPTS = 8;

export interface ClaimedCommitOptions {
  readonly claims: Pick<Claims, 'last' | 'read' | 'take' | 'clear'>;
  readonly commit: Commit;
  /** Writes what another server claimed and may not have written; doing it again changes nothing. */
  readonly finish: (revisions: readonly StoredRevision[]) => Promise<void>;
}

/** What is to be committed, as judged by documents that were read just now, and what to answer then. */
export interface Prepared<T> {
  readonly change: Change;
  readonly result: T;
}

/**
 * `prepare` is called again as often as another server takes a claim of one of the documents in between. Answers undefined where
 * that never ended. The caller holds the locks of the documents. Several documents are claimed one after the other: where one
 * of them is lost, those before it are given back, and a server that dies in between may leave them to be written alone.
 */
export async function commitClaimed<T>(
  { claims, commit, finish }: ClaimedCommitOptions,
  documentIds: readonly string[],
  prepare: () => Promise<Prepared<T>>,
): Promise<T | undefined> {
  let last = remembered(claims, documentIds);
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const unfinished = [...last.values()].filter(({ revisions }) => revisions.length > 0);
    for (const { revisions } of unfinished) await finish(revisions);
    const { change, result } = await prepare();
    const taken = await takeAll(claims, last, change.accepted);
    if (taken) {
      await commit(change);
      const superseded = new Set(taken.map(({ documentId }) => documentId));
      for (const claim of [...unfinished.filter(({ documentId }) => !superseded.has(documentId)), ...taken])
        claims.clear(claim);
      return result;
    }
    last = await claims.read(documentIds);
  }
  return undefined;
}

function remembered(claims: Pick<Claims, 'last'>, documentIds: readonly string[]): ReadonlyMap<string, Claim> {
  const known = documentIds.map((id) => claims.last(id)).filter((claim) => claim !== undefined);
  return new Map(known.map((claim) => [claim.documentId, claim]));
}

/** The claims of all documents that are to be written, or undefined where one of them was lost. */
async function takeAll(
  claims: Pick<Claims, 'take' | 'clear'>,
  last: ReadonlyMap<string, Claim>,
  accepted: readonly StoredRevision[],
): Promise<readonly Claim[] | undefined> {
  const taken: Claim[] = [];
  for (const documentId of [...new Set(accepted.map(({ id }) => id))].sort()) {
    const own = accepted.filter(({ id }) => id === documentId);
    const claim = await claims.take(documentId, last.get(documentId), own);
    if (!claim) {
      for (const one of taken) claims.clear(one);
      return undefined;
    }
    taken.push(claim);
  }
  return taken;
}
