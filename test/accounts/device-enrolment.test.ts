/** What somebody can do with a tablet, its session and its password, who should not: enrolment of devices under attack. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Devices } from '../../server/accounts/devices.ts';
import type { Login } from '../support/api-client.ts';
import { createNetwork, PASSWORD } from '../support/network.ts';
import { PouchDevice } from '../support/pouch-device.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

interface Listed {
  readonly deviceId: string;
  readonly revokedAt?: string;
}

const MAX_DEVICES = 5;
let server: TestServer;
beforeAll(async () => {
  server = await startServer({ env: { VITASYNC_MAX_DEVICES: String(MAX_DEVICES) } });
  await createNetwork(server.admin);
});
afterAll(() => server?.close());

let accounts = 0;
/** A nurse of her own for each test: what happens to one account does not touch another. */
async function newNurse(): Promise<string> {
  const username = `nurse${++accounts}`;
  const details = { password: PASSWORD, role: 'nurse', name: 'Nurse', clinicIds: ['north'] };
  await server.admin.ok('POST', '/api/accounts', { username, ...details });
  return username;
}
const tryLogIn = (username: string, more: Record<string, unknown> = {}) =>
  server.api.request<Login & { code?: string }>('POST', '/api/login', { username, password: PASSWORD, ...more });
const tablet = (username: string, more: Record<string, unknown> = {}) =>
  server.api.login(username, PASSWORD, { deviceName: 'Tablet', ...more });
const of = ({ principal, deviceSecret }: Login) => ({ deviceId: principal.deviceId, deviceSecret });
const devicesOf = async ({ principal: { userId } }: Login) =>
  (await server.admin.ok<{ items: Listed[] }>('GET', `/api/admin/devices?owner=${userId}&limit=100`)).items;
const revoke = (login: Login) => server.admin.ok('POST', `/api/admin/devices/${login.principal.deviceId}/revoke`);
const codeFor = async (username: string) =>
  (await server.admin.ok<{ code: string }>('POST', `/api/accounts/${username}/enrolment-code`)).code;

async function syncStatus({ accessToken, databases }: Pick<Login, 'accessToken' | 'databases'>) {
  const headers = { authorization: `Bearer ${accessToken}` };
  const response = await fetch(`${databases[0]?.url}/_changes?since=0`, { headers });
  const { error } = (await response.json()) as { error?: string };
  return error === undefined ? response.status : `${response.status} ${error}`;
}

describe('a device', () => {
  it('is given a secret once, and proves itself with it', async () => {
    const username = await newNurse();
    const first = await tablet(username);
    expect(first.deviceSecret).toMatch(/^[\w-]{43}$/);
    const again = await tablet(username, of(first));
    expect(again.principal.deviceId).toBe(first.principal.deviceId);
    expect(again.deviceSecret).toBeUndefined();
    expect(await devicesOf(first)).toHaveLength(1);
    const shown = JSON.stringify([
      await server.admin.ok('GET', `/api/admin/devices/${first.principal.deviceId}`),
      await devicesOf(first),
      await server.api.as(again.accessToken).ok('GET', '/api/me/devices'),
    ]);
    expect(shown).not.toMatch(/secret/i);
  });

  it('is not taken over by its id: that is another device, without the secret or with a wrong one', async () => {
    const username = await newNurse();
    const { principal } = await tablet(username, { deviceId: `${username}-ward` });
    expect(principal.deviceId).toBe(`${username}-ward`);
    for (const deviceSecret of [undefined, 'x'.repeat(43)]) {
      const other = await tablet(username, { deviceId: principal.deviceId, deviceSecret });
      expect(other.principal.deviceId).not.toBe(principal.deviceId);
      expect(other.deviceSecret).toMatch(/^[\w-]{43}$/);
    }
  });

  it('of which two logins claim the same new id is one device, and another', async () => {
    const username = await newNurse();
    const deviceId = `${username}-ward`;
    const logins = await Promise.all([tablet(username, { deviceId }), tablet(username, { deviceId })]);
    expect(new Set(logins.map((login) => login.principal.deviceId)).size).toBe(2);
    for (const login of logins) {
      expect((await tablet(username, of(login))).principal.deviceId).toBe(login.principal.deviceId);
    }
  });
});

describe('a login that says nothing of a device', () => {
  it('enrols none, as often as it comes, and neither does an administrator', async () => {
    const username = await newNurse();
    const logins = await Promise.all(Array.from({ length: 56 }, () => server.api.login(username, PASSWORD)));
    const [login] = logins as [Login];
    expect((await server.api.as(login.accessToken).request('GET', '/api/patients')).status).toBe(200);
    expect(await devicesOf(login)).toEqual([]);
    const admin = await server.api.login('admin', String(server.environment.env.VITASYNC_ADMIN_PASSWORD), {
      deviceName: 'Browser',
    });
    expect(await devicesOf(admin)).toEqual([]);
  });

  it('is enrolled when it syncs, and is given its secret at the refresh, again where the answer was lost', async () => {
    const login = await server.api.login(await newNurse(), PASSWORD);
    expect(login.deviceSecret).toBeUndefined();
    await new PouchDevice(login).pull();
    expect((await devicesOf(login)).map(({ deviceId }) => deviceId)).toEqual([login.principal.deviceId]);
    const refresh = (refreshToken: string) => server.api.ok<Login>('POST', '/api/token/refresh', { refreshToken });
    const lost = await refresh(login.refreshToken);
    const { deviceSecret, refreshToken } = await refresh(login.refreshToken);
    expect(deviceSecret).toMatch(/^[\w-]{43}$/);
    expect(deviceSecret).not.toBe(lost.deviceSecret);
    expect((await refresh(refreshToken)).deviceSecret).toBeUndefined();
    const again = await tablet(`nurse${accounts}`, { deviceId: login.principal.deviceId, deviceSecret });
    expect(again.principal.deviceId).toBe(login.principal.deviceId);
  });
});

describe('an account of which a device was revoked', () => {
  it('lets the lost tablet in by no login: not with its id, without it, nor with the id of another device', async () => {
    const username = await newNurse();
    // As enrolled by release 0.1.0: it has no secret yet.
    const other = await server.api.login(username, PASSWORD);
    await new PouchDevice(other).pull();
    const lost = await tablet(username);
    await revoke(lost);
    expect(await tryLogIn(username, of(lost))).toMatchObject({ status: 403, body: { code: 'device_revoked' } });
    for (const named of [{ deviceName: 'New' }, { deviceId: 'new-one' }, { deviceId: other.principal.deviceId }]) {
      const refused = await tryLogIn(username, named);
      expect(refused).toMatchObject({ status: 403, body: { code: 'enrolment_needed' } });
    }
    const plain = await server.api.login(username, PASSWORD);
    expect(await syncStatus(plain)).toBe('403 enrolment_needed');
    expect(await devicesOf(lost)).toHaveLength(2);
    // The tablet that was not lost goes on.
    expect(await syncStatus(other)).toBe(200);
  });

  it('enrols another with a code of an administrator: one, once', async () => {
    const username = await newNurse();
    const lost = await tablet(username);
    await revoke(lost);
    const replaced = await codeFor(username);
    const code = await codeFor(username);
    const enrol = (enrolmentCode: string) => tryLogIn(username, { enrolmentCode });
    expect(await enrol(replaced)).toMatchObject({ status: 403, body: { code: 'enrolment_needed' } });
    const typed = code.toUpperCase().replaceAll('-', ' ');
    const answers = await Promise.all([enrol(typed), enrol(typed), enrol(typed)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403, 403]);
    const let_in = answers.find(({ status }) => status === 200)?.body as Login;
    expect(await syncStatus(let_in)).toBe(200);
    expect((await tablet(username, of(let_in))).principal.deviceId).toBe(let_in.principal.deviceId);
  });

  it('needs a code also when the device was forgotten, and none when it was let in again', async () => {
    const username = await newNurse();
    const lost = await tablet(username);
    await revoke(lost);
    await server.admin.ok('POST', `/api/admin/devices/${lost.principal.deviceId}/restore`);
    const second = await tablet(username);
    await revoke(second);
    await server.admin.ok('DELETE', `/api/admin/devices/${second.principal.deviceId}`);
    expect(await devicesOf(lost)).toHaveLength(1);
    expect(await tryLogIn(username, { deviceName: 'Third' })).toMatchObject({ body: { code: 'enrolment_needed' } });
  });
});

describe('to forget a device', () => {
  it('takes a revoked one, or one that never synced, with its sessions, and is recorded', async () => {
    const username = await newNurse();
    const [idle, used] = [await tablet(username), await tablet(username)];
    await new PouchDevice(used).pull();
    const forget = (login: Login) => server.admin.request('DELETE', `/api/admin/devices/${login.principal.deviceId}`);
    await waitFor(async () => (await forget(used)).body.code === 'wrong_state', { what: 'the sync being known' });
    expect((await forget(idle)).status).toBe(204);
    expect((await forget(idle)).status).toBe(404);
    expect(await syncStatus(idle)).toBe('401 unauthorized');
    await revoke(used);
    expect((await forget(used)).status).toBe(204);
    await waitFor(async () => (await devicesOf(used)).length === 0, { what: 'the list being without them' });
    const { items } = await server.admin.ok<{ items: object[] }>('GET', '/api/audit?kind=device_forgotten');
    const { deviceId } = used.principal;
    expect(items[0]).toMatchObject({ deviceId, userId: used.principal.userId });
    const me = server.api.as(used.accessToken);
    expect((await me.request('DELETE', `/api/admin/devices/${deviceId}`)).status).toBe(401);
  });
});

describe('the devices of an account', () => {
  it('are at most so many, however many logins come at once, and revoked ones leave their place', async () => {
    const username = await newNurse();
    const answers = await Promise.all(Array.from({ length: 20 }, () => tryLogIn(username, { deviceName: 'Tablet' })));
    const let_in = answers.filter(({ status }) => status === 200).map(({ body }) => body);
    expect(let_in).toHaveLength(MAX_DEVICES);
    const refused = answers.find(({ status }) => status !== 200);
    expect(refused).toMatchObject({
      status: 403,
      body: { code: 'too_many_devices', devices: MAX_DEVICES, maxDevices: MAX_DEVICES },
    });
    const plain = await server.api.login(username, PASSWORD);
    expect(await syncStatus(plain)).toBe('403 too_many_devices');
    const [first] = let_in as [Login];
    expect((await tryLogIn(username, of(first))).status).toBe(200);
    await server.admin.ok('DELETE', `/api/admin/devices/${first.principal.deviceId}`);
    expect((await tryLogIn(username, { deviceName: 'Tablet' })).status).toBe(200);
  });

  it('are so many on several servers together', async () => {
    const database = await server.core.store.open(`${server.environment.env.VITASYNC_DB_PREFIX}-accounts`);
    const servers = Array.from({ length: 3 }, () => new Devices(database, Date.now, MAX_DEVICES));
    const enrolments = servers.flatMap((devices) =>
      Array.from({ length: 4 }, () => devices.enrol({ owner: 'u-several' })),
    );
    const done = await Promise.allSettled(enrolments);
    expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(MAX_DEVICES);
  });
});

describe('the name of a device', () => {
  it.each(['a\u0007b', 'a\nb', '\u001b[31mred', '\u202egnp.exe', 'a\u2028b', '\u0000'])(
    'is refused with control characters, in a login and when it is renamed: %j',
    async (name) => {
      const { principal } = await tablet('nursenorth', { deviceId: 'named', deviceSecret: await namedSecret() });
      expect((await tryLogIn('nursenorth', { deviceName: name })).status).toBe(400);
      const renamed = await server.admin.request('PATCH', `/api/admin/devices/${principal.deviceId}`, { name });
      expect(renamed.status).toBe(400);
      const account = await server.admin.request('PATCH', '/api/accounts/nursenorth', { name });
      expect(account.status).toBe(400);
    },
  );

  it('may have the joiners that names of several scripts have', async () => {
    const name = 'تبلت می\u200cخواهم';
    expect((await tryLogIn('nursesouth', { deviceName: name })).status).toBe(200);
  });
});

let secret: Promise<string | undefined> | undefined;
function namedSecret() {
  secret ??= tablet('nursenorth', { deviceId: 'named' }).then(({ deviceSecret }) => deviceSecret);
  return secret;
}
