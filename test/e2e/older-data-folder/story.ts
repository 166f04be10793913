/**
 * What the people of a small network did before the data folder was put away: with stock tablets and over HTTP, against a server
 * that is already running. It is told once for each release whose data folder is kept.
 */
import path from 'node:path';
import { clinicDocId } from '../../../shared-schemas/ids.ts';
import { ApiClient, type Login } from '../../support/api-client.ts';
import { ADMIN_PASSWORD } from '../../support/environment.ts';
import { edited, newDocument, newPatient, PASSWORD } from '../../support/network.ts';
import { PouchDevice } from '../../support/pouch-device.ts';
import { RxdbDevice } from '../../support/rxdb-device.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { Contents, HeldSummary, Person, SavedTablet } from './fixture.ts';
import { revisionsOn, savedTablet } from './saved-tablet.ts';

type Doc = Record<string, unknown> & { readonly _id: string; readonly patientId: string };
type PatientDoc = ReturnType<typeof newPatient>;

interface Stage {
  readonly api: ApiClient;
  readonly admin: ApiClient;
  /** The doctor and the nurse of the north, whose local databases are kept. */
  readonly dora: PouchDevice;
  readonly nora: PouchDevice;
  /** Another nurse of the north. */
  readonly nina: RxdbDevice;
  readonly phil: PouchDevice;
  /** The doctor of the south. */
  readonly sven: PouchDevice;
}

/** Those who sync, and how they log in. */
const STAFF = {
  dora: ['doctor', 'Dora Haag', 'north'],
  nora: ['nurse', 'Nora Kessler', 'north'],
  nina: ['nurse', 'Nina Okafor', 'north'],
  phil: ['pharmacist', 'Phil Ashworth', 'north'],
  sven: ['doctor', 'Sven Lindqvist', 'south'],
} as const;
const PATIENT_ACCOUNT = 'almeda';
const ALL_TYPES = ['record', 'prescription', 'procedure', 'vaccine', 'vital', 'appointment'] as const;

/** `tabletsFolder`: where the local databases of the saved tablets go. */
export async function tellStory(url: string, tabletsFolder: string): Promise<Contents> {
  const stage = await setUp(url, tabletsFolder);
  const almeda = await everythingOfOne(stage);
  const merged = await twoEditAtOnce(stage);
  const referred = await referAway(stage);
  const returned = await referThereAndBack(stage);
  const shared = await shareOnline(stage);
  await refuseOnPouch(stage, almeda);
  await refuseOnRxdb(stage, almeda);
  await dispenseAndPerform(stage, almeda);
  await deleteSome(stage, almeda);
  const erased = await eraseOne(stage);
  await administer(stage, almeda);
  await stage.nina.close();
  const patients = { almeda: almeda.patientId, merged, referred, returned, shared, erased };
  return { ...(await lastSync(stage)), patients };
}

export async function loggedInAdmin(url: string): Promise<ApiClient> {
  const api = new ApiClient(url);
  return api.as((await api.login('admin', ADMIN_PASSWORD)).accessToken);
}

async function setUp(url: string, tabletsFolder: string): Promise<Stage> {
  const api = new ApiClient(url);
  const admin = await loggedInAdmin(url);
  for (const [slug, name] of Object.entries({ north: 'Harbour Clinic', south: 'Hill Clinic' }))
    await admin.ok('POST', '/api/clinics', { slug, name });
  for (const [username, [role, name, clinic]] of Object.entries(STAFF))
    await admin.ok('POST', '/api/accounts', { username, password: PASSWORD, role, name, clinicIds: [clinic] });
  const onDisk = async (username: string) =>
    savedTablet(await logIn(api, username), path.join(tabletsFolder, `tablet-${username}`));
  return {
    api,
    admin,
    dora: await onDisk('dora'),
    nora: await onDisk('nora'),
    nina: await RxdbDevice.start(await logIn(api, 'nina')),
    phil: new PouchDevice(await logIn(api, 'phil')),
    sven: new PouchDevice(await logIn(api, 'sven')),
  };
}

const logIn = (api: ApiClient, username: string): Promise<Login> =>
  api.login(username, PASSWORD, {
    deviceId: `tablet-${username}`,
    deviceName: `The tablet of ${username}`,
    clientVersion: 'fixture 1',
    schemaVersion: 1,
  });

const who = ({ login }: { readonly login: Login }) => login.principal;
const as = ({ api }: Stage, { login }: { readonly login: Login }) => api.as(login.accessToken);

async function change(device: PouchDevice, id: string, fields: Record<string, unknown>): Promise<void> {
  await device.put({ ...(await device.get(id)), ...fields, ...edited(who(device)) });
}

/** A patient written on the doctor's tablet, with documents, and pushed. */
async function admit(
  { dora }: Stage,
  person: Record<string, unknown>,
  types: readonly (typeof ALL_TYPES)[number][],
): Promise<{ readonly patient: PatientDoc; readonly documents: readonly Doc[] }> {
  const patient = newPatient(who(dora), person);
  const { firstName, lastName, birthDate } = patient;
  const prescribed = { patientName: `${firstName} ${lastName}`, patientBirthDate: birthDate };
  const documents = types.map((type) =>
    newDocument(type, patient, who(dora), type === 'prescription' ? prescribed : {}),
  );
  for (const document of [patient, ...documents]) await dora.put(document);
  await dora.sync();
  return { patient, documents };
}

interface Almeda {
  readonly patientId: string;
  readonly idOf: (type: (typeof ALL_TYPES)[number] | 'patient') => string;
}

/** Has a document of every type, an account and, at the end, everything that can happen to one. */
async function everythingOfOne(stage: Stage): Promise<Almeda> {
  const { admin, api, phil, dora, nora } = stage;
  const { patient, documents } = await admit(
    stage,
    {
      ...{ firstName: 'Almeda', lastName: 'Kuhn', birthDate: '1958-03-21', phoneNumber: '555-0117' },
      allergies: [{ substance: 'Penicillin', severity: 'moderate' }],
      staffNotes: 'Hard of hearing on the left side',
    },
    ALL_TYPES,
  );
  const { patientId } = patient;
  const account = { role: 'patient', name: 'Almeda Kuhn', patientId };
  await admin.ok('POST', '/api/accounts', { username: PATIENT_ACCOUNT, password: PASSWORD, ...account });
  const drug = { name: 'Amoxicillin', strength: '500 mg', form: 'capsule' };
  const { _id } = await as(stage, phil).ok<Doc>('POST', '/api/drugs', drug);
  await as(stage, phil).ok('PATCH', `/api/drugs/${_id}`, { notes: 'Out of stock until Monday' });
  const own = new PouchDevice(await logIn(api, PATIENT_ACCOUNT));
  await own.pull();
  await change(own, patient._id, { phoneNumber: '555-0118', emergencyContact: { name: 'Otis Kuhn' } });
  await own.push();
  const confidential = newDocument('record', patient, who(dora), { diagnosis: 'Anxiety', confidential: true });
  const later = newDocument('record', patient, who(dora), { diagnosis: 'Fatigue' });
  for (const record of [confidential, later]) await dora.put(record);
  await dora.sync();
  for (const device of [nora, phil]) await device.sync();
  // Nurses had it, and lose it.
  await change(dora, later._id, { confidential: true });
  await dora.sync();
  const ids = new Map([patient, ...documents].map((document) => [document.type, document._id]));
  return { patientId, idOf: (type) => ids.get(type) ?? '' };
}

/** Both change the telephone number; each changes something else as well. */
async function twoEditAtOnce(stage: Stage): Promise<string> {
  const { dora, nora } = stage;
  const { patient, documents } = await admit(stage, { firstName: 'Darrel', lastName: 'Wisozk' }, ['vital']);
  const vital = documents[0]?._id ?? '';
  await nora.sync();
  await change(dora, patient._id, { phoneNumber: '555-0131', address: '3 Quay Street' });
  await change(nora, patient._id, { phoneNumber: '555-0132', email: 'darrel@example.org' });
  await dora.push();
  await nora.push();
  for (const device of [dora, nora]) await device.pull();
  // Nothing is lost of these two.
  await change(dora, patient._id, { identityNumber: 'X-417' });
  await change(nora, patient._id, { emergencyContact: { name: 'Shae Wisozk', phoneNumber: '555-0133' } });
  await dora.push();
  await nora.push();
  for (const device of [dora, nora]) await device.pull();
  await change(dora, vital, { heartRatePerMinute: 81 });
  await dora.sync();
  return patient.patientId;
}

/** From the doctor's tablet, out of the doctor's own sight; the other clinic goes on with it. */
async function referAway(stage: Stage): Promise<string> {
  const { dora, nora, sven } = stage;
  const person = { firstName: 'Benton', lastName: 'Rutherford' };
  const { patient } = await admit(stage, person, ['record', 'prescription', 'vital', 'procedure']);
  await nora.sync();
  await change(dora, patient._id, { clinicIds: ['south'] });
  for (const device of [dora, dora, nora, sven]) await device.sync();
  const seen = await sven.get(patient._id);
  if (seen.clinicIds === undefined) throw new Error('the other clinic does not have the patient');
  const record = { diagnosis: 'Seen at the Hill Clinic', notes: 'Wheeze is gone' };
  await sven.put(newDocument('record', { patientId: patient.patientId, clinicIds: ['south'] }, who(sven), record));
  await sven.sync();
  return patient.patientId;
}

/** Online, and back: the tablets of the north lose the documents and get them again. */
async function referThereAndBack(stage: Stage): Promise<string> {
  const { dora, nora, sven } = stage;
  const person = { firstName: 'Fay', lastName: 'Breitenberg' };
  const { patient } = await admit(stage, person, ['record', 'prescription', 'appointment']);
  await nora.sync();
  const address = `/api/patients/${patient._id}`;
  await as(stage, dora).ok('PATCH', address, { clinicIds: ['south'] });
  for (const device of [dora, nora, sven]) await device.sync();
  await as(stage, sven).ok('PATCH', address, { clinicIds: ['north'] });
  for (const device of [dora, nora, sven]) await device.sync();
  return patient.patientId;
}

/** Written over REST only, in the care of both clinics; a prescription filled and taken back. */
async function shareOnline(stage: Stage): Promise<string> {
  const doctor = as(stage, stage.dora);
  const pharmacist = as(stage, stage.phil);
  const person = { firstName: 'Evangeline', lastName: 'Núñez', sex: 'female', birthDate: '1990-11-02' };
  const { patientId, _id } = await doctor.ok<Doc>('POST', '/api/patients', person);
  const { prescriptions, vaccines } = await doctor.ok<Record<'prescriptions' | 'vaccines', Doc[]>>(
    'POST',
    '/api/visits',
    {
      patientId,
      record: { diagnosis: 'Acute bronchitis', notes: 'Cough for three days' },
      vitals: [{ temperatureCelsius: 38.2, heartRatePerMinute: 88 }],
      vaccines: [{ name: 'Influenza' }],
      procedures: [{ name: 'Spirometry' }],
      prescriptions: [{ lines: [{ drugName: 'Doxycycline', dose: '100 mg', quantity: 14 }], notes: 'Allergy checked' }],
    },
  );
  await doctor.ok('PATCH', `/api/patients/${_id}`, { clinicIds: ['north', 'south'] });
  const prescription = `/api/prescriptions/${prescriptions[0]?._id ?? ''}`;
  await pharmacist.ok('POST', `${prescription}/fill`, { dispenseNotes: 'Generic given' });
  await pharmacist.ok('POST', `${prescription}/unfill`);
  await doctor.ok('DELETE', `/api/vaccines/${vaccines[0]?._id ?? ''}`);
  return patientId;
}

/** An update, a creation and a deletion that the nurse may not do, and a value that cannot be. */
async function refuseOnPouch({ admin, dora, nora }: Stage, { patientId, idOf }: Almeda): Promise<void> {
  await nora.sync();
  await change(nora, idOf('vital'), { heartRatePerMinute: 99 });
  const of = { patientId, clinicIds: ['north'] };
  await nora.put(newDocument('prescription', of, who(nora), { notes: 'Asked for by telephone' }));
  await nora.local.remove(await nora.get(idOf('record')));
  await nora.sync();
  await dora.put(newDocument('vital', of, who(dora), { temperatureCelsius: 382 }));
  await dora.sync();
  expectCount('refusals of the nurse', nora.denied.length, 3);
  expectCount('refusals of the doctor', dora.denied.length, 1);
  const held = await heldWrites(admin);
  const entry = held.find(({ documentId }) => documentId === idOf('vital'));
  await admin.ok('POST', `/api/admin/held-writes/${entry?.id}/accept`, { note: 'Checked on paper' });
}

/** The same of a stock RxDB tablet, and a record that its writer may not see. */
async function refuseOnRxdb(stage: Stage, { patientId, idOf }: Almeda): Promise<void> {
  const { admin, nina } = stage;
  await nina.awaitInSync();
  await waitFor(() => nina.get('vaccine', idOf('vaccine')), { what: 'the vaccine being on the RxDB tablet' });
  const of = { patientId, clinicIds: ['north'] };
  const order = newDocument('procedure', of, who(nina), { name: 'Ultrasound' });
  await nina.insert('procedure', order);
  await nina.patch('vaccine', idOf('vaccine'), { lotNumber: 'K7', ...edited(who(nina)) });
  await isHeld(admin, [order._id, idOf('vaccine')]);
  await nina.remove('appointment', idOf('appointment'));
  await isHeld(admin, [idOf('appointment')]);
  const own = newDocument('vital', of, who(nina), { oxygenSaturationPercent: 97 });
  const unseen = newDocument('record', of, who(nina), { diagnosis: 'Told in confidence', confidential: true });
  await nina.insert('vital', own);
  await nina.insert('record', unseen);
  await waitFor(async () => (await nina.get('record', unseen._id)) === null, { what: 'the record leaving the tablet' });
  await as(stage, stage.dora).ok('GET', `/api/records/${unseen._id}`);
  await nina.awaitInSync();
}

async function dispenseAndPerform(stage: Stage, { idOf }: Almeda): Promise<void> {
  const { phil, nora } = stage;
  const now = new Date().toISOString();
  await phil.sync();
  const filled = { status: 'filled', filledBy: who(phil).userId, filledAt: now, dispenseNotes: 'Take with water' };
  await change(phil, idOf('prescription'), filled);
  await phil.sync();
  await change(nora, idOf('procedure'), { status: 'performed', performedBy: who(nora).userId, performedAt: now });
  await nora.sync();
  expectCount('refusals of the pharmacist', phil.denied.length, 0);
  // Final for its author from now on.
  const patched = await as(stage, stage.dora).request('PATCH', `/api/procedures/${idOf('procedure')}`, { name: 'X' });
  expectCount('the status of a late change', patched.status, 403);
}

async function deleteSome(stage: Stage, { patientId }: Almeda): Promise<void> {
  const { dora } = stage;
  const vaccine = newDocument('vaccine', { patientId, clinicIds: ['north'] }, who(dora), { name: 'Tetanus' });
  await dora.put(vaccine);
  await dora.sync();
  await dora.local.remove(await dora.get(vaccine._id));
  await dora.sync();
  await stage.admin.ok('POST', '/api/clinics', { slug: 'quay', name: 'Quay Clinic' });
  await stage.admin.ok('DELETE', `/api/clinics/${clinicDocId('quay')}`);
}

async function eraseOne(stage: Stage): Promise<string> {
  const { patient } = await admit(stage, { firstName: 'Cora', lastName: 'Feest' }, ['record', 'vital', 'prescription']);
  const { patientId } = patient;
  await stage.nora.sync();
  await change(stage.dora, patient._id, { clinicIds: ['north', 'south'] });
  await stage.dora.sync();
  await stage.sven.sync();
  const account = { role: 'patient', name: 'Cora Feest', patientId };
  await stage.admin.ok('POST', '/api/accounts', { username: 'cora', password: PASSWORD, ...account });
  const reason = 'asked for by the patient';
  await stage.admin.ok('POST', `/api/patients/${patientId}/erasure`, { confirm: patientId, reason });
  return patientId;
}

/** Decisions on held writes, accounts that nobody can use, a renamed, a lost and an outdated tablet. */
async function administer({ admin, api }: Stage, { idOf }: Almeda): Promise<void> {
  const toReject = (await heldWrites(admin)).find(({ documentId }) => documentId === idOf('record'));
  await admin.ok('POST', `/api/admin/held-writes/${toReject?.id}/reject`, { note: 'The record stays' });
  const otto = { username: 'otto', role: 'doctor', name: 'Otto Jacobi', clinicIds: ['north', 'south'] };
  await admin.ok('POST', '/api/accounts', otto);
  const ida = { username: 'ida', password: PASSWORD, role: 'nurse', name: 'Ida Renner', clinicIds: ['south'] };
  await admin.ok('POST', '/api/accounts', ida);
  await api.login('ida', PASSWORD, { deviceId: 'tablet-lost', deviceName: 'Left on a bus' });
  await admin.ok('POST', '/api/admin/devices/tablet-lost/revoke');
  await admin.ok('PATCH', '/api/accounts/ida', { disabled: true });
  await admin.ok('PATCH', '/api/admin/devices/tablet-phil', { name: 'The counter of the pharmacy' });
  await admin.ok('POST', '/api/admin/devices/tablet-phil/fresh-replica');
  const refused = await api.request('POST', '/api/login', { username: 'nora', password: 'not the password' });
  expectCount('the status of a wrong login', refused.status, 401);
}

async function lastSync({ api, admin, dora, nora, sven }: Stage): Promise<Omit<Contents, 'patients'>> {
  for (const device of [dora, nora, sven, dora, nora]) await device.sync();
  const tablets: SavedTablet[] = [];
  for (const device of [dora, nora]) {
    const { principal, refreshToken } = device.login;
    const username = principal.deviceId.replace('tablet-', '');
    tablets.push({ username, deviceId: principal.deviceId, refreshToken, holds: await revisionsOn(device) });
    await device.local.close();
  }
  const people: Person[] = [];
  for (const username of [...Object.keys(STAFF), PATIENT_ACCOUNT]) {
    const fresh = new PouchDevice(await api.login(username, PASSWORD));
    await fresh.pull();
    people.push({ username, password: PASSWORD, sees: await revisionsOn(fresh) });
  }
  return { people, tablets, heldWrites: await heldWrites(admin) };
}

async function heldWrites(admin: ApiClient): Promise<readonly HeldSummary[]> {
  const page = await admin.ok<{ items: HeldSummary[] }>('GET', '/api/admin/held-writes?state=all&limit=500');
  return page.items;
}

async function isHeld(admin: ApiClient, ids: readonly string[]): Promise<void> {
  await waitFor(
    async () => {
      const held = await heldWrites(admin);
      return ids.every((id) => held.some(({ documentId }) => documentId === id));
    },
    { what: `the writes of ${ids.join(', ')} being held` },
  );
}

function expectCount(what: string, found: number, expected: number): void {
  if (found !== expected) throw new Error(`${what}: ${found}, not ${expected}`);
}
