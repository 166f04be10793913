/** Which row shows a document? For the administrator's "why does this nurse see this?". */
import { abilityOf, readableFields, readRowOf, tagged } from './ability.ts';
import type { ReadRow } from './access-row.ts';
import type { RuleDocument } from './document.ts';
import type { Principal } from './principal.ts';

export interface Explanation {
  readonly readable: boolean;
  /** The row of the access table that allows reading, where one does. */
  readonly row?: ReadRow;
  /** Fields that the principal sees; those the document has and the principal does not see are in `hiddenFields`. */
  readonly fields: readonly string[];
  readonly hiddenFields: readonly string[];
  readonly sentence: string;
}

/** Says whether the principal may read the document, by which rule, and which fields. */
export function explain(principal: Principal, document: RuleDocument): Explanation {
  const ability = abilityOf(principal);
  const visible = readableFields(ability, document);
  const fields = Object.keys(document).filter((field) => visible.has(field));
  const hiddenFields = Object.keys(document).filter((field) => !visible.has(field));
  const rule = ability.relevantRuleFor('read', tagged(document));
  if (!rule || visible.size === 0) {
    const rows = ability.rulesFor('read', document.type);
    const sentence =
      rows.length === 0
        ? `a ${principal.role} has no rule for reading ${document.type} documents`
        : `no rule matches: ${rows.map((rule) => `"${rule.reason ?? ''}" wants ${JSON.stringify(rule.conditions ?? {})}`).join('; ')}`;
    return { readable: false, fields: [], hiddenFields, sentence };
  }
  const row = readRowOf(rule);
  return { readable: true, row, fields, hiddenFields, sentence: row.reason };
}
