/** A change that someone would make, as a tablet would push it, judged as the gateway judges it. Nothing is written. */
import type { ChangeAction } from '../../../sync-rules/access-row.ts';
import type { Principal } from '../../../sync-rules/principal.ts';
import { databasesOfPrincipal } from '../../../sync-rules/role-database.ts';
import type { SyncRules } from '../../../sync-rules/sync-rules.ts';
import { asDocument, asRuleRevision, storedBody } from '../../documents/write/document-policy.ts';
import type { WritePath } from '../../documents/write/write-path.ts';
import { childRevision, winnerOf } from '../../store/revisions.ts';
import type { StoredRevision } from '../../store/store.ts';
import { type RuleRow, ruleRow } from './rule-rows.ts';
import type { TrialDocument } from './trial-document.ts';
import type { TrialInput } from './trial-input.ts';
import { timeAfter } from './trial-writing.ts';

export interface TrialDecision {
  readonly allowed: boolean;
  readonly action: ChangeAction;
  /** Of the refusal; the same that a tablet is given. */
  readonly code?: string;
  readonly message: string;
  /** Fields that the refusal is about. */
  readonly fields?: readonly string[];
  /** Where the document would not fit its schema. */
  readonly faults?: readonly { readonly path: string; readonly rule: string; readonly message: string }[];
  /** The row of the access table that allows it. */
  readonly row?: RuleRow;
}

export interface TrialChangeOptions {
  readonly rules: Pick<SyncRules, 'placement' | 'readableCopy'>;
  readonly writePath: Pick<WritePath, 'judge'>;
  readonly nowMs: () => number;
}

/** The document as it would sync to the principal, with the database by which it comes. */
export function syncedCopy(rules: Pick<SyncRules, 'placement'>, principal: Principal, revision: StoredRevision) {
  const own = databasesOfPrincipal(principal).map(({ name }) => name);
  return rules.placement(asRuleRevision(revision)).find(({ database }) => own.includes(database.name));
}

export async function decide(
  options: TrialChangeOptions,
  principal: Principal,
  document: TrialDocument,
  change: NonNullable<TrialInput['change']>,
): Promise<TrialDecision> {
  const { id, leaves, madeUp } = document;
  const seenIn = syncedCopy(options.rules, principal, document.revision)?.database;
  const row = rowOf(options, principal, document, change);
  const instead = new Map(madeUp ? [[id, leaves]] : []);
  const outcome = await options.writePath.judge(principal, row, { seenIn, instead });
  const winner = winnerOf(leaves);
  const action = row.deleted ? 'delete' : winner && !winner.deleted ? 'update' : 'create';
  if (outcome.outcome === 'stored') {
    const by = outcome.decision?.row;
    return { allowed: true, action, message: by?.reason ?? 'It is allowed.', ...(by && { row: ruleRow(by) }) };
  }
  if (outcome.outcome === 'conflict') throw new RangeError('a revision that grows from a known one is no conflict');
  const { refusal, faults } = outcome;
  const { code, message, fields } = refusal;
  return { allowed: false, action, code, message, ...(fields && { fields }), ...(faults && { faults }) };
}

/** What a device that has the document would push. */
function rowOf(
  { rules, nowMs }: TrialChangeOptions,
  principal: Principal,
  { id, revision }: TrialDocument,
  change: NonNullable<TrialInput['change']>,
): StoredRevision {
  if (change.create) return revision;
  if (change.delete) return childRevision(revision, id, {}, { deleted: true });
  const whole = asDocument(id, revision.body);
  const { type, patientId } = whole;
  const copy = syncedCopy(rules, principal, revision)?.body ?? rules.readableCopy(principal, whole);
  // Of what they can't see, they know no more than the id says.
  const held = copy ? storedBody(copy) : { type, ...(patientId !== undefined && { patientId }) };
  const stamp = { updatedAt: timeAfter(whole, nowMs()), updatedBy: principal.userId };
  const values = Object.entries({ ...held, ...stamp, ...change.set }).filter(
    ([field, value]) => value !== null && field !== '_id' && field !== '_rev',
  );
  return childRevision(revision, id, Object.fromEntries(values));
}
