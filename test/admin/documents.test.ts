/** Where is this document? Asked over HTTP about documents that stock PouchDB and RxDB tablets have written and pulled. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseCopyView } from '../../server/admin/documents/database-copies.ts';
import { DevicesOfDocuments } from '../../server/admin/documents/device-copies.ts';
import type { DocumentView, RevisionBody } from '../../server/admin/documents/document-inspection.ts';
import { NO_ACTIVITY } from '../../server/admin/monitoring/device-record.ts';
import { childRevision } from '../../server/store/revisions.ts';
import type { Database } from '../../server/store/store.ts';
import { newUlid } from '../../shared-schemas/ids.ts';
import { ApiNetwork, type Problem } from '../api/api-network.ts';
import { COUCHDB_URL } from '../support/environment.ts';
import { createPatientAccount, edited, newDocument, newPatient, PASSWORD, type StaffName } from '../support/network.ts';
import { PouchDevice } from '../support/pouch-device.ts';
import { createRandom } from '../support/random.ts';
import { RxdbDevice } from '../support/rxdb-device.ts';
import { startServer } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

let network: ApiNetwork;
beforeAll(async () => {
  network = await ApiNetwork.start();
});
afterAll(() => network?.close());

const admin = () => network.server.admin;
const tablet = (name: StaffName) => new PouchDevice(network.login(name));
const author = (name: StaffName) => network.login(name).principal;
const pathOf = (id: string) => `/api/admin/documents/${encodeURIComponent(id)}`;
const inspect = (id: string) => admin().ok<DocumentView>('GET', pathOf(id));
const bodyOf = (id: string, rev: string) => admin().ok<RevisionBody>('GET', `${pathOf(id)}/revisions/${rev}`);
const copyIn = ({ databases }: DocumentView, name: string): DatabaseCopyView | undefined =>
  databases.find(({ database }) => database === name);
const nodeOf = ({ revisions }: DocumentView, rev: unknown) => revisions.find((one) => one.rev === rev);

/** A patient with a document of the doctor's, pushed from the doctor's tablet. */
async function shared(type: 'record' | 'vital' | 'prescription', more: Record<string, unknown> = {}) {
  const doctor = tablet('doctorNorth');
  const patient = newPatient(author('doctorNorth'));
  const document = newDocument(type, patient, author('doctorNorth'), more);
  for (const one of [patient, document]) await doctor.put(one);
  await doctor.sync();
  return { doctor, patient, document, id: document._id };
}

describe('the revision tree', () => {
  it('tells what came from a tablet, what was written online, and where two changes were merged into one', async () => {
    const { doctor, id } = await shared('record');
    const first = (await doctor.get(id))._rev;
    const online = await network.as('doctorNorth').ok('PATCH', `/api/records/${id}`, { diagnosis: 'Asthma' });
    await doctor.put({ ...(await doctor.get(id)), notes: 'Fever', ...edited(author('doctorNorth')) });
    const pushed = (await doctor.get(id))._rev;
    await doctor.sync();

    const view = await inspect(id);
    expect(view.winner.body).toMatchObject({ diagnosis: 'Asthma', notes: 'Fever' });
    expect(view.revisions.length).toBe(5);
    expect(nodeOf(view, first)).toMatchObject({
      parent: null,
      origin: 'device',
      leaf: false,
      kept: true,
      generation: 1,
    });
    expect(nodeOf(view, online._rev)).toMatchObject({
      parent: first,
      origin: 'online',
      author: author('doctorNorth').userId,
    });
    expect(nodeOf(view, pushed)).toMatchObject({
      parent: first,
      origin: 'device',
      deviceId: author('doctorNorth').deviceId,
    });
    const merge = nodeOf(view, view.winner.rev);
    const end = view.revisions.find(({ origin }) => origin === 'merged_side');
    expect(merge).toMatchObject({ origin: 'merge', leaf: true, winner: true, deleted: false, mergedFrom: [end?.rev] });
    expect(end).toMatchObject({ deleted: true, leaf: true, winner: false });
    expect(new Set([merge?.parent, end?.parent])).toEqual(new Set([online._rev, pushed]));
    expect(view.people[author('doctorNorth').userId]).toBe('doctorNorth');
    expect(view.revisions.map(({ generation }) => generation)).toEqual([3, 3, 2, 2, 1]);
  });

  it('names what was written online by someone who does not see all fields, and what an import wrote', async () => {
    const { id } = await shared('prescription');
    const filled = await network.as('pharmacistNorth').ok('POST', `/api/prescriptions/${id}/fill`, {});
    expect(nodeOf(await inspect(id), filled._rev)).toMatchObject({ origin: 'online' });
    const clinic = await inspect('clinic:clinic:north');
    expect(clinic.revisions.at(-1)?.origin).toMatch(/online|server/);
  });

  it('reads the body of every revision that is kept, so that two can be compared', async () => {
    const { doctor, id } = await shared('record');
    const first = (await doctor.get(id))._rev ?? '';
    await network.as('doctorNorth').ok('PATCH', `/api/records/${id}`, { diagnosis: 'Asthma' });
    expect((await bodyOf(id, first)).body).toMatchObject({ diagnosis: 'Acute bronchitis' });
    const { winner } = await inspect(id);
    expect(await bodyOf(id, winner.rev)).toEqual(winner);
    expect((await admin().request('GET', `${pathOf(id)}/revisions/9-${'0'.repeat(32)}`)).status).toBe(404);
    expect((await admin().request('GET', `${pathOf(id)}/revisions/nonsense`)).status).toBe(404);
  });
});

describe('the role databases', () => {
  it('are said to hold the document whole, without which fields, or not, as the rules say', async () => {
    const { id, patient } = await shared('prescription');
    const view = await inspect(id);
    const whole = { holds: 'part', rev: view.winner.rev, hiddenFields: ['notes', 'reason'] };
    expect(copyIn(view, 'pharmacist-north')).toMatchObject({
      state: 'served',
      holds: whole,
      shouldHold: whole,
      right: true,
    });
    expect(copyIn(view, 'doctor-north')).toMatchObject({ holds: { holds: 'whole', hiddenFields: [] }, right: true });
    // A nurse has no rule for prescriptions at all, the south never had the patient, and the patient has no account yet.
    expect(copyIn(view, 'nurse-north')).toBeUndefined();
    expect(copyIn(view, 'doctor-south')).toBeUndefined();
    const own = `patient-${patient.patientId}`;
    expect(copyIn(view, own)).toMatchObject({ state: 'missing', shouldHold: { holds: 'whole' } });
    await createPatientAccount(admin(), patient.patientId);
    await network.server.settled();
    expect(copyIn(await inspect(id), own)).toMatchObject({ state: 'served', holds: { holds: 'whole' }, right: true });
  });

  it('are said to hold a tombstone where the document was, and nothing where it never was', async () => {
    const { id, patient } = await shared('record');
    await network
      .as('doctorNorth')
      .ok('PATCH', `/api/patients/${patient.patientId}`, { clinicIds: ['north', 'south'] });
    await network.as('doctorNorth').ok('PATCH', `/api/records/${id}`, { confidential: true });
    const view = await inspect(id);
    expect(copyIn(view, 'nurse-south')).toMatchObject({ holds: { holds: 'tombstone' }, right: true });
    expect(copyIn(view, 'doctor-south')).toMatchObject({ holds: { holds: 'whole', hiddenFields: [] } });
    const { clinicIds: _, ...secret } = newDocument('record', patient, author('doctorNorth'), { confidential: true });
    await network.as('doctorNorth').ok('POST', '/api/records', secret);
    expect(copyIn(await inspect(secret._id), 'nurse-north')).toMatchObject({
      ...{ holds: { holds: 'nothing' }, shouldHold: { holds: 'nothing' }, right: true },
    });
  });

  it('are said to be wrong where they hold what they should not', async () => {
    const { id } = await shared('vital');
    const nurses = await network.server.core.roleDatabases.serving('nurse-north');
    const [leaf] = (await nurses?.leaves([id]))?.get(id) ?? [];
    if (!leaf) throw new Error('the nurses have no copy');
    await nurses?.write([childRevision(leaf, id, { ...leaf.body, heartRatePerMinute: 1 })]);
    const view = await inspect(id);
    expect(copyIn(view, 'nurse-north')).toMatchObject({ right: false, shouldHold: { rev: view.winner.rev } });
    expect(copyIn(view, 'doctor-north')).toMatchObject({ right: true });
  });
});

describe('the devices', () => {
  const confirmationOf = async (id: string, { login }: PouchDevice | { login: PouchDevice['login'] }) =>
    (await inspect(id)).devices.items.find(({ deviceId }) => deviceId === login.principal.deviceId);
  const newTablet = async (name: StaffName) =>
    new PouchDevice(await network.server.api.login(name.toLowerCase(), PASSWORD, { deviceName: 'Ward 3' }));

  it('have confirmed a revision once they pulled it, and not the next one', async () => {
    const nurse = await newTablet('nurseNorth');
    const { id } = await shared('vital');
    await nurse.remote.info();
    expect(await confirmationOf(id, nurse)).toMatchObject({
      ...{ confirmation: 'to_pull', name: 'Ward 3', database: 'nurse-north', clinicId: 'north', wrote: false },
    });
    await nurse.pull();
    expect(await confirmationOf(id, nurse)).toMatchObject({ confirmation: 'confirmed' });
    // Something else changes: it has this document all the same, and that is found out by reading what it lacks.
    const other = await shared('vital');
    expect(await confirmationOf(id, nurse)).toMatchObject({ confirmation: 'confirmed' });
    expect(await confirmationOf(other.id, nurse)).toMatchObject({ confirmation: 'to_pull' });
    await network.as('doctorNorth').ok('PATCH', `/api/vitals/${id}`, { notes: 'seen' });
    expect(await confirmationOf(id, nurse)).toMatchObject({ confirmation: 'to_pull' });
    await nurse.pull();
    expect(await confirmationOf(id, nurse)).toMatchObject({ confirmation: 'confirmed' });
    const view = await inspect(id);
    expect(view.devices.total).toBeGreaterThanOrEqual(view.devices.items.length);
    expect(view.devices.items.every(({ database }) => copyIn(view, database))).toBe(true);
  });

  it('that collect other types do not have it, which RxDB tells', async () => {
    const login = await network.server.api.login('nursenorth', PASSWORD);
    const only = login.databases.map((one) => ({ ...one, types: one.types.filter((type) => type === 'patient') }));
    const device = await RxdbDevice.start({ ...login, databases: only });
    try {
      const { id, patient } = await shared('vital');
      await waitFor(async () => (await confirmationOf(patient._id, { login }))?.confirmation === 'confirmed', {
        what: 'the tablet having the patient',
      });
      expect(await confirmationOf(id, { login })).toMatchObject({ confirmation: 'not_collected', connected: true });
    } finally {
      await device.close();
    }
  });

  it('of which one wrote the present revision are told apart', async () => {
    const { id, doctor } = await shared('vital');
    expect(await confirmationOf(id, doctor)).toMatchObject({ wrote: true });
  });
});

describe('what is said of a device', () => {
  const random = createRandom('confirmed documents');

  it('is what it has: at any moment, of every document, whatever it pulled when', async () => {
    const names = ['doctorNorth', 'nurseNorth', 'pharmacistNorth'] as const;
    const devices = await Promise.all(
      names.map(async (name) => new PouchDevice(await network.server.api.login(name.toLowerCase(), PASSWORD))),
    );
    const documents = [await shared('vital'), await shared('record'), await shared('prescription')];
    for (const device of devices) await device.pull();
    const counts = new Map<string, number>();
    for (let step = 0; step < 25; step++) {
      const { id } = random.pick(documents);
      const type = id.split(':')[1] ?? '';
      if (random.next() < 0.4) await random.pick(devices).pull();
      else if (type === 'record')
        await network.as('doctorNorth').ok('PATCH', `/api/records/${id}`, { confidential: random.next() < 0.5 });
      else await network.as('doctorNorth').ok('PATCH', `/api/${type}s/${id}`, { notes: `note ${step}` });
      const asked = random.pick(documents).id;
      const view = await inspect(asked);
      for (const { deviceId, confirmation, database } of view.devices.items) {
        const device = devices.find(({ login }) => login.principal.deviceId === deviceId);
        if (!device) continue;
        const says = `step ${step}: ${asked} of ${database}`;
        const has = (await revsOn(device, asked)).includes(copyIn(view, database)?.holds?.rev ?? '');
        // What came before its last pull was confirmed, it has; what came afterwards it does not have.
        expect(confirmation, says).toBe(has ? 'confirmed' : 'to_pull');
        counts.set(confirmation, (counts.get(confirmation) ?? 0) + 1);
      }
    }
    expect(counts.get('confirmed')).toBeGreaterThan(5);
    expect(counts.get('to_pull')).toBeGreaterThan(5);
  });

  /** The leaves that a tablet has of a document, deleted ones included. */
  async function revsOn({ local }: PouchDevice, id: string): Promise<string[]> {
    const { results } = (await local.changes({ style: 'all_docs', doc_ids: [id], since: 0 })) as unknown as {
      results: { id: string; changes: { rev: string }[] }[];
    };
    return results.filter((row) => row.id === id).flatMap(({ changes }) => changes.map(({ rev }) => rev));
  }

  it('is that it is not known, where too much lies between', async () => {
    const device = new PouchDevice(await network.server.api.login('doctornorth', PASSWORD));
    await device.pull();
    const { id } = await shared('vital');
    for (let n = 0; n < 4; n++) await shared('vital');
    const { core } = network.server;
    const source = await core.roleDatabases.serving('doctor-north');
    const views = [
      {
        ...{ deviceId: 'd1', owner: 'u1', role: 'doctor' as const, clinicId: 'north', openFeeds: 0, connected: false },
        ...{ firstContactAt: '2026-01-01T00:00:00.000Z', lastContactAt: '2026-01-01T00:00:00.000Z' },
        databases: {
          'doctor-north': {
            ...NO_ACTIVITY,
            feeds: { '*': { source: source?.name ?? '', position: (await startOf(source, id)) ?? '', notedAt: '' } },
          },
        },
      },
    ];
    const copy = copyIn(await inspect(id), 'doctor-north');
    if (!copy) throw new Error('the doctors have no copy');
    const options = { activity: { list: () => Promise.resolve(views) }, knownDevices: { list: () => [] } };
    const of = (maxScanned: number) =>
      new DevicesOfDocuments({ ...options, roleDatabases: core.roleDatabases, maxScanned }).of(id, [copy], 'd1');
    expect((await of(2)).items).toMatchObject([{ deviceId: 'd1', confirmation: 'not_known', wrote: true }]);
    expect((await of(100)).items).toMatchObject([{ deviceId: 'd1', confirmation: 'confirmed' }]);
  });

  /** The position of the document's own change. */
  async function startOf(source: Database | undefined, id: string): Promise<string | undefined> {
    const page = await source?.changes({ since: '0', limit: 10_000 });
    return page?.results.find((change) => change.id === id)?.seq;
  }
});

describe('a document', () => {
  it('that was deleted is found, with what it was', async () => {
    const { id } = await shared('vital');
    await network.as('doctorNorth').ok('DELETE', `/api/vitals/${id}`);
    const view = await inspect(id);
    expect(view).toMatchObject({ deleted: true, erased: false, winner: { deleted: true } });
    expect(nodeOf(view, view.winner.rev)).toMatchObject({ deleted: true, origin: 'online' });
    expect(copyIn(view, 'nurse-north')).toMatchObject({ holds: { holds: 'tombstone' }, right: true });
    const [before] = view.revisions.filter(({ winner }) => !winner);
    expect((await bodyOf(id, before?.rev ?? '')).body).toMatchObject({ heartRatePerMinute: 72 });
  });

  it('of an erased patient shows what is left, and no body of before', async () => {
    const { id, patient, doctor } = await shared('vital');
    const { _rev } = await doctor.get(id);
    await admin().ok('POST', `/api/patients/${patient.patientId}/erasure`, { confirm: patient.patientId });
    const view = await inspect(id);
    expect(view).toMatchObject({ deleted: true, erased: true, winner: { body: { erased: true } } });
    expect(JSON.stringify(view)).not.toContain('heartRate');
    expect(nodeOf(view, _rev)).toEqual({
      ...{ rev: _rev, parent: null, generation: 1, leaf: false, winner: false, kept: false },
    });
    expect((await admin().request('GET', `${pathOf(id)}/revisions/${_rev}`)).status).toBe(404);
    expect(await inspect(patient.patientId)).toMatchObject({ documentId: patient._id, erased: true });
  });

  it('of the reference data is found in the database for all', async () => {
    const view = await inspect('clinic:clinic:north');
    expect(view.databases.map(({ database, right }) => [database, right])).toEqual([['reference', true]]);
    const staff = await inspect(`staff:staff:${author('doctorNorth').userId.slice(1)}`);
    expect(staff.winner.body).toMatchObject({ name: 'doctorNorth' });
  });

  it('that was never seen is a 404 that says what to do, also where a write of it is held', async () => {
    const never = await admin().request<Problem>('GET', pathOf(`drug:drug:${newUlid()}`));
    expect(never).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(never.body.detail).toContain('pushed');
    expect((await admin().request<Problem>('GET', pathOf('no id'))).body.detail).toContain('search');
    const { doctor, patient } = await shared('vital');
    const faulty = newDocument('vital', patient, author('doctorNorth'), { heartRatePerMinute: 'fast' });
    await doctor.put(faulty);
    await doctor.push();
    const held = await admin().request<Problem & { heldWrites: string[] }>('GET', pathOf(faulty._id));
    expect(held.status).toBe(404);
    expect(held.body.heldWrites).toHaveLength(1);
  });

  it('is shown with the writes of it that are held', async () => {
    const { id } = await shared('vital');
    const nurse = tablet('nurseNorth');
    await nurse.pull();
    await nurse.put({ ...(await nurse.get(id)), notes: 'mine', ...edited(author('nurseNorth')) });
    await nurse.push();
    const { heldWrites } = await inspect(id);
    expect(heldWrites).toMatchObject([{ documentId: id, code: 'not_author', userId: author('nurseNorth').userId }]);
  });

  it('is for administrators only, and who looked is in the audit log', async () => {
    const { id } = await shared('vital');
    const { winner } = await inspect(id);
    await bodyOf(id, winner.rev);
    const { items } = await admin().ok<{ items: Record<string, unknown>[] }>(
      'GET',
      '/api/audit?kind=document_inspected&limit=2',
    );
    const me = { userId: expect.stringMatching(/^u/) as unknown };
    expect(items).toMatchObject([
      { documentId: id, rev: winner.rev, by: me.userId },
      { documentId: id, by: me.userId },
    ]);
    expect(Object.keys(items[1] ?? {}).sort()).toEqual(['at', 'auditId', 'by', 'byName', 'documentId', 'kind']);
    for (const name of ['doctorNorth', 'nurseNorth'] as const)
      expect((await network.as(name).request('GET', pathOf(id))).status).toBe(403);
  });
});

describe.runIf(COUCHDB_URL)('two servers that share a CouchDB', () => {
  it('say the same of a document, also while the other one writes it', async () => {
    const { environment } = network.server;
    const other = await startServer({ environment, env: { VITASYNC_DATA_DIR: `${environment.folder}/other` } });
    try {
      const { id } = await shared('vital');
      const writing = (async () => {
        for (let n = 0; n < 10; n++)
          await network.as('doctorNorth').ok('PATCH', `/api/vitals/${id}`, { notes: `n ${n}` });
      })();
      const there = () => other.admin.ok<DocumentView>('GET', pathOf(id));
      for (let n = 0; n < 10; n++) expect((await there()).revisions.length).toBeGreaterThan(0);
      await writing;
      await waitFor(async () => (await there()).databases.every(({ right }) => right !== false), {
        what: 'all being right',
      });
      const { winner, revisions, databases } = await inspect(id);
      expect(await there()).toMatchObject({ winner, revisions, databases });
    } finally {
      await other.stop();
    }
  });
});
