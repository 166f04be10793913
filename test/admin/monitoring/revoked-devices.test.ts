/** What a device meets that is revoked while it syncs, and when it comes back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Devices } from '../../../server/accounts/devices.ts';
import type { Sessions } from '../../../server/accounts/sessions.ts';
import type { Login } from '../../support/api-client.ts';
import { createNetwork, loginStaff, newDocument, newPatient, PASSWORD } from '../../support/network.ts';
import { PouchDevice } from '../../support/pouch-device.ts';
import { RxdbDevice } from '../../support/rxdb-device.ts';
import { startServer, type TestServer } from '../../support/test-server.ts';
import { waitFor } from '../../support/wait-for.ts';
import { authOf } from './monitored-server.ts';

const AT_ONCE_MS = 1_000;

let server: TestServer;
let sessions: Sessions;
let devices: Devices;
let doctor: Login;
let patient: ReturnType<typeof newPatient>;
beforeAll(async () => {
  server = await startServer();
  ({ sessions, devices } = await authOf(server));
  await createNetwork(server.admin);
  doctor = await loginStaff(server.api, 'doctorNorth');
  patient = newPatient(doctor.principal);
  await server.api.as(doctor.accessToken).ok('POST', '/api/patients', patient);
  await server.settled();
});
afterAll(async () => {
  await sessions.close();
  await server.close();
});

const writeVital = () =>
  server.api.as(doctor.accessToken).ok('POST', '/api/vitals', newDocument('vital', patient, doctor.principal));

/** As an administrator does it. Answers when it was done. */
async function revoke({ principal: { userId, deviceId } }: Login): Promise<number> {
  await devices.revoke(deviceId);
  await sessions.revokeDevice({ owner: userId, deviceId });
  return performance.now();
}

async function answerOf(login: Login, path = '/_changes?since=0') {
  const url = `${login.databases[0]?.url}${path}`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${login.accessToken}` } });
  return { status: response.status, body: await response.json() };
}
const UNAUTHORIZED = { status: 401, body: expect.objectContaining({ error: 'unauthorized' }) };

describe('a device that is revoked while it syncs live', () => {
  it('ends its replication for good with PouchDB, within a second, and gets nothing more', async () => {
    const login = await loginStaff(server.api, 'nurseNorth');
    const device = new PouchDevice(login);
    const patience = { back_off_function: () => 10 };
    const replication = device.local.replicate.from(device.remote, { live: true, retry: true, ...patience });
    let endedAtMs: number | undefined;
    replication.catch(() => {
      endedAtMs = performance.now();
    });
    await waitFor(async () => (await device.ids()).includes(patient._id), { what: 'the device having the patient' });
    const had = await device.ids();
    const revokedAtMs = await revoke(login);
    const ended = await waitFor(() => endedAtMs, { what: 'the replication ending' });
    expect(ended - revokedAtMs).toBeLessThan(AT_ONCE_MS);
    await writeVital();
    expect(await answerOf(login)).toEqual(UNAUTHORIZED);
    expect(await device.ids()).toEqual(had);
    await device.put({ ...newDocument('vital', patient, login.principal) });
    await expect(device.push()).rejects.toMatchObject({ name: 'unauthorized' });
  });

  it('is sent nothing more with RxDB, and takes nothing in', async () => {
    // A device of this account was revoked above.
    const { code } = await server.admin.ok('POST', '/api/accounts/nursenorth/enrolment-code');
    const login = await server.api.login('nursenorth', PASSWORD, { enrolmentCode: code });
    const device = await RxdbDevice.start(login);
    try {
      await device.awaitInSync();
      const had = await device.counts();
      const errors = (await device.errors()).length;
      const revokedAtMs = await revoke(login);
      await waitFor(async () => (await device.errors()).length > errors, { what: 'the device being refused' });
      expect(performance.now() - revokedAtMs).toBeLessThan(AT_ONCE_MS);
      const vital = await writeVital();
      const mine = newDocument('vital', patient, login.principal);
      await device.insert('vital', mine);
      const later = (await device.errors()).length;
      // Two rounds of every collection's attempts have been refused since.
      const enough = later + 2 * device.types.length;
      await waitFor(async () => (await device.errors()).length >= enough, { what: 'further attempts being refused' });
      expect(await device.get('vital', String(vital._id))).toBeNull();
      expect(await device.counts()).toEqual({ ...had, vital: (had.vital ?? 0) + 1 });
      expect((await server.core.primary.known([mine._id])).size).toBe(0);
      expect(await answerOf(login, '/vital/_changes?since=0')).toEqual(UNAUTHORIZED);
    } finally {
      await device.close();
    }
  });

  it('gets no new tokens, and is let in again by an administrator only', async () => {
    const login = await server.api.login('nursesouth', PASSWORD, { deviceName: 'Tablet' });
    const other = await server.api.login('nursesouth', PASSWORD, { deviceName: 'Another tablet' });
    const { principal, deviceSecret } = login;
    const { deviceId } = principal;
    const body = { username: 'nursesouth', password: PASSWORD, deviceId, deviceSecret };
    await revoke(login);
    const { refreshToken } = login;
    const refreshed = await server.api.request('POST', '/api/token/refresh', { refreshToken });
    expect(refreshed).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
    const refused = await server.api.request('POST', '/api/login', body);
    expect(refused).toMatchObject({ status: 403, body: { code: 'device_revoked' } });
    const guessed = await server.api.request('POST', '/api/login', { ...body, password: 'not the password' });
    expect(guessed).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });
    // The account is not locked out: only this device is.
    expect((await answerOf(other)).status).toBe(200);
    const listed = await server.api.as(other.accessToken).ok<{ items: unknown[] }>('GET', '/api/me/devices');
    expect(listed.items).toContainEqual(expect.objectContaining({ deviceId, revokedAt: expect.any(String) }));
    await devices.restore(deviceId);
    expect((await devices.find(deviceId))?.revokedAt).toBeUndefined();
    const again = await server.api.login('nursesouth', PASSWORD, { deviceId, deviceSecret });
    expect((await answerOf(again)).status).toBe(200);
    // What was ended stays so.
    expect(await answerOf(login)).toEqual(UNAUTHORIZED);
  });
});

describe('a device that an administrator named', () => {
  it('keeps the name at its next login', async () => {
    const { principal, deviceSecret } = await server.api.login('nursesouth', PASSWORD, { deviceName: 'Tablet' });
    const { deviceId } = principal;
    expect(await devices.rename(deviceId, 'Ward 3')).toMatchObject({ deviceId, name: 'Ward 3' });
    await server.api.login('nursesouth', PASSWORD, { deviceId, deviceSecret, deviceName: 'Tablet' });
    expect(await devices.find(deviceId)).toMatchObject({ name: 'Ward 3' });
    expect(await devices.rename('nobody', 'Ward 4')).toBeUndefined();
  });
});
