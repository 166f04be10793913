/** Which fields of a document may be changed, and by which row of the access table. For the administrator's "what may they write?". */
import equal from 'fast-deep-equal';
import { fieldsOf } from '../shared-schemas/document-types.ts';
import { abilityOf, changeRowOf, may } from './ability.ts';
import type { ChangeRow, Conditions } from './access-row.ts';
import { BOOKKEEPING_FIELDS } from './access-table.ts';
import { fixedFields } from './broken-rule.ts';
import { endsRight, rulesAbout } from './change.ts';
import type { RuleDocument } from './document.ts';
import { factsOf } from './facts.ts';
import type { Principal } from './principal.ts';

export interface WritableField {
  readonly field: string;
  /** The row that allows it. */
  readonly row: ChangeRow;
  /** What the changed document must be that the stored one is not. */
  readonly afterwards?: Conditions;
}

/**
 * The fields that the principal may change in `stored`, were it written at `writtenAt` (ISO 8601). A row allows a change as
 * a whole: fields of two rows may not be changed together.
 */
export function writableFields(principal: Principal, stored: RuleDocument, writtenAt: string): WritableField[] {
  const ability = abilityOf(principal);
  if (!may(ability, 'read', stored)) return [];
  const facts = factsOf(stored, writtenAt);
  const rules = rulesAbout(ability, { action: 'update', before: stored, changed: [], facts });
  // Bookkeeping follows from a change, and nobody chooses it.
  const unchosen = [...fixedFields(stored), ...BOOKKEEPING_FIELDS];
  return fieldsOf(stored.type).flatMap((field) => {
    const rows = unchosen.includes(field) ? [] : rules.filter((rule) => rule.matchesField(field)).map(changeRowOf);
    const row = rows.find((one) => endsRight(one, stored, facts));
    if (row) return [{ field, row }];
    return rows.slice(0, 1).map((one) => ({ field, row: one, afterwards: afterwardsOf(one) }));
  });
}

/** What a row wants of the document afterwards that it does not want before. */
export const afterwardsOf = ({ before = {}, after = {} }: ChangeRow): Conditions =>
  Object.fromEntries(Object.entries(after).filter(([field, wanted]) => !equal(before[field], wanted)));
