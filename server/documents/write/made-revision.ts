/** Revisions with how they came about: whoever makes one says it, and the history keeps it. */
import { type ChildOptions, childRevision } from '../../store/revisions.ts';
import type { StoredRevision } from '../../store/store.ts';

/**
 * - `device`: a tablet pushed it. `online`: a client of the REST API wrote it.
 * - `server`: it was imported, or the server made it for an account or a clinic.
 * - `merge`: two concurrent changes as one. `merged_side`: the end of the branch that was merged in.
 * - `follow_patient`: the document went where its patient went.
 * - `withdrawal`: the same content again, so that its author is told that it is out of their sight.
 * - `rules_change`: the same content again, so that devices take in what the rules show of it now.
 * - `clinic_kept`: a clinic that was deleted while a patient came into its care is there again.
 * - `erasure`: the patient was erased.
 */
export const ORIGINS = [
  'device',
  'online',
  'server',
  'merge',
  'merged_side',
  'follow_patient',
  'withdrawal',
  'rules_change',
  'clinic_kept',
  'erasure',
] as const;
export type Origin = (typeof ORIGINS)[number];

/** Origins of revisions that the server makes by itself. */
export type ServerOrigin = Exclude<Origin, 'device' | 'online'>;

/** What a revision's id is made of beside content and parent. Stores hold ids that were made of these words: they stay. */
const PURPOSES: Readonly<Record<ServerOrigin, string>> = {
  server: 'trusted',
  merge: 'merge',
  merged_side: 'merged',
  follow_patient: 'route',
  withdrawal: 'withdraw',
  rules_change: 'rules',
  clinic_kept: 'clinic kept',
  erasure: 'erased',
};

export interface Made {
  readonly origin: Origin;
  /** Of a merge: the ends of the branches that were merged into its parent. */
  readonly mergedFrom?: readonly string[];
}

export type MadeRevision = StoredRevision & { readonly made: Made };

export interface MadeOptions extends Pick<ChildOptions, 'deleted'> {
  readonly mergedFrom?: readonly string[];
  /** Of a change of the rules: which rules. */
  readonly epoch?: string;
}

/** The revision that the server puts on top of `parent`, or the first one of a document. */
export function madeByServer(
  origin: ServerOrigin,
  parent: StoredRevision | undefined,
  { id, body }: Pick<StoredRevision, 'id' | 'body'>,
  { deleted = false, mergedFrom, epoch }: MadeOptions = {},
): MadeRevision {
  const purpose = epoch === undefined ? PURPOSES[origin] : `${PURPOSES[origin]} ${epoch}`;
  return {
    ...childRevision(parent, id, body, { deleted, purpose }),
    made: { origin, ...(mergedFrom && { mergedFrom }) },
  };
}

/**
 * How a revision came about that a stopped server wrote without saying so: the id of one that the server makes holds its
 * purpose, so that it can be told with certainty. Undefined for what a device or an online client wrote. `epoch`: of the rules.
 */
export function recognised(revision: StoredRevision, epoch?: string): Made | undefined {
  const { id, rev, ancestry, deleted, body } = revision;
  const parentRev = ancestry[1];
  // Of the parent only the id counts here.
  const parent = parentRev === undefined ? undefined : { id, rev: parentRev, ancestry: [parentRev], deleted, body };
  const origin = (Object.keys(PURPOSES) as ServerOrigin[]).find((one) => {
    const options = { deleted, ...(one === 'rules_change' && epoch !== undefined && { epoch }) };
    return madeByServer(one, parent, { id, body }, options).rev === rev;
  });
  return origin && { origin };
}
