/** Why a write is held, in words for who reviews it. */
import type { RefusalCode } from '../../../../../sync-rules/refusal.ts';

interface Reason {
  /** For lists and filters. */
  readonly short: string;
  /** What it means, and what to look at before deciding. */
  readonly meaning: string;
}

export const REASONS: Readonly<Record<RefusalCode | 'merge_dropped', Reason>> = {
  invalid_document: {
    short: 'Does not fit the schema',
    meaning: 'Some values are missing or out of bounds. Give them the values that they should have, and accept.',
  },
  too_large: {
    short: 'Too large to be read',
    meaning: 'It was not taken for a document. What could be kept of it is here; the tablet may still hold the rest.',
  },
  too_complex: {
    short: 'Too deep to be read',
    meaning: 'It was not taken for a document: no form makes such a one. Its text is kept as it came.',
  },
  invalid_id: {
    short: 'No usable id',
    meaning: 'The tablet gave it an id that nothing can be stored under. What it says has to be entered anew.',
  },
  invalid_revision: {
    short: 'No usable revision',
    meaning: 'The tablet gave it a revision that no history leads to. See whether what it says is still missing.',
  },
  id_mismatch: {
    short: 'Id, type and patient disagree',
    meaning: 'The document says it belongs elsewhere than its id does. It cannot be stored under this id.',
  },
  not_visible: {
    short: 'Outside what the author may see',
    meaning: 'The author may not see this document, or not any more: the patient may have moved to another clinic.',
  },
  not_allowed: {
    short: 'Not allowed to the role',
    meaning: 'People of this role do not do this to documents of this type. Accepting writes it in your name.',
  },
  not_author: {
    short: 'Only the author may do it',
    meaning: 'Somebody else wrote the document, and only they may change it. Ask them, or decide in their place.',
  },
  window_over: {
    short: 'The 24 hours are over',
    meaning: 'An author may change a document for a day. A tablet that was offline may have sent it late.',
  },
  dated_back: {
    short: 'Dated back',
    meaning:
      'Made now it would be too late, and the tablet says that it was made before changes that it sent already. Its clock was set ' +
      'back, or somebody did that. Ask the author when it was made.',
  },
  already_final: {
    short: 'Final already',
    meaning: 'It was filled, performed or had begun before this change came. See whether it is still right.',
  },
  filled_twice: {
    short: 'Filled twice',
    meaning:
      'Two people filled the prescription without knowing of each other. The first to arrive stands. Ask both whether the patient ' +
      'got the medicine twice.',
  },
  field_not_allowed: {
    short: 'Fields of another role',
    meaning: 'The author changed fields that their role may not change.',
  },
  field_fixed: {
    short: 'Fields that never change',
    meaning: 'The author changed fields that stay as they were at the creation. Only the other fields can be accepted.',
  },
  wrong_author: {
    short: 'Names somebody else',
    meaning: 'The document names another account as the one who wrote, filled or performed.',
  },
  wrong_time: {
    short: 'Times are wrong',
    meaning:
      'A time is missing, runs backwards or lies ahead: the clock of the device may be wrong. Look at the times.',
  },
  wrong_state: {
    short: 'Status and fields disagree',
    meaning: 'The status and the fields that go with it do not agree. Give them values that do, and accept.',
  },
  document_deleted: {
    short: 'Deleted before',
    meaning: 'The document was deleted before this change came. Accepting brings it back with this change.',
  },
  too_many_branches: {
    short: 'Too many at once',
    meaning:
      'The document has been changed in too many ways at the same time, by one tablet perhaps. Accepting puts this change on what is stored now.',
  },
  unknown_patient: {
    short: 'Patient not in care',
    meaning: "The patient is deleted, or was not in the care of the author's clinic.",
  },
  unknown_clinic: {
    short: 'Unknown clinic',
    meaning: 'It names a clinic that does not exist. Create the clinic, or give it another.',
  },
  foreign_link: {
    short: 'Link to another patient',
    meaning: 'A link points to a document of another patient or type. Take the link away or mend it, and accept.',
  },
  clinic_in_use: {
    short: 'Clinic still has patients',
    meaning: 'Patients are in the care of the clinic that was to be deleted. Refer them to another one first.',
  },
  merge_dropped: {
    short: 'Gave way in a merge',
    meaning:
      'Two people changed the same fields at the same time. The server stored one value of each, and kept the other one here: ' +
      'nothing is lost. Choose field by field which one is right, or type another.',
  },
};

const known = (code: string): Reason | undefined => (REASONS as Readonly<Record<string, Reason>>)[code];

export const shortReason = (code: string): string => known(code)?.short ?? code;
export const meaningOf = (code: string): string | undefined => known(code)?.meaning;
