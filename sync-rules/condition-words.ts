/** The conditions of the access table in words: what a row wants, and what a document is instead. */
import { createMongoAbility } from '@casl/ability';
import { tagged } from './ability.ts';
import type { Conditions } from './access-row.ts';
import type { RuleDocument } from './document.ts';

/** What each condition wants, as in "written by …" or "of …". */
export const conditionWords = (conditions: Conditions = {}): string[] =>
  Object.entries(conditions).map(([field, condition]) => wordsOf(field, condition));

function wordsOf(field: string, condition: unknown): string {
  switch (field) {
    case 'clinicIds':
      return `of ${String(condition)}`;
    case 'patientId':
      return `about ${String(condition)}`;
    case 'createdBy':
      return `written by ${String(condition)}`;
    case 'userId':
      return `the entry of ${String(condition)}`;
    case 'within24h':
      return 'within 24 hours of its creation';
    case 'upcoming':
      return 'before it begins';
    default:
      return `${field} ${comparison(condition)}`;
  }
}

function comparison(condition: unknown): string {
  const { $ne, $in } = (typeof condition === 'object' && condition !== null ? condition : {}) as {
    $ne?: unknown;
    $in?: readonly unknown[];
  };
  if ($in) return `is ${$in.map(String).join(' or ')}`;
  return $ne === undefined ? `is ${String(condition)}` : `is not ${String($ne)}`;
}

/** Those of the conditions that the document does not meet, each with what it is instead. */
export const unmetWords = (conditions: Conditions, document: RuleDocument): string[] =>
  Object.entries(conditions)
    .filter(([field, condition]) => !meets({ [field]: condition }, document))
    .map(([field]) => actual(field, document[field]));

/** Judged as the access table is, one condition at a time. */
const meets = (conditions: Conditions, document: RuleDocument): boolean =>
  createMongoAbility([{ action: 'read', subject: document.type, conditions }]).can('read', tagged(document));

function actual(field: string, value: unknown): string {
  if (field === 'clinicIds') return Array.isArray(value) && value.length > 0 ? `it is of ${value.join(', ')}` : NOWHERE;
  if (field === 'patientId') return value === undefined ? 'it is about no patient' : `it is about ${String(value)}`;
  if (field === 'createdBy') return `it was written by ${value === undefined ? 'nobody' : String(value)}`;
  if (field === 'userId') return `it is the entry of ${value === undefined ? 'nobody' : String(value)}`;
  return value === undefined ? `it has no ${field}` : `its ${field} is ${String(value)}`;
}

const NOWHERE = 'it is of no clinic';
