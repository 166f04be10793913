/**
 * The one way in which revisions become durable, whoever wrote them: what follows from them is settled, then refused writes
 * are held (they are nowhere else) and documents without a patient noted, then the primary has the rest, then the history,
 * then the role databases. A process that stops in between leaves nothing that the projector does not finish.
 */
import { parseId, patientDocId } from '../../../shared-schemas/ids.ts';
import { winnerOf } from '../../store/revisions.ts';
import type { Database, StoredRevision } from '../../store/store.ts';
import type { HeldWrite, HeldWrites } from '../held-writes.ts';
import type { History } from '../history.ts';
import type { WaitingDocuments } from '../waiting-documents.ts';
import type { MadeRevision } from './made-revision.ts';
import type { LeavesById, Settler } from './settle.ts';

/** What is to become durable. The caller holds the locks of the documents in `leaves`. */
export interface Change {
  /** The documents as they are with `accepted`, and the patient documents of each; brought up to date. */
  readonly leaves: LeavesById;
  readonly accepted: readonly MadeRevision[];
  /** Revisions that the primary has as names only: their bodies are for the history. */
  readonly late?: readonly MadeRevision[];
  readonly held?: readonly HeldWrite[];
  /** What is settled beside what was accepted; nothing is settled where it is left out. */
  readonly settle?: {
    /** Patients all of whose documents are to be compared with the patient's clinics. */
    readonly movedPatients: ReadonlySet<string>;
  };
  /** Documents to be projected beside those that change here. */
  readonly alsoProject?: readonly string[];
}

export interface CommitOptions {
  readonly primary: Pick<Database, 'write'>;
  readonly history: Pick<History, 'keep'>;
  readonly held: Pick<HeldWrites, 'keep'>;
  readonly waiting: Pick<WaitingDocuments, 'keep' | 'end'>;
  readonly settler: Pick<Settler, 'settle'>;
  /** Brings role databases up to date with the documents. `passed`: what was stored just now and is a leaf no more. */
  readonly project: (
    leaves: ReadonlyMap<string, readonly StoredRevision[]>,
    passed: readonly StoredRevision[],
  ) => Promise<void>;
}

/** Resolves when everything is durable; `project` says itself what its failure means. Answers what the primary was given. */
export type Commit = (change: Change) => Promise<readonly MadeRevision[]>;

export const createCommit =
  ({ primary, history, held, waiting, settler, project }: CommitOptions): Commit =>
  async (change) => {
    const { leaves, accepted, late = [], held: refused = [], settle, alsoProject = [] } = change;
    const settled = settle ? await settler.settle(leaves, settle.movedPatients) : { revisions: [], held: [] };
    const revisions = [...accepted, ...settled.revisions];
    const alone = withoutPatient(change);
    await held.keep([...refused, ...settled.held]);
    await waiting.keep(alone.filter(({ deleted }) => !deleted));
    await primary.write(revisions);
    await history.keep([...revisions, ...late]);
    await waiting.end(
      alone.filter(({ deleted }) => deleted).map(({ id }) => id),
      patientsThatCame(change),
    );
    const touched = new Set([...revisions.map(({ id }) => id), ...alsoProject]);
    const passed = revisions.filter(({ id, rev }) => !leaves.get(id)?.some((leaf) => leaf.rev === rev));
    if (touched.size > 0) await project(new Map([...leaves].filter(([id]) => touched.has(id))), passed);
    return revisions;
  };

/** The winners of accepted documents whose patient has no document, not even a deleted one. */
function withoutPatient({ leaves, accepted }: Change): StoredRevision[] {
  const ids = new Set(accepted.map(({ id }) => id));
  return [...ids].flatMap((id) => {
    const { type, patientId } = parseId(id) ?? {};
    if (patientId === undefined || type === 'patient') return [];
    const patient = leaves.get(patientDocId(patientId));
    // Whoever did not read the patient writes nothing that is new.
    return patient?.length === 0 ? (winnerOf(leaves.get(id) ?? []) ?? []) : [];
  });
}

/** Patients that are new, among others whose clinics changed; and those that came and went, as an erased one does. */
function patientsThatCame({ accepted, settle }: Change): string[] {
  const gone = accepted.filter(({ deleted }) => deleted).map(({ id }) => parseId(id));
  const ended = gone.flatMap((parsed) => (parsed?.type === 'patient' ? (parsed.patientId ?? []) : []));
  return [...new Set([...(settle?.movedPatients ?? []), ...ended])];
}
