/** The rows of one request, from what they rest on to what is to be committed of them. */
import { winnerOf, withLeaf } from '../../store/revisions.ts';
import type { StoredRevision } from '../../store/store.ts';
import type { HeldWrite } from '../held-writes.ts';
import type { Change } from './commit.ts';
import type { MadeRevision } from './made-revision.ts';
import type { LeavesById } from './settle.ts';

/** The rows of one request while they are judged. */
export interface Batch {
  readonly leaves: LeavesById;
  /** What the rows rest on, and do not change. */
  readonly context: ReadonlyMap<string, readonly StoredRevision[]>;
  readonly accepted: MadeRevision[];
  readonly late: MadeRevision[];
  readonly held: HeldWrite[];
}

export const emptyBatch = (leaves: LeavesById, context: Batch['context'] = new Map()): Batch => ({
  leaves,
  context,
  accepted: [],
  late: [],
  held: [],
});

export function accept(revision: MadeRevision, batch: Batch): void {
  batch.accepted.push(revision);
  batch.leaves.set(revision.id, withLeaf(batch.leaves.get(revision.id) ?? [], revision));
}

/** `before`: the documents as they were. Where nothing was accepted there is nothing to settle. */
export function changeOf({ leaves, accepted, late, held }: Batch, before: LeavesById | Batch['context']): Change {
  if (accepted.length === 0) return { leaves, accepted, late, held };
  return { leaves, accepted, late, held, settle: { movedPatients: movedPatients(accepted, before) } };
}

/** Patients whose clinics changed, or that are new: their documents may have to follow. */
function movedPatients(
  accepted: readonly StoredRevision[],
  before: ReadonlyMap<string, readonly StoredRevision[]>,
): Set<string> {
  const moved = accepted.filter(({ id, body }) => {
    if (!id.endsWith(':patient')) return false;
    const winner = winnerOf(before.get(id) ?? []);
    return (
      JSON.stringify(winner?.body.clinicIds) !== JSON.stringify(body.clinicIds) || (before.get(id) ?? []).length > 1
    );
  });
  return new Set(moved.map(({ body, id }) => String(body.patientId ?? id.slice(0, -':patient'.length))));
}
