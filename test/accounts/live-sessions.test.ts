/** What a change of an account does to devices that are syncing at that moment, on the server as it is deployed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient, Login } from '../support/api-client.ts';
import { authored, createNetwork, loginStaff, newDocument, newPatient, PASSWORD } from '../support/network.ts';
import { PouchDevice } from '../support/pouch-device.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

/** From the answer to the change until a waiting device knows. */
const AT_ONCE_MS = 1_000;

let server: TestServer;
let doctor: Login;
let patient: ReturnType<typeof newPatient>;
beforeAll(async () => {
  server = await startServer();
  await createNetwork(server.admin);
  doctor = await loginStaff(server.api, 'doctorNorth');
  patient = newPatient(doctor.principal);
  await server.api.as(doctor.accessToken).ok('POST', '/api/patients', patient);
  await server.settled();
});
afterAll(() => server.close());

let count = 0;
async function createNurse(clinicIds: readonly string[] = ['north']): Promise<string> {
  const username = `live-nurse-${++count}`;
  const account = { username, password: PASSWORD, role: 'nurse', name: 'A nurse', clinicIds };
  await server.admin.ok('POST', '/api/accounts', account);
  return username;
}
const change = (username: string, body: Record<string, unknown>) =>
  server.admin.ok('PATCH', `/api/accounts/${username}`, body);
const writeVital = () =>
  server.api.as(doctor.accessToken).ok('POST', '/api/vitals', newDocument('vital', patient, doctor.principal));

interface End {
  readonly status: unknown;
  readonly atMs: number;
}

/** A device that has everything and waits for more. `ended`: when its replication gave up, and for which answer. */
async function syncLive(login: Login) {
  const device = new PouchDevice(login);
  // By default it waits up to two seconds after a broken connection.
  const patience = { back_off_function: () => 10 };
  const replication = device.local.replicate.from(device.remote, { live: true, retry: true, ...patience });
  let ended: End | undefined;
  replication.catch(({ status }: { status?: unknown }) => {
    ended = { status, atMs: performance.now() };
  });
  await waitFor(async () => (await device.ids()).includes(patient._id), { what: 'the device having the patient' });
  return { device, ended: () => ended, stop: () => replication.cancel() };
}

/** A longpoll that waits from now on. `broken`: resolves with the time at which it ended without an answer. */
async function longpoll(login: Login) {
  const url = login.databases[0]?.url ?? '';
  const headers = { authorization: `Bearer ${login.accessToken}` };
  const info = (await (await fetch(url, { headers })).json()) as { update_seq: string };
  const query = new URLSearchParams({ feed: 'longpoll', since: String(info.update_seq), heartbeat: '100' });
  const response = await fetch(`${url}/_changes?${query}`, { headers });
  const reader = response.body?.getReader();
  // The first heartbeat says that it waits.
  await reader?.read();
  const drain = async (): Promise<number> => {
    for (;;) if ((await reader?.read())?.done !== false) throw new Error('the longpoll was answered');
  };
  const broken = drain().catch((error: unknown) => {
    if (error instanceof Error && error.message === 'the longpoll was answered') throw error;
    return performance.now();
  });
  return { broken };
}

const isRefused = async (api: ApiClient, login: Login) =>
  (await api.as(login.accessToken).request('GET', '/api/me')).status === 401;

describe('a device that is syncing live', () => {
  it.each([
    ['gets another role', { role: 'doctor' }],
    ['goes to another clinic', { clinicIds: ['south'] }],
    ['is disabled', { disabled: true }],
  ])('is cut off at once when its account %s', async (_what, body) => {
    const username = await createNurse();
    const login = await server.api.login(username, PASSWORD);
    const { device, ended, stop } = await syncLive(login);
    const { broken } = await longpoll(login);
    await change(username, body);
    const changedAtMs = performance.now();
    expect((await broken) - changedAtMs).toBeLessThan(AT_ONCE_MS);
    const { status, atMs } = await waitFor(ended, { what: 'the replication ending' });
    expect(status).toBe(401);
    expect(atMs - changedAtMs).toBeLessThan(AT_ONCE_MS);
    const held = await device.ids();
    await writeVital();
    expect(await device.ids()).toEqual(held);
    expect(await isRefused(server.api, login)).toBe(true);
    stop();
  });

  it('is cut off at once by a reset, and by the end of all sessions', async () => {
    for (const [method, route] of [
      ['POST', 'invitation'],
      ['DELETE', 'sessions'],
    ] as const) {
      const username = await createNurse();
      const { broken } = await longpoll(await server.api.login(username, PASSWORD));
      await server.admin.ok(method, `/api/accounts/${username}/${route}`);
      const endedAtMs = performance.now();
      expect((await broken) - endedAtMs, route).toBeLessThan(AT_ONCE_MS);
    }
  });

  it('goes on when its account loses another clinic', async () => {
    const username = await createNurse(['north', 'south']);
    const [north, south] = [
      await server.api.login(username, PASSWORD, { clinicId: 'north' }),
      await server.api.login(username, PASSWORD, { clinicId: 'south' }),
    ];
    const live = await syncLive(north);
    const { broken } = await longpoll(south);
    await change(username, { clinicIds: ['north'] });
    await broken;
    const vital = await writeVital();
    await waitFor(async () => (await live.device.ids()).includes(String(vital._id)), { what: 'the vital arriving' });
    expect(live.ended()).toBeUndefined();
    expect(await isRefused(server.api, south)).toBe(true);
    live.stop();
  });
});

describe('an account of the patient role', () => {
  const account = (patientId: string) => ({
    username: `patient-${++count}`,
    password: PASSWORD,
    role: 'patient',
    name: 'A patient',
    patientId,
  });

  it('is for a patient who exists', async () => {
    const other = newPatient(doctor.principal);
    const refused = await server.admin.request('POST', '/api/accounts', account(other.patientId));
    expect(refused).toMatchObject({
      status: 400,
      body: { faults: [{ path: 'patientId', message: 'there is no such patient' }] },
    });
    const created = await server.admin.ok('POST', '/api/accounts', account(patient.patientId));
    const login = await server.api.login(String(created.username), PASSWORD);
    const device = new PouchDevice(login);
    await device.pull();
    expect(await device.ids()).toContain(patient._id);
  });

  it('is not for a patient whose document was deleted', async () => {
    const other = newPatient(doctor.principal, { ...authored(doctor.principal) });
    await server.api.as(doctor.accessToken).ok('POST', '/api/patients', other);
    await server.admin.ok('DELETE', `/api/patients/${other.patientId}`);
    const refused = await server.admin.request('POST', '/api/accounts', account(other.patientId));
    expect(refused.status).toBe(400);
  });
});

describe('the words that a password may not be made of', () => {
  it('are the names of the clinics of its owner, too', async () => {
    await server.admin.ok('POST', '/api/clinics', { slug: 'zh', name: 'Zephyrhills' });
    const body = { username: `zed-${++count}`, role: 'nurse', name: 'Zed', password: 'zephyrhills', clinicIds: ['zh'] };
    expect((await server.admin.request('POST', '/api/accounts', body)).body).toMatchObject({
      faults: [{ path: 'password', message: expect.stringContaining('too easy to guess') }],
    });
  });
});
