/** Stock PouchDB tablets against a running server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newUlid } from '../../shared-schemas/ids.ts';
import type { Login } from '../support/api-client.ts';
import {
  createNetwork,
  createPatientAccount,
  edited,
  loginStaff,
  newDocument,
  newPatient,
  type StaffName,
} from '../support/network.ts';
import { PouchDevice, remoteOf } from '../support/pouch-device.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

let server: TestServer;
const logins = {} as Record<StaffName, Login>;

beforeAll(async () => {
  server = await startServer();
  await createNetwork(server.admin);
  for (const name of ['doctorNorth', 'nurseNorth', 'pharmacistNorth', 'doctorSouth', 'nurseSouth'] as const)
    logins[name] = await loginStaff(server.api, name);
});
afterAll(() => server?.close());

const tablet = (name: StaffName) => new PouchDevice(logins[name]);

/** A patient at north with one document of each type, pushed by the doctor's tablet. */
async function patientWithEverything() {
  const doctor = tablet('doctorNorth');
  const me = logins.doctorNorth.principal;
  const patient = newPatient(me);
  const documents = (['record', 'prescription', 'procedure', 'vaccine', 'vital', 'appointment'] as const).map((type) =>
    newDocument(type, patient, me),
  );
  for (const document of [patient, ...documents]) await doctor.put(document);
  await doctor.sync();
  expect(doctor.denied).toEqual([]);
  return { doctor, patient, documents, ids: [patient, ...documents].map(({ _id }) => _id).sort() };
}

const ofPatient = async (device: PouchDevice, patientId: string) =>
  (await device.ids()).filter((id) => id.startsWith(patientId));

describe('a referral', () => {
  it('brings every document of the patient to the other clinic', async () => {
    const { doctor, patient, ids } = await patientWithEverything();
    const south = tablet('doctorSouth');
    await south.sync();
    expect(await ofPatient(south, patient.patientId)).toEqual([]);
    const known = await doctor.get(patient._id);
    await doctor.put({ ...known, clinicIds: ['north', 'south'], ...edited(logins.doctorNorth.principal) });
    await doctor.sync();
    await south.sync();
    expect(await ofPatient(south, patient.patientId)).toEqual(ids);
    expect(await ofPatient(doctor, patient.patientId)).toEqual(ids);
  });

  it('takes the patient from the tablets of a clinic that is left, pushes nothing back, and brings everything back on return', async () => {
    const { doctor, patient, documents, ids } = await patientWithEverything();
    const nurse = tablet('nurseNorth');
    const south = tablet('nurseSouth');
    await nurse.sync();
    const seenByNurse = await ofPatient(nurse, patient.patientId);
    expect(seenByNurse).toEqual(ids.filter((id) => !id.includes(':prescription:')));

    const known = await nurse.get(patient._id);
    await nurse.put({ ...known, clinicIds: ['south'], ...edited(logins.nurseNorth.principal) });
    await nurse.sync();
    await nurse.sync();
    await doctor.sync();
    expect(await ofPatient(nurse, patient.patientId)).toEqual([]);
    expect(await ofPatient(doctor, patient.patientId)).toEqual([]);
    await south.sync();
    expect(await ofPatient(south, patient.patientId)).toEqual(seenByNurse);

    const before = (await server.core.primary.info()).updateSeq;
    const heldBefore = (await server.core.held.list(1_000)).length;
    await doctor.sync();
    await nurse.sync();
    expect((await server.core.primary.info()).updateSeq).toBe(before);
    expect((await server.core.held.list(1_000)).length).toBe(heldBefore);

    const moved = await south.get(patient._id);
    await south.put({ ...moved, clinicIds: ['north'], ...edited(logins.nurseSouth.principal) });
    await south.sync();
    await south.sync();
    await doctor.sync();
    await nurse.sync();
    expect(await ofPatient(south, patient.patientId)).toEqual([]);
    expect(await ofPatient(doctor, patient.patientId)).toEqual(ids);
    expect(await ofPatient(nurse, patient.patientId)).toEqual(seenByNurse);
    const record = documents.find(({ type }) => type === 'record');
    expect((await doctor.documents()).get(record?._id ?? '')).toMatchObject({ diagnosis: 'Acute bronchitis' });
  });

  it('takes along what a tablet of the old clinic wrote meanwhile, before it knew', async () => {
    const { doctor, patient } = await patientWithEverything();
    const nurse = tablet('nurseNorth');
    await nurse.sync();
    const known = await doctor.get(patient._id);
    await doctor.put({ ...known, clinicIds: ['north', 'south'], ...edited(logins.doctorNorth.principal) });
    await doctor.sync();
    const late = newDocument('vital', patient, logins.nurseNorth.principal);
    await nurse.put(late);
    await nurse.sync();
    const south = tablet('nurseSouth');
    await south.sync();
    expect(await south.ids()).toContain(late._id);
    await nurse.sync();
    expect((await nurse.get(late._id)).clinicIds).toEqual(['north', 'south']);
  });
});

describe("a pharmacist's tablet", () => {
  it('receives prescriptions without notes and reason, and nothing else, in any endpoint', async () => {
    const { doctor, patient, documents } = await patientWithEverything();
    const pharmacist = tablet('pharmacistNorth');
    await pharmacist.sync();
    const mine = [...(await pharmacist.documents()).values()].filter(
      (document) => document.patientId === patient.patientId,
    );
    expect(mine.map(({ type }) => type)).toEqual(['prescription']);
    expect(Object.keys(mine[0] ?? {})).not.toEqual(expect.arrayContaining(['notes']));
    expect(Object.keys(mine[0] ?? {})).not.toEqual(expect.arrayContaining(['reason']));

    const guesses = await Promise.all(
      [patient, ...documents].map(async ({ _id }) => ({
        id: _id,
        revs: (await doctor.local.get(_id, { revs: true }))._rev as string,
      })),
    );
    const login = logins.pharmacistNorth;
    const base = String(login.databases[0]?.url);
    const ask = async (path: string, body?: unknown) => {
      const response = await fetch(`${base}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { authorization: `Bearer ${login.accessToken}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return response.text();
    };
    const ids = guesses.map(({ id }) => id);
    const answers = [
      await ask('/_changes?include_docs=true'),
      await ask('/_changes?include_docs=true&style=all_docs&conflicts=true'),
      await ask('/_changes?filter=_doc_ids&include_docs=true', { doc_ids: ids }),
      await ask('/prescription/_changes?include_docs=true&limit=100'),
      await ask('/_all_docs?include_docs=true'),
      await ask('/_all_docs?include_docs=true', { keys: ids }),
      await ask('/prescription/_all_docs?include_docs=true', { keys: ids }),
      await ask('/_bulk_get?revs=true&latest=true', { docs: guesses.map(({ id, revs }) => ({ id, rev: revs })) }),
      await ask('/_bulk_get?revs=true', { docs: guesses.map(({ id, revs }) => ({ id, rev: revs })) }),
      await ask('/_bulk_get', { docs: ids.map((id) => ({ id })) }),
    ];
    for (const { id, revs } of guesses) {
      answers.push(
        await ask(`/${id}`),
        await ask(`/${id}?rev=${revs}`),
        await ask(`/${id}?open_revs=all&revs=true`),
        await ask(`/${id}?open_revs=${JSON.stringify([revs])}&latest=true`),
        await ask(`/prescription/${id}`),
      );
    }
    for (const answer of answers) {
      expect(answer).not.toContain('Allergy checked');
      expect(answer).not.toContain('"reason":"Bronchitis"');
      expect(answer).not.toContain('Acute bronchitis');
      expect(answer).not.toContain('"firstName"');
      expect(answer).not.toContain('heartRatePerMinute');
    }
    for (const other of [
      'nurse-north',
      'doctor-north',
      `patient-${patient.patientId}`,
      'pharmacist-south',
      'nowhere-north',
      'vitasync-primary',
    ]) {
      const response = await fetch(`${server.url}/sync/${other}/_all_docs`, {
        headers: { authorization: `Bearer ${login.accessToken}` },
      });
      expect(response.status).toBe(403);
    }
  });

  it('fills a prescription without erasing what it can not see', async () => {
    const { doctor, documents } = await patientWithEverything();
    const prescription = documents.find(({ type }) => type === 'prescription');
    const id = String(prescription?._id);
    const pharmacist = tablet('pharmacistNorth');
    await pharmacist.sync();
    const me = logins.pharmacistNorth.principal;
    await pharmacist.put({
      ...(await pharmacist.get(id)),
      status: 'filled',
      filledBy: me.userId,
      filledAt: new Date().toISOString(),
      ...edited(me),
    });
    await pharmacist.sync();
    expect(pharmacist.denied).toEqual([]);
    await doctor.sync();
    expect(await doctor.get(id)).toMatchObject({ status: 'filled', notes: 'Allergy checked', reason: 'Bronchitis' });
  });

  it('is refused what is not its business, and the rest of the batch goes through', async () => {
    const { doctor, documents } = await patientWithEverything();
    const prescription = documents.find(({ type }) => type === 'prescription');
    const id = String(prescription?._id);
    const pharmacist = tablet('pharmacistNorth');
    await pharmacist.sync();
    const me = logins.pharmacistNorth.principal;
    const drug = {
      _id: `drug:drug:${newUlid()}`,
      type: 'drug',
      name: 'Paracetamol',
      schemaVersion: 1,
      createdAt: new Date().toISOString(),
      createdBy: me.userId,
      ...edited(me),
    };
    await pharmacist.put({
      ...(await pharmacist.get(id)),
      lines: [{ drugName: 'Morphine', quantity: 1000 }],
      ...edited(me),
    });
    await pharmacist.put(drug);
    await pharmacist.push();
    expect(pharmacist.denied).toHaveLength(1);
    expect(pharmacist.denied[0]).toMatchObject({ id, name: 'forbidden', code: 'field_not_allowed' });
    const held = (await server.core.held.list(1_000)).filter(({ documentId }) => documentId === id);
    expect(held).toHaveLength(1);
    expect(held[0]).toMatchObject({
      code: 'field_not_allowed',
      by: { userId: me.userId, deviceId: me.deviceId },
      body: { lines: [{ drugName: 'Morphine' }] },
    });
    const reference = new PouchDevice(logins.nurseSouth, 1);
    await reference.pull();
    expect(await reference.ids()).toContain(drug._id);
    await doctor.sync();
    expect(await doctor.get(id)).toMatchObject({ lines: [{ drugName: 'Amoxicillin' }] });
    await pharmacist.push();
    expect((await server.core.held.list(1_000)).filter(({ documentId }) => documentId === id)).toHaveLength(1);
  });
});

describe('tablets offline', () => {
  it('converge, and lose nothing, after two of them worked apart for a while, one on 500 documents', async () => {
    const me = logins.doctorNorth.principal;
    const doctor = tablet('doctorNorth');
    const nurse = tablet('nurseNorth');
    const patient = newPatient(me);
    await doctor.put(patient);
    await doctor.sync();
    await nurse.sync();
    const byDoctor = Array.from({ length: 500 }, (_, n) =>
      newDocument('vital', patient, me, { heartRatePerMinute: 60 + (n % 60) }),
    );
    await doctor.local.bulkDocs(byDoctor as never);
    const byNurse = Array.from({ length: 40 }, () => newDocument('vaccine', patient, logins.nurseNorth.principal));
    for (const document of byNurse) await nurse.put(document);
    const known = await nurse.get(patient._id);
    await nurse.put({ ...known, phoneNumber: '555 0199', ...edited(logins.nurseNorth.principal) });
    await Promise.all([doctor.sync(), nurse.sync()]);
    await Promise.all([doctor.sync(), nurse.sync()]);
    const expected = [...byDoctor, ...byNurse, patient].map(({ _id }) => _id).sort();
    expect(await ofPatient(doctor, patient.patientId)).toEqual(expected);
    expect(await ofPatient(nurse, patient.patientId)).toEqual(expected);
    const [a, b] = [await doctor.documents(), await nurse.documents()];
    for (const id of expected) expect(a.get(id)).toEqual(b.get(id));
    expect(await doctor.get(patient._id)).toMatchObject({ phoneNumber: '555 0199' });
    expect([...doctor.denied, ...nurse.denied]).toEqual([]);
  });

  it('keep both edits where two of them changed one document, and hold the value that gave way', async () => {
    const { doctor, patient } = await patientWithEverything();
    const nurse = tablet('nurseNorth');
    await nurse.sync();
    const both = { emergencyContact: { name: 'Bea' } };
    await doctor.put({
      ...(await doctor.get(patient._id)),
      phoneNumber: '1',
      ...both,
      ...edited(logins.doctorNorth.principal),
    });
    const theirs = { emergencyContact: { name: 'Cy' } };
    await nurse.put({
      ...(await nurse.get(patient._id)),
      address: '2 Side Street',
      ...theirs,
      ...edited(logins.nurseNorth.principal),
    });
    for (const device of [doctor, nurse, doctor, nurse]) await device.sync();
    expect([...doctor.denied, ...nurse.denied]).toEqual([]);
    for (const device of [doctor, nurse]) {
      const merged = await device.local.get(patient._id, { conflicts: true });
      expect(merged).toMatchObject({ phoneNumber: '1', address: '2 Side Street' });
      expect(merged._conflicts).toBeUndefined();
    }
    const kept = (await doctor.get(patient._id)).emergencyContact;
    const held = (await server.core.held.list(1_000)).filter(
      ({ documentId, code }) => documentId === patient._id && code === 'merge_dropped',
    );
    expect([kept, held[0]?.body.emergencyContact]).toEqual(expect.arrayContaining([{ name: 'Bea' }, { name: 'Cy' }]));
    expect(held).toHaveLength(1);
  });

  it('that resolve a conflict of their own by deleting the side that lost are understood', async () => {
    const { doctor, patient } = await patientWithEverything();
    const nurse = tablet('nurseNorth');
    await nurse.sync();
    await doctor.put({ ...(await doctor.get(patient._id)), phoneNumber: '1', ...edited(logins.doctorNorth.principal) });
    await doctor.sync();
    await nurse.put({
      ...(await nurse.get(patient._id)),
      address: '2 Side Street',
      ...edited(logins.nurseNorth.principal),
    });
    await nurse.pull();
    const [loser] = (await nurse.local.get(patient._id, { conflicts: true }))._conflicts as string[];
    await nurse.local.remove(patient._id, String(loser));
    for (const device of [nurse, nurse, doctor]) await device.sync();
    expect(nurse.denied).toEqual([]);
    expect((await nurse.documents()).get(patient._id)).toEqual((await doctor.documents()).get(patient._id));
    expect((await doctor.local.get(patient._id, { conflicts: true }))._conflicts).toBeUndefined();
  });

  it('delete what their author may delete, everywhere', async () => {
    const { doctor, documents } = await patientWithEverything();
    const nurse = tablet('nurseNorth');
    await nurse.sync();
    const vital = documents.find(({ type }) => type === 'vital');
    await doctor.local.remove(await doctor.get(String(vital?._id)));
    await doctor.sync();
    await nurse.sync();
    expect(doctor.denied).toEqual([]);
    expect(await nurse.ids()).not.toContain(vital?._id);
  });
});

describe('a live tablet', () => {
  it('sees what others write within seconds, and sends what it writes', async () => {
    const { patient } = await patientWithEverything();
    const doctor = tablet('doctorNorth');
    const nurse = tablet('nurseNorth');
    const stops = [doctor.live(), nurse.live()];
    try {
      await waitFor(
        async () => (await doctor.ids()).includes(patient._id) && (await nurse.ids()).includes(patient._id),
      );
      const written = newDocument('vital', patient, logins.nurseNorth.principal);
      await nurse.put(written);
      await waitFor(async () => (await doctor.ids()).includes(written._id), {
        what: "the nurse's vital on the doctor's tablet",
      });
    } finally {
      for (const stop of stops) stop();
    }
  });

  it('stops for good when its session is ended, and gets nothing more', async () => {
    const login = await loginStaff(server.api, 'nurseNorth');
    const device = new PouchDevice(login);
    const ended = new Promise<{ name?: string }>((resolve) => {
      const live = device.local.replicate.from(device.remote, { live: true, retry: true });
      live.on('error', resolve as never);
      live.catch(() => {});
    });
    await waitFor(async () => (await device.ids()).length > 0);
    await server.api.as(login.accessToken).ok('POST', '/api/logout');
    expect((await ended).name).toBe('unauthorized');
    const { patient } = await patientWithEverything();
    expect(await device.ids()).not.toContain(patient._id);
  });
});

describe('a nurse', () => {
  it('never receives a confidential record, and loses one that becomes confidential', async () => {
    const { doctor, patient, documents } = await patientWithEverything();
    const nurse = tablet('nurseNorth');
    const secret = newDocument('record', patient, logins.doctorNorth.principal, {
      confidential: true,
      diagnosis: 'For the doctor alone',
    });
    await doctor.put(secret);
    await doctor.sync();
    await nurse.sync();
    expect(await nurse.ids()).not.toContain(secret._id);
    const record = String(documents.find(({ type }) => type === 'record')?._id);
    expect(await nurse.ids()).toContain(record);
    const before = await nurse.get(record);
    await doctor.put({ ...(await doctor.get(record)), confidential: true, ...edited(logins.doctorNorth.principal) });
    await doctor.sync();
    await nurse.sync();
    expect(await nurse.ids()).not.toContain(record);
    // What it was before it left is out of reach as well.
    const remote = remoteOf(String(logins.nurseNorth.databases[0]?.url), logins.nurseNorth.accessToken);
    await expect(remote.get(record, { rev: before._rev })).rejects.toMatchObject({ status: 404 });
  });

  it('who writes one no longer sees it', async () => {
    const { patient } = await patientWithEverything();
    const nurse = tablet('nurseNorth');
    await nurse.sync();
    const secret = newDocument('record', patient, logins.nurseNorth.principal, { confidential: true });
    await nurse.put(secret);
    await nurse.sync();
    expect(nurse.denied).toEqual([]);
    expect(await nurse.ids()).not.toContain(secret._id);
    const doctor = tablet('doctorNorth');
    await doctor.sync();
    expect(await doctor.ids()).toContain(secret._id);
  });
});

describe("a patient's tablet", () => {
  it('holds their own documents, whole but for the staff notes, and nobody else', async () => {
    const { doctor, patient, ids } = await patientWithEverything();
    await doctor.put({
      ...(await doctor.get(patient._id)),
      staffNotes: 'Anxious about needles',
      ...edited(logins.doctorNorth.principal),
    });
    await doctor.sync();
    const login = await createPatientAccount(server.admin, patient.patientId);
    const device = new PouchDevice(login);
    await device.sync();
    expect(await device.ids()).toEqual(ids);
    const own = await device.get(patient._id);
    expect(own.staffNotes).toBeUndefined();
    await device.put({ ...own, phoneNumber: '555 0123', ...edited(login.principal) });
    await device.put({
      ...(await device.get(ids.find((id) => id.includes(':record:')) ?? '')),
      diagnosis: 'I am fine',
      ...edited(login.principal),
    });
    await device.sync();
    expect(device.denied).toHaveLength(1);
    await doctor.sync();
    expect(await doctor.get(patient._id)).toMatchObject({
      phoneNumber: '555 0123',
      staffNotes: 'Anxious about needles',
    });
  });
});

describe('checkpoints', () => {
  it('are private to a device', async () => {
    const [a, b] = [await loginStaff(server.api, 'nurseNorth'), await loginStaff(server.api, 'nurseNorth')];
    const [one, other] = [a, b].map((login) => remoteOf(String(login.databases[0]?.url), login.accessToken));
    await one?.put({ _id: '_local/checkpoint', last_seq: 'mine' });
    await expect(other?.get('_local/checkpoint')).rejects.toMatchObject({ status: 404 });
    expect(await one?.get('_local/checkpoint')).toMatchObject({ _id: '_local/checkpoint', last_seq: 'mine' });
  });

  it('make a second sync cost what changed, not what there is', async () => {
    const device = tablet('doctorNorth');
    await device.sync();
    const { docs_read } = (await device.local.replicate.from(device.remote)) as { docs_read: number };
    expect(docs_read).toBe(0);
  });
});
