/** Devices between two servers that share a CouchDB. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Login } from '../../support/api-client.ts';
import { COUCHDB_URL } from '../../support/environment.ts';
import { createNetwork, createPatientAccount, loginStaff, newPatient } from '../../support/network.ts';
import { PouchDevice } from '../../support/pouch-device.ts';
import { startServer, type TestServer } from '../../support/test-server.ts';
import { waitFor } from '../../support/wait-for.ts';

interface Listed {
  readonly deviceId: string;
  readonly name?: string;
  readonly freshReplicaAt?: string;
  readonly lastFreshReplicaAt?: string;
  readonly toPull?: { readonly databases: Readonly<Record<string, number>>; readonly total: number };
}

describe.runIf(COUCHDB_URL)('a device between two servers', () => {
  const VITASYNC_JWT_SECRET = 'the same on both servers, and long enough';
  let one: TestServer;
  let other: TestServer;
  let doctor: Login;
  beforeAll(async () => {
    one = await startServer({ env: { VITASYNC_JWT_SECRET } });
    const { environment } = one;
    const VITASYNC_DATA_DIR = `${environment.folder}/other`;
    other = await startServer({ environment, env: { VITASYNC_DATA_DIR, VITASYNC_JWT_SECRET } });
    await createNetwork(one.admin);
    doctor = await loginStaff(one.api, 'doctorNorth');
    for (let n = 0; n < 3; n++)
      await one.api.as(doctor.accessToken).ok('POST', '/api/patients', newPatient(doctor.principal));
  });
  afterAll(async () => {
    await other?.stop();
    await one?.close();
  });

  /** The same session, at the other server. */
  const at = (server: TestServer, login: Login): Login => ({
    ...login,
    databases: login.databases.map((database) => ({ ...database, url: database.url.replace(one.url, server.url) })),
  });
  const listed = (server: TestServer, { principal }: Login) =>
    server.admin.ok<Listed>('GET', `/api/admin/devices/${principal.deviceId}`);
  const path = ({ principal }: Login) => `/api/admin/devices/${principal.deviceId}`;

  it('is known to both at once, with the name that either gave it', async () => {
    const login = await loginStaff(one.api, 'nurseNorth');
    await one.admin.ok('PATCH', path(login), { name: 'Ward 3' });
    const nameAtOther = async () => {
      const { items } = await other.admin.ok<{ items: Listed[] }>('GET', '/api/admin/devices?limit=100');
      return items.find(({ deviceId }) => deviceId === login.principal.deviceId)?.name;
    };
    await waitFor(async () => (await nameAtOther()) === 'Ward 3', { what: 'the other server having its name' });
  });

  it('is told by one server to make a fresh replica, and makes it at the other', async () => {
    const login = await loginStaff(one.api, 'nurseNorth');
    await new PouchDevice(login).pull();
    const device = new PouchDevice(at(other, login));
    const stop = device.live();
    try {
      await waitFor(async () => (await device.ids()).length > 0, { what: 'the device syncing' });
      const { freshReplicaAt } = await one.admin.ok<Listed>('POST', `${path(login)}/fresh-replica`);
      await waitFor(async () => (await listed(one, login)).lastFreshReplicaAt === freshReplicaAt, {
        what: 'the device having begun',
      });
    } finally {
      stop();
    }
    // Its positions are good on either server.
    const url = at(one, login).databases[0]?.url;
    const ask = async (address: string | undefined, since: string) => {
      const headers = { authorization: `Bearer ${login.accessToken}` };
      const answer = await fetch(`${address}/_changes?since=${since}`, { headers });
      return (await answer.json()) as { results: unknown[]; last_seq: string };
    };
    const { last_seq, results } = await ask(at(other, login).databases[0]?.url, '0');
    expect(results.length).toBeGreaterThan(0);
    expect((await ask(url, last_seq)).results).toEqual([]);
  });

  it('of an erased patient is forgotten on both', async () => {
    const patient = newPatient(doctor.principal);
    await one.api.as(doctor.accessToken).ok('POST', '/api/patients', patient);
    const own = await createPatientAccount(one.admin, patient.patientId);
    await waitFor(() => one.core.roleDatabases.get(`patient-${patient.patientId}`)?.serving, {
      what: 'the patient having a database',
    });
    await new PouchDevice(own).pull();
    const isListed = async (server: TestServer) => {
      const { items } = await server.admin.ok<{ items: Listed[] }>('GET', '/api/admin/devices?limit=100');
      return items.some(({ deviceId }) => deviceId === own.principal.deviceId);
    };
    await waitFor(() => isListed(other), { what: 'the other server knowing it' });
    await one.admin.ok('POST', `/api/patients/${patient.patientId}/erasure`, { confirm: patient.patientId });
    await waitFor(async () => !(await isListed(one)) && !(await isListed(other)), { what: 'both having forgotten it' });
  });
});
