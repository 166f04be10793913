/** Which of the rules that every write has to keep does a write break? */
import equal from 'fast-deep-equal';
import { abilityOf, may } from './ability.ts';
import type { ChangeAction, Demand, WriteRule } from './access-row.ts';
import { CLOCK_TOLERANCE_MS, WRITE_RULES } from './access-table.ts';
import type { RuleDocument, RuleRevision } from './document.ts';
import { linksOf } from './links.ts';
import type { Principal } from './principal.ts';
import { type Refusal, refuse } from './refusal.ts';
import { timeOf } from './time-of.ts';

export interface Write {
  readonly action: ChangeAction;
  readonly principal: Principal;
  /** The winning revision on the server: for a creation a deletion, where there is one. */
  readonly stored: RuleRevision | undefined;
  /** The document as it is written. */
  readonly document: RuleDocument;
  /** What it grows from. */
  readonly parent: RuleDocument | undefined;
  /** The winning revision of its patient, where there is one. */
  readonly patient: RuleRevision | undefined;
  /** Whether it says itself when it was made, and by whom: deletions need not. */
  readonly dated: boolean;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/** The refusal of the first rule that is broken, with the fields of all rules that share its code. */
export function brokenRule(write: Write): Refusal | undefined {
  const rules = WRITE_RULES.filter((rule) => binds(rule, write));
  const first = rules.find((rule) => faultsOf(rule, write));
  if (!first) return undefined;
  const fields = rules.filter(({ code }) => code === first.code).flatMap((rule) => faultsOf(rule, write) ?? []);
  return refuse(first.code, [...new Set(fields)]);
}

/** Fields that nobody can change in the document. */
export const fixedFields = (stored: RuleDocument): readonly string[] =>
  WRITE_RULES.flatMap((rule) =>
    rule.kind === 'unchanged' && rule.on.includes('update') && !rule.except?.includes(stored.type) ? rule.fields : [],
  );

const binds = ({ on, exempt, kind }: WriteRule, { action, principal, dated }: Write): boolean =>
  on.includes(action) && !exempt?.includes(principal.role) && (dated || (kind !== 'time' && kind !== 'author'));

/** The fields that break the rule, none where it is not about fields; undefined where it is kept. */
function faultsOf(demand: Demand, write: Write): readonly string[] | undefined {
  const { principal, stored, document, parent, patient } = write;
  const reads = (revision: RuleRevision) => may(abilityOf(principal), 'read', revision.body);
  switch (demand.kind) {
    case 'own_deletion':
      return stored && demand.fields.some((field) => stored.body[field] !== principal.userId) ? [] : undefined;
    case 'visible':
      return stored && !reads(stored) ? [] : undefined;
    case 'unchanged':
      return demand.except?.includes((stored?.body ?? document).type)
        ? undefined
        : some(demand.fields.filter((field) => !equal(document[field], parent?.[field])));
    case 'time':
      return isWrongTime(demand, write) ? [demand.field] : undefined;
    case 'author':
      return isWrongAuthor(demand, write) ? [demand.field] : undefined;
    case 'state':
      return stateFaults(demand, write);
    case 'once':
      return isSecond(demand, write) ? demand.fields : undefined;
    case 'links':
      return some(
        linksOf(document)
          .filter(({ id, type }) => !id.startsWith(`${document.patientId}:${type}:`))
          .map(({ field }) => field),
      );
    case 'patient':
      return patient && document.type !== 'patient' && (patient.deleted || !reads(patient)) ? [] : undefined;
  }
}

const some = (fields: readonly string[]) => (fields.length > 0 ? fields : undefined);

type Of<K extends Demand['kind']> = Extract<Demand, { kind: K }>;

/** The revision that is changed; a document that is made, or comes back, is compared with none. */
const changedFrom = ({ action, parent }: Write) => (action === 'create' ? undefined : parent);

function isWrongTime({ field, notBefore, forwards }: Of<'time'>, write: Write): boolean {
  const time = timeOf(write.document[field]);
  return (
    Number.isNaN(time) ||
    time > write.nowMs + CLOCK_TOLERANCE_MS ||
    (notBefore !== undefined && time < timeOf(write.document[notBefore])) ||
    (forwards === true && time < timeOf(changedFrom(write)?.[field]))
  );
}

function isWrongAuthor({ field, optional }: Of<'author'>, write: Write): boolean {
  const value = write.document[field];
  if (optional && (value === undefined || value === changedFrom(write)?.[field])) return false;
  return value !== write.principal.userId;
}

function stateFaults({ subject, status, fields }: Of<'state'>, write: Write): readonly string[] | undefined {
  const { document } = write;
  if (document.type !== subject) return undefined;
  const wrong = fields.filter((field) => (document[field] !== undefined) !== (document.status === status));
  const together = ['status', ...fields];
  const isAsBefore = together.every((field) => equal(document[field], changedFrom(write)?.[field]));
  return wrong.length > 0 && !isAsBefore ? ['status', ...wrong] : undefined;
}

/** `fields` say who gave the document the status, and when: the same twice is once. */
function isSecond({ subject, status, fields }: Of<'once'>, { document, stored, parent }: Write): boolean {
  if (document.type !== subject || document.status !== status || stored?.body.status !== status) return false;
  return parent?.status !== status && fields.some((field) => !equal(document[field], stored.body[field]));
}
