/** The access table as data, by role, for people to read. */
import { ROLES, type Role } from '../../../shared-schemas/reference.ts';
import { type AccessRow, type Action, accessRows } from '../../../sync-rules/access-table.ts';
import { conditionWords } from '../../../sync-rules/condition-words.ts';

/** One row, with its conditions in words. */
export interface RuleRow {
  readonly action: Action;
  readonly type: string;
  /** The fields that it is about; all where absent. */
  readonly fields?: readonly string[];
  readonly conditions?: Readonly<Record<string, unknown>>;
  /** The conditions in words, all of which must be met. */
  readonly when: readonly string[];
  readonly sentence: string;
}

export interface RoleRules {
  readonly role: Role;
  readonly rows: readonly RuleRow[];
}

export interface RulesView {
  readonly roles: readonly RoleRules[];
}

/** Stand for who is signed in, in the conditions of the table. */
const ANYONE = { userId: 'themselves', clinicId: 'the clinic of their session', patientId: 'themselves' };

export const rulesView = (): RulesView => ({
  roles: ROLES.map((role) => ({ role, rows: accessRows({ ...ANYONE, role }).map(ruleRow) })),
});

export const ruleRow = ({ action, subject, fields, conditions, reason }: AccessRow): RuleRow => ({
  ...{ action, type: subject, when: conditionWords(conditions), sentence: reason },
  ...(fields && { fields }),
  ...(conditions && { conditions }),
});
