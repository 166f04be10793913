/** What is left of an erased document: a deletion that tells where it goes, and that it is not to come back. */
import { parseId } from '../../../shared-schemas/ids.ts';
import { winnerOf } from '../../store/revisions.ts';
import type { StoredRevision } from '../../store/store.ts';
import { asDocument, type Judged, storedBody, withFormerClinics } from './document-policy.ts';
import type { MadeRevision, RevisionMaker } from './made-revision.ts';

/** Who erased a document, and when: the same each time it is done, so that doing it again writes nothing new. */
export interface ErasureStamp {
  /** User id of the administrator. */
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
}

type Body = Readonly<Record<string, unknown>>;

export const isErasedLeaf = ({ deleted, body }: { readonly deleted: boolean; readonly body: Body }): boolean =>
  deleted && body.erased === true;

/** Whether the document was erased; a device may have put a deletion of its own beside it since. */
export const isErased = (leaves: readonly StoredRevision[] | undefined): boolean => (leaves ?? []).some(isErasedLeaf);

/**
 * A deletion for every leaf of a document, deleted ones as well: those keep who wrote them, who could bring them back. A
 * patient without a document gets one all the same: it says that this patient was erased.
 */
export function erasedRevisions(
  maker: RevisionMaker,
  id: string,
  leaves: readonly StoredRevision[],
  { by, at }: ErasureStamp,
): MadeRevision[] {
  const { type, patientId } = parseId(id) ?? {};
  const left = leaves.filter((leaf) => !isErasedLeaf(leaf));
  const parents = leaves.length === 0 && type === 'patient' ? [undefined] : left;
  if (parents.length === 0) return [];
  const clinicIds = winnerOf(leaves)?.body.clinicIds;
  const rest = { type, patientId, clinicIds: Array.isArray(clinicIds) ? clinicIds : [], updatedAt: at, updatedBy: by };
  const body = storedBody(withFormerClinics(asDocument(id, { ...rest, erased: true }), leaves));
  return parents.map((leaf) => maker.made('erasure', leaf, { id, body }, leaves, { deleted: true }));
}

/** A deletion that a device made of an erased document stays one of an erased document. */
export const stillErased = (judged: Judged): Judged =>
  judged.accepted ? { accepted: { ...judged.accepted, body: { ...judged.accepted.body, erased: true } } } : judged;
