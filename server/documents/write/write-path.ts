/**
 * The one way into the primary database, for devices, REST and the server itself. Accepted revisions are in the primary and
 * in the history, refused ones among the held writes, before the promise resolves; the projection is done, or will be by
 * the projector, which reads the primary.
 */
import type { Principal } from '../../../sync-rules/principal.ts';
import { refuse } from '../../../sync-rules/refusal.ts';
import type { RoleDatabase } from '../../../sync-rules/role-database.ts';
import type { KeyedLocks } from '../../lib/keyed-locks.ts';
import type { Claims } from '../../store/exclusion.ts';
import { childRevision, winnerOf } from '../../store/revisions.ts';
import type { Database, StoredRevision } from '../../store/store.ts';
import { accept, type Batch, changeOf, emptyBatch } from './batch.ts';
import { commitClaimed, type Prepared } from './claimed-commit.ts';
import type { Commit } from './commit.ts';
import { type ErasureStamp, erasedRevisions } from './erased-documents.ts';
import { judgingOrder } from './judging-order.ts';
import type { KeepClinics } from './kept-clinics.ts';
import type { MadeRevision, Origin, RevisionMaker } from './made-revision.ts';
import { type Outcome, type UnreadRow, withHeldId } from './outcome.ts';
import { RowJudge, type RowJudgeOptions, type SentUpTo } from './row-judge.ts';

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
  readonly sentUpToMs?: SentUpTo;
}

export interface PushOptions {
  /** The role database that the device reads. */
  readonly seenIn?: RoleDatabase | undefined;
  readonly sentUpToMs?: SentUpTo;
}

export interface TrialOptions {
  readonly seenIn?: RoleDatabase | undefined;
  /** Leaves of documents that are to be taken as stored, whatever is. */
  readonly instead?: ReadonlyMap<string, readonly StoredRevision[]>;
}

export interface WritePathOptions extends RowJudgeOptions {
  readonly maker: RevisionMaker;
  readonly primary: Pick<Database, 'leaves'>;
  readonly locks: KeyedLocks;
  readonly claims: Claims;
  readonly commit: Commit;
  readonly keepClinics: KeepClinics;
}

const ERASURE_PAGE = 500;

type Row = Pick<StoredRevision, 'id' | 'body'>;

interface Written {
  readonly outcomes: readonly Outcome[];
  readonly accepted: readonly MadeRevision[];
}

export class WritePath {
  readonly #options: WritePathOptions;
  readonly #judge: RowJudge;

  constructor(options: WritePathOptions) {
    this.#options = options;
    this.#judge = new RowJudge(options);
  }

  /** Stores revisions that a device made, each judged by itself, in `judgingOrder`. */
  async push(principal: Principal, rows: readonly StoredRevision[], options: PushOptions = {}): Promise<Outcome[]> {
    const writing = { ...options, principal, origin: 'device' } as const;
    const written = await this.#inBatch(rows, async (batch) => {
      const outcomes = new Map<StoredRevision, Outcome>();
      for (const row of judgingOrder(rows)) outcomes.set(row, await this.#judge.judge(writing, row, batch));
      return { outcomes: rows.flatMap((row) => outcomes.get(row) ?? []), accepted: batch.accepted };
    });
    return this.#withKeptClinics(written);
  }

  /** Keeps what could not be read, for review. */
  async holdUnread(principal: Principal, rows: readonly UnreadRow[]): Promise<void> {
    if (rows.length === 0) return;
    const named = rows.map(withHeldId);
    await this.#inBatch(named, async (batch) => {
      for (const row of named) this.#judge.hold(principal, row, batch);
    });
  }

  /**
   * Changes documents at the revisions that the caller read; another revision in between is a conflict. Without `hold`,
   * refused edits are not kept: whoever waits for the answer still has them.
   */
  async edit(
    principal: Principal,
    edits: readonly Edit[],
    { hold = true, atomic = false, origin = 'online', ...options }: EditOptions = {},
  ): Promise<Outcome[]> {
    const prepare = this.#preparing(edits, async (batch) => {
      const outcomes: Outcome[] = [];
      for (const edit of edits) {
        const leaves = batch.leaves.get(edit.id) ?? [];
        const base = baseOf(edit, leaves);
        if (base === 'conflict') outcomes.push({ outcome: 'conflict', id: edit.id });
        else {
          const row = this.#options.maker.edit(base, edit, edit.deleted, leaves);
          outcomes.push(await this.#judge.judge({ ...options, principal, origin }, row, batch));
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
    return this.#judge.judge({ principal, seenIn, origin: 'online' }, row, emptyBatch(leaves));
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
        // Written before, and changed by someone since, or the same again.
        const isKnown = winner && maker.importedNames(document).some((rev) => winner.ancestry.includes(rev));
        const there = isKnown || (winner && !winner.deleted && sameContent(winner, document));
        if (there || this.#judge.concernsErased(document, batch)) count.unchanged++;
        else {
          const written = winner ? { id, body: policy.vouched(id, body, current) } : document;
          accept(maker.made('server', winner, written, current), batch);
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

  async #inBatch<T>(rows: readonly Row[], work: (batch: Batch) => Promise<T>): Promise<T> {
    const prepare = this.#preparing(rows, work);
    return this.#alone(rows, async () => this.#commitPrepared(await prepare()));
  }

  /** While nothing else is written here to what the rows are about, and no clinic that they name ends. */
  #alone<T>(rows: readonly Row[], work: () => Promise<T>): Promise<T> {
    const { policy, locks } = this.#options;
    const keys = rows.map(({ id }) => policy.lockKey(id));
    return locks.run(
      keys,
      work,
      this.#sharedKeys(rows).map((id) => policy.lockKey(id)),
    );
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
}

/** Design and local documents are not looked for: they are not ours to store. */
const ordinary = (rows: readonly Row[]): readonly Row[] => rows.filter(({ id }) => !id.startsWith('_'));

/** The revision that an edit grows from: none for a new document, the deletion where it comes back. */
function baseOf({ baseRev }: Edit, leaves: readonly StoredRevision[]): StoredRevision | undefined | 'conflict' {
  const winner = winnerOf(leaves);
  if (baseRev === undefined) return winner && !winner.deleted ? 'conflict' : winner;
  return leaves.find((leaf) => leaf.rev === baseRev) ?? 'conflict';
}

const contentKey = ({ id, body }: Row) => {
  const { formerClinicIds: _, ...own } = body;
  return childRevision(undefined, id, own).rev;
};
const sameContent = (a: Row, b: Row): boolean => contentKey(a) === contentKey(b);
