/** Finds what a held write grew from, and what is stored now. */
import { isReferenceType } from '../../../shared-schemas/document-types.ts';
import { parseId } from '../../../shared-schemas/ids.ts';
import type { Principal } from '../../../sync-rules/principal.ts';
import { databasesOfPrincipal } from '../../../sync-rules/role-database.ts';
import type { SyncRules } from '../../../sync-rules/sync-rules.ts';
import type { HeldWrite, HeldWrites } from '../../documents/held-writes.ts';
import { asDocument, type ReadBody, storedBody } from '../../documents/write/document-policy.ts';
import { winnerOf } from '../../store/revisions.ts';
import type { Database, StoredRevision } from '../../store/store.ts';
import type { Sides } from './held-change.ts';

export interface HeldSidesOptions {
  readonly primary: Pick<Database, 'leaves'>;
  readonly held: Pick<HeldWrites, 'ofRevision'>;
  readonly rules: Pick<SyncRules, 'fillHiddenFields'>;
  readonly readBody: ReadBody;
}

export interface FoundSides extends Sides {
  /** The revision of `base`. */
  readonly baseRev: string | undefined;
  /** The present winner, also where it is a deletion. */
  readonly winner: StoredRevision | undefined;
}

/** An author whose edits are refused goes on from them: so many in a row are looked through. */
const MAX_REFUSED = 100;

export class HeldSides {
  readonly #options: HeldSidesOptions;

  constructor(options: HeldSidesOptions) {
    this.#options = options;
  }

  async find(write: HeldWrite): Promise<FoundSides> {
    const { documentId } = write;
    const leaves = (await this.#options.primary.leaves([documentId])).get(documentId) ?? [];
    const winner = winnerOf(leaves);
    const base = await this.#base(write, leaves, winner);
    const stored = winner && !winner.deleted ? winner.body : undefined;
    const held = write.deleted ? undefined : this.#whole(write, base?.body ?? winner?.body);
    return { documentId, base: base?.body, baseRev: base?.rev, held, stored, winner };
  }

  async #base(write: HeldWrite, leaves: readonly StoredRevision[], winner: StoredRevision | undefined) {
    const { documentId, by } = write;
    // The side that a merge dropped is in the revision tree: where it parted from what won is what both changed.
    const branch = leaves.find(({ ancestry }) => ancestry.includes(write.rev))?.ancestry;
    const parted = branch?.slice(branch.indexOf(write.rev) + 1).find((rev) => winner?.ancestry.includes(rev));
    let rev = parted ?? write.parent;
    for (let refused = 0; rev !== null && refused < MAX_REFUSED; refused++) {
      const body = await this.#options.readBody(documentId, rev);
      if (body) return { rev, body };
      rev = (by && (await this.#options.held.ofRevision(documentId, rev, by.userId))?.write.parent) ?? null;
    }
    return undefined;
  }

  /** What the author can't see, the author can't have removed. */
  #whole({ documentId, body, by }: HeldWrite, parent: Sides['base']): Sides['held'] {
    if (!by || !parent) return body;
    const document = asDocument(documentId, body);
    const before = asDocument(documentId, parent);
    return storedBody(this.#options.rules.fillHiddenFields(by, document, before, seenIn(by, documentId)));
  }
}

/** A device reads patients' documents in its own role database, everything else in the one for all. */
function seenIn(by: Principal, documentId: string) {
  const type = parseId(documentId)?.type;
  const isReference = type !== undefined && isReferenceType(type);
  return databasesOfPrincipal(by).find(({ role }) => (role === 'reference') === isReference);
}
