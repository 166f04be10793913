/** Which fields of a document may be changed, and by which line of the access table. For the administrator's "what may they write?". */
import { fieldsOf } from '../shared-schemas/document-types.ts';
import { type Ability, abilityOf, may, tagged } from './ability.ts';
import { type AccessRow, BOOKKEEPING_FIELDS, FIXED_FIELDS } from './access-table.ts';
import { changedFields, factsOf, isRoutedByHand, judgedWhere } from './authorize-write.ts';
import type { RuleDocument } from './document.ts';
import type { Principal } from './principal.ts';

type Conditions = Readonly<Record<string, unknown>>;

export interface WritableField {
  readonly field: string;
  /** The line that allows it. */
  readonly row: AccessRow;
  /** What the changed document must fulfil that the stored one does not. */
  readonly afterwards?: Conditions;
}

interface Line {
  readonly row: AccessRow;
  readonly allows: (field: string) => boolean;
  readonly holdsFor: (after: RuleDocument) => boolean;
  readonly afterwards: Conditions;
}

/**
 * The fields that the principal may change in `stored`, were it written at `writtenAt` (ISO 8601). A line allows a change as
 * a whole: fields of two lines may not be changed together.
 */
export function writableFields(principal: Principal, stored: RuleDocument, writtenAt: string): WritableField[] {
  const ability = abilityOf(principal);
  if (!may(ability, 'read', stored)) return [];
  const lines = linesFor(ability, stored, writtenAt);
  return fieldsOf(stored.type).flatMap((field) => {
    if (!isChosen(field, stored)) return [];
    const allowing = lines.filter(({ allows }) => allows(field));
    const line = allowing.find(({ holdsFor }) => holdsFor(stored)) ?? allowing[0];
    if (!line) return [];
    return [{ field, row: line.row, ...(!line.holdsFor(stored) && { afterwards: line.afterwards }) }];
  });
}

/** The line that allows the change from `stored` to `after` as a whole; undefined where none does. */
export function lineOfChange(
  principal: Principal,
  stored: RuleDocument,
  after: RuleDocument,
  parent: RuleDocument = stored,
): AccessRow | undefined {
  const changed = changedFields(parent, after);
  return linesFor(abilityOf(principal), stored, after.updatedAt).find(
    ({ allows, holdsFor }) => holdsFor(after) && changed.every(allows),
  )?.row;
}

/** Bookkeeping follows from a change, and nobody chooses it. */
const isChosen = (field: string, stored: RuleDocument): boolean =>
  !FIXED_FIELDS.includes(field) &&
  !BOOKKEEPING_FIELDS.includes(field) &&
  (field !== 'clinicIds' || isRoutedByHand(stored));

function linesFor(ability: Ability, stored: RuleDocument, writtenAt: string | undefined): Line[] {
  const facts = factsOf(stored, writtenAt);
  const before = tagged(stored, facts);
  return ability
    .rulesFor('update', stored.type)
    .filter((rule) => rule.matchesConditions(before))
    .flatMap((rule) => {
      const become = ability.rulesFor('become', stored.type).find(({ reason }) => reason === rule.reason);
      if (!become) return [];
      const wanted = (rule.conditions ?? {}) as Conditions;
      const afterwards = Object.entries((become.conditions ?? {}) as Conditions);
      return [
        {
          row: {
            action: 'update' as const,
            subject: stored.type,
            reason: rule.reason ?? '',
            ...(rule.fields && { fields: rule.fields }),
            ...(rule.conditions && { conditions: wanted }),
          },
          allows: (field: string) => rule.matchesField(field) && become.matchesField(field),
          holdsFor: (after: RuleDocument) => become.matchesConditions(tagged(judgedWhere(stored, after), facts)),
          afterwards: Object.fromEntries(afterwards.filter(([field, value]) => wanted[field] !== value)),
        },
      ];
    });
}
