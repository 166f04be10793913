/**
 * Which row of the access table allows a change: the one place where rows for changes are matched, for the decision upon a
 * write and for what the dashboard says of one.
 */
import { mongoQueryMatcher } from '@casl/ability';
import { type Ability, type AbilityRule, changeRowOf, tagged } from './ability.ts';
import type { ChangeAction, ChangeRow, Conditions } from './access-row.ts';
import { BOOKKEEPING_FIELDS } from './access-table.ts';
import type { RuleDocument } from './document.ts';
import type { Facts } from './facts.ts';

/** A change of one document. */
export interface Change {
  readonly action: ChangeAction;
  /** The stored document; absent for a new one. */
  readonly before?: RuleDocument;
  /** The document as it is written; absent for a deletion. */
  readonly after?: RuleDocument;
  /** The fields that it changes. */
  readonly changed: readonly string[];
  readonly facts: Facts;
}

/** The row that allows the change as a whole. Of several it is the last in the table, as everywhere in CASL. */
export function allowingRow(ability: Ability, change: Change): ChangeRow | undefined {
  const rule = rulesAbout(ability, change).find((one) => fieldsOutside(one, change).length === 0);
  return rule && changeRowOf(rule);
}

/**
 * The fields that keep the nearest row from allowing the change; undefined where no row lets the account change the document
 * as it is.
 */
export function fieldsInTheWay(ability: Ability, change: Change): readonly string[] | undefined {
  const [first, ...others] = rulesAbout(ability, change).map((rule) => fieldsOutside(rule, change));
  if (!first) return undefined;
  const fewest = others.reduce((best, one) => (one.length < best.length ? one : best), first);
  // The bookkeeping changes with every edit: no one has to be told of it.
  const chosen = fewest.filter((field) => !BOOKKEEPING_FIELDS.includes(field));
  return chosen.length > 0 ? chosen : fewest;
}

/** The rules of the rows that are about the document as it is; about a new one as it is to be. */
export function rulesAbout(ability: Ability, { action, before, after, facts }: Change): AbilityRule[] {
  const document = before ?? after;
  if (!document) return [];
  const asked = tagged(document, facts);
  return ability.rulesFor(action, document.type).filter((rule) => rule.matchesConditions(asked));
}

/** A change of nothing is allowed to whoever might change something. */
function fieldsOutside(rule: AbilityRule, { after, changed, facts }: Change): readonly string[] {
  if (changed.length > 0 && after && !endsRight(changeRowOf(rule), after, facts)) return changed;
  return changed.filter((field) => !rule.matchesField(field));
}

const matchers = new WeakMap<Conditions, (document: object) => boolean>();

/** Whether the document as it is written is what the row wants. */
export function endsRight({ after: wanted }: ChangeRow, after: RuleDocument, facts: Facts): boolean {
  if (!wanted) return true;
  const matches = matchers.get(wanted) ?? mongoQueryMatcher(wanted);
  matchers.set(wanted, matches);
  return matches({ ...after, ...facts });
}
