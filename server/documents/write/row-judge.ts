/** What becomes of one row of a request, by what the documents are like with the rows before it. */
import { DATED_BACK_TOLERANCE_MS } from '../../../sync-rules/access-table.ts';
import type { Principal } from '../../../sync-rules/principal.ts';
import { refuse } from '../../../sync-rules/refusal.ts';
import type { RoleDatabase } from '../../../sync-rules/role-database.ts';
import { grounded, repeatsName } from '../../store/revisions.ts';
import type { StoredRevision } from '../../store/store.ts';
import type { HeldWrite } from '../held-writes.ts';
import type { History } from '../history.ts';
import { accept, type Batch } from './batch.ts';
import type { DocumentPolicy, Judged, ReadBody } from './document-policy.ts';
import { isErased, stillErased } from './erased-documents.ts';
import type { Origin } from './made-revision.ts';
import type { Outcome, UnreadRow } from './outcome.ts';

/**
 * Of one document, ended ones included, as stores keep those for good. What a document costs grows faster than this: at 400 a push
 * takes seconds, and at 600 the embedded store's merge of revision trees fails. Every merge of concurrent edits leaves one.
 */
const MAX_LEAVES = 100;

/**
 * Up to when a device had sent everything that was changed on it, by its own clock, in milliseconds since 1970. Undefined where
 * that is not known.
 */
export type SentUpTo = () => Promise<number | undefined>;

/** Who writes a row, and how. */
export interface Writing {
  readonly principal: Principal;
  readonly origin: Origin;
  readonly seenIn?: RoleDatabase | undefined;
  readonly sentUpToMs?: SentUpTo | undefined;
}

export interface RowJudgeOptions {
  readonly history: Pick<History, 'missing'>;
  readonly policy: DocumentPolicy;
  readonly readBody: ReadBody;
  readonly nowMs: () => number;
}

export class RowJudge {
  readonly #options: RowJudgeOptions;

  constructor(options: RowJudgeOptions) {
    this.#options = options;
  }

  /** The outcome of one row; what is accepted or refused joins the batch. */
  async judge(writing: Writing, pushed: StoredRevision, batch: Batch): Promise<Outcome> {
    const { id, rev } = pushed;
    const leaves = batch.leaves.get(id) ?? [];
    const row = grounded(pushed, leaves);
    const isLate = leaves.some(({ ancestry }) => ancestry.indexOf(rev) > 0);
    if (leaves.some((leaf) => leaf.rev === rev)) return { outcome: 'stored', id, rev };
    if (isLate && (await this.#options.history.missing([row])).length === 0) return { outcome: 'stored', id, rev };
    const erased = this.concernsErased(row, batch);
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
    if (repeatsName(row, batch.leaves.get(row.id) ?? [])) return { refusal: refuse('invalid_revision') };
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

  async #judgeByPolicy({ principal, seenIn, sentUpToMs }: Writing, row: StoredRevision, batch: Batch): Promise<Judged> {
    const { policy, readBody } = this.#options;
    const leavesOf = (id: string) => batch.leaves.get(id) ?? batch.context.get(id) ?? [];
    const judged = await policy.judge(principal, row, leavesOf, readBody, seenIn);
    return (await isDatedBack(judged, sentUpToMs)) ? { refusal: refuse('dated_back') } : judged;
  }

  /** Of an erased patient nothing comes back, not even by who may bring back everything else. */
  async #judgeErased(writing: Writing, row: StoredRevision, batch: Batch): Promise<Judged> {
    if (row.deleted) return stillErased(await this.#judgeByPolicy(writing, row, batch));
    return { refusal: refuse(isErased(batch.leaves.get(row.id)) ? 'document_deleted' : 'unknown_patient') };
  }

  /** Refuses a row that could not be read. */
  hold(principal: Principal, row: UnreadRow, batch: Batch): void {
    const body = this.concernsErased(row, batch) ? {} : row.body;
    batch.held.push(heldWrite(principal, { ...row, body, ancestry: [row.rev] }, row, this.#options.nowMs()));
  }

  /** Whether the row is about an erased document, or one of an erased patient, by its id or by what it says. */
  concernsErased(row: Pick<StoredRevision, 'id' | 'body'>, { leaves, context }: Batch): boolean {
    const { policy } = this.#options;
    const read = [row.id, ...policy.contextIds(row), ...policy.sharedKeys(row)];
    return read.some((id) => isErased(leaves.get(id) ?? context.get(id)));
  }
}

/** Which device a document was changed on is known by its session, and not by what it says. */
const fromOwnDevice = ({ origin, principal: { deviceId } }: Writing, row: StoredRevision): StoredRevision =>
  origin !== 'device' || row.deleted || deviceId === undefined || row.body.deviceId === deviceId
    ? row
    : { ...row, body: { ...row.body, deviceId } };

/** A device sends its changes in the order in which they were made: what comes later was not made before what it sent. */
async function isDatedBack({ decision }: Judged, sentUpToMs: SentUpTo | undefined): Promise<boolean> {
  if (decision?.inTimeAtMs === undefined) return false;
  const sent = await sentUpToMs?.();
  return sent !== undefined && decision.inTimeAtMs < sent - DATED_BACK_TOLERANCE_MS;
}

const isOneBranchTooMany = ({ ancestry }: StoredRevision, leaves: readonly StoredRevision[]): boolean =>
  leaves.length >= MAX_LEAVES && !leaves.some((leaf) => ancestry.includes(leaf.rev));

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
