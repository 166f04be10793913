/** Devices as an administrator sees them, with real tablets on the other side. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ActivityShards } from '../../server/admin/monitoring/activity-shards.ts';
import type { Login } from '../support/api-client.ts';
import {
  createNetwork,
  createPatientAccount,
  loginStaff,
  newDocument,
  newPatient,
  PASSWORD,
} from '../support/network.ts';
import { PouchDevice } from '../support/pouch-device.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

interface Listed {
  readonly deviceId: string;
  readonly owner: string;
  readonly name?: string;
  readonly username?: string;
  readonly revokedAt?: string;
  readonly freshReplicaAt?: string;
  readonly lastFreshReplicaAt?: string;
  readonly totals?: { readonly refused: number; readonly documentsIn: number };
  readonly activity?: { readonly role: string; readonly clinicId?: string };
  readonly toPull?: { readonly databases: Readonly<Record<string, number>>; readonly total: number };
}
interface Page {
  readonly items: readonly Listed[];
  readonly total: number;
  readonly nextCursor?: string;
}

let server: TestServer;
let nurse: Login;
let doctor: Login;
beforeAll(async () => {
  server = await startServer();
  await createNetwork(server.admin);
  nurse = await server.api.login('nursenorth', PASSWORD, { deviceName: 'Ward tablet' });
  doctor = await loginStaff(server.api, 'doctorSouth');
});
afterAll(() => server?.close());

const list = (query = '') => server.admin.ok<Page>('GET', `/api/admin/devices${query}`);
const one = (login: Login) => server.admin.ok<Listed>('GET', `/api/admin/devices/${login.principal.deviceId}`);

describe('a device', () => {
  it('shows how many changes it still has to pull, which is what it then pulls', async () => {
    const tablet = new PouchDevice(nurse);
    await tablet.pull();
    expect((await one(nurse)).toPull?.databases['nurse-north']).toBe(0);
    const colleague = server.api.as((await loginStaff(server.api, 'doctorNorth')).accessToken);
    const patients = [];
    for (let n = 0; n < 7; n++)
      patients.push(await colleague.ok<{ patientId: string }>('POST', '/api/patients', PERSON));
    await colleague.ok('PATCH', `/api/patients/${patients[0]?.patientId}`, { address: 'Twice changed' });
    const before = (await tablet.documents()).size;
    expect((await one(nurse)).toPull?.databases['nurse-north']).toBe(7);
    await tablet.pull();
    expect((await tablet.documents()).size - before).toBe(7);
    expect((await one(nurse)).toPull?.databases['nurse-north']).toBe(0);
  });

  it('is found by clinic, role, name and state, a page at a time', async () => {
    await new PouchDevice(doctor).pull();
    const ids = async (query: string) => (await list(query)).items.map(({ deviceId }) => deviceId);
    expect(await ids('?clinic=south')).toEqual([doctor.principal.deviceId]);
    expect(await ids('?role=nurse&q=ward')).toEqual([nurse.principal.deviceId]);
    expect(await ids(`?owner=${nurse.principal.userId}`)).toEqual([nurse.principal.deviceId]);
    expect(await ids('?revoked=true')).toEqual([]);
    const all = await list('?limit=100&sort=name');
    const seen: string[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const page: Page = await list(`?limit=2&sort=name${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
      seen.push(...page.items.map(({ deviceId }) => deviceId));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(all.items.map(({ deviceId }) => deviceId));
    expect(all.total).toBe(seen.length);
  });

  it('is found by what it announces, when it was seen, what was refused, and sorted', async () => {
    const announced = { clientVersion: 'Clinic app 2.1', schemaVersion: 3 };
    const again = { deviceId: doctor.principal.deviceId, ...announced };
    await server.api.login('doctorsouth', PASSWORD, again);
    const ids = async (query: string) => (await list(query)).items.map(({ deviceId }) => deviceId);
    expect(await ids('?clientVersion=Clinic%20app%202.1')).toEqual([doctor.principal.deviceId]);
    expect(await ids('?schemaVersion=3')).toEqual([doctor.principal.deviceId]);
    expect(await ids('?schemaVersion=4')).toEqual([]);
    expect((await ids('?q=doctorsouth')).sort()).toEqual([doctor.principal.deviceId]);
    const tablet = new PouchDevice(nurse);
    await tablet.put(newDocument('prescription', newPatient(nurse.principal), nurse.principal));
    await tablet.push();
    expect(await ids('?refused=true')).toEqual([nurse.principal.deviceId]);
    expect((await ids('?sort=-refused'))[0]).toBe(nurse.principal.deviceId);
    expect((await one(nurse)).totals).toMatchObject({ refused: 1, documentsIn: 1 });
    expect(await ids('?notSeenFor=1&role=nurse')).toEqual([]);
    expect(await ids(`?seenBefore=${new Date(Date.now() + 60_000).toISOString()}&role=nurse`)).toEqual([
      nurse.principal.deviceId,
    ]);
    expect(await ids('?wrongClock=true')).toEqual([]);
    const ahead = { updatedAt: new Date(Date.now() + 10 * 60_000).toISOString() };
    await tablet.put({ ...newPatient(nurse.principal), ...ahead });
    await tablet.push();
    expect(await ids('?wrongClock=true')).toEqual([nurse.principal.deviceId]);
    const clinics = (await list('?sort=clinic&limit=100')).items.map(({ activity }) => activity?.clinicId ?? '');
    expect(clinics).toEqual([...clinics].sort());
    expect((await list('?sort=clinic&limit=100')).items.every(({ username }) => username !== undefined)).toBe(true);
    expect((await server.admin.request('GET', '/api/admin/devices?seenBefore=yesterday')).status).toBe(400);
  });

  it('is told to make a fresh replica, which is recorded', async () => {
    const path = `/api/admin/devices/${doctor.principal.deviceId}`;
    const { freshReplicaAt } = await server.admin.ok<Listed>('POST', `${path}/fresh-replica`);
    expect(freshReplicaAt).toBe((await one(doctor)).freshReplicaAt);
    await new PouchDevice(doctor).pull();
    await waitFor(async () => (await one(doctor)).freshReplicaAt === undefined, { what: 'the device having begun' });
    expect(await one(doctor)).toMatchObject({ lastFreshReplicaAt: freshReplicaAt });
    const { items } = await server.admin.ok<{ items: unknown[] }>('GET', '/api/audit?kind=device_fresh_replica');
    expect(items).toEqual([
      expect.objectContaining({ deviceId: doctor.principal.deviceId, userId: doctor.principal.userId }),
    ]);
  });

  it('of a patient who is erased is forgotten with all that it did', async () => {
    const { accessToken } = await loginStaff(server.api, 'doctorSouth');
    const created = await server.api.as(accessToken).ok<{ patientId: string }>('POST', '/api/patients', PERSON);
    const { patientId } = created;
    const own = await createPatientAccount(server.admin, patientId);
    await new PouchDevice(own).pull();
    expect((await one(own)).activity?.role).toBe('patient');
    await server.admin.ok('POST', `/api/patients/${patientId}/erasure`, { confirm: patientId });
    const { deviceId } = own.principal;
    await waitFor(async () => (await server.admin.request('GET', `/api/admin/devices/${deviceId}`)).status === 404, {
      what: 'the device being gone',
    });
    const { store } = server.core;
    const monitoring = await store.open(`${server.environment.env.VITASYNC_DB_PREFIX}-monitoring`);
    const { items } = await list('?limit=100');
    expect(items.some((item) => item.deviceId === deviceId)).toBe(false);
    const serverId = (await readFile(path.join(server.environment.folder, 'server-id'), 'utf8')).trim();
    await waitFor(
      async () =>
        (await new ActivityShards(monitoring, serverId).read()).every((kept) => kept.record.deviceId !== deviceId),
      { what: 'its record being gone from disk' },
    );
  });

  it('is renamed, revoked and let in again, and all of it is recorded', async () => {
    const path = `/api/admin/devices/${nurse.principal.deviceId}`;
    expect(await server.admin.ok('PATCH', path, { name: 'Tablet 7' })).toMatchObject({ name: 'Tablet 7' });
    const tablet = new PouchDevice(nurse);
    expect(await server.admin.ok('POST', `${path}/revoke`)).toMatchObject({ revokedAt: expect.any(String) });
    await expect(tablet.pull()).rejects.toMatchObject({ status: 401 });
    await tablet.local.put(newPatient(nurse.principal));
    const { principal, deviceSecret } = nurse;
    const again = { username: 'nursenorth', password: PASSWORD, deviceId: principal.deviceId, deviceSecret };
    expect(await server.api.request('POST', '/api/login', again)).toMatchObject({
      status: 403,
      body: { code: 'device_revoked' },
    });
    const { revokedAt } = await server.admin.ok<Listed>('POST', `${path}/restore`);
    expect(revokedAt).toBeUndefined();
    expect((await server.api.request('POST', '/api/login', again)).status).toBe(200);
    const { items } = await server.admin.ok<{ items: { kind: string; deviceId?: string }[] }>('GET', '/api/audit');
    const kinds = items.filter(({ deviceId, kind }) => deviceId === nurse.principal.deviceId && kind !== 'login');
    expect(kinds.map(({ kind }) => kind)).toEqual(['device_restored', 'device_revoked', 'device_renamed']);
  });

  it('that nobody knows, and anyone else who asks, gets nothing', async () => {
    expect((await server.admin.request('POST', '/api/admin/devices/unheard-of/revoke')).status).toBe(404);
    const other = server.api.as(doctor.accessToken);
    for (const [method, path] of [
      ['GET', '/api/admin/devices'],
      ['GET', `/api/admin/devices/${doctor.principal.deviceId}`],
      ['POST', `/api/admin/devices/${doctor.principal.deviceId}/revoke`],
    ] as const)
      expect((await other.request(method, path)).status).toBe(403);
  });
});

const PERSON = { firstName: 'Ada', lastName: 'Example', sex: 'female', birthDate: '1980-05-17' };
