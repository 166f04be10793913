/**
 * Who may do what: the access table, a row for each line of it, for every role. Rows only ever allow; what no row allows is
 * refused. (A CASL `cannot` rule whose condition does not parse matches nothing and so fails open; there are none here.)
 *
 * Three actions are judged for a change: `update` and `delete` on the stored document, `become` on the new one. The
 * subject of a write carries two facts that conditions alone can't express: `within24h` and `upcoming` (see facts.ts).
 */
import { type DocumentType, fieldsOf, PATIENT_BOUND_TYPES, REFERENCE_TYPES } from '../shared-schemas/document-types.ts';
import type { Principal } from './principal.ts';

export type Action = 'read' | 'create' | 'update' | 'become' | 'delete';

export interface AccessRow {
  readonly action: Action;
  readonly subject: DocumentType;
  readonly fields?: string[];
  readonly conditions?: Readonly<Record<string, unknown>>;
  /** The row in words, for `explain`. */
  readonly reason: string;
}

/** Routing and authorship: no author chooses them in an update. */
export const FIXED_FIELDS: readonly string[] = [
  '_id',
  'type',
  'patientId',
  'createdAt',
  'createdBy',
  'formerClinicIds',
];
/** Change with every update. */
export const BOOKKEEPING_FIELDS: readonly string[] = ['updatedAt', 'updatedBy', 'deviceId', 'schemaVersion'];
/** Kept by the server; only an administrator sees it, for it tells where else a patient was treated. */
export const SERVER_FIELDS: readonly string[] = ['formerClinicIds'];

export const FILL_FIELDS: readonly string[] = ['status', 'filledBy', 'filledAt', 'dispenseNotes'];
export const PERFORM_FIELDS: readonly string[] = ['status', 'performedBy', 'performedAt', 'performNotes'];
/** Fields that say something only together: a merge takes them from one side. */
export const COUPLED_FIELDS: Readonly<Partial<Record<DocumentType, readonly string[]>>> = {
  prescription: FILL_FIELDS,
  procedure: PERFORM_FIELDS,
};
const PATIENT_CONTACT_FIELDS = ['phoneNumber', 'email', 'address', 'emergencyContact'];
const STAFF_CONTACT_FIELDS = ['workPhone', 'privatePhone', 'privateEmail'];
const STAFF_PUBLIC_FIELDS = ['userId', 'name', 'role', 'speciality', 'workPhone', 'clinicIds'];

const without = (fields: readonly string[], ...hidden: (readonly string[])[]): string[] =>
  fields.filter((field) => !hidden.some((list) => list.includes(field)));
const readable = (type: DocumentType, ...hidden: string[]): string[] => without(fieldsOf(type), SERVER_FIELDS, hidden);
const writable = (type: DocumentType, ...excluded: string[]): string[] =>
  without(fieldsOf(type), FIXED_FIELDS, ['clinicIds'], excluded);

/** The rows of one principal. A staff session without a clinic, or a patient session without a patient, has none of its own. */
export function accessRows(principal: Principal): AccessRow[] {
  const { role, clinicId, patientId } = principal;
  if (role === 'admin') return adminRows();
  const reference = referenceRows(principal);
  if (role === 'patient') return patientId ? [...reference, ...patientRows(patientId)] : reference;
  return clinicId ? [...reference, ...clinicRows(principal, clinicId)] : reference;
}

function adminRows(): AccessRow[] {
  const reason = 'an administrator may do everything';
  return [...PATIENT_BOUND_TYPES, ...REFERENCE_TYPES].flatMap((subject) =>
    (['read', 'create', 'update', 'become', 'delete'] as const).map((action) => ({ action, subject, reason })),
  );
}

/** Reading that does not depend on who it is: also what the reference database holds. */
export function publicReferenceRows(): AccessRow[] {
  const staffFields = [...FIXED_FIELDS, ...BOOKKEEPING_FIELDS, ...STAFF_PUBLIC_FIELDS].filter((field) =>
    readable('staff').includes(field),
  );
  return [
    { action: 'read', subject: 'drug', fields: readable('drug'), reason: 'everyone reads the drug catalogue' },
    { action: 'read', subject: 'clinic', fields: readable('clinic'), reason: 'everyone reads the list of clinics' },
    {
      action: 'read',
      subject: 'staff',
      fields: staffFields,
      reason: 'everyone reads the public fields of the staff directory',
    },
  ];
}

function referenceRows({ role, userId }: Principal): AccessRow[] {
  const rows = publicReferenceRows();
  if (role === 'pharmacist') {
    const fields = writable('drug');
    rows.push(
      { action: 'create', subject: 'drug', conditions: { createdBy: userId }, reason: 'a pharmacist adds drugs' },
      { action: 'update', subject: 'drug', fields, reason: 'a pharmacist maintains the drug catalogue' },
      { action: 'become', subject: 'drug', fields, reason: 'a pharmacist maintains the drug catalogue' },
    );
  }
  if (role !== 'patient') {
    const own = { userId };
    rows.push({
      action: 'read',
      subject: 'staff',
      fields: readable('staff'),
      conditions: own,
      reason: 'own staff entry',
    });
    rows.push(...changes('staff', STAFF_CONTACT_FIELDS, own, own, 'staff keep their own contact fields'));
  }
  return rows;
}

function patientRows(patientId: string): AccessRow[] {
  const own = { patientId };
  const rows = PATIENT_BOUND_TYPES.map((subject): AccessRow => {
    const fields = subject === 'patient' ? readable(subject, 'staffNotes') : readable(subject);
    return { action: 'read', subject, fields, conditions: own, reason: 'a patient reads their own documents' };
  });
  return [...rows, ...changes('patient', PATIENT_CONTACT_FIELDS, own, own, 'a patient keeps their own contact fields')];
}

function clinicRows(principal: Principal, clinicId: string): AccessRow[] {
  const here = { clinicIds: clinicId };
  switch (principal.role) {
    case 'doctor':
      return [...clinicianRows(principal, here), ...doctorRows(principal, here)];
    case 'nurse':
      return [...clinicianRows(principal, here), ...nurseRows(here)];
    case 'pharmacist':
      return pharmacistRows(here);
    default:
      return [];
  }
}

type Conditions = Readonly<Record<string, unknown>>;

/** A change is allowed where `before` holds for the stored document and `after` for the new one. */
function changes(
  subject: DocumentType,
  fields: readonly string[],
  before: Conditions,
  after: Conditions,
  reason: string,
): AccessRow[] {
  const all = [...fields, ...BOOKKEEPING_FIELDS.filter((field) => !fields.includes(field))];
  return [
    { action: 'update', subject, fields: all, conditions: before, reason },
    { action: 'become', subject, fields: all, conditions: after, reason },
  ];
}

/** What doctors and nurses share. */
function clinicianRows({ userId, role }: Principal, here: Conditions): AccessRow[] {
  const mine = { ...here, createdBy: userId };
  const mineToday = { ...mine, within24h: true };
  const authored = ['record', 'vaccine', 'vital'] as const;
  return [
    ...(['patient', 'procedure', 'vaccine', 'vital', 'appointment'] as const).map(
      (subject): AccessRow => ({
        action: 'read',
        subject,
        fields: readable(subject),
        conditions: here,
        reason: `a ${role} reads the ${subject} documents of the clinic`,
      }),
    ),
    ...(['patient', 'record', 'vaccine', 'vital', 'appointment'] as const).map(
      (subject): AccessRow => ({
        action: 'create',
        subject,
        conditions: mine,
        reason: `a ${role} adds ${subject} documents`,
      }),
    ),
    ...changes(
      'patient',
      [...writable('patient'), 'clinicIds'],
      here,
      here,
      `a ${role} updates and refers patients of the clinic`,
    ),
    ...authored.flatMap((subject) =>
      changes(subject, writable(subject), mineToday, mine, `a ${role} corrects their own ${subject} within 24 hours`),
    ),
    ...authored.map(
      (subject): AccessRow => ({
        action: 'delete',
        subject,
        conditions: mineToday,
        reason: `a ${role} deletes their own ${subject} within 24 hours`,
      }),
    ),
    ...changes(
      'appointment',
      writable('appointment'),
      { ...here, upcoming: true },
      here,
      `a ${role} updates or cancels an appointment before it begins`,
    ),
    ...changes(
      'procedure',
      PERFORM_FIELDS,
      { ...here, status: 'planned' },
      { ...here, status: 'performed', performedBy: userId },
      `a ${role} performs a planned procedure`,
    ),
  ];
}

function doctorRows({ userId }: Principal, here: Conditions): AccessRow[] {
  const mine = { ...here, createdBy: userId };
  const unfilled = { ...mine, status: { $ne: 'filled' } };
  const unperformed = { ...mine, status: { $ne: 'performed' } };
  return [
    ...(['record', 'prescription'] as const).map(
      (subject): AccessRow => ({
        action: 'read',
        subject,
        fields: readable(subject),
        conditions: here,
        reason: `a doctor reads the ${subject} documents of the clinic`,
      }),
    ),
    { action: 'create', subject: 'prescription', conditions: unfilled, reason: 'a doctor prescribes' },
    ...changes(
      'prescription',
      writable('prescription', 'filledBy', 'filledAt', 'dispenseNotes'),
      unfilled,
      unfilled,
      'a doctor changes their own prescription until it is filled',
    ),
    {
      action: 'delete',
      subject: 'prescription',
      conditions: unfilled,
      reason: 'a doctor deletes their own prescription until it is filled',
    },
    { action: 'create', subject: 'procedure', conditions: mine, reason: 'a doctor orders procedures' },
    ...changes(
      'procedure',
      writable('procedure', 'performedBy', 'performedAt', 'performNotes'),
      { ...unperformed, within24h: true },
      unperformed,
      'a doctor corrects their own procedure within 24 hours, until it is performed',
    ),
    {
      action: 'delete',
      subject: 'procedure',
      conditions: { ...unperformed, within24h: true },
      reason: 'a doctor deletes their own procedure within 24 hours, until it is performed',
    },
  ];
}

function nurseRows(here: Conditions): AccessRow[] {
  return [
    {
      action: 'read',
      subject: 'record',
      fields: readable('record'),
      conditions: { ...here, confidential: { $ne: true } },
      reason: 'a nurse reads the records of the clinic that are not confidential',
    },
  ];
}

function pharmacistRows(here: Conditions): AccessRow[] {
  const open = { ...here, status: { $in: ['pending', 'filled'] } };
  return [
    {
      action: 'read',
      subject: 'prescription',
      fields: readable('prescription', 'notes', 'reason'),
      conditions: here,
      reason: 'a pharmacist reads the prescriptions of the clinic, without notes and reason',
    },
    ...changes('prescription', FILL_FIELDS, open, open, 'a pharmacist fills and un-fills prescriptions'),
  ];
}
