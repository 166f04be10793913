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

type Document = Pick<StoredRevision, 'id' | 'body'>;

/** Of those that the server makes on top of a leaf. More than one is tried only where somebody has the key. */
const MAX_NAMES = 100;

/**
 * Makes the revisions of documents that the server names, with a key that the servers of a store share. `beside`: the leaves of the
 * document, `parent` among them. A name that they know is the one of something else: the next is taken, else the revision
 * would be taken for one that is stored already, and be lost.
 */
export class RevisionMaker {
  readonly #key: string;

  constructor(key: string) {
    this.#key = key;
  }

  /** What an online client wrote. */
  edit(
    parent: StoredRevision | undefined,
    { id, body }: Document,
    deleted: boolean,
    beside: readonly StoredRevision[],
  ): StoredRevision {
    return firstFree(beside, (next) => childRevision(parent, id, body, { deleted, purpose: next, key: this.#key }));
  }

  /** The revision that the server puts on top of `parent`, or the first one of a document. */
  made(
    origin: ServerOrigin,
    parent: StoredRevision | undefined,
    document: Document,
    beside: readonly StoredRevision[],
    options: MadeOptions = {},
  ): MadeRevision {
    const { mergedFrom } = options;
    return {
      ...firstFree(beside, (next) => revisionOf(origin, parent, document, { ...options, next }, this.#key)),
      made: { origin, ...(mergedFrom && { mergedFrom }) },
    };
  }

  /** Every name that the first revision of an imported document may have: version 0.1.0 made names without a key. */
  importedNames(document: Document): readonly string[] {
    return [this.#key, undefined].map((key) => revisionOf('server', undefined, document, {}, key).rev);
  }

  /**
   * How a revision came about that a stopped server wrote without saying so: the id of one that the server makes holds its
   * purpose, so that it can be told with certainty. Undefined for what a device or an online client wrote. `epoch`: of the rules.
   */
  recognised(revision: StoredRevision, epoch?: string): Made | undefined {
    const { id, rev, ancestry, deleted, body } = revision;
    const parentRev = ancestry[1];
    // Of the parent only the id counts here.
    const parent = parentRev === undefined ? undefined : { id, rev: parentRev, ancestry: [parentRev], deleted, body };
    const origin = (Object.keys(PURPOSES) as ServerOrigin[]).find((one) => {
      const options = { deleted, ...(one === 'rules_change' && epoch !== undefined && { epoch }) };
      const isIts = (next: string, key: string | undefined) =>
        revisionOf(one, parent, { id, body }, { ...options, next }, key).rev === rev;
      return isIts(nextName(0), this.#key) || isIts(nextName(1), this.#key) || isIts(nextName(0), undefined);
    });
    return origin && { origin };
  }
}

function revisionOf(
  origin: ServerOrigin,
  parent: StoredRevision | undefined,
  { id, body }: Document,
  { deleted = false, epoch, next = nextName(0) }: MadeOptions & { readonly next?: string },
  key: string | undefined,
): StoredRevision {
  const purpose = (epoch === undefined ? PURPOSES[origin] : `${PURPOSES[origin]} ${epoch}`) + next;
  return childRevision(parent, id, body, { deleted, purpose, ...(key !== undefined && { key }) });
}

/** What stands behind the purpose: the same on every server. */
const nextName = (tried: number): string => (tried === 0 ? '' : ` ${tried}`);

function firstFree(beside: readonly StoredRevision[], revision: (next: string) => StoredRevision): StoredRevision {
  for (let tried = 0; tried < MAX_NAMES; tried++) {
    const made = revision(nextName(tried));
    if (!beside.some(({ ancestry }) => ancestry.includes(made.rev))) return made;
  }
  throw new RangeError(`no name for a revision is free after ${MAX_NAMES} that are taken`);
}
