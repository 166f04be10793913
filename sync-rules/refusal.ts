/** Why a write is refused: stable codes, each with a sentence for the person whose write it was. */
export const REFUSALS = {
  invalid_document: 'The document does not fit the schema of its type.',
  id_mismatch: 'The id, the type and the patient of the document do not agree.',
  not_visible: 'The document is not among those that this account may see.',
  not_allowed: 'This role may not do this to documents of this type.',
  not_author: 'Only the author may do this.',
  window_over: 'The 24 hours in which the author may change or delete it are over.',
  dated_back:
    'It would be too late for this now, and its time lies before changes that this device sent already: check the clock of the device.',
  already_final: 'It has been filled, performed or has begun, and is final for its author.',
  filled_twice:
    'Someone else filled the prescription before this reached the server: it may have been dispensed twice.',
  field_not_allowed: 'This role may not change these fields.',
  field_fixed: 'These fields never change after the document was created.',
  wrong_author: 'createdBy, updatedBy, filledBy and performedBy must be the account that writes.',
  wrong_time:
    'A time is missing, runs backwards, or lies more than 5 minutes in the future: check the clock of the device.',
  wrong_state: 'The status and the fields that go with it do not agree.',
  document_deleted: 'The document was deleted.',
  too_many_branches:
    'Too many changes of the document were made beside each other: fetch it, and make this change to what the server has.',
  unknown_patient: 'The patient is deleted, or is not in the care of this clinic.',
  unknown_clinic: 'One of the clinics does not exist.',
  foreign_link: 'A link points to a document of another patient, or of another type than its field says.',
  too_large: 'The document is larger than the server reads: store pictures elsewhere, and send it without them.',
  too_complex: 'The document is nested too deep, has too many parts, or a field that nobody may name.',
  invalid_id: 'The _id of the document is missing, is no text, or is longer than 2048 bytes.',
  invalid_revision:
    'The _rev or the _revisions are not as PouchDB makes them, or name a generation that nothing leads to.',
  clinic_in_use: 'Patients are in the care of this clinic: refer them to another one first.',
} as const;

export type RefusalCode = keyof typeof REFUSALS;

export interface Refusal {
  readonly allowed: false;
  readonly code: RefusalCode;
  /** A sentence; names fields, never their values. */
  readonly message: string;
  readonly fields?: readonly string[];
}

export const refuse = (code: RefusalCode, fields?: readonly string[]): Refusal => ({
  allowed: false,
  code,
  message: fields?.length ? `${REFUSALS[code]} (${fields.join(', ')})` : REFUSALS[code],
  ...(fields?.length && { fields }),
});
