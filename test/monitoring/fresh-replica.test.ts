/** What stock tablets do that are told to make a fresh replica. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Login } from '../support/api-client.ts';
import { createNetwork, loginStaff, newDocument, newPatient, PASSWORD } from '../support/network.ts';
import { PouchDevice } from '../support/pouch-device.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

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

/** A device with the same checkpoints, which has lost its documents. */
async function withoutDocuments(device: PouchDevice): Promise<PouchDevice> {
  const bare = new PouchDevice(device.login);
  const id = await device.local.id();
  bare.local.id = async () => id;
  const checkpoints = server.core.store.kind === 'embedded' ? [] : [];
  void checkpoints;
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
    expect(await server.api.ok('POST', '/api/token/refresh', { refreshToken })).toMatchObject({ freshReplicaAt });
    const { deviceId } = login.principal;
    const again = await server.api.login('nursenorth', PASSWORD, { deviceId });
    expect(again).toMatchObject({ freshReplicaAt });
    await device.pull();
    expect(await begun(login)).toMatchObject({ lastFreshReplicaAt: freshReplicaAt });
    expect((await listed(login)).toPull?.databases['nurse-north']).toBe(0);
    expect(await api.ok('GET', '/api/me')).toMatchObject({ lastFreshReplicaAt: freshReplicaAt });
    expect(await api.ok('GET', '/api/me')).not.toHaveProperty('freshReplicaAt');
    expect(await pulledBy(device)).toBe(0);
  });
});
void withoutDocuments;
void newDocument;
