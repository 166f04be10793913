/** May this principal write this revision? Pure: the time is handed in. */
import equal from 'fast-deep-equal';
import { type Ability, abilityOf, may } from './ability.ts';
import type { ChangeAction, ChangeRow } from './access-row.ts';
import { SERVER_FIELDS, secondDeletion } from './access-table.ts';
import { brokenRule, type Write } from './broken-rule.ts';
import { allowingRow, type Change, fieldsInTheWay } from './change.ts';
import type { RuleDocument, RuleRevision } from './document.ts';
import { factsOf } from './facts.ts';
import type { Principal } from './principal.ts';
import { type Refusal, refuse } from './refusal.ts';

export interface WriteRequest {
  readonly principal: Principal;
  /** The winning revision on the server, where there is one. */
  readonly stored?: RuleRevision | undefined;
  /** What is written, with the fields that the principal can't see filled in from `parent` (see hidden-fields.ts). */
  readonly incoming: RuleRevision;
  /** Fields that count as changed whatever their values are: such as were sent hidden (see hidden-fields.ts). */
  readonly alsoChanged?: readonly string[] | undefined;
  /** Where `incoming` is a deletion that ends one side of a conflict: the document as it lives on. */
  readonly survivor?: RuleDocument | undefined;
  /** The nearest ancestor of `incoming` that the server has. */
  readonly parent?: RuleDocument | undefined;
  /** The winning revision of the patient that the document belongs to, where there is one. */
  readonly patient?: RuleRevision | undefined;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

export interface Allowed {
  readonly allowed: true;
  readonly action: ChangeAction;
  readonly changed: readonly string[];
  /** The row of the access table that allows it. */
  readonly row: ChangeRow;
  /**
   * When the change was made by what it says, in milliseconds since 1970, where it is allowed for that alone: made now, it would
   * be refused.
   */
  readonly inTimeAtMs?: number;
}

/** What the rules say of one write. */
export type Decision = Allowed | Refusal;

/** Judges one revision. Shape, schema and the agreement of id and type must have been checked before. */
export function authorizeWrite(request: WriteRequest): Decision {
  const { stored, incoming, principal } = request;
  if (incoming.deleted && (!stored || stored.deleted)) return deletionOfNothing(principal, stored);
  const { write, change } = judged(request);
  const refusal = brokenRule(write);
  if (refusal) return refusal;
  const row = allowingRow(abilityOf(principal), change);
  if (!row) return refusalOf(change, principal, request.survivor !== undefined);
  const { action, changed } = change;
  const inTimeAtMs = inTimeOnly(write, change);
  return { allowed: true, action, changed, row, ...(inTimeAtMs !== undefined && { inTimeAtMs }) };
}

function inTimeOnly({ principal, document, dated, nowMs }: Write, change: Change): number | undefined {
  if (!change.before || !dated) return undefined;
  const facts = factsOf(change.before, new Date(nowMs).toISOString());
  if (equal(facts, change.facts) || allowingRow(abilityOf(principal), { ...change, facts })) return undefined;
  return Date.parse(String(document.updatedAt));
}

/** A second deletion changes nothing that anyone can see; a deletion of what never was has nothing to say. */
function deletionOfNothing(principal: Principal, stored: RuleRevision | undefined): Decision {
  if (!stored || !may(abilityOf(principal), 'read', stored.body)) return refuse('not_visible');
  return { allowed: true, action: 'delete', changed: [], row: secondDeletion(stored.body.type) };
}

/** The write, for the rules that every write has to keep, and the change that it makes, for the rows of the table. */
function judged(request: WriteRequest): { write: Write; change: Change } {
  const { principal, stored, incoming, patient, nowMs, parent = stored?.body } = request;
  const document = incoming.body;
  const common = { principal, stored, document, parent, patient, nowMs };
  if (!stored || stored.deleted) {
    const change = { action: 'create', after: document, changed: Object.keys(document), facts: {} } as const;
    return { write: { ...common, action: 'create', dated: true }, change };
  }
  const before = stored.body;
  if (!incoming.deleted) {
    const changed = [...new Set([...changedFields(parent ?? before, document), ...(request.alsoChanged ?? [])])];
    const facts = factsOf(before, document.updatedAt);
    return {
      write: { ...common, action: 'update', dated: true },
      change: { action: 'update', before, after: document, changed, facts },
    };
  }
  // RxDB sends the last body along with a deletion: the times of an earlier edit are not the time of the deletion.
  const dated = document.updatedAt !== undefined && document.updatedAt !== parent?.updatedAt;
  const facts = factsOf(before, dated ? document.updatedAt : new Date(nowMs).toISOString());
  const write = { ...common, action: 'delete', dated } as const;
  return { write, change: changeByDeletion(before, request.survivor, facts) };
}

/**
 * Stock clients resolve a conflict by deleting the sides that lost. The document lives on, so it is a change of it: from what
 * won until now to what is left.
 */
function changeByDeletion(before: RuleDocument, survivor: RuleDocument | undefined, facts: Change['facts']): Change {
  if (!survivor) return { action: 'delete', before, changed: [], facts };
  const changed = changedFields(before, survivor).filter((field) => !SERVER_FIELDS.includes(field));
  return { action: 'update', before, after: survivor, changed, facts };
}

/** Fields whose values differ, or that only one of the two has. */
export function changedFields(before: RuleDocument, after: RuleDocument): string[] {
  const fields = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...fields].filter((field) => !equal(before[field], after[field]));
}

/** Why no row allows the change. */
function refusalOf(change: Change, principal: Principal, endsConflict: boolean): Refusal {
  const ability = abilityOf(principal);
  const inTheWay = change.action === 'update' ? fieldsInTheWay(ability, change) : undefined;
  if (inTheWay === undefined) return diagnose(ability, change, principal);
  const inTime = { ...change, facts: { ...change.facts, within24h: true } };
  return !endsConflict && allowingRow(ability, inTime) ? refuse('window_over') : refuse('field_not_allowed', inTheWay);
}

/** Finds the sentence that helps: would it have been allowed in time, to the author, or before it was final? */
function diagnose(ability: Ability, change: Change, principal: Principal): Refusal {
  const { action, facts } = change;
  const document = change.before ?? change.after;
  if (!document) return refuse('not_allowed');
  const inTime = { ...facts, within24h: true };
  const open = { ...inTime, upcoming: true };
  const unfinished = { ...document, status: document.type === 'procedure' ? 'planned' : 'pending' };
  const own = { ...document, createdBy: principal.userId };
  if (may(ability, action, document, inTime)) return refuse('window_over');
  if (may(ability, action, document, open)) return refuse('already_final');
  if ('status' in document && may(ability, action, unfinished, open)) return refuse('already_final');
  if (
    may(ability, action, own, open) ||
    ('status' in document && may(ability, action, { ...own, status: unfinished.status }, open))
  ) {
    return refuse('not_author');
  }
  return refuse('not_allowed');
}
