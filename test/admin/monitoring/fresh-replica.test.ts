/** What stock tablets do that are told to make a fresh replica. */
import type { PouchDocument } from 'pouchdb-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Login } from '../../support/api-client.ts';
import { createNetwork, edited, loginStaff, newPatient, PASSWORD } from '../../support/network.ts';
import { PouchDevice } from '../../support/pouch-device.ts';
import { startServer, type TestServer } from '../../support/test-server.ts';
import { waitFor } from '../../support/wait-for.ts';
import { PatientCollection } from './patient-collection.ts';

interface Listed {
  readonly freshReplicaAt?: string;
  readonly lastFreshReplicaAt?: string;
  readonly toPull?: { readonly databases: Readonly<Record<string, number>>; readonly total: number };
}

const PATIENTS = 12;
let server: TestServer;
let doctor: Login;
let patients: ReturnType<typeof newPatient>[];
beforeAll(async () => {
  server = await startServer();
  await createNetwork(server.admin);
  doctor = await loginStaff(server.api, 'doctorNorth');
  patients = Array.from({ length: PATIENTS }, () => newPatient(doctor.principal));
  for (const patient of patients) await server.api.as(doctor.accessToken).ok('POST', '/api/patients', patient);
  await server.settled();
});
afterAll(() => server?.close());

const pathOf = ({ principal }: Login) => `/api/admin/devices/${principal.deviceId}`;
const order = (login: Login) => server.admin.ok<Listed>('POST', `${pathOf(login)}/fresh-replica`);
const listed = (login: Login) => server.admin.ok<Listed>('GET', pathOf(login));
const begun = (login: Login) =>
  waitFor(async () => ((await listed(login)).freshReplicaAt === undefined ? await listed(login) : undefined), {
    what: 'the device having begun its fresh replica',
  });

async function pulledBy(device: PouchDevice): Promise<number> {
  const { docs_read } = (await device.local.replicate.from(device.remote)) as unknown as { docs_read: number };
  return docs_read;
}

/** A device with the same checkpoints that has lost its documents; `kept` are those that it has all the same. */
async function withoutDocuments(device: PouchDevice, kept: readonly PouchDocument[] = []): Promise<PouchDevice> {
  const ids = new Set<string>();
  const get = device.local.get.bind(device.local) as (id: string, ...more: unknown[]) => Promise<PouchDocument>;
  const noting = (id: string, ...more: unknown[]) => {
    if (id.startsWith('_local/')) ids.add(id);
    return get(id, ...more);
  };
  device.local.get = noting as typeof device.local.get;
  await device.pull();
  const bare = new PouchDevice(device.login);
  const sameId = await device.local.id();
  bare.local.id = async () => sameId;
  for (const id of ids) {
    const { _rev, ...checkpoint } = await get(id);
    await bare.put(checkpoint);
  }
  await bare.local.bulkDocs([...kept], { new_edits: false });
  return bare;
}

describe('a device that is told to make a fresh replica', () => {
  it('is told so in the answers to its login and refresh until it has begun, and has everything to pull', async () => {
    const login = await loginStaff(server.api, 'nurseNorth');
    const device = new PouchDevice(login);
    const all = await pulledBy(device);
    expect(all).toBeGreaterThanOrEqual(PATIENTS);
    expect((await listed(login)).toPull?.databases['nurse-north']).toBe(0);
    const { freshReplicaAt } = await order(login);
    expect(freshReplicaAt).toBeDefined();
    expect((await listed(login)).toPull?.databases['nurse-north']).toBe(all);
    const api = server.api.as(login.accessToken);
    expect(await api.ok('GET', '/api/me')).toMatchObject({ freshReplicaAt });
    const { refreshToken } = login;
    const refreshed = await server.api.ok('POST', '/api/token/refresh', { refreshToken });
    expect(refreshed).toMatchObject({ freshReplicaAt });
    const { deviceId } = login.principal;
    const again = await server.api.login('nursenorth', PASSWORD, { deviceId, deviceSecret: refreshed.deviceSecret });
    expect(again).toMatchObject({ freshReplicaAt });
    await device.pull();
    expect(await begun(login)).toMatchObject({ lastFreshReplicaAt: freshReplicaAt });
    expect((await listed(login)).toPull?.databases['nurse-north']).toBe(0);
    expect(await api.ok('GET', '/api/me')).toMatchObject({ lastFreshReplicaAt: freshReplicaAt });
    expect(await api.ok('GET', '/api/me')).not.toHaveProperty('freshReplicaAt');
    expect(await pulledBy(device)).toBe(0);
  });

  it('is sent what it lost with PouchDB, and keeps a damaged body that it has under a revision', async () => {
    const login = await loginStaff(server.api, 'nurseNorth');
    const whole = new PouchDevice(login);
    await whole.pull();
    const [first, second] = patients;
    const damaged = { ...(await whole.local.get(String(first?._id), { revs: true })), firstName: 'Damaged' };
    const device = await withoutDocuments(whole, [damaged]);
    await device.pull();
    expect(await device.ids()).toEqual([first?._id]);
    await order(login);
    await device.pull();
    expect(await device.ids()).toEqual(await whole.ids());
    expect(await device.get(String(second?._id))).toEqual(await whole.get(String(second?._id)));
    expect((await device.get(String(first?._id))).firstName).toBe('Damaged');
    // The next edit mends it, and so does a new local database.
    const api = server.api.as(doctor.accessToken);
    await api.ok('PATCH', `/api/patients/${first?.patientId}`, { address: 'Mended', ...edited(doctor.principal) });
    await server.settled();
    await device.pull();
    expect(await device.get(String(first?._id))).toMatchObject({ firstName: 'Ada', address: 'Mended' });
    const discarded = new PouchDevice(login);
    await discarded.pull();
    expect(await discarded.documents()).toEqual(await device.documents());
  });

  it('goes on live with PouchDB, sends what it wrote meanwhile, and is up to date', async () => {
    const login = await server.api.login('doctornorth', PASSWORD, { deviceName: 'Tablet' });
    const device = new PouchDevice(login);
    const stop = device.live();
    try {
      const pending = () => listed(login).then(({ toPull }) => toPull?.databases['doctor-north']);
      await waitFor(async () => (await pending()) === 0, { what: 'the device being up to date' });
      await order(login);
      const written = newPatient(login.principal);
      await device.put(written);
      const done = await begun(login);
      expect(done.lastFreshReplicaAt).toBeDefined();
      await waitFor(async () => (await pending()) === 0, { what: 'the device being up to date again' });
      expect((await server.core.primary.known([written._id])).size).toBe(1);
      expect(device.denied).toEqual([]);
    } finally {
      stop();
    }
  });

  it('voids what another server would have taken for its position, once only', async () => {
    const login = await loginStaff(server.api, 'nurseNorth');
    const ask = async (since: string) => {
      const url = `${login.databases[0]?.url}/patient/_changes?include_docs=true&since=${since}`;
      const answer = await fetch(url, { headers: { authorization: `Bearer ${login.accessToken}` } });
      return (await answer.json()) as { results: { seq: string }[]; last_seq: string };
    };
    const before = await ask('0');
    const all = before.results.length;
    expect((await ask(before.last_seq)).results).toHaveLength(0);
    await order(login);
    expect((await ask(before.last_seq)).results).toHaveLength(all);
    expect(await listed(login)).toHaveProperty('freshReplicaAt');
    const after = await ask('0');
    expect(encodeURI(after.last_seq)).toBe(after.last_seq);
    expect((await ask(after.results.at(-2)?.seq ?? '')).results).toHaveLength(1);
    expect((await ask(after.last_seq)).results).toHaveLength(0);
    await begun(login);
    expect((await ask(after.last_seq)).results).toHaveLength(0);
    await order(login);
    expect((await ask(after.last_seq)).results).toHaveLength(all);
  });

  it('takes in what it lost with RxDB, also where it stays connected; what was changed in its files stays', async () => {
    const login = await loginStaff(server.api, 'nurseNorth');
    const device = await PatientCollection.open(login);
    try {
      await device.inSync();
      const all = [...device.stored.keys()].sort();
      expect(all.length).toBeGreaterThanOrEqual(PATIENTS);
      await waitFor(async () => (await positionOf(login)) !== '0', { what: 'its live feed having a position' });
      const [lost = '', damaged = ''] = all;
      device.lose(lost);
      device.damage(damaged, { firstName: 'Damaged' });
      await order(login);
      await begun(login);
      await waitFor(() => device.stored.has(lost), { what: 'the lost document being there again' });
      await device.inSync();
      expect([...device.stored.keys()].sort()).toEqual(all);
      expect(device.stored.get(lost)).toMatchObject({ firstName: 'Ada', _deleted: false });
      expect(device.stored.get(damaged)).toMatchObject({ firstName: 'Damaged' });
    } finally {
      await device.close();
    }
  });
});

async function positionOf(login: Login): Promise<string> {
  const device = await server.admin.ok<{
    activity?: { databases: Record<string, { feeds: Record<string, { position: string }> }> };
  }>('GET', pathOf(login));
  return device.activity?.databases['nurse-north']?.feeds.patient?.position ?? '0';
}
