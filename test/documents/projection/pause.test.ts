/** While the projector is paused, writes are taken and kept, role databases get nothing, and afterwards everybody has everything. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProjectorView } from '../../../server/admin/role-databases/projector-view.ts';
import type { ListedRoleDatabase } from '../../../server/admin/role-databases/role-database-list.ts';
import type { Login } from '../../support/api-client.ts';
import { differences } from '../../support/compare-role-databases.ts';
import { COUCHDB_URL, createEnvironment } from '../../support/environment.ts';
import {
  createNetwork,
  createPatientAccount,
  edited,
  loginStaff,
  newDocument,
  newPatient,
  PASSWORD,
} from '../../support/network.ts';
import { PouchDevice } from '../../support/pouch-device.ts';
import { RxdbDevice } from '../../support/rxdb-device.ts';
import { startServer, type TestServer } from '../../support/test-server.ts';
import { waitFor } from '../../support/wait-for.ts';

const READY_LAG_SECONDS = 1;

let server: TestServer;
beforeAll(async () => {
  const environment = await createEnvironment({ VITASYNC_READY_LAG_SECONDS: String(READY_LAG_SECONDS) });
  server = await startServer({ environment });
  await createNetwork(server.admin);
});
afterAll(() => server?.close());

const projector = () => server.admin.ok<ProjectorView>('GET', '/api/admin/projector');
const pause = () => server.admin.ok<ProjectorView>('POST', '/api/admin/projector/pause');
const resume = () => server.admin.ok<ProjectorView>('POST', '/api/admin/projector/resume');
const ready = async () => {
  const answer = await fetch(`${server.url}/readyz`);
  const { checks } = (await answer.json()) as { checks: { projector: { ok: boolean; reason?: string } } };
  return { status: answer.status, ...checks.projector };
};
const caughtUp = () =>
  waitFor(
    async () => {
      const now = await projector();
      return now.state === 'running' && now.pending === 0 && now.waiting === 0 && !now.build;
    },
    { what: 'the projector being caught up' },
  );
const seqOf = async (name: string) => (await (await server.core.roleDatabases.serving(name))?.info())?.updateSeq;

async function restart(): Promise<void> {
  const { environment } = server;
  await server.stop();
  server = await startServer({ environment });
}

/** The same tablet, with its local database, at the address of the restarted server. */
async function again(tablet: PouchDevice, username: string): Promise<PouchDevice> {
  const login = await server.api.login(username, PASSWORD);
  return Object.assign(new PouchDevice(login), { local: tablet.local });
}

describe('a paused projector', () => {
  it('keeps what is written until it is resumed, with restarts in between', { timeout: 120_000 }, async () => {
    const nurse = await loginStaff(server.api, 'nurseNorth');
    let ward = new PouchDevice(nurse);
    let colleague = new PouchDevice(await loginStaff(server.api, 'doctorNorth'));
    const author = nurse.principal;
    const patient = newPatient(author);
    const [first, second] = [newDocument('vital', patient, author), newDocument('vital', patient, author)];
    const confidential = newDocument('record', patient, colleague.login.principal);
    for (const document of [patient, first]) await ward.put(document);
    await ward.sync();
    await colleague.put(confidential);
    await colleague.sync();
    await ward.pull();
    expect(await ward.ids()).toContain(confidential._id);
    await caughtUp();
    expect(await pause()).toMatchObject({ state: 'paused', pending: 0, paused: { by: expect.any(String) } });
    const before = await seqOf('doctor-north');

    await ward.put(second);
    await ward.put({ ...(await ward.get(first._id)), heartRatePerMinute: 99, ...edited(author) });
    await ward.sync();
    const doctorApi = server.api.as(colleague.login.accessToken);
    await doctorApi.ok('PATCH', `/api/records/${confidential._id}`, { confidential: true });
    await doctorApi.ok('PATCH', `/api/patients/${patient._id}`, { clinicIds: ['north', 'south'] });
    await server.admin.ok('POST', '/api/clinics', { slug: 'west', name: 'Clinic West' });
    const paused = await waitFor(
      async () => {
        const now = await projector();
        return now.pending >= 5 && now.lagSeconds > 0 ? now : undefined;
      },
      { what: 'the lag being counted' },
    );
    expect(paused.state).toBe('paused');
    expect(await seqOf('doctor-north')).toBe(before);
    await colleague.sync();
    expect(await colleague.ids()).not.toContain(second._id);
    expect((await server.core.primary.winners([second._id]))[0]).toBeDefined();
    expect(ward.denied).toEqual([]);

    await restart();
    await waitFor(async () => (await projector()).pending >= 5, { what: 'the lag being counted again' });
    expect(await seqOf('doctor-north')).toBe(before);
    expect((await projector()).lagSeconds).toBeGreaterThan(0);
    const late = await waitFor(
      async () => {
        const now = await ready();
        return now.status === 503 ? now : undefined;
      },
      { what: 'the server being not ready' },
    );
    expect(late.reason).toMatch(/^the projector is paused since .* resume it/);
    // A clinic that came meanwhile gets its databases afterwards, and cannot be removed, as nobody can tell whether it is in use.
    const westerners = { username: 'nursewest', password: PASSWORD, role: 'nurse', name: 'Wes', clinicIds: ['west'] };
    await server.admin.ok('POST', '/api/accounts', westerners);
    const west = new PouchDevice(await server.api.login('nursewest', PASSWORD));
    await expect(west.pull()).rejects.toMatchObject({ status: 503 });
    const inWest = newPatient(west.login.principal);
    await server.admin.ok('POST', '/api/patients', withoutIds(inWest, ['west']));
    expect((await server.admin.request('DELETE', '/api/clinics/clinic:clinic:west')).status).toBeGreaterThanOrEqual(
      400,
    );

    await restart();
    await resume();
    await caughtUp();
    expect(await ready()).toMatchObject({ status: 200, ok: true });
    await server.settled();
    expect(await differences(server.core)).toEqual([]);
    ward = await again(ward, 'nursenorth');
    colleague = await again(colleague, 'doctornorth');
    await ward.sync();
    await colleague.sync();
    expect(await ward.ids()).toEqual([patient._id, first._id, second._id].sort());
    expect((await colleague.get(first._id)).heartRatePerMinute).toBe(99);
    expect(await colleague.ids()).toEqual([patient._id, first._id, second._id, confidential._id].sort());
    const southern = new PouchDevice(await loginStaff(server.api, 'doctorSouth'));
    await southern.pull();
    expect(await southern.ids()).toContain(second._id);
    const western = await again(west, 'nursewest');
    await western.pull();
    expect(await western.ids()).toHaveLength(1);
    expect([...ward.denied, ...colleague.denied]).toEqual([]);
  });

  it('does not take from a tablet what it wrote meanwhile, PouchDB or RxDB', { timeout: 120_000 }, async () => {
    const doctor = await loginStaff(server.api, 'doctorSouth');
    const pouch = new PouchDevice(doctor);
    const stopLive = pouch.live();
    const rxdb = await RxdbDevice.start(doctor);
    await rxdb.awaitInSync();
    await pause();
    const { _id: patientId, ...onTablet } = newPatient(doctor.principal);
    await rxdb.insert('patient', { _id: patientId, ...onTablet });
    const vital = newDocument('vital', onTablet, doctor.principal);
    await rxdb.insert('vital', vital);
    await waitFor(async () => (await server.core.primary.known([vital._id])).size === 1, { what: 'the vital' });
    await rxdb.patch('vital', vital._id, { heartRatePerMinute: 81, ...edited(doctor.principal) });
    const own = newPatient(doctor.principal);
    await pouch.put(own);
    await waitFor(async () => (await server.core.primary.known([own._id])).size === 1, { what: 'the patient' });
    expect((await rxdb.get('vital', vital._id))?.heartRatePerMinute).toBe(81);
    expect((await pouch.get(own._id)).firstName).toBe('Ada');
    await resume();
    await caughtUp();
    for (const id of [patientId, own._id])
      await waitFor(() => rxdb.get('patient', id), { what: `${id} on the tablet with RxDB` });
    await waitFor(async () => (await pouch.ids()).includes(vital._id), {
      what: 'the vital on the tablet with PouchDB',
    });
    await waitFor(async () => (await pouch.get(vital._id)).heartRatePerMinute === 81, { what: 'its edit' });
    expect((await rxdb.get('vital', vital._id))?.heartRatePerMinute).toBe(81);
    expect((await rxdb.get('patient', own._id))?.firstName).toBe('Ada');
    stopLive();
    await rxdb.close();
    await server.settled();
    expect(await differences(server.core)).toEqual([]);
  });

  it('lets builds wait, and those that are asked for', async () => {
    await pause();
    const path = '/api/admin/role-databases/nurse-north';
    expect((await server.admin.request('POST', `${path}/rebuild`)).status).toBe(202);
    const patient = await server.admin.ok<{ patientId: string }>(
      'POST',
      '/api/patients',
      withoutIds(newPatient({ userId: 'u', role: 'admin' } as Login['principal']), ['north']),
    );
    const login = await createPatientAccount(server.admin, patient.patientId);
    await expect(new PouchDevice(login).pull()).rejects.toMatchObject({ status: 503 });
    expect(await projector()).toMatchObject({ state: 'paused', waiting: 2 });
    expect(await server.admin.ok<ListedRoleDatabase>('GET', path)).toMatchObject({ state: 'waiting', serves: true });
    await resume();
    await caughtUp();
    const phone = new PouchDevice(login);
    await phone.pull();
    expect(await phone.ids()).toHaveLength(1);
    expect((await server.admin.ok<ListedRoleDatabase>('GET', path)).build).toMatch(/r2$/);
    expect(await differences(server.core)).toEqual([]);
  });

  it('is recorded with who did it, once where it is said twice', async () => {
    await pause();
    await pause();
    await resume();
    await resume();
    const { items } = await server.admin.ok<{ items: { kind: string; by?: string }[] }>('GET', '/api/audit');
    const kinds = items.filter(({ kind }) => kind.startsWith('projector_')).map(({ kind }) => kind);
    expect(kinds.slice(0, 2)).toEqual(['projector_resumed', 'projector_paused']);
    expect(kinds).toHaveLength(8);
  });
});

describe.runIf(COUCHDB_URL)('of two servers on one CouchDB', () => {
  it('one that is told pauses the other as well', { timeout: 60_000 }, async () => {
    const other = await startServer({ environment: server.environment });
    await pause();
    const there = () => other.admin.ok<ProjectorView>('GET', '/api/admin/projector');
    await waitFor(async () => (await there()).state === 'paused', { what: 'the other server being told' });
    const before = await seqOf('doctor-north');
    const doctor = new PouchDevice(await loginStaff(other.api, 'doctorNorth'));
    const patient = newPatient(doctor.login.principal);
    await doctor.put(patient);
    await doctor.sync();
    await waitFor(async () => (await projector()).pending > 0 && (await there()).pending > 0, {
      what: 'both counting',
    });
    expect(await seqOf('doctor-north')).toBe(before);
    await other.admin.ok('POST', '/api/admin/projector/resume');
    await caughtUp();
    await waitFor(async () => (await there()).pending === 0, { what: 'the other being caught up' });
    expect(await differences(server.core)).toEqual([]);
    await other.stop();
  });
});

function withoutIds(patient: Record<string, unknown>, clinicIds: readonly string[]) {
  const { firstName, lastName, sex, birthDate } = patient;
  return { firstName, lastName, sex, birthDate, clinicIds };
}
