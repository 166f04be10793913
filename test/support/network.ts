/** A small network: clinics `north` and `south`, and an account for everyone who works there. */
import { newPatientId, newUlid, patientDocId } from '../../shared-schemas/ids.ts';
import type { ApiClient, Login } from './api-client.ts';

export const PASSWORD = 'correct horse battery';
export const STAFF = {
  doctorNorth: ['doctor', 'north'],
  nurseNorth: ['nurse', 'north'],
  pharmacistNorth: ['pharmacist', 'north'],
  doctorSouth: ['doctor', 'south'],
  nurseSouth: ['nurse', 'south'],
  pharmacistSouth: ['pharmacist', 'south'],
} as const;
export type StaffName = keyof typeof STAFF;

export async function createNetwork(admin: ApiClient): Promise<void> {
  for (const slug of ['north', 'south']) await admin.ok('POST', '/api/clinics', { slug, name: `Clinic ${slug}` });
  for (const [name, [role, clinic]] of Object.entries(STAFF)) {
    await admin.ok('POST', '/api/accounts', {
      username: name.toLowerCase(),
      password: PASSWORD,
      role,
      name,
      clinicIds: [clinic],
    });
  }
}

/** The device of the login is enrolled when it first syncs. */
export const loginStaff = (api: ApiClient, name: StaffName): Promise<Login> => api.login(name.toLowerCase(), PASSWORD);

export async function createPatientAccount(admin: ApiClient, patientId: string): Promise<Login> {
  const username = `patient${newUlid().slice(-10)}`;
  await admin.ok('POST', '/api/accounts', {
    username,
    password: PASSWORD,
    role: 'patient',
    name: 'A patient',
    patientId,
  });
  return admin.login(username, PASSWORD);
}

type Author = Login['principal'];

/** Fields that every document has, as a tablet writes them. */
export function authored({ userId, deviceId }: Author, nowMs = Date.now()) {
  const now = new Date(nowMs).toISOString();
  return { schemaVersion: 1, createdAt: now, createdBy: userId, updatedAt: now, updatedBy: userId, deviceId };
}

export const edited = ({ userId, deviceId }: Author) => ({
  updatedAt: new Date().toISOString(),
  updatedBy: userId,
  deviceId,
});

export function newPatient(author: Author, more: Record<string, unknown> = {}) {
  const patientId = newPatientId();
  return {
    _id: patientDocId(patientId),
    type: 'patient',
    patientId,
    clinicIds: [author.clinicId ?? 'north'],
    firstName: 'Ada',
    lastName: 'Example',
    sex: 'female',
    birthDate: '1980-05-17',
    ...authored(author),
    ...more,
  };
}

const CONTENT = {
  record: { diagnosis: 'Acute bronchitis', notes: 'Cough for three days' },
  prescription: {
    patientName: 'Ada Example',
    patientBirthDate: '1980-05-17',
    lines: [{ drugName: 'Amoxicillin', dose: '500 mg', quantity: 21 }],
    status: 'pending',
    notes: 'Allergy checked',
    reason: 'Bronchitis',
  },
  procedure: { name: 'Spirometry', status: 'planned' },
  vaccine: { name: 'Influenza', administeredAt: '2026-01-05T10:00:00.000Z' },
  vital: { measuredAt: '2026-01-05T10:00:00.000Z', heartRatePerMinute: 72, temperatureCelsius: 36.8 },
  appointment: { startsAt: '2099-01-05T10:00:00.000Z', status: 'scheduled' },
} as const;
export type ClinicalType = keyof typeof CONTENT;

/** A document of a patient, as a tablet writes it. */
export function newDocument(
  type: ClinicalType,
  patient: { readonly patientId: string; readonly clinicIds: readonly string[] },
  author: Author,
  more: Record<string, unknown> = {},
) {
  return {
    _id: `${patient.patientId}:${type}:${newUlid()}`,
    type,
    patientId: patient.patientId,
    clinicIds: [...patient.clinicIds],
    ...authored(author),
    ...CONTENT[type],
    ...more,
  };
}
