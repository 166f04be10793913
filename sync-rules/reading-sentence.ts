/** Who reads what of a document, and why, as a sentence that a person in charge understands. */
import { abilityOf, readRowOf } from './ability.ts';
import { SERVER_FIELDS } from './access-table.ts';
import { unmetWords } from './condition-words.ts';
import type { RuleDocument } from './document.ts';
import { explain } from './explain.ts';
import type { Principal } from './principal.ts';

/** "A nurse of north", "The patient p01…". */
export function whoIs({ role, clinicId, patientId }: Principal): string {
  if (role === 'admin') return 'An administrator';
  if (role === 'patient') return patientId ? `The patient ${patientId}` : 'A patient account without a patient';
  return `A ${role} ${clinicId ? `of ${clinicId}` : 'without a clinic'}`;
}

const nounOf = ({ type }: RuleDocument): string => (type === 'staff' ? 'staff entry' : type);

/** Says whether the principal reads the document, whole or without which fields, and which row of the table decides. */
export function readingSentence(principal: Principal, document: RuleDocument): string {
  const { readable, hiddenFields, sentence } = explain(principal, document);
  const subject = `${whoIs(principal)} ${readable ? 'reads' : 'does not see'} this ${nounOf(document)}`;
  if (!readable) return `${subject}: ${whyNot(principal, document)}.`;
  // Which clinics had it before is the server's own: without that alone, nothing is missing that anyone wrote.
  const missing = hiddenFields.filter((field) => !SERVER_FIELDS.includes(field));
  return `${subject} ${missing.length > 0 ? `without ${list(missing)}` : 'whole'}: ${sentence}.`;
}

function whyNot(principal: Principal, document: RuleDocument): string {
  const rows = abilityOf(principal).rulesFor('read', document.type);
  if (rows.length === 0)
    return `the access table has no line that lets ${anyone(principal)} read ${document.type} documents`;
  return rows
    .map(readRowOf)
    .map(({ reason, conditions = {} }) => `${reason}, and ${list(unmetWords(conditions, document))}`)
    .join('; ');
}

const anyone = ({ role }: Principal): string => (role === 'admin' ? 'an administrator' : `a ${role}`);

const list = (words: readonly string[]): string =>
  words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
