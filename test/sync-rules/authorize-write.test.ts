/** The conditions of ACCESS: times, authorship, states, referrals, links. */
import { describe, expect, it } from 'vitest';
import type { DocumentType } from '../../shared-schemas/document-types.ts';
import { fieldsOf } from '../../shared-schemas/document-types.ts';
import { ROLES } from '../../shared-schemas/roles.ts';
import { authorizeWrite } from '../../sync-rules/authorize-write.ts';
import type { Principal } from '../../sync-rules/principal.ts';
import { REFUSALS, refuse } from '../../sync-rules/refusal.ts';
import {
  admin,
  CREATED,
  create,
  doctor,
  documentOf,
  edited,
  HOUR,
  iso,
  judge,
  MINUTE,
  NOW,
  nurse,
  ORDINARY_CHANGE,
  OTHER_PATIENT_ID,
  PATIENT_ID,
  PEOPLE,
  patient,
  pharmacist,
  remove,
  someoneElse,
  update,
} from './cases.ts';

const DAY = 24 * HOUR;
const LATE = CREATED + 30 * DAY;
const WINDOWED: readonly (readonly [Principal['role'], DocumentType])[] = [
  ['doctor', 'record'],
  ['nurse', 'record'],
  ['doctor', 'vaccine'],
  ['nurse', 'vaccine'],
  ['doctor', 'vital'],
  ['nurse', 'vital'],
  ['doctor', 'procedure'],
];

describe.each(WINDOWED)('the 24 hours of a %s for a %s', (role, type) => {
  const author = PEOPLE[role];
  const own = documentOf(type, author.userId);
  const change = ORDINARY_CHANGE[type];

  it('count from creation to the change, by the clock of the device: a late push is no late change', () => {
    expect(update(author, own, change, { after: DAY, nowMs: LATE })).toBe('allowed');
    expect(update(author, own, change, { after: DAY + 1_000, nowMs: LATE })).toBe('window_over');
    expect(update(author, own, change, { after: DAY + 1, nowMs: LATE })).toBe('window_over');
  });

  it('end for a deletion without times when it arrives', () => {
    expect(remove(author, own, { nowMs: CREATED + DAY })).toBe('allowed');
    expect(remove(author, own, { nowMs: CREATED + DAY + 1_000 })).toBe('window_over');
  });

  it('end for a deletion that repeats the times of the last edit when it arrives', () => {
    const sent = { body: own, deleted: true };
    const stored = { body: own, deleted: false };
    expect(judge({ principal: author, stored, incoming: sent, nowMs: CREATED + DAY })).toBe('allowed');
    expect(judge({ principal: author, stored, incoming: sent, nowMs: LATE })).toBe('window_over');
  });

  it('end for a deletion with a time of its own at that time', () => {
    const stored = { body: own, deleted: false };
    const at = (after: number) => ({ body: edited(author, own, {}, after), deleted: true });
    expect(judge({ principal: author, stored, incoming: at(DAY), nowMs: LATE })).toBe('allowed');
    expect(judge({ principal: author, stored, incoming: at(DAY + 1_000), nowMs: LATE })).toBe('window_over');
  });

  it('are for the author only', () => {
    const other = documentOf(type, someoneElse);
    expect(update(author, other, change)).not.toBe('allowed');
    expect(remove(author, other)).toBe('not_author');
  });

  it('do not bind an administrator', () => {
    expect(update(admin, own, change, { after: 20 * DAY, nowMs: LATE })).toBe('allowed');
    expect(remove(admin, own, { nowMs: LATE })).toBe('allowed');
  });
});

describe('times', () => {
  const own = documentOf('record', doctor.userId);

  it('may lie at most 5 minutes in the future of the server', () => {
    const at = (afterNow: number) => update(doctor, own, { notes: 'x', updatedAt: iso(NOW + afterNow) });
    expect(at(5 * MINUTE)).toBe('allowed');
    expect(at(5 * MINUTE + 1)).toBe('wrong_time');
    const made = (afterNow: number) =>
      create(
        doctor,
        documentOf('record', doctor.userId, { createdAt: iso(NOW + afterNow), updatedAt: iso(NOW + afterNow) }),
      );
    expect(made(5 * MINUTE)).toBe('allowed');
    expect(made(5 * MINUTE + 1)).toBe('wrong_time');
  });

  it('do not run backwards', () => {
    const stored = edited(doctor, own, { notes: 'x' }, 30 * MINUTE);
    expect(update(doctor, stored, { notes: 'y' }, { after: 29 * MINUTE })).toBe('wrong_time');
    expect(update(doctor, stored, { notes: 'y' }, { after: 30 * MINUTE })).toBe('allowed');
    expect(create(doctor, documentOf('record', doctor.userId, { updatedAt: iso(CREATED - 1) }))).toBe('wrong_time');
  });

  it('must be there', () => {
    expect(create(doctor, documentOf('record', doctor.userId, { createdAt: undefined }))).toBe('wrong_time');
    expect(create(doctor, documentOf('record', doctor.userId, { updatedAt: undefined }))).toBe('wrong_time');
    expect(update(doctor, own, { notes: 'x', updatedAt: undefined })).toBe('wrong_time');
    expect(update(doctor, own, { notes: 'x', updatedAt: 'yesterday' })).toBe('wrong_time');
  });

  it('bind an administrator as well', () => {
    expect(update(admin, own, { notes: 'x', updatedAt: iso(NOW + 6 * MINUTE) })).toBe('wrong_time');
  });

  it('of a deletion with a time of its own are judged as those of an edit', () => {
    const at = (after: number) => ({ body: edited(doctor, own, {}, after), deleted: true });
    const stored = { body: edited(doctor, own, {}, 30 * MINUTE), deleted: false };
    const judged = (after: number) => judge({ principal: doctor, stored, incoming: at(after) });
    expect(judged(HOUR + 6 * MINUTE)).toBe('wrong_time');
    expect(judged(10 * MINUTE)).toBe('wrong_time');
    expect(judged(40 * MINUTE)).toBe('allowed');
  });
});

describe('authorship', () => {
  it('of a change is that of the account that pushes, for every role', () => {
    const own = (role: keyof typeof PEOPLE) => documentOf('patient', PEOPLE[role].userId);
    for (const role of ROLES.filter((one) => one !== 'pharmacist')) {
      const as = (updatedBy: string) => update(PEOPLE[role], own(role), { address: 'x', updatedBy });
      expect(as(PEOPLE[role].userId), role).toBe('allowed');
      expect(as(someoneElse), role).toBe('wrong_author');
    }
  });

  it('of a new document is that of the account that pushes', () => {
    expect(create(nurse, documentOf('vital', someoneElse, { updatedBy: nurse.userId }))).toBe('wrong_author');
    expect(create(nurse, documentOf('vital', nurse.userId, { updatedBy: someoneElse }))).toBe('wrong_author');
  });

  it('of a deletion with a time of its own is that of the account that pushes', () => {
    const own = documentOf('vital', nurse.userId);
    const body = edited(nurse, own, { updatedBy: someoneElse });
    expect(judge({ principal: nurse, stored: { body: own, deleted: false }, incoming: { body, deleted: true } })).toBe(
      'wrong_author',
    );
  });
});

describe('fields that never change', () => {
  it.each(['type', 'patientId', 'createdAt', 'createdBy', 'formerClinicIds'])('%s, for anyone', (field) => {
    const other: Record<string, unknown> = {
      type: 'vital',
      patientId: OTHER_PATIENT_ID,
      createdAt: iso(CREATED - HOUR),
      createdBy: someoneElse,
      formerClinicIds: ['west'],
    };
    for (const principal of [admin, doctor]) {
      const stored = documentOf('record', principal.userId);
      expect(update(principal, stored, { notes: 'x', [field]: other[field] }), principal.role).toBe('field_fixed');
    }
  });

  it('the clinics of a document that follows its patient', () => {
    for (const principal of [admin, doctor]) {
      const stored = documentOf('record', principal.userId);
      expect(update(principal, stored, { clinicIds: ['north', 'south'] }), principal.role).toBe('field_fixed');
    }
  });

  it('a new document brings no former clinics along', () => {
    for (const principal of [admin, doctor]) {
      const body = documentOf('record', principal.userId, { formerClinicIds: ['west'] });
      expect(create(principal, body), principal.role).toBe('field_fixed');
    }
  });

  it('former clinics that the writer does not see stay as they are', () => {
    const stored = documentOf('patient', someoneElse, { formerClinicIds: ['west'] });
    const { formerClinicIds: _, ...seen } = stored;
    const incoming = { body: edited(nurse, seen as typeof stored, { address: 'x' }), deleted: false };
    expect(judge({ principal: nurse, stored: { body: stored, deleted: false }, incoming })).toBe('allowed');
  });
});

describe('prescriptions', () => {
  const own = documentOf('prescription', doctor.userId);
  const filling = { status: 'filled', filledBy: pharmacist.userId, filledAt: iso(NOW) };
  const filled = edited(pharmacist, own, { ...filling, dispenseNotes: 'Generic' }, 30 * MINUTE);
  const change = ORDINARY_CHANGE.prescription;

  it('may be changed, cancelled and deleted by their author however old they are', () => {
    const times = { after: 20 * DAY, nowMs: LATE };
    expect(update(doctor, own, change, times)).toBe('allowed');
    expect(update(doctor, own, { status: 'cancelled' }, times)).toBe('allowed');
    expect(remove(doctor, own, { nowMs: LATE })).toBe('allowed');
  });

  it('are no other doctor’s to change', () => {
    const other = documentOf('prescription', someoneElse);
    expect(update(doctor, other, change)).toBe('not_author');
    expect(remove(doctor, other)).toBe('not_author');
  });

  it('are final for their author when they are filled', () => {
    expect(update(doctor, filled, change)).toBe('already_final');
    expect(remove(doctor, filled)).toBe('already_final');
    expect(update(doctor, filled, { status: 'pending', filledBy: undefined, filledAt: undefined })).not.toBe('allowed');
  });

  it('are final for an author who changes, offline, what was filled meanwhile', () => {
    expect(update(doctor, filled, change, { parent: own })).toBe('already_final');
    expect(remove(doctor, filled, { parent: own })).toBe('already_final');
  });

  it('are their author’s again when they are un-filled', () => {
    const open = edited(
      pharmacist,
      filled,
      { status: 'pending', filledBy: undefined, filledAt: undefined },
      40 * MINUTE,
    );
    expect(update(doctor, open, change)).toBe('allowed');
    expect(remove(doctor, open)).toBe('allowed');
  });

  it('are filled by a pharmacist only', () => {
    const mine = { status: 'filled', filledBy: doctor.userId, filledAt: iso(NOW) };
    expect(update(doctor, own, mine)).not.toBe('allowed');
    expect(create(doctor, { ...own, ...mine })).not.toBe('allowed');
    expect(update(pharmacist, own, filling)).toBe('allowed');
  });

  it('are filled and un-filled by any pharmacist of the clinic, at any time', () => {
    const times = { after: 20 * DAY, nowMs: LATE };
    expect(update(pharmacist, own, { ...filling, dispenseNotes: 'Generic' }, times)).toBe('allowed');
    const byOther = { ...filled, filledBy: someoneElse };
    expect(update(pharmacist, byOther, { status: 'pending', filledBy: undefined, filledAt: undefined }, times)).toBe(
      'allowed',
    );
    expect(update(pharmacist, byOther, { dispenseNotes: 'Out of stock' }, times)).toBe('allowed');
  });

  it('name as filler the pharmacist who fills', () => {
    expect(update(pharmacist, own, { ...filling, filledBy: someoneElse })).toBe('wrong_author');
    expect(update(pharmacist, filled, { filledBy: someoneElse })).toBe('wrong_author');
  });

  it('say who filled them and when, or neither', () => {
    expect(update(pharmacist, own, { ...filling, filledAt: undefined })).toBe('wrong_state');
    expect(update(pharmacist, own, { ...filling, filledBy: undefined })).toBe('wrong_state');
    expect(update(pharmacist, own, { ...filling, status: 'pending' })).toBe('wrong_state');
    expect(update(pharmacist, filled, { status: 'pending' })).toBe('wrong_state');
  });

  const others: Record<string, unknown> = {
    ...change,
    patientName: 'B',
    patientBirthDate: '1981-05-17',
    recordId: `${PATIENT_ID}:record:01h2xcejqtf2nbrexx3vqjhp49`,
    notes: 'Mine',
    reason: 'Mine',
  };
  it.each(Object.keys(others))('let a pharmacist change no %s, alone or along with filling', (field) => {
    expect(update(pharmacist, own, { [field]: others[field] })).toBe('field_not_allowed');
    expect(update(pharmacist, own, { ...filling, [field]: others[field] })).toBe('field_not_allowed');
  });

  it('are tested with every field that there is', () => {
    const tested = [...Object.keys(others), 'status', 'filledBy', 'filledAt', 'dispenseNotes'];
    const bookkeeping = ['_id', 'type', 'patientId', 'clinicIds', 'formerClinicIds', 'schemaVersion', 'createdAt'];
    const rest = fieldsOf('prescription').filter((field) => ![...tested, ...bookkeeping].includes(field));
    expect(rest.sort()).toEqual(['createdBy', 'deviceId', 'updatedAt', 'updatedBy']);
  });

  it('are not cancelled, added or deleted by a pharmacist', () => {
    expect(update(pharmacist, own, { status: 'cancelled' })).not.toBe('allowed');
    expect(create(pharmacist, documentOf('prescription', pharmacist.userId))).toBe('not_allowed');
    expect(remove(pharmacist, own)).toBe('not_allowed');
  });

  it('once cancelled are not filled', () => {
    expect(update(pharmacist, { ...own, status: 'cancelled' }, filling)).not.toBe('allowed');
  });
});

describe('procedures', () => {
  const own = documentOf('procedure', doctor.userId);
  const performing = (by: Principal) => ({
    status: 'performed',
    performedBy: by.userId,
    performedAt: iso(NOW),
    performNotes: 'Without incident',
  });
  const performed = edited(nurse, own, performing(nurse), 30 * MINUTE);

  it('are performed by any doctor or nurse of the clinic, at any time', () => {
    const other = documentOf('procedure', someoneElse);
    for (const principal of [doctor, nurse]) {
      const times = { after: 20 * DAY, nowMs: LATE };
      expect(update(principal, other, performing(principal), times), principal.role).toBe('allowed');
    }
  });

  it('name as performer the one who performs', () => {
    expect(update(nurse, own, { ...performing(nurse), performedBy: doctor.userId })).toBe('wrong_author');
  });

  it('say who performed them and when, or neither', () => {
    expect(update(nurse, own, { ...performing(nurse), performedAt: undefined })).toBe('wrong_state');
    expect(update(nurse, own, { ...performing(nurse), status: 'planned' })).toBe('wrong_state');
  });

  it('are final when they are performed, for their author as well', () => {
    expect(update(doctor, performed, ORDINARY_CHANGE.procedure)).toBe('already_final');
    expect(update(doctor, performed, ORDINARY_CHANGE.procedure, { parent: own })).toBe('already_final');
    expect(remove(doctor, performed)).toBe('already_final');
    expect(update(nurse, performed, { performNotes: 'x' })).toBe('already_final');
    expect(update(nurse, performed, { status: 'planned', performedBy: undefined, performedAt: undefined })).not.toBe(
      'allowed',
    );
  });

  it.each(['name', 'code', 'description', 'scheduledFor', 'recordId'])('let a nurse change no %s', (field) => {
    const value = field === 'recordId' ? `${PATIENT_ID}:record:01h2xcejqtf2nbrexx3vqjhp49` : iso(NOW);
    expect(update(nurse, own, { [field]: value })).toBe('field_not_allowed');
    expect(update(nurse, own, { ...performing(nurse), [field]: value })).toBe('field_not_allowed');
  });

  it('are not cancelled, ordered or deleted by a nurse', () => {
    expect(update(nurse, own, { status: 'cancelled' })).not.toBe('allowed');
    expect(create(nurse, documentOf('procedure', nurse.userId))).toBe('not_allowed');
    expect(remove(nurse, own)).toBe('not_allowed');
  });

  it('are cancelled by their author within 24 hours', () => {
    expect(update(doctor, own, { status: 'cancelled' })).toBe('allowed');
    expect(update(doctor, own, { status: 'cancelled' }, { after: DAY + 1_000, nowMs: LATE })).not.toBe('allowed');
  });
});

describe('appointments', () => {
  const startsAt = CREATED + 3 * DAY;
  const stored = documentOf('appointment', someoneElse, { startsAt: iso(startsAt) });

  it.each(['doctor', 'nurse'] as const)('are changed and cancelled by any %s while they lie in the future', (role) => {
    const change = (fields: Record<string, unknown>, after: number) =>
      update(PEOPLE[role], stored, fields, { after, nowMs: LATE });
    for (const fields of [{ status: 'cancelled' }, { startsAt: iso(startsAt + DAY) }, { notes: 'x' }]) {
      expect(change(fields, 3 * DAY - 1)).toBe('allowed');
      expect(change(fields, 3 * DAY)).toBe('already_final');
    }
  });

  it('that have begun are not brought back by moving them', () => {
    const moved = { startsAt: iso(LATE + DAY) };
    expect(update(nurse, stored, moved, { after: 4 * DAY, nowMs: LATE })).toBe('already_final');
    const stale = { ...stored, startsAt: iso(LATE + DAY) };
    expect(update(nurse, stored, { notes: 'x' }, { parent: stale, after: 4 * DAY, nowMs: LATE })).toBe('already_final');
  });

  it('are deleted by an administrator only', () => {
    for (const role of ['doctor', 'nurse', 'pharmacist', 'patient'] as const)
      expect(remove(PEOPLE[role], documentOf('appointment', PEOPLE[role].userId)), role).not.toBe('allowed');
    expect(remove(admin, stored)).toBe('allowed');
  });
});

describe('a patient account', () => {
  const stored = documentOf('patient', someoneElse, { allergies: [{ substance: 'Penicillin' }] });
  const contact: Record<string, unknown> = {
    phoneNumber: '+1 555 0100',
    email: 'ada@example.org',
    address: '1 Main Street',
    emergencyContact: { name: 'Grace' },
  };

  it.each(Object.keys(contact))('changes its own %s, and none of anyone else', (field) => {
    expect(update(patient, stored, { [field]: contact[field] }, { after: 20 * DAY, nowMs: LATE })).toBe('allowed');
    const other = documentOf('patient', someoneElse, { patientId: OTHER_PATIENT_ID });
    expect(update(patient, other, { [field]: contact[field] })).toBe('not_visible');
  });

  const bookkeeping = ['updatedAt', 'updatedBy', 'deviceId', 'schemaVersion'];
  const fixed = ['_id', 'type', 'patientId', 'createdAt', 'createdBy', 'formerClinicIds'];
  const rest = fieldsOf('patient').filter(
    (field) => ![...Object.keys(contact), ...bookkeeping, ...fixed].includes(field),
  );
  it.each(rest)('does not change %s', (field) => {
    const value = field === 'clinicIds' ? ['north', 'south'] : [];
    expect(update(patient, stored, { [field]: value })).toBe('field_not_allowed');
    expect(update(patient, stored, { [field]: value, ...contact })).toBe('field_not_allowed');
  });

  it('is not deleted or made by itself', () => {
    expect(remove(patient, documentOf('patient', patient.userId))).toBe('not_allowed');
    expect(create(patient, documentOf('patient', patient.userId))).toBe('not_allowed');
  });
});

describe('a referral', () => {
  const stored = documentOf('patient', someoneElse, { clinicIds: ['north', 'east'] });
  const refer = (principal: Principal, clinicIds: string[]) => update(principal, stored, { clinicIds });

  it.each(['doctor', 'nurse'] as const)('is made by a %s of a clinic that the patient belongs to', (role) => {
    expect(refer(PEOPLE[role], ['north', 'east', 'south'])).toBe('allowed');
    expect(refer(PEOPLE[role], ['north'])).toBe('allowed');
    expect(refer({ ...PEOPLE[role], clinicId: 'east' }, ['north', 'south'])).toBe('allowed');
  });

  it.each(['doctor', 'nurse'] as const)('by a %s may take the patient out of their own clinic', (role) => {
    expect(refer(PEOPLE[role], ['south'])).toBe('allowed');
    expect(refer(PEOPLE[role], ['east'])).toBe('allowed');
  });

  it('goes along with other changes of the patient', () => {
    expect(update(nurse, stored, { clinicIds: ['south'], staffNotes: 'Referred', phoneNumber: '1' })).toBe('allowed');
  });

  it('is made by an administrator', () => {
    expect(refer(admin, ['west'])).toBe('allowed');
  });

  it('is made by no one else', () => {
    expect(refer({ ...doctor, clinicId: 'south' }, ['north', 'east', 'south'])).toBe('not_visible');
    expect(refer({ ...nurse, clinicId: 'south' }, ['south'])).toBe('not_visible');
    expect(refer(pharmacist, ['north'])).toBe('not_visible');
    expect(refer(patient, ['north'])).toBe('field_not_allowed');
  });

  it('is not made from a revision of before the patient left the clinic', () => {
    const gone = { ...stored, clinicIds: ['south'] };
    expect(update(nurse, gone, { clinicIds: ['north', 'south'] }, { parent: stored })).toBe('not_visible');
  });

  it('does not bring a new patient into a clinic that is not the writer’s', () => {
    expect(create(nurse, documentOf('patient', nurse.userId, { clinicIds: ['south'] }))).not.toBe('allowed');
    expect(create(nurse, documentOf('patient', nurse.userId, { clinicIds: ['north', 'south'] }))).toBe('allowed');
  });
});

describe('staff entries', () => {
  const fields: Record<string, unknown> = {
    workPhone: '+1 555 1',
    privatePhone: '+1 555 2',
    privateEmail: 'a@example.org',
    name: 'Another',
    role: 'admin',
    speciality: 'x',
    clinicIds: ['south'],
    userId: 'uother',
    identityNumber: '7',
    licenceNumber: 'L-2',
  };
  const contact = ['workPhone', 'privatePhone', 'privateEmail'];

  it.each(Object.keys(fields))('%s', (field) => {
    for (const role of ['doctor', 'nurse', 'pharmacist'] as const) {
      const own = documentOf('staff', someoneElse, { userId: PEOPLE[role].userId });
      const expected = contact.includes(field) ? 'allowed' : 'field_not_allowed';
      expect(update(PEOPLE[role], own, { [field]: fields[field] }), `own, ${role}`).toBe(expected);
      const other = documentOf('staff', someoneElse);
      expect(update(PEOPLE[role], other, { [field]: fields[field] }), `other's, ${role}`).not.toBe('allowed');
    }
    const asPatient = documentOf('staff', someoneElse, { userId: patient.userId });
    expect(update(patient, asPatient, { [field]: fields[field] })).not.toBe('allowed');
  });

  it('are not made or deleted by those they are about', () => {
    const own = documentOf('staff', doctor.userId, { userId: doctor.userId });
    expect(create(doctor, own)).toBe('not_allowed');
    expect(remove(doctor, own)).toBe('not_allowed');
  });
});

describe('links', () => {
  const LINKS: readonly (readonly [DocumentType, string])[] = [
    ['record', 'appointmentId'],
    ['record', 'prescriptionId'],
    ['record', 'procedureId'],
    ['record', 'vaccineId'],
    ['record', 'vitalId'],
    ['prescription', 'recordId'],
    ['procedure', 'recordId'],
    ['vaccine', 'recordId'],
    ['vital', 'recordId'],
  ];

  it.each(LINKS)('from a %s by %s point to documents of the same patient', (type, field) => {
    const target = (patientId: string) => `${patientId}:${field.slice(0, -2)}:01h2xcejqtf2nbrexx3vqjhp49`;
    for (const principal of [doctor, admin]) {
      const own = documentOf(type, principal.userId);
      expect(create(principal, { ...own, [field]: target(PATIENT_ID) })).toBe('allowed');
      expect(create(principal, { ...own, [field]: target(OTHER_PATIENT_ID) })).toBe('foreign_link');
      expect(update(principal, own, { [field]: target(PATIENT_ID) })).toBe('allowed');
      expect(update(principal, own, { [field]: target(OTHER_PATIENT_ID) })).toBe('foreign_link');
    }
  });
});

describe('the patient of a new document', () => {
  const make = (body?: Record<string, unknown>, deleted = false) =>
    create(nurse, documentOf('vital', nurse.userId), {
      ...(body && { patient: { body: documentOf('patient', someoneElse, body), deleted } }),
    });

  it('must not be deleted, and must be in the care of the clinic', () => {
    expect(make({})).toBe('allowed');
    expect(make({}, true)).toBe('unknown_patient');
    expect(make({ clinicIds: ['south'] })).toBe('unknown_patient');
  });

  it('may arrive after it: devices push in an order of their own', () => {
    expect(make()).toBe('allowed');
  });
});

describe('a deleted document', () => {
  const own = documentOf('record', doctor.userId, { formerClinicIds: ['west'] });
  const { formerClinicIds: _, ...asSeen } = own;
  const stored = { body: own, deleted: true };
  const again = (principal: Principal, body: Record<string, unknown>) => {
    const incoming = { body: edited(principal, body as typeof own, { notes: 'Back' }), deleted: false };
    return judge({ principal, stored, parent: own, incoming });
  };

  it('is brought back by its author or an administrator only', () => {
    expect(again(doctor, asSeen)).toBe('allowed');
    expect(again(admin, own)).toBe('allowed');
    expect(again({ ...doctor, userId: 'uother' }, asSeen)).toBe('document_deleted');
    expect(again(nurse, asSeen)).toBe('document_deleted');
    expect(again(patient, asSeen)).toBe('document_deleted');
  });

  it('is not brought back by its author where someone else deleted it', () => {
    const deletedByAdmin = { body: { ...own, updatedBy: admin.userId }, deleted: true };
    const incoming = { body: edited(doctor, asSeen as typeof own, { notes: 'Back' }), deleted: false };
    expect(judge({ principal: doctor, stored: deletedByAdmin, parent: own, incoming })).toBe('document_deleted');
    expect(judge({ principal: admin, stored: deletedByAdmin, parent: own, incoming })).not.toBe('document_deleted');
  });

  it('keeps its former clinics when it is brought back', () => {
    expect(again(doctor, { ...own, formerClinicIds: ['west', 'south'] })).toBe('field_fixed');
    expect(again(doctor, { ...own, formerClinicIds: [] })).toBe('field_fixed');
  });

  it('may be deleted again, which changes nothing', () => {
    expect(judge({ principal: nurse, stored, incoming: { body: own, deleted: true } })).toBe('allowed');
  });

  it('that never was can’t be deleted', () => {
    expect(judge({ principal: doctor, incoming: { body: own, deleted: true } })).toBe('not_visible');
  });
});

describe('one side of a conflict', () => {
  const stored = documentOf('patient', someoneElse);

  it('is ended by whoever may change the document, though they may not delete it', () => {
    expect(remove(nurse, stored)).toBe('not_allowed');
    expect(remove(nurse, stored, { survivor: stored })).toBe('allowed');
    expect(remove(nurse, stored, { survivor: { ...stored, address: 'of the other side' } })).toBe('allowed');
    expect(remove(pharmacist, stored, { survivor: stored })).toBe('not_visible');
  });

  it('is not ended where that would change what one may not', () => {
    const own = documentOf('patient', someoneElse);
    const survivor = { ...own, address: 'of the other side', allergies: [] };
    expect(remove(patient, own, { survivor: { ...own, address: 'of the other side' } })).toBe('allowed');
    expect(remove(patient, own, { survivor })).toBe('field_not_allowed');
  });
});

describe('an answer', () => {
  it('names the rule that allowed the write, and what it changes', () => {
    const stored = documentOf('patient', someoneElse);
    const incoming = { body: edited(nurse, stored, { address: 'x' }), deleted: false };
    const decision = authorizeWrite({
      principal: nurse,
      stored: { body: stored, deleted: false },
      incoming,
      nowMs: NOW,
    });
    expect(decision).toMatchObject({
      allowed: true,
      action: 'update',
      changed: ['updatedAt', 'updatedBy', 'address'],
      row: { reason: 'a nurse updates and refers patients of the clinic' },
    });
  });

  it('names the fields that may not be changed, and no value of them', () => {
    const stored = documentOf('patient', someoneElse);
    const incoming = { body: edited(patient, stored, { lastName: 'Secret', address: 'x' }), deleted: false };
    const decision = authorizeWrite({
      principal: patient,
      stored: { body: stored, deleted: false },
      incoming,
      nowMs: NOW,
    });
    expect(decision).toEqual(refuse('field_not_allowed', ['lastName']));
    expect(JSON.stringify(decision)).not.toContain('Secret');
  });

  it('names only fields that the writer chose: times and device change with every edit', () => {
    const stored = documentOf('procedure', someoneElse);
    const incoming = { body: edited(nurse, stored, { name: 'x', deviceId: 'd1' }), deleted: false };
    const decision = authorizeWrite({
      principal: nurse,
      stored: { body: stored, deleted: false },
      incoming,
      nowMs: NOW,
    });
    expect(decision).toEqual(refuse('field_not_allowed', ['name']));
  });

  it('is a sentence for a person', () => {
    for (const sentence of Object.values(REFUSALS)) expect(sentence).toMatch(/^[A-Za-z].{20,}\.$/);
  });
});
