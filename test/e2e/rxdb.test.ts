/** Stock RxDB tablets, each in a process of its own, against a running server. */
import equal from 'fast-deep-equal';
import jwt from 'jsonwebtoken';
import { fillWithDefaultSettings, type RxJsonSchema } from 'rxdb';
import { getValidator } from 'rxdb/plugins/validate-ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { winnerOf } from '../../server/store/revisions.ts';
import {
  DOCUMENT_TYPES,
  type DocumentType,
  PATIENT_BOUND_TYPES,
  schemas,
} from '../../shared-schemas/document-types.ts';
import { emptyDocument } from '../../shared-schemas/empty-document.ts';
import { clinicDocId, newDocumentId, newPatientId } from '../../shared-schemas/ids.ts';
import { validateDocument } from '../../shared-schemas/validate.ts';
import type { Login } from '../support/api-client.ts';
import {
  authored,
  type ClinicalType,
  createNetwork,
  edited,
  loginStaff,
  newDocument,
  newPatient,
  type StaffName,
} from '../support/network.ts';
import { RxdbDevice, type RxdbDeviceOptions } from '../support/rxdb-device.ts';
import type { DeviceDocument } from '../support/rxdb-device-messages.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

const JWT_SECRET = 'a signing secret that only this test knows';
const CLINICAL_TYPES = ['record', 'prescription', 'procedure', 'vaccine', 'vital', 'appointment'] as const;
const ADMIN = { userId: 'urxdbtest', role: 'admin' } as const;

let server: TestServer;
let doctor: RxdbDevice;
/** A second tablet of the same doctor. */
let colleague: RxdbDevice;
let nurse: RxdbDevice;
let pharmacist: RxdbDevice;
const devices: RxdbDevice[] = [];

async function tablet(name: StaffName, options?: RxdbDeviceOptions): Promise<RxdbDevice> {
  const device = await RxdbDevice.start(await loginStaff(server.api, name), options);
  devices.push(device);
  return device;
}

beforeAll(async () => {
  server = await startServer({ env: { VITASYNC_JWT_SECRET: JWT_SECRET } });
  await createNetwork(server.admin);
  [doctor, colleague, nurse, pharmacist] = await Promise.all([
    tablet('doctorNorth'),
    tablet('doctorNorth'),
    tablet('nurseNorth', { devMode: true }),
    tablet('pharmacistNorth'),
  ]);
  await Promise.all(devices.map((device) => device.awaitInSync()));
});
afterAll(async () => {
  await Promise.all(devices.map((device) => device.close()));
  await server?.close();
});

const author = (device: RxdbDevice): Login['principal'] => device.login.principal;
type Fields = Readonly<Record<string, unknown>>;

/** Waits for a state of one document, null for none, and tells what the device reported where it does not come. */
async function becomes(
  device: RxdbDevice,
  type: DocumentType,
  id: string,
  isSo: (document: DeviceDocument | null) => boolean,
): Promise<void> {
  const what = `${type} ${id} on the tablet of ${author(device).role}`;
  try {
    await waitFor(async () => isSo(await device.get(type, id)), { what, timeoutMs: 15_000 });
  } catch (cause) {
    const reported = (await device.errors()).slice(-3).map(({ code, detail }) => `${code} ${detail.slice(0, 1_000)}`);
    const now = JSON.stringify(await device.get(type, id));
    throw new Error(`${String(cause)}; it is ${now}; reported last: ${reported.join('\n')}`);
  }
}

const arrives = (device: RxdbDevice, type: DocumentType, id: string, fields: Fields = {}) =>
  becomes(
    device,
    type,
    id,
    (document) => document !== null && Object.entries(fields).every(([field, value]) => equal(document[field], value)),
  );
const vanishes = (device: RxdbDevice, type: DocumentType, id: string) =>
  becomes(device, type, id, (document) => document === null);

const heldOf = async (id: string) =>
  (await server.core.held.list(10_000)).filter(({ documentId }) => documentId === id).map(({ code }) => code);
const becomesHeld = async (id: string, code: string) => {
  await waitFor(async () => (await heldOf(id)).length > 0, { what: `the refused write of ${id} being held` });
  expect(await heldOf(id)).toEqual([code]);
};

async function stored(id: string) {
  const winner = winnerOf((await server.core.primary.leaves([id])).get(id) ?? []);
  return winner && !winner.deleted ? winner : undefined;
}

async function newPatientAt(device: RxdbDevice, more: Fields = {}) {
  const patient = newPatient(author(device), more);
  await device.insert('patient', patient);
  return patient;
}

/** A patient of the doctor with one document of each type, written on the doctor's tablet. */
async function patientWithEverything() {
  const patient = await newPatientAt(doctor);
  const documents = CLINICAL_TYPES.map((type) => newDocument(type, patient, author(doctor)));
  for (const document of documents) await doctor.insert(document.type, document);
  const all = [patient, ...documents].map(({ _id, type }) => ({ id: _id, type: type as DocumentType }));
  return { patient, all, idOf: (type: ClinicalType) => documents.find((one) => one.type === type)?._id ?? '' };
}

const seenByNurses = ({ type }: { readonly type: DocumentType }) => type !== 'prescription';

async function noneWasRejected(): Promise<void> {
  for (const device of devices) {
    expect((await device.errors()).filter(({ rejectedId }) => rejectedId !== undefined)).toEqual([]);
  }
}

describe('live sync', () => {
  it('gives each role a collection for every type that it reads: a doctor ten, a pharmacist four', () => {
    expect([...doctor.types].sort()).toEqual([...DOCUMENT_TYPES].sort());
    expect(nurse.types).toEqual(expect.arrayContaining(DOCUMENT_TYPES.filter((type) => seenByNurses({ type }))));
    expect([...pharmacist.types].sort()).toEqual(['clinic', 'drug', 'prescription', 'staff']);
  });

  it('brings new documents of all clinical types to the other tablets, as they were written', async () => {
    const { patient, all } = await patientWithEverything();
    for (const { type, id } of all) {
      await arrives(colleague, type, id);
      expect(await colleague.get(type, id)).toEqual(await doctor.get(type, id));
    }
    for (const { type, id } of all.filter(seenByNurses))
      await arrives(nurse, type, id, { createdBy: patient.createdBy });
    expect((await nurse.pulled()).filter(({ type }) => type === 'prescription')).toEqual([]);
  });

  it('brings what a nurse writes to doctors', async () => {
    const patient = await newPatientAt(nurse);
    await arrives(doctor, 'patient', patient._id, { lastName: 'Example' });
    for (const type of ['record', 'vaccine', 'vital', 'appointment'] as const) {
      const document = newDocument(type, patient, author(nurse));
      await nurse.insert(type, document);
      await arrives(doctor, type, document._id, { createdBy: author(nurse).userId });
    }
  });

  it('brings changes', async () => {
    const { patient, all, idOf } = await patientWithEverything();
    for (const { type, id } of all.filter(seenByNurses)) await arrives(nurse, type, id);
    const changes = {
      patient: { phoneNumber: '+254 700 000000' },
      record: { diagnosis: 'Pneumonia' },
      prescription: { notes: 'Allergy checked twice' },
      procedure: { description: 'Before and after a bronchodilator' },
      vaccine: { lotNumber: 'K7' },
      vital: { heartRatePerMinute: 84 },
      appointment: { status: 'cancelled' },
    } as const;
    for (const { type, id } of all) {
      const change = changes[type as keyof typeof changes];
      await doctor.patch(type, id, { ...change, ...edited(author(doctor)) });
      await arrives(colleague, type, id, change);
      if (seenByNurses({ type })) await arrives(nurse, type, id, change);
    }
    await nurse.patch('patient', patient._id, { email: 'ada@example.org', ...edited(author(nurse)) });
    await arrives(doctor, 'patient', patient._id, { email: 'ada@example.org', ...changes.patient });
    const performed = { status: 'performed', performedBy: author(nurse).userId, performedAt: new Date().toISOString() };
    await nurse.patch('procedure', idOf('procedure'), { ...performed, ...edited(author(nurse)) });
    await arrives(doctor, 'procedure', idOf('procedure'), performed);
  });

  it('brings deletions', async () => {
    const { idOf } = await patientWithEverything();
    for (const type of ['record', 'prescription', 'procedure', 'vaccine', 'vital'] as const) {
      await arrives(colleague, type, idOf(type));
      if (seenByNurses({ type })) await arrives(nurse, type, idOf(type));
      await doctor.remove(type, idOf(type));
      await vanishes(colleague, type, idOf(type));
      if (seenByNurses({ type })) await vanishes(nurse, type, idOf(type));
      expect(await heldOf(idOf(type))).toEqual([]);
    }
  });

  it('brings the drug catalogue, clinics and the staff directory', async () => {
    const drug = {
      _id: newDocumentId('drug'),
      type: 'drug',
      name: 'Amoxicillin',
      strength: '500 mg',
      ...authored(author(pharmacist)),
    };
    await pharmacist.insert('drug', drug);
    for (const device of [doctor, nurse]) await arrives(device, 'drug', drug._id, { strength: '500 mg' });
    await pharmacist.patch('drug', drug._id, { active: false, ...edited(author(pharmacist)) });
    for (const device of [doctor, nurse]) await arrives(device, 'drug', drug._id, { active: false });

    await server.admin.ok('POST', '/api/clinics', { slug: 'east', name: 'Clinic east' });
    for (const slug of ['north', 'south', 'east']) await arrives(nurse, 'clinic', clinicDocId(slug));
    const me = (await nurse.all('staff')).find(({ userId }) => userId === author(nurse).userId);
    expect(me).toMatchObject({ name: 'nurseNorth', role: 'nurse' });
    await nurse.patch('staff', String(me?._id), { workPhone: '112', ...edited(author(nurse)) });
    for (const device of [doctor, pharmacist]) await arrives(device, 'staff', String(me?._id), { workPhone: '112' });
  });

  it('keeps what a staff entry has that the directory does not show, when its owner changes it on a tablet', async () => {
    const me = (await doctor.all('staff')).find(({ userId }) => userId === author(doctor).userId);
    const id = String(me?._id);
    const hidden = { privatePhone: '+254 711 111111', licenceNumber: 'L-1' };
    const { body } = (await stored(id)) ?? { body: {} };
    await server.core.writePath.putTrusted([{ id, body: { ...body, ...hidden } }]);
    await doctor.patch('staff', id, { workPhone: '113', ...edited(author(doctor)) });
    await arrives(nurse, 'staff', id, { workPhone: '113' });
    expect((await stored(id))?.body).toMatchObject({ ...hidden, workPhone: '113' });
    expect(await nurse.get('staff', id)).not.toHaveProperty('privatePhone');
  });
});

describe('a refused write', () => {
  it('of a change is undone on the tablet, kept for review, and holds nothing up', async () => {
    const { patient, idOf } = await patientWithEverything();
    await arrives(nurse, 'record', idOf('record'));
    await nurse.patch('record', idOf('record'), { diagnosis: 'Malaria', ...edited(author(nurse)) });
    const next = newDocument('record', patient, author(nurse));
    await nurse.insert('record', next);
    await arrives(nurse, 'record', idOf('record'), { diagnosis: 'Acute bronchitis' });
    await becomesHeld(idOf('record'), 'not_author');
    await arrives(doctor, 'record', next._id);
    await nurse.patch('record', next._id, { diagnosis: 'Asthma', ...edited(author(nurse)) });
    await arrives(doctor, 'record', next._id, { diagnosis: 'Asthma' });
    expect(await doctor.get('record', idOf('record'))).toEqual(await nurse.get('record', idOf('record')));
  });

  it('of a new document makes it disappear from the tablet, is kept for review, and holds nothing up', async () => {
    const patient = await newPatientAt(nurse);
    const elsewhere = newPatient(author(nurse), { clinicIds: ['south'] });
    await server.core.writePath.putTrusted([{ id: elsewhere._id, body: withoutId(elsewhere) }]);
    const foreign = newDocument('record', { ...elsewhere, clinicIds: ['north'] }, author(nurse));
    const forged = newDocument('record', patient, author(nurse), { createdBy: author(doctor).userId });
    for (const refused of [foreign, forged]) {
      await nurse.insert('record', refused);
      const next = newDocument('record', patient, author(nurse));
      await nurse.insert('record', next);
      await arrives(doctor, 'record', next._id);
      await vanishes(nurse, 'record', refused._id);
      expect(await doctor.get('record', refused._id)).toBeNull();
      expect(await stored(refused._id)).toBeUndefined();
    }
    await becomesHeld(foreign._id, 'unknown_patient');
    await becomesHeld(forged._id, 'wrong_author');
  });

  it('of a deletion brings the document back, is kept for review, and holds nothing up', async () => {
    const { patient, idOf } = await patientWithEverything();
    await arrives(nurse, 'vital', idOf('vital'));
    await nurse.remove('vital', idOf('vital'));
    const next = newDocument('vital', patient, author(nurse));
    await nurse.insert('vital', next);
    await arrives(doctor, 'vital', next._id);
    await becomesHeld(idOf('vital'), 'not_author');
    await arrives(nurse, 'vital', idOf('vital'), { heartRatePerMinute: 72 });
    expect(await doctor.get('vital', idOf('vital'))).not.toBeNull();
  });

  it('in the middle of a batch harms no other row of it', async () => {
    const { patient, idOf } = await patientWithEverything();
    const own = newDocument('vital', patient, author(nurse));
    const doomed = newDocument('vital', patient, author(nurse));
    for (const vital of [own, doomed]) await nurse.insert('vital', vital);
    await arrives(nurse, 'vital', idOf('vital'));
    await arrives(doctor, 'vital', doomed._id);
    await nurse.goOffline();
    const [first, forged, last] = [{}, { createdBy: author(doctor).userId }, {}].map((more) =>
      newDocument('vital', patient, author(nurse), more),
    );
    await nurse.insert('vital', first ?? {});
    await nurse.patch('vital', idOf('vital'), { heartRatePerMinute: 200, ...edited(author(nurse)) });
    await nurse.insert('vital', forged ?? {});
    await nurse.patch('vital', own._id, { heartRatePerMinute: 90, ...edited(author(nurse)) });
    await nurse.remove('vital', doomed._id);
    await nurse.insert('vital', last ?? {});
    await nurse.goOnline();
    for (const vital of [first, last]) await arrives(doctor, 'vital', vital?._id ?? '');
    await arrives(doctor, 'vital', own._id, { heartRatePerMinute: 90 });
    await vanishes(doctor, 'vital', doomed._id);
    await vanishes(nurse, 'vital', forged?._id ?? '');
    await arrives(nurse, 'vital', idOf('vital'), { heartRatePerMinute: 72 });
    await becomesHeld(idOf('vital'), 'not_author');
    await becomesHeld(forged?._id ?? '', 'wrong_author');
  });

  it('can be corrected: the document that was refused is accepted when it is written again as it should be', async () => {
    const patient = await newPatientAt(nurse);
    const record = newDocument('record', patient, author(nurse));
    await nurse.insert('record', { ...record, createdBy: author(doctor).userId });
    await becomesHeld(record._id, 'wrong_author');
    await vanishes(nurse, 'record', record._id);
    await nurse.awaitInSync();
    await nurse.insert('record', record);
    await arrives(doctor, 'record', record._id, { createdBy: author(nurse).userId });
    await arrives(nurse, 'record', record._id);
  });
});

describe('a tombstone', () => {
  it.each(DOCUMENT_TYPES)('of a %s is valid for the server and for RxDB', (type) => {
    const validate = getValidator(fillWithDefaultSettings(schemas[type] as unknown as RxJsonSchema<DeviceDocument>));
    const id = type === 'clinic' ? clinicDocId('west') : newDocumentId(type, newPatientId());
    const empty = emptyDocument(type, id);
    expect(validateDocument(type, empty)).toEqual([]);
    const store = { _rev: '1-x', _attachments: {}, _meta: { lwt: 1 } };
    expect(validate({ ...empty, ...store, _deleted: true } as unknown as Parameters<typeof validate>[0])).toEqual([]);
  });

  it('of each type takes the documents of a patient who leaves, and nothing is sent back; returning brings them back', async () => {
    const { patient, all } = await patientWithEverything();
    const stay = await newPatientAt(doctor);
    for (const { type, id } of all) await arrives(colleague, type, id);
    for (const { type, id } of all.filter(seenByNurses)) await arrives(nurse, type, id);
    await nurse.awaitInSync();
    const sentBefore = [(await colleague.pushed()).length, (await nurse.pushed()).length];
    const heldBefore = (await server.core.held.list(10_000)).length;

    await doctor.patch('patient', patient._id, { clinicIds: ['south'], ...edited(author(doctor)) });
    for (const device of [doctor, colleague]) for (const { type, id } of all) await vanishes(device, type, id);
    for (const { type, id } of all.filter(seenByNurses)) await vanishes(nurse, type, id);
    const gone = (await colleague.pulled()).filter(
      ({ document }) => document._deleted && document.patientId === patient.patientId,
    );
    expect(new Set(gone.map(({ type }) => type))).toEqual(new Set(PATIENT_BOUND_TYPES));
    expect(JSON.stringify(gone)).not.toMatch(/Example|bronchitis|Spirometry|Influenza/);

    // What was going to be sent back is sent before, or with, what is written after it.
    for (const device of [doctor, colleague, nurse]) {
      await device.patch('patient', stay._id, {
        address: String(device.login.principal.deviceId),
        ...edited(author(device)),
      });
      await arrives(doctor, 'patient', stay._id, { address: String(device.login.principal.deviceId) });
      await arrives(nurse, 'patient', stay._id, { address: String(device.login.principal.deviceId) });
      await arrives(colleague, 'patient', stay._id, { address: String(device.login.principal.deviceId) });
      await device.awaitInSync();
    }
    expect([(await colleague.pushed()).length, (await nurse.pushed()).length]).toEqual(
      sentBefore.map((count) => count + 1),
    );
    expect((await server.core.held.list(10_000)).length).toBe(heldBefore);
    for (const { id } of all) expect((await stored(id))?.body.clinicIds).toEqual(['south']);

    const south = server.api.as((await loginStaff(server.api, 'doctorSouth')).accessToken);
    const known = await south.ok<{ _rev: string }>('GET', `/api/patients/${patient.patientId}`);
    await south.ok('PUT', `/api/patients/${patient.patientId}`, { ...known, clinicIds: ['north'] });
    for (const { type, id } of all) {
      await arrives(doctor, type, id);
      await arrives(colleague, type, id, { createdBy: author(doctor).userId, clinicIds: ['north'] });
      if (seenByNurses({ type })) await arrives(nurse, type, id, { clinicIds: ['north'] });
    }
    expect(await colleague.get('record', all.find(({ type }) => type === 'record')?.id ?? '')).toMatchObject({
      diagnosis: 'Acute bronchitis',
    });
    await noneWasRejected();
  });

  it('of the reference data takes drugs, clinics and staff', async () => {
    const common = authored(author(doctor));
    const documents = [
      { id: newDocumentId('drug'), body: { type: 'drug', name: 'Withdrawn', ...common } },
      { id: clinicDocId('closed'), body: { type: 'clinic', slug: 'closed', name: 'Closed', ...common } },
      { id: newDocumentId('staff'), body: { type: 'staff', name: 'Retired', role: 'nurse', ...common } },
    ];
    await server.core.writePath.putTrusted(documents);
    for (const { id, body } of documents) await arrives(nurse, body.type as DocumentType, id);
    for (const { id, body } of documents) {
      const baseRev = (await stored(id))?.rev ?? '';
      const [outcome] = await server.core.writePath.edit(ADMIN, [{ id, baseRev, deleted: true, body: {} }]);
      expect(outcome).toMatchObject({ outcome: 'stored' });
      await vanishes(nurse, body.type as DocumentType, id);
    }
    await noneWasRejected();
  });
});

describe('a tablet that was offline', () => {
  const sameOnBoth = async () => {
    const sorted = async (device: RxdbDevice) =>
      Promise.all(
        PATIENT_BOUND_TYPES.map(async (type) => (await device.all(type)).sort((a, b) => (a._id < b._id ? -1 : 1))),
      );
    await waitFor(async () => equal(await sorted(doctor), await sorted(colleague)), {
      what: 'both tablets having the same',
      timeoutMs: 15_000,
    });
  };

  it('sends what was written on it and receives what was written elsewhere', async () => {
    const { patient, idOf } = await patientWithEverything();
    for (const type of CLINICAL_TYPES) await arrives(colleague, type, idOf(type));
    await arrives(colleague, 'patient', patient._id);
    await doctor.goOffline();

    const here = newDocument('vital', patient, author(doctor));
    await doctor.insert('vital', here);
    await doctor.patch('record', idOf('record'), { diagnosis: 'Pneumonia', ...edited(author(doctor)) });
    await doctor.remove('vaccine', idOf('vaccine'));
    await doctor.patch('patient', patient._id, { phoneNumber: '1', ...edited(author(doctor)) });

    const there = CLINICAL_TYPES.map((type) => newDocument(type, patient, author(colleague)));
    for (const document of there) await colleague.insert(document.type, document);
    await colleague.patch('procedure', idOf('procedure'), { description: 'Soon', ...edited(author(colleague)) });
    await colleague.patch('patient', patient._id, { phoneNumber: '2', ...edited(author(colleague)) });
    for (const document of there) await waitFor(() => stored(document._id));
    await waitFor(async () => (await stored(patient._id))?.body.phoneNumber === '2');
    expect(await stored(here._id)).toBeUndefined();

    await doctor.goOnline();
    for (const document of there) await arrives(doctor, document.type, document._id);
    await arrives(doctor, 'procedure', idOf('procedure'), { description: 'Soon' });
    await arrives(colleague, 'vital', here._id);
    await arrives(colleague, 'record', idOf('record'), { diagnosis: 'Pneumonia' });
    await vanishes(colleague, 'vaccine', idOf('vaccine'));
    await sameOnBoth();
  });

  it('before it ever heard of a change receives what was written meanwhile', async () => {
    const device = await tablet('doctorNorth');
    await device.awaitInSync();
    await device.goOffline();
    const { patient, all } = await patientWithEverything();
    for (const { id } of all) await waitFor(() => stored(id));
    await device.goOnline();
    for (const { type, id } of all) await arrives(device, type, id, { patientId: patient.patientId });
    await device.close();
  });

  it('and another that was offline too come to the same state', async () => {
    const { patient, idOf } = await patientWithEverything();
    for (const type of CLINICAL_TYPES) await arrives(colleague, type, idOf(type));
    await arrives(colleague, 'patient', patient._id);
    for (const device of [doctor, colleague]) await device.goOffline();
    for (const device of [doctor, colleague]) {
      const me = edited(author(device));
      await device.insert('vital', newDocument('vital', patient, author(device)));
      await device.patch('patient', patient._id, { address: me.deviceId, ...me });
      await device.patch('record', idOf('record'), { notes: me.deviceId, ...me });
    }
    await doctor.remove('procedure', idOf('procedure'));
    await colleague.patch('procedure', idOf('procedure'), { description: 'Later', ...edited(author(colleague)) });
    for (const device of [doctor, colleague]) await device.goOnline();
    for (const device of [doctor, colleague]) await device.awaitInSync();
    await sameOnBoth();
    expect((await doctor.get('patient', patient._id))?.address).toBe((await stored(patient._id))?.body.address);
  });
});

describe('a confidential record', () => {
  it('never reaches the tablet of a nurse', async () => {
    const patient = await newPatientAt(doctor);
    const secret = newDocument('record', patient, author(doctor), { confidential: true, diagnosis: 'HIV' });
    await doctor.insert('record', secret);
    await arrives(colleague, 'record', secret._id);
    const open = newDocument('record', patient, author(doctor));
    await doctor.insert('record', open);
    await arrives(nurse, 'record', open._id);
    await doctor.patch('record', secret._id, { notes: 'Started treatment', ...edited(author(doctor)) });
    await arrives(colleague, 'record', secret._id, { notes: 'Started treatment' });
    await doctor.patch('record', open._id, { notes: 'Better', ...edited(author(doctor)) });
    await arrives(nurse, 'record', open._id, { notes: 'Better' });
    expect((await nurse.pulled()).filter(({ document }) => document._id === secret._id)).toEqual([]);
  });

  it('disappears from it when it becomes so, and returns when it no longer is', async () => {
    const { idOf } = await patientWithEverything();
    await arrives(nurse, 'record', idOf('record'));
    await doctor.patch('record', idOf('record'), { confidential: true, ...edited(author(doctor)) });
    await vanishes(nurse, 'record', idOf('record'));
    await arrives(colleague, 'record', idOf('record'), { confidential: true });
    await doctor.patch('record', idOf('record'), { confidential: false, ...edited(author(doctor)) });
    await arrives(nurse, 'record', idOf('record'), { confidential: false, diagnosis: 'Acute bronchitis' });
  });

  it('that a nurse writes reaches doctors and leaves the tablet', async () => {
    const patient = await newPatientAt(nurse);
    const secret = newDocument('record', patient, author(nurse), { confidential: true });
    await nurse.insert('record', secret);
    await arrives(doctor, 'record', secret._id, { confidential: true });
    await vanishes(nurse, 'record', secret._id);
    expect(await heldOf(secret._id)).toEqual([]);
  });
});

describe("a pharmacist's tablet", () => {
  it('has prescriptions without notes and reason, and filling one keeps both for doctors', async () => {
    const { idOf } = await patientWithEverything();
    const id = idOf('prescription');
    await arrives(pharmacist, 'prescription', id, { status: 'pending', patientName: 'Ada Example' });
    const seen = await pharmacist.get('prescription', id);
    expect(seen).not.toHaveProperty('notes');
    expect(seen).not.toHaveProperty('reason');
    const filled = {
      status: 'filled',
      filledBy: author(pharmacist).userId,
      filledAt: new Date().toISOString(),
      dispenseNotes: 'Generic given',
    };
    await pharmacist.patch('prescription', id, { ...filled, ...edited(author(pharmacist)) });
    for (const device of [doctor, colleague])
      await arrives(device, 'prescription', id, { ...filled, notes: 'Allergy checked', reason: 'Bronchitis' });
    await arrives(pharmacist, 'prescription', id, filled);
    expect(await pharmacist.get('prescription', id)).not.toHaveProperty('notes');
    expect(await heldOf(id)).toEqual([]);

    await doctor.patch('prescription', id, { notes: 'Too late', ...edited(author(doctor)) });
    await becomesHeld(id, 'already_final');
    await arrives(doctor, 'prescription', id, { ...filled, notes: 'Allergy checked' });
  });
});

describe('many documents', () => {
  const VITALS = 250;

  it('arrive completely, page by page, though not all rows of a page are for the tablet', async () => {
    const author = nurse.login.principal;
    const patient = newPatient(author);
    const documents = Array.from({ length: VITALS }, (_, i) => [
      newDocument('vital', patient, author, { heartRatePerMinute: 50 + (i % 100) }),
      newDocument('record', patient, author, { confidential: i % 2 === 0 }),
    ]).flat();
    await server.core.writePath.putTrusted(
      [patient, ...documents].map((one) => ({ id: one._id, body: withoutId(one) })),
    );
    const late = await tablet('nurseNorth');
    const ofPatient = async (device: RxdbDevice, type: DocumentType) =>
      (await device.all(type)).filter(({ patientId }) => patientId === patient.patientId);
    // One that starts afterwards, and one that was connected.
    for (const device of [late, nurse]) {
      await waitFor(async () => (await ofPatient(device, 'vital')).length === VITALS, { what: 'all vitals arriving' });
      await waitFor(async () => (await ofPatient(device, 'record')).length === VITALS / 2, {
        what: 'all open records arriving',
      });
      const expected = documents.filter(({ type }) => type === 'vital').map(withoutStoreFields);
      const found = (await ofPatient(device, 'vital')).map(withoutStoreFields);
      expect(new Set(found.map((one) => JSON.stringify(one)))).toEqual(
        new Set(expected.map((one) => JSON.stringify(one))),
      );
    }
    await late.close();
  });
});

describe('a session', () => {
  it('whose access token expired goes on after a refresh, and nothing is lost', async () => {
    const device = await tablet('doctorNorth');
    const patient = await newPatientAt(device);
    await arrives(colleague, 'patient', patient._id);
    const { sub, sid, iss, aud } = jwt.decode(device.login.accessToken) as Record<string, string>;
    const claims = { sub, sid, iss, aud, iat: 1_700_000_000, exp: 1_700_000_900 };
    await device.useToken(jwt.sign(claims, JWT_SECRET));
    const here = newDocument('record', patient, author(device));
    await device.insert('record', here);
    await waitFor(async () => (await device.errors()).some(({ detail }) => detail.includes('token_expired')), {
      what: 'the expired token being refused',
    });
    const there = newDocument('record', patient, author(colleague));
    await colleague.insert('record', there);
    await arrives(doctor, 'record', there._id);
    expect(await stored(here._id)).toBeUndefined();
    const { accessToken } = await server.api.ok<{ accessToken: string }>('POST', '/api/token/refresh', {
      refreshToken: device.login.refreshToken,
    });
    await device.useToken(accessToken);
    await arrives(colleague, 'record', here._id);
    await arrives(device, 'record', there._id);
    await device.close();
  });

  it('that was revoked receives nothing and writes nothing any more', async () => {
    const device = await tablet('doctorNorth');
    const patient = await newPatientAt(device);
    await arrives(colleague, 'patient', patient._id);
    await device.awaitInSync();
    await server.api.as(device.login.accessToken).ok('POST', '/api/logout');
    const refusals = async () =>
      (await device.errors()).filter(({ detail }) => detail.includes('401')).map(({ type }) => type);
    await waitFor(async () => new Set(await refusals()).size === device.types.length, {
      what: 'every collection being refused',
    });
    const mine = newDocument('vital', patient, author(device));
    await device.insert('vital', mine);
    const there = newDocument('vital', patient, author(colleague));
    await colleague.insert('vital', there);
    await arrives(doctor, 'vital', there._id);
    const soFar = (await refusals()).filter((type) => type === 'vital').length;
    await waitFor(async () => (await refusals()).filter((type) => type === 'vital').length > soFar + 2, {
      what: 'the tablet asking again',
    });
    expect(await device.get('vital', there._id)).toBeNull();
    expect(await stored(mine._id)).toBeUndefined();
    await device.close();
  });
});

it('no tablet was ever sent a document that its storage rejected', async () => {
  await Promise.all([doctor, colleague, nurse, pharmacist].map((device) => device.awaitInSync()));
  await Promise.all(
    [doctor, colleague, nurse, pharmacist].map(async (device) =>
      expect((await device.errors()).filter(({ rejectedId }) => rejectedId !== undefined)).toEqual([]),
    ),
  );
});

function withoutId({ _id, ...body }: Fields): Fields {
  return body;
}

function withoutStoreFields(document: Fields): Fields {
  const own = Object.entries(document).filter(([field]) => field === '_id' || !field.startsWith('_'));
  return Object.fromEntries(own.sort(([a], [b]) => (a < b ? -1 : 1)));
}
