/** The number of changes that a device still has to pull, held against what the device is then sent. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PendingChanges } from '../../../server/admin/monitoring/changes-to-pull.ts';
import type { Login } from '../../support/api-client.ts';
import { createNetwork, edited, loginStaff, newDocument, newPatient } from '../../support/network.ts';
import { PouchDevice } from '../../support/pouch-device.ts';
import { createRandom } from '../../support/random.ts';
import { RxdbDevice } from '../../support/rxdb-device.ts';
import { RxdbFeeds } from '../../support/rxdb-feeds.ts';
import { waitFor } from '../../support/wait-for.ts';
import { MonitoredServer } from './monitored-server.ts';

const random = createRandom('changes to pull');
let monitored: MonitoredServer;
let pending: PendingChanges;
let doctor: Login;
let patients: ReturnType<typeof newPatient>[];
let written: Record<string, unknown>[] = [];

const doctorApi = () => monitored.server.api.as(doctor.accessToken);

async function writeVital() {
  const patient = random.pick(patients);
  const path = '/api/vitals';
  written.push(await doctorApi().ok('POST', path, newDocument('vital', patient, doctor.principal)));
}
async function changePatient() {
  const patient = random.pick(patients);
  const path = `/api/patients/${patient.patientId}`;
  await doctorApi().ok('PATCH', path, { staffNotes: `note ${random.next()}`, ...edited(doctor.principal) });
}
async function deleteVital() {
  const vital = written.pop();
  if (vital) await doctorApi().ok('DELETE', `/api/vitals/${String(vital._id)}`);
}
async function writeWhatNurseNeverSees() {
  const patient = random.pick(patients);
  await doctorApi().ok('POST', '/api/prescriptions', newDocument('prescription', patient, doctor.principal));
}
/** Some of everything: documents change several times, are made and deleted between two pulls. */
async function somethingHappens(times = random.between(3, 12)) {
  const actions = [writeVital, writeVital, changePatient, changePatient, deleteVital, writeWhatNurseNeverSees];
  for (let n = 0; n < times; n++) await random.pick(actions)();
  await monitored.server.settled();
}

const toPull = async (login: Login) => await pending.of(await monitored.device(login));

beforeAll(async () => {
  monitored = await MonitoredServer.start();
  pending = new PendingChanges({ roleDatabases: monitored.server.core.roleDatabases });
  await createNetwork(monitored.server.admin);
  doctor = await loginStaff(monitored.server.api, 'doctorNorth');
  patients = [newPatient(doctor.principal), newPatient(doctor.principal), newPatient(doctor.principal)];
  for (const patient of patients) await doctorApi().ok('POST', '/api/patients', patient);
});
afterAll(() => monitored.close());
beforeEach(() => {
  written = [];
});

/** Pulls, and answers how many documents came. */
async function pulledBy(device: PouchDevice): Promise<number> {
  const { docs_read } = (await device.local.replicate.from(device.remote)) as unknown as { docs_read: number };
  return docs_read;
}

describe('a PouchDB device', () => {
  it('is sent exactly as many documents as were counted, at any moment and after restarts', async () => {
    const login = monitored.observed(await loginStaff(monitored.server.api, 'nurseNorth'));
    const device = new PouchDevice(login);
    await somethingHappens();
    // It said hello, and has nothing yet.
    await device.remote.info();
    const first = await toPull(login);
    expect(await pulledBy(device)).toBe(first.databases['nurse-north']);
    for (let round = 0; round < 6; round++) {
      expect((await toPull(login)).databases['nurse-north'], `after pull ${round}`).toBe(0);
      await somethingHappens();
      const before = (await toPull(login)).databases['nurse-north'];
      if (round % 2 === 1) await monitored.restartActivity();
      const after = (await toPull(login)).databases['nurse-north'];
      expect(after).toBe(before);
      expect(await pulledBy(device), `pull ${round}`).toBe(after);
    }
  });

  it('is not taken to have what was sent and not stored', async () => {
    const login = monitored.observed(await loginStaff(monitored.server.api, 'nurseNorth'));
    const device = new PouchDevice(login);
    const headers = { authorization: `Bearer ${login.accessToken}` };
    await device.remote.info();
    const { databases } = await toPull(login);
    expect(databases['nurse-north']).toBeGreaterThan(0);
    const page = await fetch(`${login.databases[0]?.url}/_changes?since=0`, { headers });
    const { last_seq } = (await page.json()) as { last_seq: string };
    await fetch(`${login.databases[0]?.url}/_changes?since=${last_seq}`, { headers });
    expect((await toPull(login)).databases).toEqual(databases);
    expect(await pulledBy(device)).toBe(databases['nurse-north']);
  });

  it('that begins afresh has everything to pull again', async () => {
    const login = monitored.observed(await loginStaff(monitored.server.api, 'nurseNorth'));
    const all = await pulledBy(new PouchDevice(login));
    expect((await toPull(login)).databases['nurse-north']).toBe(0);
    const fresh = new PouchDevice(login);
    // Asked for with its checkpoint, which it does not have, and cut off before anything came.
    await fresh.remote.get('_local/none').catch(() => {});
    await fetch(`${login.databases[0]?.url}/_changes?since=0&limit=1`, {
      headers: { authorization: `Bearer ${login.accessToken}` },
    });
    expect((await toPull(login)).databases['nurse-north']).toBe(all);
    expect(await pulledBy(fresh)).toBe(all);
  });

  it('is counted up to a cap', async () => {
    const capped = new PendingChanges({ roleDatabases: monitored.server.core.roleDatabases, cap: 2 });
    const login = monitored.observed(await loginStaff(monitored.server.api, 'nurseNorth'));
    await new PouchDevice(login).remote.info();
    expect((await capped.of(await monitored.device(login))).databases['nurse-north']).toEqual({ atLeast: 2 });
  });
});

describe('an RxDB device', () => {
  it('whose live feed begins at now is answered once when it has pulled, and then waits', async () => {
    const login = monitored.observed(await loginStaff(monitored.server.api, 'nurseNorth'));
    const headers = { authorization: `Bearer ${login.accessToken}` };
    const feed = `${login.databases[0]?.url}/vital/_changes?include_docs=true&limit=1000`;
    const firstOf = async (since: string) => {
      const cut = new AbortController();
      const url = `${feed}&feed=longpoll&heartbeat=100&since=${since}`;
      const answer = await fetch(url, { headers, signal: cut.signal });
      const chunk = await answer.body?.getReader().read();
      const text = Buffer.from(chunk?.value ?? []).toString();
      cut.abort();
      return text.trim() === '' ? 'waits' : (JSON.parse(text) as { results: unknown[]; last_seq: string });
    };
    const vitals = async () => (await monitored.device(login)).databases['nurse-north']?.feeds.vital;
    expect(await firstOf('now')).toBe('waits');
    const pull = (await (await fetch(`${feed}&since=0`, { headers })).json()) as { last_seq: string };
    await waitFor(async () => (await vitals())?.pulled, { what: 'the pull being noted' });
    expect((await vitals())?.position).toBe('0');
    expect(await firstOf('now')).toMatchObject({ results: [], last_seq: pull.last_seq });
    expect((await vitals())?.position).toBe('0');
    expect(await firstOf('now')).toBe('waits');
    expect(await firstOf(pull.last_seq)).toBe('waits');
    expect((await vitals())?.position).toBe(pull.last_seq);
  });

  it('whose live feed was answered before its pull is known to have both', async () => {
    const login = monitored.observed(await loginStaff(monitored.server.api, 'nurseNorth'));
    const feeds = new RxdbFeeds(login, 'vital');
    const feed = async () => (await monitored.device(login)).databases['nurse-north']?.feeds.vital;
    const isOpen = async () => (await monitored.device(login)).openFeeds === 1;
    try {
      void feeds.follow();
      await waitFor(isOpen, { what: 'the live feed waiting' });
      await writeVital();
      await waitFor(async () => feeds.asked.length === 2 && (await isOpen()), { what: 'the live feed going on' });
      expect(await feed()).toBeUndefined();
      await feeds.pull('0');
      const isCaughtUp = async () => (await toPull(login)).databases['nurse-north'] === 0;
      await waitFor(isCaughtUp, { timeoutMs: 10_000, what: 'the device being known to have everything' });
      expect(await feed()).toMatchObject({ pulled: true, position: feeds.asked.at(-1) });
    } finally {
      feeds.cut();
    }
  });

  it('whose live feed runs ahead of its pull is known by its pull', async () => {
    const login = monitored.observed(await loginStaff(monitored.server.api, 'doctorNorth'));
    const headers = { authorization: `Bearer ${login.accessToken}` };
    const feed = `${login.databases[0]?.url}/patient/_changes?include_docs=true`;
    const page = (await (await fetch(`${feed}&since=0&limit=1`, { headers })).json()) as { last_seq: string };
    const { updateSeq } = (await (await monitored.server.core.roleDatabases.serving('doctor-north'))?.info()) ?? {};
    await (await fetch(`${feed}&feed=longpoll&timeout=10&since=${updateSeq}`, { headers })).text();
    const position = async () => (await monitored.device(login)).databases['doctor-north']?.feeds.patient?.position;
    expect(await position()).toBe('0');
    await (await fetch(`${feed}&since=${page.last_seq}&limit=1`, { headers })).text();
    expect(await position()).toBe(page.last_seq);
    expect((await toPull(login)).databases['doctor-north']).toBe(patients.length - 1);
  });

  it('is sent exactly as many documents as were counted, after restarts as well', async () => {
    const login = monitored.observed(await loginStaff(monitored.server.api, 'nurseNorth'));
    const device = await RxdbDevice.start(login, { pullBatchSize: 3 });
    try {
      await device.awaitInSync();
      const isCaughtUp = async () => (await toPull(login)).total === 0;
      await waitFor(isCaughtUp, { what: 'the device having confirmed what it has' });
      for (let round = 0; round < 3; round++) {
        await device.goOffline();
        await waitFor(async () => !(await monitored.device(login)).connected, { what: 'the feeds being closed' });
        const had = (await device.pulled()).length;
        await somethingHappens();
        if (round === 1) await monitored.restartActivity();
        const { total } = await toPull(login);
        expect(total).toBeGreaterThan(0);
        await device.goOnline();
        await waitFor(isCaughtUp, { what: `round ${round}: the device being caught up` });
        await device.awaitInSync();
        expect((await device.pulled()).length - had, `round ${round}`).toBe(total);
      }
    } finally {
      await device.close();
    }
  });
});
