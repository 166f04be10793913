/** Deciding on held writes: accepted ones are written as the reviewer, through the same rules as everything else. */
import equal from 'fast-deep-equal';
import { parseId } from '../../../shared-schemas/ids.ts';
import type { Principal } from '../../../sync-rules/principal.ts';
import { timeOf } from '../../../sync-rules/time-of.ts';
import type { AuditLog } from '../../audit/audit-log.ts';
import { authorOf, type HeldDecision, type HeldEntry, type HeldWrites } from '../../documents/held-writes.ts';
import type { Outcome } from '../../documents/write/outcome.ts';
import type { Edit, WritePath } from '../../documents/write/write-path.ts';
import { HttpError } from '../../http/errors.ts';
import { invalidInput } from '../../http/parse-input.ts';
import { KeyedLocks } from '../../lib/keyed-locks.ts';
import { type Body, changedFields, changedSince, conflictingFields, isReviewable } from './held-change.ts';
import { type FoundSides, HeldSides, type HeldSidesOptions } from './held-sides.ts';

export interface HeldWriteReviewOptions extends HeldSidesOptions {
  readonly held: HeldWrites;
  readonly writePath: Pick<WritePath, 'edit'>;
  readonly record: AuditLog['record'];
  readonly nowMs: () => number;
}

export interface Acceptance {
  /** Of the fields that the author changed, those to be written; all where nothing is said. */
  readonly fields?: readonly string[] | undefined;
  /** Instead of what was held, or beside it; null removes a field. */
  readonly values?: Body | undefined;
  readonly note?: string | undefined;
  /** Tags of If-Match: who names the present revision has seen what would be overwritten. */
  readonly ifMatch?: readonly string[] | undefined;
}

export interface Reviewed {
  readonly entry: HeldEntry;
  readonly sides: FoundSides;
}

/** What is to be written. With no edit, everything is as the author wanted it already. */
interface Plan {
  readonly edit?: Edit;
  readonly fields: readonly string[];
  readonly conflicts: readonly string[];
}

export class HeldWriteReview {
  readonly #options: HeldWriteReviewOptions;
  readonly #sides: HeldSides;
  readonly #turns = new KeyedLocks();

  constructor(options: HeldWriteReviewOptions) {
    this.#options = options;
    this.#sides = new HeldSides(options);
  }

  /**
   * @throws HttpError `not_found`
   */
  async read(id: string): Promise<Reviewed> {
    const entry = await this.#options.held.get(id);
    if (!entry) throw new HttpError('not_found');
    return { entry, sides: await this.#sides.find(entry.write) };
  }

  /**
   * Applies the change to the document as it is now. A process that stops between the write and the decision leaves the entry
   * open; accepting it again then finds nothing left to change.
   * @throws HttpError `not_found`, `wrong_state`, `conflict`, `precondition_failed`, `invalid_input`, `invalid_document`, `refused`
   */
  accept(principal: Principal, id: string, acceptance: Acceptance): Promise<Reviewed> {
    return this.#turns.run([id], async () => {
      const { entry, sides } = await this.read(id);
      checkOpen(entry);
      checkNamesDocument(entry);
      const plan = this.#plan(principal, entry, sides, acceptance);
      checkConflicts(plan, sides, acceptance);
      const rev = plan.edit ? await this.#write(principal, plan.edit) : (sides.winner?.rev ?? entry.write.rev);
      await this.#options.record({
        kind: 'held_write_accepted',
        ...{ ...aboutOf(entry), rev, by: principal.userId, fields: plan.fields },
      });
      await this.#decide(principal, entry, { outcome: 'accepted', rev, note: acceptance.note });
      return this.read(id);
    });
  }

  /**
   * @throws HttpError `not_found`, `wrong_state`
   */
  reject(principal: Principal, id: string, note: string): Promise<Reviewed> {
    return this.#turns.run([id], async () => {
      const { entry } = await this.read(id);
      checkOpen(entry);
      await this.#options.record({ kind: 'held_write_rejected', ...aboutOf(entry), by: principal.userId });
      await this.#decide(principal, entry, { outcome: 'rejected', note });
      return this.read(id);
    });
  }

  async #decide(
    { userId }: Principal,
    entry: HeldEntry,
    { note, ...decision }: Pick<HeldDecision, 'outcome' | 'rev'> & { readonly note: string | undefined },
  ): Promise<void> {
    const at = new Date(this.#options.nowMs()).toISOString();
    const stands = await this.#options.held.decide(entry, {
      ...{ ...decision, by: userId, at },
      ...(note !== undefined && { note }),
    });
    if (!stands) throw decidedError();
  }

  #plan(principal: Principal, { write }: HeldEntry, sides: FoundSides, acceptance: Acceptance): Plan {
    const { winner, stored } = sides;
    const base = winner ? { baseRev: winner.rev } : {};
    const id = write.documentId;
    if (write.deleted) {
      refuseChoice(acceptance);
      if (!stored) return { fields: [], conflicts: [] };
      return { edit: { id, ...base, deleted: true, body: {} }, fields: [], conflicts: changedSince(sides) };
    }
    const values = wantedValues(sides, acceptance);
    const fields = Object.keys(values).filter((field) => !equal(values[field] ?? undefined, stored?.[field]));
    // Nothing of it was stored: a new document, or one that was deleted since.
    const before: Body = stored ?? withoutServerFields(sides.held ?? {}, winner?.body);
    const body = Object.fromEntries(
      Object.entries({ ...before, ...values, ...this.#bookkeeping(principal, { ...before, ...values }) }).filter(
        ([, value]) => value !== undefined && value !== null,
      ),
    );
    if (stored && fields.length === 0) return { fields, conflicts: [] };
    const conflicts = winner?.deleted ? ['_deleted'] : conflictingFields(sides, values, Object.keys(values));
    return { edit: { id, ...base, deleted: false, body }, fields, conflicts };
  }

  /** Never before the last change: clocks of tablets may be ahead. */
  #bookkeeping({ userId, deviceId }: Principal, { updatedAt, createdAt }: Body) {
    const times = [this.#options.nowMs(), ...[updatedAt, createdAt].map((time) => timeOf(time) || 0)];
    const now = new Date(Math.max(...times.filter((time) => time <= this.#options.nowMs() + CLOCK_TOLERANCE_MS)));
    return { updatedAt: now.toISOString(), updatedBy: userId, deviceId };
  }

  async #write(principal: Principal, edit: Edit): Promise<string> {
    const [outcome] = await this.#options.writePath.edit(principal, [edit], { hold: false });
    if (outcome?.outcome === 'stored') return outcome.rev;
    throw outcome ? writeError(outcome) : new HttpError('conflict');
  }
}

/** What the rules grant to tablets; a time further ahead is refused, and must not be taken over from the held write. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

const decidedError = () => new HttpError('wrong_state', { detail: 'It was decided before: read it again.' });

function checkOpen({ decision }: HeldEntry): void {
  if (decision) throw decidedError();
}

/** What has no id, or one that no document can have, cannot be written: it can be looked at, and rejected. */
function checkNamesDocument({ write }: HeldEntry): void {
  if (parseId(write.documentId)) return;
  const detail = 'It does not have the id of a document, so that nothing can be written: reject it.';
  throw new HttpError('refused', { detail, extra: { reason: 'id_mismatch' } });
}

/** Nothing that somebody wrote since is overwritten unless the reviewer says that they have seen it. */
function checkConflicts({ conflicts }: Plan, { winner }: FoundSides, { ifMatch }: Acceptance): void {
  const rev = winner?.rev ?? '';
  const isNamed = ifMatch?.includes(rev) === true;
  if (ifMatch && !isNamed && !(ifMatch.includes('*') && winner)) throw new HttpError('precondition_failed');
  if (conflicts.length === 0 || isNamed) return;
  const detail = winner?.deleted
    ? 'The document was deleted since: to bring it back, name its revision as If-Match.'
    : 'The document was changed since: look at it, and name its revision as If-Match to write over it.';
  throw new HttpError('conflict', { detail, extra: { fields: conflicts, rev } });
}

function refuseChoice({ fields, values }: Acceptance): void {
  const wrong = Object.entries({ fields, values }).filter(([, value]) => value !== undefined);
  if (wrong.length > 0)
    throw invalidInput(wrong.map(([path]) => ({ path, message: 'a deletion has no fields: leave it out' })));
}

/**
 * The fields to be written, each with its value; undefined and null remove it.
 * @throws HttpError `invalid_input`
 */
function wantedValues(sides: FoundSides, { fields, values = {} }: Acceptance): Body {
  const changed = changedFields(sides);
  const isNew = !sides.base && !sides.stored;
  const wrong = [
    ...(fields && !sides.stored
      ? [{ path: 'fields', message: 'there is no document to write them to, it is written whole: leave it out' }]
      : []),
    ...(fields ?? [])
      .filter((field) => !changed.includes(field))
      .map((field) => ({ path: 'fields', message: `${field} is not among the fields that this write changed` })),
    ...Object.keys(values)
      .filter((field) => !isReviewable(sides.documentId, field, isNew))
      .map((field) => ({ path: `values.${field}`, message: 'is kept by the server: leave it out' })),
  ];
  if (wrong.length > 0) throw invalidInput(wrong);
  const held = (fields ?? changed).map((field) => [field, sides.held?.[field]]);
  return { ...Object.fromEntries(held), ...values };
}

/** A new document comes with what its author wrote, but for what only the server knows. */
function withoutServerFields(held: Body, deleted: Body | undefined): Body {
  const { formerClinicIds: _, ...own } = held;
  return deleted?.formerClinicIds === undefined ? own : { ...own, formerClinicIds: deleted.formerClinicIds };
}

const aboutOf = ({ id, write }: HeldEntry) => {
  const userId = authorOf(write);
  return { heldWriteId: id, documentId: write.documentId, ...(userId !== undefined && { userId }) };
};

function writeError(outcome: Exclude<Outcome, { outcome: 'stored' }>): HttpError {
  if (outcome.outcome === 'conflict') return new HttpError('conflict', { extra: { fields: [] } });
  const { refusal, faults } = outcome;
  if (refusal.code === 'invalid_document')
    return new HttpError('invalid_document', { extra: { faults: faults ?? [] } });
  const fields = refusal.fields ? { fields: refusal.fields } : {};
  return new HttpError('refused', { detail: refusal.message, extra: { reason: refusal.code, ...fields } });
}
