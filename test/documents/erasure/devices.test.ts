/** What tablets with stock PouchDB see of an erasure. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Erasure } from '../../../server/documents/erasure/erasure.ts';
import type { Login } from '../../support/api-client.ts';
import {
  createNetwork,
  createPatientAccount,
  edited,
  loginStaff,
  newDocument,
  newPatient,
  type StaffName,
} from '../../support/network.ts';
import { PouchDevice } from '../../support/pouch-device.ts';
import { startServer, type TestServer } from '../../support/test-server.ts';
import { waitFor } from '../../support/wait-for.ts';
import { newMarker } from './erased-patient.ts';
import { erasing, whereStored } from './erasing.ts';

let server: TestServer;
let erasure: Erasure;
const logins = {} as Record<StaffName, Login>;

beforeAll(async () => {
  server = await startServer();
  await createNetwork(server.admin);
  for (const name of ['doctorNorth', 'nurseNorth', 'pharmacistNorth', 'doctorSouth'] as const)
    logins[name] = await loginStaff(server.api, name);
  ({ erasure } = await erasing(server.core, String(server.environment.env.VITASYNC_DB_PREFIX)));
});
afterAll(() => server?.close());

const tablet = (name: StaffName) => new PouchDevice(logins[name]);
const prefix = () => String(server.environment.env.VITASYNC_DB_PREFIX);
const ofPatient = async (device: PouchDevice, patientId: string) =>
  (await device.ids()).filter((id) => id.startsWith(patientId));

async function patientWithEverything(marker: string) {
  const doctor = tablet('doctorNorth');
  const me = logins.doctorNorth.principal;
  const patient = newPatient(me, { lastName: marker });
  const documents = (['record', 'prescription', 'procedure', 'vaccine', 'vital', 'appointment'] as const).map((type) =>
    newDocument(type, patient, me, type === 'procedure' || type === 'vaccine' ? { name: marker } : { notes: marker }),
  );
  for (const document of [patient, ...documents]) await doctor.put(document);
  await doctor.sync();
  expect(doctor.denied).toEqual([]);
  return { doctor, patient, documents };
}

it('takes everything of the patient from every tablet, and refuses what they send of the patient', async () => {
  const marker = newMarker();
  const { doctor, patient, documents } = await patientWithEverything(marker);
  const { patientId } = patient;
  const other = await patientWithEverything(newMarker());
  const me = logins.doctorNorth.principal;
  await doctor.put({ ...(await doctor.get(patient._id)), clinicIds: ['north', 'south'], ...edited(me) });
  await doctor.sync();
  const own = new PouchDevice(await createPatientAccount(server.admin, patientId));
  const devices = [tablet('nurseNorth'), tablet('pharmacistNorth'), tablet('doctorSouth'), own];
  for (const device of [...devices, doctor]) {
    await device.sync();
    expect((await ofPatient(device, patientId)).length).toBeGreaterThan(0);
  }
  // Writes while it has no connection.
  const offline = tablet('nurseNorth');
  await offline.sync();
  const nurse = logins.nurseNorth.principal;
  const written = newDocument('vital', patient, nurse, { notes: marker });
  const record = String(documents.find(({ type }) => type === 'record')?._id);
  await offline.put(written);
  await offline.put({ ...(await offline.get(record)), notes: `${marker} still here`, ...edited(nurse) });
  const before = await doctor.documents();
  const live = tablet('doctorNorth');
  const stopLive = live.live();
  await waitFor(async () => (await ofPatient(live, patientId)).length === documents.length + 1);

  await erasure.erase({ patientId, by: 'uadmin' });

  await waitFor(async () => (await ofPatient(live, patientId)).length === 0, { what: 'the live tablet letting go' });
  stopLive();
  for (const device of [...devices, doctor]) {
    await device.sync();
    expect(await ofPatient(device, patientId)).toEqual([]);
    expect(device.denied).toEqual([]);
  }
  expect((await ofPatient(doctor, other.patient.patientId)).length).toBe(other.documents.length + 1);

  // What it wrote meanwhile, and what another one writes again from its memory.
  await offline.sync();
  expect(Object.fromEntries(offline.denied.map(({ id, code }) => [id, code]))).toEqual({
    [written._id]: 'unknown_patient',
    [record]: 'document_deleted',
  });
  const ownWork = [record, written._id];
  expect((await ofPatient(offline, patientId)).filter((id) => !ownWork.includes(id))).toEqual([]);
  for (const id of [patient._id, record]) await doctor.put({ ...before.get(id), ...edited(me) });
  const fresh = newDocument('vital', patient, me, { notes: marker });
  await doctor.put(fresh);
  await doctor.sync();
  expect(Object.fromEntries(doctor.denied.map(({ id, code }) => [id, code]))).toEqual({
    [patient._id]: 'document_deleted',
    [record]: 'document_deleted',
    [fresh._id]: 'unknown_patient',
  });
  // And deletes: that changes nothing either.
  await doctor.local.remove(await doctor.get(record));
  await doctor.sync();

  const later = tablet('doctorSouth');
  await later.sync();
  expect(await ofPatient(later, patientId)).toEqual([]);
  const { results } = await later.remote.changes({ include_docs: true, limit: 10_000 });
  for (const { id, deleted, doc } of results.filter((change) => change.id.startsWith(patientId))) {
    expect(deleted).toBe(true);
    expect(Object.keys(doc ?? {}).sort(), id).toEqual(['_deleted', '_id', '_rev']);
  }
  const answer = await server.admin.request('GET', `/api/patients/${patientId}`);
  expect(answer.status).toBe(404);
  await server.settled();
  expect(await whereStored(server.core.store, prefix(), marker)).toEqual([]);
});
