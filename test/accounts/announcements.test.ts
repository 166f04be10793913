/** What devices say about themselves when they log in and refresh. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Devices } from '../../server/accounts/devices.ts';
import { KnownDevices } from '../../server/accounts/known-devices.ts';
import { createLogger } from '../../server/lib/logger.ts';
import { removeForGood } from '../../server/store/remove-for-good.ts';
import { childRevision } from '../../server/store/revisions.ts';
import { waitFor } from '../support/wait-for.ts';
import { AuthServer, codeOf, PASSWORD } from './auth-server.ts';

const logger = createLogger({ level: 'silent', pretty: false });

describe('a device', () => {
  let server: AuthServer;
  beforeAll(async () => {
    server = await AuthServer.start();
    await server.addAccount('nora');
  });
  afterAll(() => server.close());

  const login = async (announced: Record<string, unknown> = {}) => {
    const body = { username: 'nora', password: PASSWORD, deviceId: 'tablet-1', ...announced };
    return server.request('POST', '/login', { body });
  };
  const refresh = (refreshToken: unknown, announced: Record<string, unknown> = {}) =>
    server.request('POST', '/token/refresh', { body: { refreshToken, ...announced } });

  it('is known by the app that it announced last, which it need not repeat', async () => {
    const { body } = await login({ clientVersion: 'Clinic app 2.1', schemaVersion: 3 });
    expect(await server.devices.find('tablet-1')).toMatchObject({
      username: 'nora',
      clientVersion: 'Clinic app 2.1',
      schemaVersion: 3,
    });
    await login({ deviceSecret: body.deviceSecret });
    expect(await server.devices.find('tablet-1')).toMatchObject({ clientVersion: 'Clinic app 2.1', schemaVersion: 3 });
    const updated = await refresh(body.refreshToken, { clientVersion: 'Clinic app 2.2' });
    expect(updated.status).toBe(200);
    expect(await server.devices.find('tablet-1')).toMatchObject({ clientVersion: 'Clinic app 2.2', schemaVersion: 3 });
    const token = String(updated.body.accessToken);
    const { body: own } = await server.request('GET', '/me/devices', { token });
    expect(own.items).toEqual([expect.objectContaining({ clientVersion: 'Clinic app 2.2', schemaVersion: 3 })]);
  });

  it('that announces nothing new costs no write', async () => {
    const announced = { clientVersion: 'Clinic app 3', schemaVersion: 4 };
    const { body } = await login(announced);
    let writes = 0;
    const unsubscribe = server.store.onUpdate(() => writes++);
    // The session is written, and nothing else.
    await refresh(body.refreshToken, announced);
    unsubscribe();
    expect(writes).toBe(1);
  });

  it('is refused what is not printable, too long or no version', async () => {
    for (const announced of [
      { clientVersion: 'app\u0007' },
      { clientVersion: 'a\nb' },
      { clientVersion: '\u202eapp' },
      { clientVersion: 'x'.repeat(101) },
      { clientVersion: ' ' },
      { schemaVersion: -1 },
      { schemaVersion: 1.5 },
      { schemaVersion: '1' },
    ]) {
      expect(codeOf(await login(announced)), JSON.stringify(announced)).toBe('400 invalid_input');
      expect(codeOf(await refresh('none', announced)), JSON.stringify(announced)).toBe('400 invalid_input');
    }
  });

  it('is known in memory as it is stored, on every server that shares the store', async () => {
    const { store, database } = server;
    const other = new Devices(database);
    const [here, there] = await Promise.all(
      [server.devices, other].map((devices) => KnownDevices.open({ devices, database, store, logger })),
    );
    try {
      const { deviceId } = (await server.devices.enrol({ owner: 'u1', username: 'one', name: 'First' })).device;
      expect(here?.get(deviceId)?.name).toBe('First');
      await waitFor(() => there?.get(deviceId)?.name === 'First', { what: 'the other server knowing it' });
      const gone: string[] = [];
      there?.onChange((id, after) => {
        if (!after) gone.push(id);
      });
      await other.revoke(deviceId);
      await server.devices.rename(deviceId, 'Second');
      const stored = await server.devices.find(deviceId);
      expect(stored).toMatchObject({ name: 'Second', revokedAt: expect.any(String) });
      await waitFor(() => [here, there].every((known) => known?.get(deviceId)?.name === 'Second'), {
        what: 'both servers knowing the name',
      });
      for (const known of [here, there]) expect(known?.get(deviceId)).toEqual(stored);
      await removeForGood(database, [`device:${deviceId}`]);
      await waitFor(() => gone.includes(deviceId) && !here?.has(deviceId), { what: 'it being gone on both' });
    } finally {
      await here?.close();
      await there?.close();
    }
  });

  it('that two servers told something different at once keeps an order, and what was done about it', async () => {
    const { deviceId } = (await server.devices.enrol({ owner: 'u2' })).device;
    const [one, other] = [new Devices(server.database), new Devices(server.database)];
    const ordered = await one.orderFreshReplica(deviceId);
    const again = await other.orderFreshReplica(deviceId);
    expect(Date.parse(again?.freshReplicaAt ?? '')).toBeGreaterThan(Date.parse(ordered?.freshReplicaAt ?? ''));
    // Of an order that was replaced.
    await one.freshReplicaBegun(deviceId, ordered?.freshReplicaAt ?? '');
    expect(await one.find(deviceId)).toMatchObject({ freshReplicaAt: again?.freshReplicaAt });
    await one.freshReplicaBegun(deviceId, again?.freshReplicaAt ?? '');
    expect(await other.find(deviceId)).toMatchObject({ lastFreshReplicaAt: again?.freshReplicaAt });
    expect(await other.find(deviceId)).not.toHaveProperty('freshReplicaAt');
  });

  it('of which two servers wrote versions at the same moment keeps the newest order', async () => {
    const { deviceId, ...device } = (await server.devices.enrol({ owner: 'u3' })).device;
    const id = `device:${deviceId}`;
    const early = '2026-03-01T00:00:00.000Z';
    const late = '2026-03-02T00:00:00.000Z';
    const conflict = async (...versions: Record<string, unknown>[]) => {
      const [leaf] = (await server.database.leaves([id])).get(id) ?? [];
      await server.database.write(versions.map((body) => childRevision(leaf, id, { deviceId, ...device, ...body })));
      return server.devices.find(deviceId);
    };
    const revoked = { revokedAt: early };
    expect(await conflict({ freshReplicaAt: early }, revoked)).toMatchObject({ freshReplicaAt: early, ...revoked });
    // An update leaves one version.
    await server.devices.freshReplicaBegun(deviceId, early);
    expect((await server.database.leaves([id])).get(id)?.filter(({ deleted }) => !deleted)).toHaveLength(1);
    const begun = await conflict({ freshReplicaAt: late, lastFreshReplicaAt: early }, { lastFreshReplicaAt: late });
    expect(begun).toMatchObject({ lastFreshReplicaAt: late });
    expect(begun).not.toHaveProperty('freshReplicaAt');
  });
});
