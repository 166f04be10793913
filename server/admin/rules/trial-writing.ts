/** What someone may write: whether they may create, change and delete a document, and which of its fields. */
import { fieldsOf } from '../../../shared-schemas/document-types.ts';
import { abilityOf, readableFields } from '../../../sync-rules/ability.ts';
import { BOOKKEEPING_FIELDS, COUPLED_FIELDS, FIXED_FIELDS, SERVER_FIELDS } from '../../../sync-rules/access-table.ts';
import type { Decision } from '../../../sync-rules/authorize-write.ts';
import { conditionWords } from '../../../sync-rules/condition-words.ts';
import type { RuleDocument, RuleRevision } from '../../../sync-rules/document.ts';
import type { Principal } from '../../../sync-rules/principal.ts';
import { REFUSALS, type RefusalCode } from '../../../sync-rules/refusal.ts';
import type { SyncRules } from '../../../sync-rules/sync-rules.ts';
import { writableFields } from '../../../sync-rules/writable-fields.ts';
import { defaultsOf } from '../../api/defaults.ts';
import { ROUTING_FIELDS } from '../../documents/write/document-policy.ts';
import { type RuleRow, ruleRow } from './rule-rows.ts';

export interface Answer {
  readonly allowed: boolean;
  /** Of the refusal. */
  readonly code?: RefusalCode;
  readonly sentence: string;
  /** The row of the access table that allows it. */
  readonly row?: RuleRow;
}

export interface FieldAnswer {
  readonly field: string;
  /** Whether they see it. */
  readonly visible: boolean;
  readonly writable: boolean;
  /** The row that allows it, or why none does. */
  readonly sentence: string;
  /** What the changed document must be, in words, that the stored one is not. */
  readonly afterwards?: readonly string[];
}

export interface WritingView {
  /** A document like this one, as theirs. */
  readonly create: Answer;
  readonly update: Answer;
  readonly delete: Answer;
  readonly fields: readonly FieldAnswer[];
}

export interface WritingRequest {
  readonly rules: Pick<SyncRules, 'authorizeWrite'>;
  readonly principal: Principal;
  /** The document as it is now. */
  readonly stored: RuleRevision;
  readonly patient: RuleRevision | undefined;
  readonly nowMs: number;
}

export function writingView(request: WritingRequest): WritingView {
  const { principal, stored } = request;
  const now = timeAfter(stored.body, request.nowMs);
  const writable = stored.deleted ? [] : writableFields(principal, stored.body, now);
  const update = mayUpdate(request, writable.length > 0 ? writable[0]?.row.reason : undefined, now);
  const byField = new Map(writable.map((one) => [one.field, one]));
  const visible = stored.deleted ? new Set() : readableFields(abilityOf(principal), stored.body);
  return {
    create: mayCreate(request),
    update,
    delete: mayDelete(request),
    fields: fieldsOf(stored.body.type).map((field) => {
      const one = byField.get(field);
      const place = { field, visible: visible.has(field) };
      if (!one) return { ...place, writable: false, sentence: whyFixed(field, update) };
      const afterwards = one.afterwards && conditionWords(one.afterwards);
      return { ...place, writable: true, sentence: one.row.reason, ...(afterwards && { afterwards }) };
    }),
  };
}

/** Never before the last change: clocks of tablets may be ahead. */
export const timeAfter = ({ updatedAt }: RuleDocument, nowMs: number): string =>
  new Date(Math.max(nowMs, Date.parse(String(updatedAt)) || 0)).toISOString();

function whyFixed(field: string, update: Answer): string {
  if (BOOKKEEPING_FIELDS.includes(field)) return 'It is set by whoever changes the document, with every change.';
  if (SERVER_FIELDS.includes(field)) return 'It is kept by the server.';
  if (FIXED_FIELDS.includes(field)) return REFUSALS.field_fixed;
  return update.allowed ? REFUSALS.field_not_allowed : update.sentence;
}

/** A change of nothing but who changed it when; where only some fields may be changed, it is those that count. */
function mayUpdate(request: WritingRequest, allowedBy: string | undefined, now: string): Answer {
  const { rules, principal, stored, patient, nowMs } = request;
  if (stored.deleted) return refused('document_deleted');
  if (allowedBy !== undefined) return { allowed: true, sentence: allowedBy };
  const incoming = { body: { ...stored.body, updatedAt: now, updatedBy: principal.userId }, deleted: false };
  const decision = rules.authorizeWrite({ principal, stored, incoming, patient, nowMs });
  return decision.allowed ? refused('not_allowed') : answerOf(decision);
}

function mayDelete({ rules, principal, stored, patient, nowMs }: WritingRequest): Answer {
  if (stored.deleted) return refused('document_deleted');
  const routing = Object.entries(stored.body).filter(([field]) => field === '_id' || isRouting(field));
  const incoming = { body: Object.fromEntries(routing) as unknown as RuleDocument, deleted: true };
  return answerOf(rules.authorizeWrite({ principal, stored, incoming, patient, nowMs }));
}

const isRouting = (field: string): boolean => (ROUTING_FIELDS as readonly string[]).includes(field);

/** As new as a client makes it: by them, now, and not yet filled or performed. */
function mayCreate({ rules, principal, stored: { body: like }, patient, nowMs }: WritingRequest): Answer {
  const { userId } = principal;
  const now = new Date(nowMs).toISOString();
  const late = [...SERVER_FIELDS, ...(COUPLED_FIELDS[like.type] ?? [])];
  const kept = Object.fromEntries(Object.entries(like).filter(([field]) => !late.includes(field)));
  const times = { createdAt: now, createdBy: userId, updatedAt: now, updatedBy: userId };
  const body = { ...kept, ...defaultsOf(like.type, { now }), ...times } as unknown as RuleDocument;
  return answerOf(rules.authorizeWrite({ principal, incoming: { body, deleted: false }, patient, nowMs }));
}

const refused = (code: RefusalCode): Answer => ({ allowed: false, code, sentence: REFUSALS[code] });

const answerOf = (decision: Decision): Answer =>
  decision.allowed
    ? { allowed: true, sentence: decision.row.reason, row: ruleRow(decision.row) }
    : { allowed: false, code: decision.code, sentence: decision.message };
