/** The table of ACCESS, cell by cell, written from the page and not from the code. */
import { describe, expect, it } from 'vitest';
import { DOCUMENT_TYPES, type DocumentType, REFERENCE_TYPES } from '../../shared-schemas/document-types.ts';
import { CLINIC_ROLES, ROLES, type Role } from '../../shared-schemas/roles.ts';
import { abilityOf, abilityOfDatabase, readableCopy } from '../../sync-rules/ability.ts';
import type { AccessRow, Conditions } from '../../sync-rules/access-row.ts';
import { accessRows, publicReferenceRows } from '../../sync-rules/access-table.ts';
import type { Principal } from '../../sync-rules/principal.ts';
import { clinicDatabase, patientDatabase, REFERENCE_DATABASE } from '../../sync-rules/role-database.ts';
import {
  create,
  documentOf,
  ORDINARY_CHANGE,
  OTHER_PATIENT_ID,
  PATIENT_ID,
  PEOPLE,
  remove,
  someoneElse,
  update,
} from './cases.ts';

/**
 * r: read; c: create; u: change an ordinary field of one's own, fresh document; U: of someone else's; d: delete one's own,
 * fresh document; D: someone else's. A dash stands for what is not allowed.
 */
const TABLE: Readonly<Record<DocumentType, Readonly<Record<Role, string>>>> = {
  patient: { admin: 'rcuUdD', doctor: 'rcuU--', nurse: 'rcuU--', pharmacist: '------', patient: 'r-----' },
  record: { admin: 'rcuUdD', doctor: 'rcu-d-', nurse: 'rcu-d-', pharmacist: '------', patient: 'r-----' },
  prescription: { admin: 'rcuUdD', doctor: 'rcu-d-', nurse: '------', pharmacist: 'r-----', patient: 'r-----' },
  procedure: { admin: 'rcuUdD', doctor: 'rcu-d-', nurse: 'r-----', pharmacist: '------', patient: 'r-----' },
  vaccine: { admin: 'rcuUdD', doctor: 'rcu-d-', nurse: 'rcu-d-', pharmacist: '------', patient: 'r-----' },
  vital: { admin: 'rcuUdD', doctor: 'rcu-d-', nurse: 'rcu-d-', pharmacist: '------', patient: 'r-----' },
  appointment: { admin: 'rcuUdD', doctor: 'rcuU--', nurse: 'rcuU--', pharmacist: '------', patient: 'r-----' },
  drug: { admin: 'rcuUdD', doctor: 'r-----', nurse: 'r-----', pharmacist: 'rcuU--', patient: 'r-----' },
  clinic: { admin: 'rcuUdD', doctor: 'r-----', nurse: 'r-----', pharmacist: 'r-----', patient: 'r-----' },
  staff: { admin: 'rcuUdD', doctor: 'r-----', nurse: 'r-----', pharmacist: 'r-----', patient: 'r-----' },
};

/** The cell as the rules have it. */
function cell(principal: Principal, type: DocumentType, more: Record<string, unknown> = {}): string {
  const own = documentOf(type, principal.userId, more);
  const other = documentOf(type, someoneElse, more);
  const answers = {
    r: readableCopy(abilityOf(principal), other) !== undefined,
    c: create(principal, own) === 'allowed',
    u: update(principal, own, ORDINARY_CHANGE[type]) === 'allowed',
    U: update(principal, other, ORDINARY_CHANGE[type]) === 'allowed',
    d: remove(principal, own) === 'allowed',
    D: remove(principal, other) === 'allowed',
  };
  return Object.entries(answers)
    .map(([letter, allowed]) => (allowed ? letter : '-'))
    .join('');
}

const CELLS = DOCUMENT_TYPES.flatMap((type) => ROLES.map((role) => [role, type, TABLE[type][role]] as const));
const PATIENT_BOUND = DOCUMENT_TYPES.filter((type) => !(REFERENCE_TYPES as readonly string[]).includes(type));

describe('the access table', () => {
  it.each(CELLS)('%s and %s documents: %s', (role, type, expected) => {
    expect(cell(PEOPLE[role], type)).toBe(expected);
  });

  it.each(PATIENT_BOUND)('shows staff no %s document of another clinic, and lets them change none', (type) => {
    for (const role of CLINIC_ROLES) expect(cell(PEOPLE[role], type, { clinicIds: ['south', 'west'] })).toBe('------');
  });

  it.each(PATIENT_BOUND)('shows staff a %s document that several clinics hold', (type) => {
    for (const role of CLINIC_ROLES)
      expect(cell(PEOPLE[role], type, { clinicIds: ['south', 'north'] })).toBe(TABLE[type][role]);
  });

  it.each(PATIENT_BOUND)('shows a patient no %s document of another patient', (type) => {
    expect(cell(PEOPLE.patient, type, { patientId: OTHER_PATIENT_ID })).toBe('------');
  });

  it.each(PATIENT_BOUND)('shows a session without a clinic or a patient no %s document', (type) => {
    for (const role of [...CLINIC_ROLES, 'patient'] as const)
      expect(cell({ userId: 'unowhere', role }, type)).toBe('------');
  });

  it('hides confidential records from nurses alone', () => {
    const confidential = { confidential: true };
    expect(cell(PEOPLE.nurse, 'record', confidential)).toBe('-c----');
    expect(cell(PEOPLE.nurse, 'record', { confidential: false })).toBe('rcu-d-');
    expect(cell(PEOPLE.doctor, 'record', confidential)).toBe('rcu-d-');
    expect(cell(PEOPLE.patient, 'record', confidential)).toBe('r-----');
  });

  it('shows no one but an administrator where else a patient was treated', () => {
    for (const type of PATIENT_BOUND) {
      const document = documentOf(type, someoneElse, { formerClinicIds: ['west'] });
      for (const role of ROLES) {
        const copy = readableCopy(abilityOf(PEOPLE[role]), document);
        expect(copy !== undefined && 'formerClinicIds' in copy, `${role}, ${type}`).toBe(role === 'admin');
      }
    }
  });

  it('hides the notes for staff from the patient, and notes and reason of a prescription from the pharmacist', () => {
    const fieldsSeen = (role: Role, type: DocumentType) =>
      new Set(Object.keys(readableCopy(abilityOf(PEOPLE[role]), documentOf(type, someoneElse)) ?? {}));
    const allFields = (type: DocumentType) => Object.keys(documentOf(type, someoneElse));
    const hidden = (role: Role, type: DocumentType) =>
      allFields(type).filter((field) => !fieldsSeen(role, type).has(field));
    expect(hidden('patient', 'patient')).toEqual(['staffNotes']);
    expect(hidden('pharmacist', 'prescription')).toEqual(['notes', 'reason']);
    for (const type of PATIENT_BOUND) {
      expect(hidden('doctor', type), type).toEqual([]);
      if (type !== 'prescription') expect(hidden('nurse', type), type).toEqual([]);
      if (type !== 'patient') expect(hidden('patient', type), type).toEqual([]);
    }
  });

  it('shows everyone the public fields of staff, and staff all of their own entry', () => {
    const whole = {
      speciality: 'Pulmonology',
      workPhone: '+1 555 1',
      clinicIds: ['north'],
      privateEmail: 'a@example.org',
      identityNumber: '123',
    };
    const publicFields = ['clinicIds', 'name', 'role', 'speciality', 'userId', 'workPhone'];
    const isPrivate = ['identityNumber', 'licenceNumber', 'privateEmail', 'privatePhone'];
    for (const role of ROLES.filter((one) => one !== 'admin')) {
      const seen = Object.keys(readableCopy(abilityOf(PEOPLE[role]), documentOf('staff', someoneElse, whole)) ?? {});
      expect(seen, role).toEqual(expect.arrayContaining(publicFields));
      expect(
        seen.filter((field) => isPrivate.includes(field)),
        role,
      ).toEqual([]);
      const own = documentOf('staff', someoneElse, { ...whole, userId: PEOPLE[role].userId });
      const seenOwn = Object.keys(readableCopy(abilityOf(PEOPLE[role]), own) ?? {});
      expect(seenOwn.filter((field) => isPrivate.includes(field)).sort(), role).toEqual(
        role === 'patient' ? [] : isPrivate,
      );
    }
  });
});

describe('the rows behind the table', () => {
  const rowsOf = (principal: Principal): AccessRow[] => accessRows(principal);
  const conditionsOf = (row: AccessRow): Conditions[] =>
    (row.action === 'read' ? [row.conditions] : [row.before, row.after]).filter((one) => one !== undefined);
  const everyone = [
    ...Object.values(PEOPLE),
    ...ROLES.map((role): Principal => ({ userId: 'unowhere', role })),
    { userId: 'u', role: 'doctor', clinicId: 'north', patientId: PATIENT_ID } satisfies Principal,
  ];
  const rows = [...everyone.flatMap(rowsOf), ...publicReferenceRows()];

  it('use only operators that are evaluated, and no condition at the top level but on a field', () => {
    for (const row of rows) {
      const { reason } = row;
      for (const [field, condition] of conditionsOf(row).flatMap((conditions) => Object.entries(conditions))) {
        expect(field.startsWith('$'), reason).toBe(false);
        if (typeof condition !== 'object') continue;
        expect(condition, reason).not.toBeNull();
        for (const operator of Object.keys(condition as object))
          expect(['$eq', '$ne', '$in'], reason).toContain(operator);
      }
    }
  });

  it('only ever allow: a rule that forbids fails open where its condition is not understood', () => {
    expect(rows.filter((row) => 'inverted' in row)).toEqual([]);
    const databases = [...CLINIC_ROLES.map((role) => clinicDatabase(role, 'north')), patientDatabase(PATIENT_ID)];
    const abilities = [
      ...everyone.map(abilityOf),
      ...[...databases, REFERENCE_DATABASE].map((database) => abilityOfDatabase(database)),
    ];
    for (const ability of abilities) expect(ability.rules.filter((rule) => rule.inverted)).toEqual([]);
  });

  it('say in words why they allow, and name fields where they are not about the whole document', () => {
    for (const row of rows) {
      expect(row.reason).not.toBe('');
      if (row.fields) expect(row.fields.length, row.reason).toBeGreaterThan(0);
    }
  });

  it('bind every row of staff to their clinic and every row of a patient to that patient', () => {
    for (const role of [...CLINIC_ROLES, 'patient'] as const) {
      const bound = rowsOf(PEOPLE[role]).filter(({ subject }) => PATIENT_BOUND.includes(subject));
      expect(bound.length).toBeGreaterThan(0);
      for (const row of bound) {
        const conditions = conditionsOf(row);
        // What is changed is bound before and after, but for a referral, which may take it away.
        const isReferral = row.fields?.includes('clinicIds') && row.action === 'update';
        expect(conditions, row.reason).toHaveLength(row.action === 'update' && !isReferral ? 2 : 1);
        for (const one of conditions) {
          if (role === 'patient') expect(one.patientId, row.reason).toBe(PATIENT_ID);
          else expect(one.clinicIds, row.reason).toBe('north');
        }
      }
    }
  });
});
