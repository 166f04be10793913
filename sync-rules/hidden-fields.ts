/** What a writer could not see, and so could not send. */
import { fieldsOf } from '../shared-schemas/document-types.ts';
import { abilityOf, abilityOfDatabase, readableFields } from './ability.ts';
import type { RuleDocument } from './document.ts';
import type { Principal } from './principal.ts';
import type { RoleDatabase } from './role-database.ts';

/**
 * Fields that somebody sends and may not see. They count as changed whatever their values are: an answer that depends on the
 * value would let them guess until they know it.
 */
export function hiddenFieldsSent(
  principal: Principal,
  incoming: RuleDocument,
  parent: RuleDocument | undefined,
): readonly string[] {
  if (!parent) return [];
  const visible = readableFields(abilityOf(principal), parent);
  // Whoever sees nothing of it is told that, and not which fields there are.
  if (visible.size === 0) return [];
  return fieldsOf(parent.type).filter((field) => field in incoming && !visible.has(field));
}

/**
 * What a role can't see it can't send: those fields are taken from the parent revision, so that an edit by a pharmacist does
 * not erase the notes of a doctor. A value that the role does send stays, and is judged like any other change.
 * `seenIn`: the role database that the writer read it in, which may show less than the principal may read: staff read their
 * own directory entry whole, but not in the reference database.
 */
export function fillHiddenFields(
  principal: Principal,
  incoming: RuleDocument,
  parent: RuleDocument | undefined,
  seenIn?: RoleDatabase,
): RuleDocument {
  if (!parent) return incoming;
  const abilities = [abilityOf(principal), ...(seenIn ? [abilityOfDatabase(seenIn)] : [])];
  const visible = abilities.map((ability) => readableFields(ability, parent));
  const hidden = Object.entries(parent).filter(
    ([field]) => !(field in incoming) && visible.some((fields) => !fields.has(field)),
  );
  return hidden.length > 0 ? { ...incoming, ...Object.fromEntries(hidden) } : incoming;
}
