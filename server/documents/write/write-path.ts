/**
 * The one way into the primary database, for devices, REST and the server itself. Accepted revisions are in the primary and
 * in the history, refused ones among the held writes, before the promise resolves; the projection is done, or will be by
 * the projector, which reads the primary.
 */
import type { Fault } from '../../../shared-schemas/validate.ts';
import type { Allowed } from '../../../sync-rules/authorize-write.ts';
import type { Principal } from '../../../sync-rules/principal.ts';
import { type Refusal, refuse } from '../../../sync-rules/refusal.ts';
import type { RoleDatabase } from '../../../sync-rules/role-database.ts';
import type { KeyedLocks } from '../../lib/keyed-locks.ts';
import type { Claims } from '../../store/exclusion.ts';
import { childRevision, grounded, winnerOf, withLeaf } from '../../store/revisions.ts';
import type { Database, StoredRevision } from '../../store/store.ts';
import type { HeldWrite } from '../held-writes.ts';
import type { History } from '../history.ts';
import { commitClaimed, type Prepared } from './claimed-commit.ts';
import type { Change, Commit } from './commit.ts';
import type { DocumentPolicy, Judged, ReadBody } from './document-policy.ts';
import { type ErasureStamp, erasedRevisions, isErased, stillErased } from './erased-documents.ts';
import { judgingOrder } from './judging-order.ts';
import type { KeepClinics } from './kept-clinics.ts';
import type { MadeRevision, Origin, RevisionMaker } from './made-revision.ts';
import type { LeavesById } from './settle.ts';

export interface Refused {
  readonly id: string;
  readonly rev: string;
  readonly refusal: Refusal;
  readonly faults?: readonly Fault[];
}

/** What became of one row, in the order of the rows. */
export type Outcome =
  | { readonly outcome: 'stored'; readonly id: string; readonly rev: string; readonly decision?: Allowed }
  | ({ readonly outcome: 'refused' } & Refused)
  | { readonly outcome: 'conflict'; readonly id: string };

/** What a device pushed and nobody could take for a document: refused before it was judged. */
export interface UnreadRow extends Refused {
  readonly deleted: boolean;
  /** What could be read of it. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** A change without a revision id of its own: the server makes one. */
export interface Edit {
  readonly id: string;
  /** The revision it changes; absent for a new document. */
  readonly baseRev?: string;
  readonly deleted: boolean;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface EditOptions {
  /** Whether refused edits are kept for review; they are where nothing is said. */
  readonly hold?: boolean;
  /** Whether one edit that is not stored keeps all others from being stored. */
  readonly atomic?: boolean;
  /** The role database that the writer read the documents in, where it was one. */
  readonly seenIn?: RoleDatabase;
  /** `online` where nothing is said. */
  readonly origin?: Origin;
}

export interface TrialOptions {
  readonly seenIn?: RoleDatabase | undefined;
  /** Leaves of documents that are to be taken as stored, whatever is. */
  readonly instead?: ReadonlyMap<string, readonly StoredRevision[]>;
}

export interface WritePathOptions {
  readonly maker: RevisionMaker;
  readonly primary: Pick<Database, 'leaves'>;
  readonly history: Pick<History, 'missing'>;
  readonly policy: DocumentPolicy;
  readonly locks: KeyedLocks;
  readonly claims: Claims;
  readonly readBody: ReadBody;
  readonly commit: Commit;
  readonly keepClinics: KeepClinics;
  readonly nowMs: () => number;
}

const ERASURE_PAGE = 500;

/**
 * Of one document, ended ones included, as stores keep those for good. What a document costs grows faster than this: at 400 a push
 * takes seconds, and at 600 the embedded store's merge of revision trees fails. Every merge of concurrent edits leaves one.
 */
const MAX_LEAVES = 100;

/** The rows of one request while they are judged. */
interface Batch {
  readonly leaves: LeavesById;
  /** What the rows rest on, and do not change. */
  readonly context: ReadonlyMap<string, readonly StoredRevision[]>;
  readonly accepted: MadeRevision[];
  readonly late: MadeRevision[];
  readonly held: HeldWrite[];
}

type Row = Pick<StoredRevision, 'id' | 'body'>;

interface Written {
  readonly outcomes: readonly Outcome[];
  readonly accepted: readonly MadeRevision[];
}

/** Who writes a row, and how. */
interface Writing {
  readonly principal: Principal;
  readonly origin: Origin;
  readonly seenIn?: RoleDatabase | undefined;
}

const emptyBatch = (leaves: LeavesById, context: Batch['context'] = new Map()): Batch => ({
  leaves,
  context,
  accepted: [],
  late: [],
  held: [],
});

export class WritePath {
  readonly #options: WritePathOptions;

  constructor(options: WritePathOptions) {
    this.#options = options;
  }

  /** Stores revisions that a device made, each judged by itself, in `judgingOrder`. `seenIn`: the role database that it reads. */
  async push(principal: Principal, rows: readonly StoredRevision[], seenIn?: RoleDatabase): Promise<Outcome[]> {
    const writing = { principal, seenIn, origin: 'device' } as const;
    const written = await this.#inBatch(rows, async (batch) => {
      const outcomes = new Map<StoredRevision, Outcome>();
      for (const row of judgingOrder(rows)) outcomes.set(row, await this.#judge(writing, row, batch));
      return { outcomes: rows.flatMap((row) => outcomes.get(row) ?? []), accepted: batch.accepted };
    });
    return this.#withKeptClinics(written);
  }

  /** Keeps what could not be read, for review. Rows without an id have nothing to be kept under: they are passed over. */
  async holdUnread(principal: Principal, rows: readonly UnreadRow[]): Promise<void> {
    const named = rows.filter(({ id }) => id !== '');
    if (named.length === 0) return;
    await this.#inBatch(named, async (batch) => {
      for (const row of named) {
        const body = this.#concernsErased(row, batch) ? {} : row.body;
        batch.held.push(heldWrite(principal, { ...row, body, ancestry: [row.rev] }, row, this.#options.nowMs()));
      }
    });
  }

  /**
   * Changes documents at the revisions that the caller read; another revision in between is a conflict. Without `hold`,
   * refused edits are not kept: whoever waits for the answer still has them.
   */
  async edit(
    principal: Principal,
    edits: readonly Edit[],
    { hold = true, atomic = false, seenIn, origin = 'online' }: EditOptions = {},
  ): Promise<Outcome[]> {
    const prepare = this.#preparing(edits, async (batch) => {
      const outcomes: Outcome[] = [];
      for (const edit of edits) {
        const base = baseOf(edit, batch.leaves.get(edit.id) ?? []);
        if (base === 'conflict') outcomes.push({ outcome: 'conflict', id: edit.id });
        else {
          const row = this.#options.maker.edit(base, edit, edit.deleted);
          outcomes.push(await this.#judge({ principal, seenIn, origin }, row, batch));
        }
      }
      if (!hold) batch.held.length = 0;
      if (atomic && outcomes.some(({ outcome }) => outcome !== 'stored')) batch.accepted.length = 0;
      return { outcomes, accepted: batch.accepted };
    });
    const { claims, commit } = this.#options;
    const written = await this.#alone(edits, async () => {
      // A tablet hears of a conflict, and merging makes right what two servers took at once.
      if (origin === 'device') return this.#commitPrepared(await prepare());
      const ids = edits.map(({ id }) => id);
      const finish = (revisions: readonly StoredRevision[]) => this.#finish(revisions);
      const made = await commitClaimed({ claims, commit, finish }, ids, prepare);
      return made ?? { outcomes: ids.map((id) => ({ outcome: 'conflict', id }) as const), accepted: [] };
    });
    return this.#withKeptClinics(written);
  }

  /** What another server did at the same moment may have made the end of a clinic wrong: then it did not end. */
  async #withKeptClinics({ outcomes, accepted }: Written): Promise<Outcome[]> {
    const kept = await this.#options.keepClinics(accepted);
    return outcomes.map((outcome) =>
      outcome.outcome === 'stored' && kept.has(outcome.id)
        ? { outcome: 'refused', id: outcome.id, rev: outcome.rev, refusal: refuse('clinic_in_use') }
        : outcome,
    );
  }

  /** What would become of a revision that is pushed now. Nothing is stored, and a refused one is not held. */
  async judge(
    principal: Principal,
    row: StoredRevision,
    { seenIn, instead = new Map() }: TrialOptions = {},
  ): Promise<Outcome> {
    const { policy, primary } = this.#options;
    const ids = [row.id, ...policy.contextIds(row), ...policy.sharedKeys(row)].filter((id) => !instead.has(id));
    const leaves = new Map([...(await primary.leaves(ids)), ...instead]);
    return this.#judge({ principal, seenIn, origin: 'online' }, row, emptyBatch(leaves));
  }

  /**
   * Writes documents that the server itself vouches for (imported, or made by an administrator's command) without asking the
   * access rules. A document whose body is stored already is left alone, and so is one of an erased patient.
   */
  async putTrusted(
    documents: readonly { readonly id: string; readonly body: Readonly<Record<string, unknown>> }[],
  ): Promise<{ created: number; updated: number; unchanged: number }> {
    const { maker, policy } = this.#options;
    return this.#inBatch(documents, async (batch) => {
      const count = { created: 0, updated: 0, unchanged: 0 };
      for (const document of documents) {
        const { id, body } = document;
        const current = batch.leaves.get(id) ?? [];
        const winner = winnerOf(current);
        const first = maker.made('server', undefined, document);
        const names = maker.importedNames(document);
        // Written before, and changed by someone since, or the same again.
        const isKnown = winner?.ancestry.some((rev) => names.includes(rev));
        const there = isKnown || (winner && !winner.deleted && sameContent(winner, first));
        if (there || this.#concernsErased(document, batch)) count.unchanged++;
        else {
          const next = winner && maker.made('server', winner, { id, body: policy.vouched(id, body, current) });
          accept(next ?? first, batch);
          count[winner ? 'updated' : 'created']++;
        }
      }
      return count;
    });
  }

  /**
   * Ends documents of one patient for good, whatever the access rules say, and tells role databases. Each gets a deletion that
   * holds nothing but where it goes; earlier revisions keep their bodies until the databases are made to forget them. The
   * first ids are ended first: with the patient's own document among them, nothing new is accepted from then on.
   */
  async eraseDocuments(ids: readonly string[], stamp: ErasureStamp): Promise<void> {
    const { maker, policy, primary, commit, locks } = this.#options;
    await locks.run(
      ids.map((id) => policy.lockKey(id)),
      async () => {
        for (let at = 0; at < ids.length; at += ERASURE_PAGE) {
          const page = ids.slice(at, at + ERASURE_PAGE);
          const batch = emptyBatch(new Map(await primary.leaves(page)));
          for (const [id, leaves] of [...batch.leaves])
            for (const revision of erasedRevisions(maker, id, leaves, stamp)) accept(revision, batch);
          await commit({ leaves: batch.leaves, accepted: batch.accepted, alsoProject: page });
        }
      },
    );
  }

  /** Runs `work` while nothing is written here to the document, nor to others of the same patient. */
  exclusively<T>(id: string, work: () => Promise<T>): Promise<T> {
    return this.#options.locks.run([this.#options.policy.lockKey(id)], work);
  }

  #concernsErased(row: Row, { leaves }: Batch): boolean {
    return [row.id, ...this.#options.policy.contextIds(row)].some((read) => isErased(leaves.get(read)));
  }

  async #inBatch<T>(rows: readonly Row[], work: (batch: Batch) => Promise<T>): Promise<T> {
    const prepare = this.#preparing(rows, work);
    return this.#alone(rows, async () => this.#commitPrepared(await prepare()));
  }

  /** While nothing else is written here to what the rows are about, and no clinic that they name ends. */
  #alone<T>(rows: readonly Row[], work: () => Promise<T>): Promise<T> {
    const { policy, locks } = this.#options;
    const keys = rows.map(({ id }) => policy.lockKey(id));
    return locks.run(keys, work, this.#sharedKeys(rows));
  }

  /** Reads what the rows are about, and lets `work` judge them. */
  #preparing<T>(rows: readonly Row[], work: (batch: Batch) => Promise<T>): () => Promise<Prepared<T>> {
    const { policy, primary } = this.#options;
    const ids = ordinary(rows).flatMap((row) => [row.id, ...policy.contextIds(row)]);
    const own = new Set(ids);
    return async () => {
      const read = await primary.leaves([...ids, ...this.#sharedKeys(rows)]);
      const batch = emptyBatch(new Map([...read].filter(([id]) => own.has(id))), read);
      const result = await work(batch);
      return { change: changeOf(batch, read), result };
    };
  }

  async #commitPrepared<T>({ change, result }: Prepared<T>): Promise<T> {
    await this.#options.commit(change);
    return result;
  }

  /** Writes what was judged before, by whichever server, where it is not written yet. */
  async #finish(revisions: readonly StoredRevision[]): Promise<void> {
    const prepare = this.#preparing(revisions, async (batch) => {
      for (const revision of revisions) {
        const isThere = (batch.leaves.get(revision.id) ?? []).some(({ ancestry }) => ancestry.includes(revision.rev));
        if (!isThere)
          accept({ ...revision, made: this.#options.maker.recognised(revision) ?? { origin: 'online' } }, batch);
      }
    });
    await this.#commitPrepared(await prepare());
  }

  #sharedKeys(rows: readonly Row[]): string[] {
    return ordinary(rows).flatMap((row) => this.#options.policy.sharedKeys(row));
  }

  async #judge(writing: Writing, pushed: StoredRevision, batch: Batch): Promise<Outcome> {
    const { id, rev } = pushed;
    const leaves = batch.leaves.get(id) ?? [];
    const row = grounded(pushed, leaves);
    const isLate = leaves.some(({ ancestry }) => ancestry.indexOf(rev) > 0);
    if (leaves.some((leaf) => leaf.rev === rev)) return { outcome: 'stored', id, rev };
    if (isLate && (await this.#options.history.missing([row])).length === 0) return { outcome: 'stored', id, rev };
    const erased = this.#concernsErased(row, batch);
    const judged = await this.#judgeRow(writing, row, { erased, isLate, batch });
    if (judged.refusal) {
      const kept = erased ? { ...row, body: {} } : row;
      batch.held.push(heldWrite(writing.principal, kept, judged, this.#options.nowMs()));
      const { refusal, faults } = judged;
      return { outcome: 'refused', id, rev, refusal, ...(faults && { faults }) };
    }
    const { decision } = judged;
    const accepted = judged.accepted && { ...judged.accepted, made: { origin: writing.origin } };
    if (isLate) batch.late.push(...(accepted ? [accepted] : []));
    else for (const one of [accepted, judged.followedBy]) if (one) accept(one, batch);
    return { outcome: 'stored', id, rev, ...(decision && { decision }) };
  }

  async #judgeRow(
    writing: Writing,
    row: StoredRevision,
    { erased, isLate, batch }: { readonly erased: boolean; readonly isLate: boolean; readonly batch: Batch },
  ): Promise<Judged> {
    if (!isLate && isOneBranchTooMany(row, batch.leaves.get(row.id) ?? []))
      return { refusal: refuse('too_many_branches') };
    const own = fromOwnDevice(writing, row);
    if (erased) return this.#judgeErased(writing, own, batch);
    return this.#judgeByPolicy(writing, own, isLate ? await this.#asItWas(own, batch) : batch);
  }

  /**
   * For a revision that comes after its child, overtaken on the way: the child named it, and nobody has its body. It is judged
   * as it would have been before the child, and kept in the history.
   */
  async #asItWas({ id, ancestry }: StoredRevision, batch: Batch): Promise<Batch> {
    for (const [at, rev] of ancestry.entries()) {
      const body = at === 0 ? undefined : await this.#options.readBody(id, rev);
      const parent = body && { id, rev, ancestry: ancestry.slice(at), deleted: false, body };
      if (parent) return { ...batch, leaves: new Map([...batch.leaves, [id, [parent]]]) };
    }
    return { ...batch, leaves: new Map([...batch.leaves, [id, []]]) };
  }

  #judgeByPolicy({ principal, seenIn }: Writing, row: StoredRevision, batch: Batch): Promise<Judged> {
    const { policy, readBody } = this.#options;
    const leavesOf = (id: string) => batch.leaves.get(id) ?? batch.context.get(id) ?? [];
    return policy.judge(principal, row, leavesOf, readBody, seenIn);
  }

  /** Of an erased patient nothing comes back, not even by who may bring back everything else. */
  async #judgeErased(writing: Writing, row: StoredRevision, batch: Batch): Promise<Judged> {
    if (row.deleted) return stillErased(await this.#judgeByPolicy(writing, row, batch));
    return { refusal: refuse(isErased(batch.leaves.get(row.id)) ? 'document_deleted' : 'unknown_patient') };
  }
}

/** Design and local documents are not looked for: they are not ours to store. */
const ordinary = (rows: readonly Row[]): readonly Row[] => rows.filter(({ id }) => !id.startsWith('_'));

/** `before`: the documents as they were. Where nothing was accepted there is nothing to settle. */
function changeOf({ leaves, accepted, late, held }: Batch, before: LeavesById | Batch['context']): Change {
  if (accepted.length === 0) return { leaves, accepted, late, held };
  return { leaves, accepted, late, held, settle: { movedPatients: movedPatients(accepted, before) } };
}

/** Which device a document was changed on is known by its session, and not by what it says. */
const fromOwnDevice = ({ origin, principal: { deviceId } }: Writing, row: StoredRevision): StoredRevision =>
  origin !== 'device' || row.deleted || deviceId === undefined || row.body.deviceId === deviceId
    ? row
    : { ...row, body: { ...row.body, deviceId } };

const isOneBranchTooMany = ({ ancestry }: StoredRevision, leaves: readonly StoredRevision[]): boolean =>
  leaves.length >= MAX_LEAVES && !leaves.some((leaf) => ancestry.includes(leaf.rev));

function accept(revision: MadeRevision, batch: Batch): void {
  batch.accepted.push(revision);
  batch.leaves.set(revision.id, withLeaf(batch.leaves.get(revision.id) ?? [], revision));
}

/** The revision that an edit grows from: none for a new document, the deletion where it comes back. */
function baseOf({ baseRev }: Edit, leaves: readonly StoredRevision[]): StoredRevision | undefined | 'conflict' {
  const winner = winnerOf(leaves);
  if (baseRev === undefined) return winner && !winner.deleted ? 'conflict' : winner;
  return leaves.find((leaf) => leaf.rev === baseRev) ?? 'conflict';
}

const contentKey = ({ id, body }: StoredRevision) => {
  const { formerClinicIds: _, ...own } = body;
  return childRevision(undefined, id, own).rev;
};
const sameContent = (a: StoredRevision, b: StoredRevision): boolean => contentKey(a) === contentKey(b);

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

function heldWrite(
  by: Principal,
  row: StoredRevision,
  { refusal, faults }: Pick<Judged, 'refusal' | 'faults'>,
  nowMs: number,
): HeldWrite {
  if (!refusal) throw new RangeError('only a refused write is held');
  return {
    documentId: row.id,
    rev: row.rev,
    parent: row.ancestry[1] ?? null,
    deleted: row.deleted,
    body: row.body,
    code: refusal.code,
    message: refusal.message,
    ...(faults && { faults }),
    by,
    heldAt: new Date(nowMs).toISOString(),
  };
}
