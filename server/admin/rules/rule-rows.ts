/** The access table as data, by role, and the rules that every write has to keep, for people to read. */
import { ROLES, type Role } from '../../../shared-schemas/roles.ts';
import type { AccessRow, Action, Conditions } from '../../../sync-rules/access-row.ts';
import { accessRows, WRITE_RULES } from '../../../sync-rules/access-table.ts';
import { conditionWords } from '../../../sync-rules/condition-words.ts';
import { afterwardsOf } from '../../../sync-rules/writable-fields.ts';

/** One row, with its conditions in words. */
export interface RuleRow {
  readonly action: Action;
  readonly type: string;
  /** The fields that it is about; all where absent. */
  readonly fields?: readonly string[];
  /** Of reading: what the document must be. */
  readonly conditions?: Conditions;
  /** Of a change: what the stored document must be. */
  readonly before?: Conditions;
  /** Of a change: what the document must be as it is written. */
  readonly after?: Conditions;
  /** What the document must be, in words: as it is stored, or as it is added. */
  readonly when: readonly string[];
  /** What the changed document must be, in words, that the stored one need not be. */
  readonly afterwards?: readonly string[];
  readonly sentence: string;
}

export interface RoleRules {
  readonly role: Role;
  readonly rows: readonly RuleRow[];
}

/** What every write has to keep, whichever row allows it. */
export interface EveryWrite {
  /** Of the refusal where it is broken. */
  readonly code: string;
  readonly actions: readonly Action[];
  readonly sentence: string;
  /** Roles that it does not bind. */
  readonly exempt: readonly Role[];
}

export interface RulesView {
  readonly roles: readonly RoleRules[];
  readonly everyWrite: readonly EveryWrite[];
}

/** Stand for who is signed in, in the conditions of the table. */
const ANYONE = { userId: 'themselves', clinicId: 'the clinic of their session', patientId: 'themselves' };

export const rulesView = (): RulesView => ({
  roles: ROLES.map((role) => ({ role, rows: accessRows({ ...ANYONE, role }).map(ruleRow) })),
  everyWrite: WRITE_RULES.map(({ code, on, reason, exempt = [] }) => ({
    ...{ code, actions: on, sentence: reason, exempt },
  })),
});

export function ruleRow(row: AccessRow): RuleRow {
  const { action, subject, fields, reason } = row;
  const said = { action, type: subject, sentence: reason, ...(fields && { fields }) };
  if (row.action === 'read') {
    const { conditions } = row;
    return { ...said, when: conditionWords(conditions), ...(conditions && { conditions }) };
  }
  const { before, after } = row;
  const afterwards = row.action === 'update' ? conditionWords(afterwardsOf(row)) : [];
  return {
    ...said,
    when: conditionWords(row.action === 'create' ? after : before),
    ...(before && { before }),
    ...(after && { after }),
    ...(afterwards.length > 0 && { afterwards }),
  };
}
