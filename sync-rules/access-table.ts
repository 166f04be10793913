/**
 * Who may do what: the access table, a row for each line of it, for every role, and the rules that every write has to keep.
 * Rows only ever allow; what no row allows is refused. (A CASL `cannot` rule whose condition does not parse matches nothing
 * and so fails open; there are none here.)
 */
import { type DocumentType, fieldsOf, PATIENT_BOUND_TYPES, REFERENCE_TYPES } from '../shared-schemas/document-types.ts';
import { scopeOf } from '../shared-schemas/roles.ts';
import type { AccessRow, ChangeRow, Conditions, ReadRow, WriteRule } from './access-row.ts';
import type { Principal } from './principal.ts';

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
  if (scopeOf(role) === 'patient') return patientId ? [...reference, ...patientRows(patientId)] : reference;
  return clinicId ? [...reference, ...clinicRows(principal, clinicId)] : reference;
}

function adminRows(): AccessRow[] {
  const reason = 'an administrator may do everything';
  return [...PATIENT_BOUND_TYPES, ...REFERENCE_TYPES].flatMap((subject) =>
    (['read', 'create', 'update', 'delete'] as const).map((action) => ({ action, subject, reason })),
  );
}

/** Reading that does not depend on who it is: also what the reference database holds. */
export function publicReferenceRows(): ReadRow[] {
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
  const rows: AccessRow[] = publicReferenceRows();
  if (role === 'pharmacist') {
    rows.push(
      { action: 'create', subject: 'drug', after: { createdBy: userId }, reason: 'a pharmacist adds drugs' },
      {
        action: 'update',
        subject: 'drug',
        fields: writable('drug'),
        reason: 'a pharmacist maintains the drug catalogue',
      },
    );
  }
  if (scopeOf(role) !== 'patient') {
    const own = { userId };
    rows.push({
      action: 'read',
      subject: 'staff',
      fields: readable('staff'),
      conditions: own,
      reason: 'own staff entry',
    });
    rows.push(
      change('staff', STAFF_CONTACT_FIELDS, {
        before: own,
        after: own,
        reason: 'staff keep their own contact fields',
      }),
    );
  }
  return rows;
}

function patientRows(patientId: string): AccessRow[] {
  const own = { patientId };
  const rows = PATIENT_BOUND_TYPES.map((subject): AccessRow => {
    const fields = subject === 'patient' ? readable(subject, 'staffNotes') : readable(subject);
    return { action: 'read', subject, fields, conditions: own, reason: 'a patient reads their own documents' };
  });
  const reason = 'a patient keeps their own contact fields';
  return [...rows, change('patient', PATIENT_CONTACT_FIELDS, { before: own, after: own, reason })];
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

/** A change of these fields, and of the bookkeeping, which changes with every update. */
function change(
  subject: DocumentType,
  fields: readonly string[],
  row: Pick<ChangeRow, 'before' | 'after' | 'reason'>,
): ChangeRow {
  const bookkeeping = BOOKKEEPING_FIELDS.filter((field) => !fields.includes(field));
  return { action: 'update', subject, fields: [...fields, ...bookkeeping], ...row };
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
        after: mine,
        reason: `a ${role} adds ${subject} documents`,
      }),
    ),
    // A referral may take the patient out of the clinic, so nothing is asked of the clinics afterwards.
    change('patient', [...writable('patient'), 'clinicIds'], {
      before: here,
      reason: `a ${role} updates and refers patients of the clinic`,
    }),
    ...authored.map((subject) =>
      change(subject, writable(subject), {
        before: mineToday,
        after: mine,
        reason: `a ${role} corrects their own ${subject} within 24 hours`,
      }),
    ),
    ...authored.map(
      (subject): AccessRow => ({
        action: 'delete',
        subject,
        before: mineToday,
        reason: `a ${role} deletes their own ${subject} within 24 hours`,
      }),
    ),
    change('appointment', writable('appointment'), {
      before: { ...here, upcoming: true },
      after: here,
      reason: `a ${role} updates or cancels an appointment before it begins`,
    }),
    change('procedure', PERFORM_FIELDS, {
      before: { ...here, status: 'planned' },
      after: { ...here, status: 'performed', performedBy: userId },
      reason: `a ${role} performs a planned procedure`,
    }),
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
    { action: 'create', subject: 'prescription', after: unfilled, reason: 'a doctor prescribes' },
    change('prescription', writable('prescription', 'filledBy', 'filledAt', 'dispenseNotes'), {
      before: unfilled,
      after: unfilled,
      reason: 'a doctor changes their own prescription until it is filled',
    }),
    {
      action: 'delete',
      subject: 'prescription',
      before: unfilled,
      reason: 'a doctor deletes their own prescription until it is filled',
    },
    { action: 'create', subject: 'procedure', after: mine, reason: 'a doctor orders procedures' },
    change('procedure', writable('procedure', 'performedBy', 'performedAt', 'performNotes'), {
      before: { ...unperformed, within24h: true },
      after: unperformed,
      reason: 'a doctor corrects their own procedure within 24 hours, until it is performed',
    }),
    {
      action: 'delete',
      subject: 'procedure',
      before: { ...unperformed, within24h: true },
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
    change('prescription', FILL_FIELDS, {
      before: open,
      after: open,
      reason: 'a pharmacist fills and un-fills prescriptions',
    }),
  ];
}

/** Whoever deletes what is deleted changes nothing that anyone can see, and is told so. */
export const secondDeletion = (subject: DocumentType): ChangeRow => ({
  action: 'delete',
  subject,
  reason: 'it is deleted already: nothing changes',
});

/** How far the clock of a device may be ahead of the server's. */
export const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** How long before what a device sent already the time of a change may lie, where that time is why it is allowed. */
export const DATED_BACK_TOLERANCE_MS = 15 * 60_000;

const CHANGES = ['create', 'update', 'delete'] as const;
const ROUTED_BY_HAND: readonly DocumentType[] = ['patient', 'staff'];

/** Asked in this order. A deletion without times is made on arrival, by who pushes it: no time and no author is asked of it. */
export const WRITE_RULES: readonly WriteRule[] = [
  // Else an edit in the wake of a deletion by someone else would escape every limit on edits.
  {
    kind: 'own_deletion',
    code: 'document_deleted',
    on: ['create'],
    exempt: ['admin'],
    fields: ['createdBy', 'updatedBy'],
    reason: 'authors bring back what they deleted themselves, and nobody else does',
  },
  {
    kind: 'visible',
    code: 'not_visible',
    on: ['update', 'delete'],
    reason: 'who may not read a document may not change it',
  },
  {
    kind: 'unchanged',
    code: 'field_fixed',
    on: ['create'],
    fields: SERVER_FIELDS,
    reason: 'where else a patient was treated is kept by the server',
  },
  {
    kind: 'unchanged',
    code: 'field_fixed',
    on: ['update'],
    fields: FIXED_FIELDS,
    reason: 'what a document is, of whom, and who made it when, never changes',
  },
  {
    kind: 'unchanged',
    code: 'field_fixed',
    on: ['update'],
    fields: ['clinicIds'],
    except: ROUTED_BY_HAND,
    reason: 'a document goes where its patient goes: the server moves it',
  },
  {
    kind: 'time',
    code: 'wrong_time',
    on: CHANGES,
    field: 'createdAt',
    reason: 'a document says when it was created, and that is not in the future',
  },
  {
    kind: 'time',
    code: 'wrong_time',
    on: CHANGES,
    field: 'updatedAt',
    notBefore: 'createdAt',
    forwards: true,
    reason: 'a change says when it was made: not in the future, and not before what it grows from',
  },
  {
    kind: 'author',
    code: 'wrong_author',
    on: CHANGES,
    field: 'updatedBy',
    reason: 'a change is signed by the account that makes it',
  },
  {
    kind: 'author',
    code: 'wrong_author',
    on: ['create'],
    exempt: ['admin'],
    field: 'createdBy',
    reason: 'a new document is signed by the account that makes it',
  },
  ...['filledBy', 'performedBy'].map(
    (field): WriteRule => ({
      kind: 'author',
      code: 'wrong_author',
      on: CHANGES,
      exempt: ['admin'],
      field,
      optional: true,
      reason: `whoever writes ${field} writes themselves`,
    }),
  ),
  {
    kind: 'state',
    code: 'wrong_state',
    on: ['create', 'update'],
    subject: 'prescription',
    status: 'filled',
    fields: ['filledBy', 'filledAt'],
    reason: 'a filled prescription says who filled it and when, any other says neither',
  },
  {
    kind: 'state',
    code: 'wrong_state',
    on: ['create', 'update'],
    subject: 'procedure',
    status: 'performed',
    fields: ['performedBy', 'performedAt'],
    reason: 'a performed procedure says who performed it and when, any other says neither',
  },
  {
    kind: 'links',
    code: 'foreign_link',
    on: ['create', 'update'],
    reason: 'a document points to documents of its own patient only',
  },
  {
    kind: 'patient',
    code: 'unknown_patient',
    on: ['create'],
    reason: 'documents are added to patients that are there, and that one may read',
  },
  // Two fills that meet by sync: the first to arrive stands.
  {
    kind: 'once',
    code: 'filled_twice',
    on: ['update'],
    subject: 'prescription',
    status: 'filled',
    fields: ['filledBy', 'filledAt'],
    reason: 'a prescription is filled once: who fills it without knowing that it is filled may have dispensed it twice',
  },
];
