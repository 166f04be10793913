/** The access table as CASL abilities. */
import {
  subject as asSubject,
  createMongoAbility,
  type MongoAbility,
  type RawRuleOf,
  type RuleOf,
} from '@casl/ability';
import { type DocumentType, fieldsOf, isReferenceType } from '../shared-schemas/document-types.ts';
import type { AccessRow, Action, ChangeRow, Conditions, ReadRow } from './access-row.ts';
import { accessRows, publicReferenceRows } from './access-table.ts';
import type { RuleDocument } from './document.ts';
import type { Principal } from './principal.ts';
import type { RoleDatabase } from './role-database.ts';

export type Ability = MongoAbility;
export type AbilityRule = RuleOf<Ability>;

const OPERATORS = new Set(['$ne', '$in', '$eq']);

/**
 * An operator that CASL does not know, or a top-level `$or`, makes a condition match nothing or everything: rows are
 * checked when an ability is built, so that a mistake in the table stops the server and not a clinician.
 */
function checkRow(row: AccessRow): void {
  const all = row.action === 'read' ? [row.conditions] : [row.before, row.after];
  for (const [field, condition] of all.flatMap((conditions) => Object.entries(conditions ?? {}))) {
    const operators = typeof condition === 'object' && condition !== null ? Object.keys(condition) : [];
    if (field.startsWith('$') || condition === undefined || operators.some((operator) => !OPERATORS.has(operator))) {
      throw new Error(`access table: the condition on "${field}" of "${row.reason}" is not supported`);
    }
  }
}

/** A rule that allows a change: its conditions are those on the stored document, or on a new one. */
interface ChangeRule {
  readonly action: ChangeRow['action'];
  readonly subject: DocumentType;
  readonly fields?: string[];
  readonly conditions?: Conditions;
  readonly reason: string;
  readonly row: ChangeRow;
}

/** A row for reading is a CASL rule as it stands. */
function ruleOf(row: AccessRow): ReadRow | ChangeRule {
  if (row.action === 'read') return row;
  const { action, subject, fields, reason } = row;
  const conditions = action === 'create' ? row.after : row.before;
  return { action, subject, reason, row, ...(fields && { fields }), ...(conditions && { conditions }) };
}

function build(rows: AccessRow[]): Ability {
  for (const row of rows) checkRow(row);
  return createMongoAbility(rows.map(ruleOf) as RawRuleOf<Ability>[]);
}

/** The row behind a rule for reading. */
export const readRowOf = (rule: AbilityRule): ReadRow => rule.origin as unknown as ReadRow;

/** The row behind a rule for a change. */
export const changeRowOf = (rule: AbilityRule): ChangeRow => (rule.origin as unknown as ChangeRule).row;

const MAX_CACHED_ABILITIES = 10_000;

/** Abilities are asked for every row that is read or written, so each is built once and shared. */
function cached(abilities: Map<string, Ability>, key: string, rows: () => AccessRow[]): Ability {
  let ability = abilities.get(key);
  if (!ability) {
    if (abilities.size >= MAX_CACHED_ABILITIES) abilities.clear();
    ability = build(rows());
    abilities.set(key, ability);
  }
  return ability;
}

const ofPrincipals = new Map<string, Ability>();
const ofDatabases = new Map<string, Ability>();

/** The CASL rules of one principal. */
export function abilityOf(principal: Principal): Ability {
  const { userId, role, clinicId, patientId } = principal;
  return cached(ofPrincipals, JSON.stringify([userId, role, clinicId, patientId]), () => accessRows(principal));
}

/** What every principal that syncs a role database may read in it: the rules that the projection follows. */
export const abilityOfDatabase = (database: RoleDatabase): Ability =>
  cached(ofDatabases, database.name, () => databaseRows(database));

function databaseRows(database: RoleDatabase): AccessRow[] {
  if (database.role === 'reference') return publicReferenceRows();
  const scope = database.role === 'patient' ? { patientId: database.scope } : { clinicId: database.scope };
  // No user has an empty id, so nothing that depends on authorship is allowed here.
  const rows = accessRows({ userId: '', role: database.role, ...scope });
  return rows.filter((row) => row.action === 'read' && !isReferenceType(row.subject));
}

/** A copy that CASL may tag with its type, with `facts` beside the document's own fields. */
export const tagged = (document: RuleDocument, facts: Readonly<Record<string, unknown>> = {}) =>
  asSubject(document.type, { ...document, ...facts });

export const may = (
  ability: Ability,
  action: Action,
  document: RuleDocument,
  facts?: Readonly<Record<string, unknown>>,
  field?: string,
): boolean => ability.can(action, tagged(document, facts), field);

/** A rule's fields as a set, made once: this is asked of every row that is read. */
const fieldSets = new WeakMap<object, ReadonlySet<string>>();

function fieldSetOf(rule: { readonly fields?: string[] | undefined }, type: DocumentType): ReadonlySet<string> {
  const set = fieldSets.get(rule) ?? new Set(rule.fields ?? fieldsOf(type));
  fieldSets.set(rule, set);
  return set;
}

/** The fields of `document` that may be read; empty where the document may not be. Rows only ever allow: what they give adds up. */
export function readableFields(ability: Ability, document: RuleDocument): ReadonlySet<string> {
  const rules = ability.rulesFor('read', document.type).filter((rule) => rule.matchesConditions(document));
  const [first, ...others] = rules.map((rule) => fieldSetOf(rule, document.type));
  return first && others.length === 0 ? first : new Set([first ?? [], ...others].flatMap((set) => [...set]));
}

/** The document as it may be read: whole, without the fields that may not be, or undefined. */
export function readableCopy(ability: Ability, document: RuleDocument): RuleDocument | undefined {
  const fields = readableFields(ability, document);
  if (fields.size === 0) return undefined;
  return Object.fromEntries(Object.entries(document).filter(([field]) => fields.has(field))) as unknown as RuleDocument;
}
