/** What a writer could not see, and so could not send. */
import { abilityOf, abilityOfDatabase, readableFields } from './ability.ts';
import type { RuleDocument } from './document.ts';
import type { Principal } from './principal.ts';
import type { RoleDatabase } from './role-database.ts';

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
