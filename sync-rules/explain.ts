/** Which rule decides? For the administrator's "why does this nurse see this?". */
import { type Ability, abilityOf, readableFields, tagged } from './ability.ts';
import type { AccessRow, Action } from './access-table.ts';
import type { RuleDocument } from './document.ts';
import type { Principal } from './principal.ts';

export interface Explanation {
  readonly readable: boolean;
  /** The row of the access table that allows reading, where one does. */
  readonly row?: AccessRow;
  /** Fields that the principal sees; those the document has and the principal does not see are in `hiddenFields`. */
  readonly fields: readonly string[];
  readonly hiddenFields: readonly string[];
  readonly sentence: string;
}

/** The row that allows `action` on `document`. Throws a RangeError where none does. */
export function allowingRow(
  ability: Ability,
  action: Action,
  document: RuleDocument,
  facts?: Readonly<Record<string, unknown>>,
): AccessRow {
  const rule = ability.relevantRuleFor(action, tagged(document, facts));
  if (!rule) throw new RangeError(`no rule allows to ${action} this ${document.type}`);
  return {
    action,
    subject: document.type,
    reason: rule.reason ?? '',
    ...(rule.fields && { fields: rule.fields }),
    ...(rule.conditions && { conditions: rule.conditions as Record<string, unknown> }),
  };
}

/** Says whether the principal may read the document, by which rule, and which fields. */
export function explain(principal: Principal, document: RuleDocument): Explanation {
  const ability = abilityOf(principal);
  const visible = readableFields(ability, document);
  const fields = Object.keys(document).filter((field) => visible.has(field));
  const hiddenFields = Object.keys(document).filter((field) => !visible.has(field));
  if (visible.size === 0) {
    const rows = ability.rulesFor('read', document.type);
    const sentence =
      rows.length === 0
        ? `a ${principal.role} has no rule for reading ${document.type} documents`
        : `no rule matches: ${rows.map((rule) => `"${rule.reason ?? ''}" wants ${JSON.stringify(rule.conditions ?? {})}`).join('; ')}`;
    return { readable: false, fields: [], hiddenFields, sentence };
  }
  const row = allowingRow(ability, 'read', document);
  return { readable: true, row, fields, hiddenFields, sentence: row.reason };
}
