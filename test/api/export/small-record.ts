/** A small record, written by hand: a visit with its vital signs, a filled prescription, and who was there. */
import type { Exported, PatientExport } from '../../../server/api/export/patient-export.ts';
import type { Prescription } from '../../../shared-schemas/prescription.ts';
import type { MedicalRecord } from '../../../shared-schemas/record.ts';
import type { Vital } from '../../../shared-schemas/vital.ts';

const VISITED = '2026-03-01T09:30:00.000Z';
const ULID = '01h2xcejqtf2nbrexx3vqjhp4';
export const PATIENT_ID = `p${ULID}1`;
export const DOCTOR = 'udoctor';

const fields = {
  schemaVersion: 1,
  createdAt: VISITED,
  createdBy: DOCTOR,
  updatedAt: VISITED,
  updatedBy: DOCTOR,
} as const;
const bound = { ...fields, patientId: PATIENT_ID, clinicIds: ['north', 'south'] as [string, ...string[]] };

export const RECORD_ID = `${PATIENT_ID}:record:${ULID}2`;
export const VITAL_ID = `${PATIENT_ID}:vital:${ULID}3`;
export const PRESCRIPTION_ID = `${PATIENT_ID}:prescription:${ULID}4`;
export const STAFF_ID = `staff:staff:${ULID}5`;

export const visit: Exported<MedicalRecord> = {
  _id: RECORD_ID,
  _rev: '1-00000000000000000000000000000002',
  type: 'record',
  ...bound,
  visitedAt: VISITED,
  diagnosis: 'Acute bronchitis',
  diagnosisCode: 'J20.9',
  notes: 'Cough',
  confidential: true,
  prescriptionId: PRESCRIPTION_ID,
  vaccineId: `${PATIENT_ID}:vaccine:${ULID}6`,
};

export const vital: Exported<Vital> = {
  _id: VITAL_ID,
  _rev: '1-00000000000000000000000000000003',
  type: 'vital',
  ...bound,
  measuredAt: VISITED,
  temperatureCelsius: 38.1,
  systolicMmHg: 120,
  diastolicMmHg: 80,
  notes: 'Sitting',
  recordId: RECORD_ID,
};

export const prescription: Exported<Prescription> = {
  _id: PRESCRIPTION_ID,
  _rev: '3-00000000000000000000000000000004',
  type: 'prescription',
  ...bound,
  patientName: 'Ada Example',
  patientBirthDate: '1980-05-17',
  lines: [
    {
      drugId: `drug:drug:${ULID}7`,
      drugName: 'Doxycycline',
      drugCode: 'J01AA02',
      dose: '100 mg',
      instructions: 'twice a day',
      quantity: 14,
      quantityUnit: 'tablets',
    },
  ],
  status: 'filled',
  reason: 'Bronchitis',
  filledBy: 'upharmacist',
  filledAt: '2026-03-01T10:00:00.000Z',
  dispenseNotes: 'Generic',
};

export const smallRecord = {
  exportedAt: '2026-03-02T12:00:00.000Z',
  patient: {
    _id: `${PATIENT_ID}:patient`,
    _rev: '2-0123456789abcdef0123456789abcdef',
    type: 'patient',
    ...bound,
    updatedAt: '2026-03-02T08:00:00.000Z',
    updatedBy: 'uada',
    firstName: 'Ada',
    lastName: 'Example',
    sex: 'female',
    birthDate: '1980-05-17',
    identityNumber: 'X-1',
    phoneNumber: '555 0100',
    emergencyContact: { name: 'Ben', relationship: 'brother', phoneNumber: '555 0101' },
    allergies: [{ substance: 'Penicillin V', code: '7984', reaction: 'Rash', severity: 'mild', since: '2001-01-01' }],
    conditions: [{ name: 'Asthma', code: '195967001', since: '2001-01-01', until: '2020-12-31' }],
    staffNotes: 'Prefers mornings',
  },
  documents: [visit, vital, prescription],
  clinics: [{ _id: 'clinic:clinic:north', type: 'clinic', ...fields, slug: 'north', name: 'Clinic North' }],
  staff: [
    {
      _id: STAFF_ID,
      type: 'staff',
      ...fields,
      userId: DOCTOR,
      name: 'Dr. Dora',
      role: 'doctor',
      speciality: 'Pulmonology',
      clinicIds: ['north'],
      licenceNumber: 'L-1',
      privatePhone: '555 0199',
    },
  ],
} satisfies PatientExport;
