/** The local documents of a device in role databases go when it is forgotten: its checkpoints, and whatever else it put there. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Login } from '../support/api-client.ts';
import { createNetwork, createPatientAccount, loginStaff, newPatient } from '../support/network.ts';
import { PouchDevice } from '../support/pouch-device.ts';
import { syncRequest } from '../support/sync-request.ts';
import { startServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  await createNetwork(server.admin);
});
afterAll(() => server?.close());

const keyOf = ({ principal: { deviceId } }: Login, id: string, mark = '') =>
  `${deviceId}.${mark}${createHash('sha256').update(id).digest('base64url')}`;
async function databaseOf({ databases }: Login) {
  const name = databases[0]?.name ?? '';
  const database = await server.core.roleDatabases.serving(name);
  if (!database) throw new Error(`${name} does not serve`);
  return database;
}
const there = async (login: Login, id: string, mark = '') =>
  (await (await databaseOf(login)).getLocal(keyOf(login, id, mark))) !== undefined;
async function put(login: Login, id: string, body: object = {}) {
  const response = await syncRequest(login, 'PUT', `/_local/${id}`, body);
  return { status: response.status, ...((await response.json()) as { rev?: string }) };
}
const listOf = ({ principal }: Login) => server.core.registry.getLocal(`locals:${principal.deviceId}`);
/** Up to when it had sent its changes. */
const markOf = ({ principal }: Login) => server.core.registry.getLocal(`pushed:${principal.deviceId}`);
const path = ({ principal }: Login) => `/api/admin/devices/${principal.deviceId}`;
async function forget(login: Login) {
  await server.admin.ok('POST', `${path(login)}/revoke`);
  expect((await server.admin.request('DELETE', path(login))).status).toBe(204);
}

it('and those of another device of the account stay', async () => {
  const [lost, kept] = [await loginStaff(server.api, 'nurseNorth'), await loginStaff(server.api, 'nurseNorth')];
  for (const login of [lost, kept]) {
    const device = new PouchDevice(login);
    await device.put(newPatient(login.principal));
    await device.sync();
    expect((await put(login, 'mine')).status).toBe(201);
    expect(await there(login, 'mine')).toBe(true);
  }
  const checkpoints = Object.values((await listOf(lost)) ?? {}).flatMap((entry) => JSON.stringify(entry));
  expect(checkpoints.join()).toContain(lost.principal.deviceId);
  await forget(lost);
  expect([await there(lost, 'mine'), await there(kept, 'mine')]).toEqual([false, true]);
  expect([await listOf(lost), (await listOf(kept)) === undefined]).toEqual([undefined, false]);
  expect([await markOf(lost), (await markOf(kept)) === undefined]).toEqual([undefined, false]);
});

it('of before they were listed as well, once they were written again', async () => {
  const login = await loginStaff(server.api, 'pharmacistNorth');
  const database = await databaseOf(login);
  const _rev = await database.putLocal(keyOf(login, 'older'), {});
  expect((await put(login, 'older', { _rev })).status).toBe(201);
  await forget(login);
  expect(await there(login, 'older')).toBe(false);
});

it('of before a fresh replica go with the first one after it', async () => {
  const login = await loginStaff(server.api, 'doctorSouth');
  await put(login, 'mine');
  const { freshReplicaAt } = await server.admin.ok<{ freshReplicaAt: string }>('POST', `${path(login)}/fresh-replica`);
  const mark = `${Date.parse(freshReplicaAt).toString(36)}.`;
  expect((await put(login, 'mine')).status).toBe(201);
  expect([await there(login, 'mine'), await there(login, 'mine', mark)]).toEqual([false, true]);
  await forget(login);
  expect(await there(login, 'mine', mark)).toBe(false);
});

it('that the device removed make room for others', async () => {
  const login = await loginStaff(server.api, 'doctorNorth');
  for (let n = 0; n < 200; n++) await put(login, `x${n}`);
  expect((await put(login, 'y')).status).toBe(429);
  const removed = await syncRequest(login, 'DELETE', '/_local/x0?rev=0-1');
  expect(removed.status).toBe(200);
  expect((await put(login, 'y')).status).toBe(201);
  expect((await put(login, 'z')).status).toBe(429);
});

it('that are written at once are all listed', async () => {
  const login = await loginStaff(server.api, 'nurseSouth');
  const ids = Array.from({ length: 12 }, (_, n) => `x${n}`);
  await Promise.all(ids.map((id) => put(login, id)));
  await forget(login);
  for (const id of ids) expect(await there(login, id)).toBe(false);
});

it('of a patient go when the patient is erased', async () => {
  const doctor = await loginStaff(server.api, 'doctorNorth');
  const patient = newPatient(doctor.principal);
  await server.api.as(doctor.accessToken).ok('POST', '/api/patients', patient);
  const own = await createPatientAccount(server.admin, patient.patientId);
  await server.settled();
  expect((await put(own, 'mine')).status).toBe(201);
  expect(await there(own, 'mine')).toBe(true);
  await server.admin.ok('POST', `/api/patients/${patient.patientId}/erasure`, { confirm: patient.patientId });
  expect([await there(own, 'mine'), await listOf(own)]).toEqual([false, undefined]);
});
