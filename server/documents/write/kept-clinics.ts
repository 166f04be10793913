/**
 * A clinic does not end while a patient comes into its care. On one server locks see to that. Where servers share the store, each
 * looks once more after it wrote: who referred a patient, whether the clinic is still there, and who ended the clinic, whether
 * patients came into its care. Whichever comes last sees what the other wrote, and brings the clinic back; if both do, they write
 * the same revision.
 */
import { clinicDocId, slugOf } from '../../../shared-schemas/ids.ts';
import { winnerOf, withLeaf } from '../../store/revisions.ts';
import type { Database, StoredRevision } from '../../store/store.ts';
import type { Commit } from './commit.ts';
import { clinicsNamedBy, type ReadBody } from './document-policy.ts';
import type { MadeRevision, RevisionMaker } from './made-revision.ts';

export interface KeptClinicsOptions {
  readonly maker: RevisionMaker;
  readonly primary: Pick<Database, 'leaves'>;
  readonly readBody: ReadBody;
  /** Whether patients are in the care of the clinic. */
  readonly clinicInUse: (slug: string) => Promise<boolean>;
  readonly commit: Commit;
}

/** To be called when `written` is durable and projected. Answers the ids of clinics that it brought back. */
export type KeepClinics = (written: readonly MadeRevision[]) => Promise<ReadonlySet<string>>;

export const createKeepClinics =
  ({ maker, primary, readBody, clinicInUse, commit }: KeptClinicsOptions): KeepClinics =>
  async (written) => {
    const named = written.filter(isPatient).flatMap(({ body }) => clinicsNamedBy(body).map(clinicDocId));
    const ended: string[] = [];
    for (const { id, deleted } of written) {
      const slug = slugOf(id);
      if (deleted && slug !== undefined && (await clinicInUse(slug))) ended.push(id);
    }
    const leaves = new Map(await primary.leaves([...new Set([...named, ...ended])]));
    const accepted: MadeRevision[] = [];
    for (const [id, current] of leaves) {
      const ended = winnerOf(current);
      const body = await bodyBefore(ended, readBody);
      const back = body && maker.made('clinic_kept', ended, { id, body }, current);
      if (!back) continue;
      accepted.push(back);
      leaves.set(id, withLeaf(current, back));
    }
    if (accepted.length > 0) await commit({ leaves, accepted });
    return new Set(accepted.map(({ id }) => id));
  };

const isPatient = ({ id, deleted }: MadeRevision): boolean => !deleted && id.endsWith(':patient');

/** The clinic as it was before it was deleted; undefined where it is there, or never was. */
async function bodyBefore(winner: StoredRevision | undefined, readBody: ReadBody) {
  const before = winner?.deleted ? winner.ancestry[1] : undefined;
  return winner && before !== undefined ? readBody(winner.id, before) : undefined;
}
