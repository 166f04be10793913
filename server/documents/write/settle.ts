/**
 * What follows from a write, written by the server: concurrent edits of a document become one, and a patient's documents go
 * where the patient goes. Every step is a revision whose id depends on its content and parent only, so settling again, after
 * a crash or on another server, adds nothing new.
 */
import equal from 'fast-deep-equal';
import { parseId, patientDocId } from '../../../shared-schemas/ids.ts';
import { COUPLED_FIELDS } from '../../../sync-rules/access-table.ts';
import { winnerOf, withLeaf } from '../../store/revisions.ts';
import type { Database, StoredRevision } from '../../store/store.ts';
import type { HeldWrite } from '../held-writes.ts';
import { asDocument, type ReadBody, ROUTING_FIELDS, storedBody, withFormerClinics } from './document-policy.ts';
import type { MadeRevision, RevisionMaker } from './made-revision.ts';
import { mergeSides } from './merge.ts';

export type LeavesById = Map<string, readonly StoredRevision[]>;

export interface Settled {
  /** To be written to the primary, in this order. */
  readonly revisions: readonly MadeRevision[];
  readonly held: readonly HeldWrite[];
}

export interface SettlerOptions {
  readonly maker: RevisionMaker;
  readonly primary: Pick<Database, 'leaves' | 'walk'>;
  readonly readBody: ReadBody;
  readonly nowMs: () => number;
}

const PATIENT_PAGE = 1_000;

export class Settler {
  readonly #options: SettlerOptions;

  constructor(options: SettlerOptions) {
    this.#options = options;
  }

  /**
   * Settles the documents in `leaves`, which must hold the patient document of each of them, and is brought up to date.
   * `movedPatients`: patients all of whose documents are to be compared with the patient's clinics.
   */
  async settle(leaves: LeavesById, movedPatients: ReadonlySet<string>): Promise<Settled> {
    const revisions: MadeRevision[] = [];
    const held: HeldWrite[] = [];
    const add = (revision: MadeRevision) => {
      revisions.push(revision);
      leaves.set(revision.id, withLeaf(leaves.get(revision.id) ?? [], revision));
    };
    // A merge of patient documents may move the patient, so those come first.
    const patients = [...leaves.keys()].filter((id) => parseId(id)?.type === 'patient');
    for (const id of patients) await this.#merge(id, leaves, add, held);
    for (const patientId of movedPatients) await this.#loadPatient(patientId, leaves);
    for (const id of leaves.keys()) {
      if (patients.includes(id)) continue;
      this.#route(id, leaves, add);
      await this.#merge(id, leaves, add, held);
    }
    return { revisions, held };
  }

  async #loadPatient(patientId: string, leaves: LeavesById): Promise<void> {
    const { primary } = this.#options;
    for await (const rows of primary.walk({ prefix: `${patientId}:`, pageSize: PATIENT_PAGE })) {
      const ids = rows.map(({ id }) => id).filter((id) => !leaves.has(id));
      for (const [id, found] of await primary.leaves(ids)) leaves.set(id, found);
    }
  }

  /** A document whose clinics differ from its patient's follows the patient. */
  #route(id: string, leaves: LeavesById, add: (revision: MadeRevision) => void): void {
    const patientId = parseId(id)?.patientId;
    const patient = patientId === undefined ? undefined : winnerOf(leaves.get(patientDocId(patientId)) ?? []);
    const current = leaves.get(id) ?? [];
    const winner = winnerOf(current);
    if (!patient || patient.deleted || !winner || winner.deleted) return;
    if (equal(winner.body.clinicIds, patient.body.clinicIds)) return;
    const moved = { ...asDocument(id, winner.body), clinicIds: patient.body.clinicIds as string[] };
    add(
      this.#options.maker.made(
        'follow_patient',
        winner,
        {
          id,
          body: storedBody(withFormerClinics(moved, [...current, patient])),
        },
        current,
      ),
    );
  }

  /**
   * Concurrent edits become one revision, at once: a side that wins by its revision id alone would otherwise undo what the
   * other changed, and its author may not have been allowed to.
   */
  async #merge(
    id: string,
    leaves: LeavesById,
    add: (revision: MadeRevision) => void,
    held: HeldWrite[],
  ): Promise<void> {
    const current = leaves.get(id) ?? [];
    const parsed = parseId(id);
    if (!parsed || current.filter(({ deleted }) => !deleted).length < 2) return;
    const sides = await mergeSides(current, this.#options.readBody, COUPLED_FIELDS[parsed.type]);
    if (!sides) return;
    const { winner, body, losers } = sides;
    const ends: string[] = [];
    for (const { revision: loser, dropped: all } of losers) {
      const dropped = all.filter((field) => !SELF_EVIDENT_FIELDS.includes(field));
      if (dropped.length > 0) held.push(this.#droppedSide(loser, dropped));
      const routing = Object.fromEntries(
        ROUTING_FIELDS.flatMap((field) => (loser.body[field] === undefined ? [] : [[field, loser.body[field]]])),
      );
      const end = this.#options.maker.made('merged_side', loser, { id, body: routing }, current, { deleted: true });
      ends.push(end.rev);
      add(end);
    }
    const merged = storedBody(withFormerClinics(asDocument(id, body), current));
    add(this.#options.maker.made('merge', winner, { id, body: merged }, current, { mergedFrom: ends }));
  }

  #droppedSide(loser: StoredRevision, fields: readonly string[]): HeldWrite {
    return {
      documentId: loser.id,
      rev: loser.rev,
      parent: loser.ancestry[1] ?? null,
      deleted: false,
      body: loser.body,
      code: 'merge_dropped',
      message: `Two people changed the same fields; the other value was kept (${fields.join(', ')})`,
      by: null,
      heldAt: new Date(this.#options.nowMs()).toISOString(),
    };
  }
}

/** Differ in any two edits; no one misses the other side's value. */
const SELF_EVIDENT_FIELDS: readonly string[] = [
  'updatedAt',
  'updatedBy',
  'deviceId',
  'formerClinicIds',
  'withdrawnFrom',
];
