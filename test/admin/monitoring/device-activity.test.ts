/** What the server knows about devices: what they do to a real gateway, and what is kept of it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SHARDS } from '../../../server/admin/monitoring/activity-shards.ts';
import { DeviceActivity } from '../../../server/admin/monitoring/device-activity.ts';
import { clientName } from '../../../server/admin/monitoring/device-record.ts';
import { clockOffsetMs } from '../../../server/admin/monitoring/record-event.ts';
import { loadServerId } from '../../../server/admin/monitoring/server-id.ts';
import type { SyncContact } from '../../../server/gateway/sync-observer.ts';
import { createLogger } from '../../../server/lib/logger.ts';
import { EmbeddedStore } from '../../../server/store/embedded-store.ts';
import type { Database } from '../../../server/store/store.ts';
import { createNetwork, loginStaff, newDocument, newPatient } from '../../support/network.ts';
import { PouchDevice } from '../../support/pouch-device.ts';
import { waitFor } from '../../support/wait-for.ts';
import { MonitoredServer } from './monitored-server.ts';

const logger = createLogger({ level: 'silent', pretty: false });
const START_MS = Date.parse('2026-03-01T00:00:00.000Z');

describe('a device at the gateway', () => {
  let monitored: MonitoredServer;
  beforeAll(async () => {
    monitored = await MonitoredServer.start();
    await createNetwork(monitored.server.admin);
  });
  afterAll(() => monitored.close());

  it('is known with what it did, before a restart and after', async () => {
    const login = monitored.observed(await loginStaff(monitored.server.api, 'nurseNorth'));
    const { userId, deviceId } = login.principal;
    const device = new PouchDevice(login);
    const patient = newPatient(login.principal);
    await device.put(patient);
    await device.put(newDocument('vital', patient, login.principal));
    // A nurse may not write one.
    await device.put(newDocument('prescription', patient, login.principal));
    await device.sync();
    const known = await waitFor(
      async () => {
        const view = await monitored.device(login);
        return (view.databases['nurse-north']?.bytesOut ?? 0) > 0 && view.lastPullAt ? view : undefined;
      },
      { what: 'the sync being noted' },
    );
    expect(known).toMatchObject({
      deviceId,
      owner: userId,
      role: 'nurse',
      clinicId: 'north',
      client: expect.stringMatching(/./),
      lastPushAt: expect.stringMatching(/Z$/),
      openFeeds: 0,
      connected: false,
    });
    expect(known.databases['nurse-north']).toMatchObject({ reads: 'whole', documentsIn: 3, refused: 1 });
    expect(Math.abs(known.clockOffset?.offsetMs ?? Number.NaN)).toBeLessThan(60_000);
    await monitored.restartActivity();
    expect(await monitored.device(login)).toEqual(known);
  });

  it('counts bytes as its client does, errors included', async () => {
    const login = monitored.observed(await loginStaff(monitored.server.api, 'nurseNorth'));
    const headers = { authorization: `Bearer ${login.accessToken}`, 'content-type': 'application/json' };
    const url = login.databases[0]?.url ?? '';
    const body = JSON.stringify({ docs: [{ id: 'pä:patient' }] });
    const answers = [
      await fetch(`${url}/_changes?since=0`, { headers }),
      await fetch(`${url}/_bulk_get`, { method: 'POST', headers, body }),
      await fetch(`${url}/_changes?since=0&limit=no`, { headers }),
    ];
    let bytesOut = 0;
    for (const answer of answers) bytesOut += (await answer.arrayBuffer()).byteLength;
    const counted = async () => (await monitored.device(login)).databases['nurse-north'];
    await waitFor(async () => (await counted())?.bytesOut === bytesOut, { what: 'every byte being counted' });
    expect((await counted())?.bytesIn).toBe(Buffer.byteLength(body));
  });

  it('is connected while its feed is open', async () => {
    const login = monitored.observed(await loginStaff(monitored.server.api, 'doctorNorth'));
    const device = new PouchDevice(login);
    const stop = device.live();
    await waitFor(async () => (await monitored.device(login)).connected, { what: 'the feed being open' });
    expect(monitored.activity.openFeeds).toBe(1);
    stop();
    await waitFor(async () => !(await monitored.device(login)).connected, { what: 'the feed being closed' });
  });
});

describe('what is kept', () => {
  let folder: string;
  let store: EmbeddedStore;
  let database: Database;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'vitasync-activity-'));
    store = await EmbeddedStore.create({ folder, syncWrites: false });
    database = await store.open('monitoring');
  });
  afterAll(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  const contactOf = (deviceId: string, source = 'nurse-north-e1'): SyncContact => ({
    principal: { userId: 'u1', role: 'nurse', clinicId: 'north', deviceId },
    database: 'nurse-north',
    source,
    type: undefined,
    userAgent: 'client/1',
  });

  it('costs a bounded number of writes, whatever devices do', async () => {
    let writes = 0;
    const counting: Database = Object.assign(Object.create(database) as Database, {
      putLocal: (id: string, body: Record<string, unknown>) => {
        writes++;
        return database.putLocal(id, body);
      },
      known: (ids: string[]) => database.known(ids),
      write: (revisions: Parameters<Database['write']>[0]) => database.write(revisions),
      getLocal: (id: string) => database.getLocal(id),
      range: (request: Parameters<Database['range']>[0]) => database.range(request),
    });
    const activity = await DeviceActivity.open({ database: counting, serverId: 'busy', shared: false, logger });
    for (let n = 0; n < 20_000; n++) {
      activity.observe(contactOf(`d${n % 500}`), { kind: 'documents_sent', count: 1 });
    }
    expect(writes).toBe(0);
    await activity.flush();
    expect(writes).toBeLessThanOrEqual(SHARDS);
    const before = writes;
    await activity.flush();
    expect(writes).toBe(before);
    activity.observe(contactOf('d7'), { kind: 'documents_sent', count: 1 });
    await activity.close();
    expect(writes).toBe(before + 1);
    const again = await DeviceActivity.open({ database, serverId: 'busy', shared: false, logger });
    expect(await again.list()).toHaveLength(500);
    expect((await again.get('d7'))?.databases['nurse-north']?.documentsOut).toBe(41);
    await again.close();
    // Nothing but the server's own entry is a document with revisions.
    expect((await database.info()).docCount).toBe(1);
  });

  it('is written within the interval, without being asked', async () => {
    const options = { database, serverId: 'timed', shared: false, logger };
    const activity = await DeviceActivity.open({ ...options, flushIntervalMs: 20 });
    activity.observe(contactOf('d1'), { kind: 'feed_opened' });
    await waitFor(
      async () => {
        const reader = await DeviceActivity.open(options);
        const found = await reader.get('d1');
        await reader.close();
        return found;
      },
      { what: 'the device being written down' },
    );
    await activity.close();
  });

  it('is put together from all servers that share the store', async () => {
    let nowMs = START_MS;
    const common = await store.open('common');
    const open = (serverId: string) =>
      DeviceActivity.open({
        database: common,
        serverId,
        shared: true,
        logger,
        nowMs: () => nowMs,
        flushIntervalMs: 1e9,
      });
    const [one, other] = [await open('one'), await open('other')];
    one.observe(contactOf('d1'), { kind: 'documents_sent', count: 3 });
    one.observe(contactOf('d1'), { kind: 'checkpoint_stored', position: '5-a' });
    nowMs += 1_000;
    other.observe(contactOf('d1'), { kind: 'documents_sent', count: 4 });
    other.observe(contactOf('d1'), { kind: 'checkpoint_stored', position: '9-a' });
    other.observe(contactOf('d1'), { kind: 'feed_opened' });
    await Promise.all([one.flush(), other.flush()]);
    const expected = {
      firstContactAt: '2026-03-01T00:00:00.000Z',
      lastContactAt: '2026-03-01T00:00:01.000Z',
      connected: true,
    };
    for (const server of [one, other]) {
      const device = await server.get('d1');
      expect(device).toMatchObject(expected);
      expect(device?.databases['nurse-north']).toMatchObject({ documentsOut: 7, feeds: { '*': { position: '9-a' } } });
    }
    // The other server stops without a word: its feeds are believed no longer.
    nowMs += 60_000;
    await one.flush();
    expect(await one.get('d1')).toMatchObject({ ...expected, connected: false });
    await Promise.all([one.close(), other.close()]);
  });

  it('of a removed device goes at once, from servers that stopped as well, and does not come back', async () => {
    let nowMs = START_MS;
    const common = await store.open('removed');
    const enrolled = new Set(['d1', 'd2']);
    const open = (serverId: string) =>
      DeviceActivity.open({
        database: common,
        serverId,
        shared: true,
        isEnrolled: (deviceId) => enrolled.has(deviceId),
        logger,
        nowMs: () => nowMs,
        flushIntervalMs: 1e9,
      });
    const [one, stopped] = [await open('one'), await open('stopped')];
    for (const server of [one, stopped]) {
      for (const deviceId of enrolled) server.observe(contactOf(deviceId), { kind: 'documents_sent', count: 3 });
      await server.flush();
    }
    await stopped.close();
    nowMs += 60_000;
    await one.flush();
    enrolled.delete('d1');
    await one.forget('d1');
    // A request that was under way ends.
    one.observe(contactOf('d1'), { kind: 'request_ended', bytesIn: 1, bytesOut: 1 });
    expect((await one.list()).map(({ deviceId }) => deviceId)).toEqual(['d2']);
    await one.close();
    const written = async () => {
      const reader = await open('reader');
      const found = (await reader.list()).map(({ deviceId }) => deviceId);
      await reader.close();
      return found;
    };
    expect(await written()).toEqual(['d2']);
    // What a server finds at its start that was removed while it was away it drops by itself.
    enrolled.delete('d2');
    await (await open('one')).close();
    await (await open('stopped')).close();
    enrolled.add('d2');
    expect(await written()).toEqual([]);
    const again = await open('one');
    again.observe(contactOf('d2'), { kind: 'documents_sent', count: 1 });
    expect(await again.list()).toHaveLength(1);
    await again.close();
  });

  it('of devices that were not heard of for long is dropped', async () => {
    let nowMs = START_MS;
    const options = { database: await store.open('old'), serverId: 'one', shared: false, logger, nowMs: () => nowMs };
    const activity = await DeviceActivity.open(options);
    activity.observe(contactOf('old'), { kind: 'documents_sent', count: 1 });
    activity.observe(contactOf('waiting'), { kind: 'feed_opened' });
    nowMs += 10_000;
    activity.observe(contactOf('new'), { kind: 'documents_sent', count: 1 });
    expect(activity.dropUnheardSince(nowMs - 5_000)).toBe(1);
    await activity.close();
    const again = await DeviceActivity.open(options);
    expect((await again.list()).map(({ deviceId }) => deviceId).sort()).toEqual(['new', 'waiting']);
    await again.close();
  });

  it('is not lost when the store fails for a while', async () => {
    let broken = true;
    const failing = Object.assign(Object.create(database) as Database, {
      putLocal: async (id: string, body: Record<string, unknown>) => {
        if (broken) throw new Error('the store is away');
        return database.putLocal(id, body);
      },
      known: (ids: string[]) => database.known(ids),
      write: (revisions: Parameters<Database['write']>[0]) => database.write(revisions),
      getLocal: (id: string) => database.getLocal(id),
    });
    const activity = await DeviceActivity.open({ database: failing, serverId: 'failing', shared: false, logger });
    activity.observe(contactOf('d1'), { kind: 'documents_sent', count: 3 });
    await expect(activity.flush()).rejects.toThrow('the store is away');
    broken = false;
    await activity.close();
    const again = await DeviceActivity.open({ database, serverId: 'failing', shared: false, logger });
    expect((await again.get('d1'))?.databases['nurse-north']?.documentsOut).toBe(3);
    await again.close();
  });
});

describe('the id of a server', () => {
  it('stays as it is, and is another on another server', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'vitasync-id-'));
    try {
      const ids = await Promise.all([1, 2, 3].map(() => loadServerId(path.join(folder, 'a'))));
      expect(new Set([...ids, await loadServerId(path.join(folder, 'a'))]).size).toBe(1);
      expect(await loadServerId(path.join(folder, 'b'))).not.toBe(ids[0]);
      await writeFile(path.join(folder, 'a', 'server-id'), '');
      await expect(loadServerId(path.join(folder, 'a'))).rejects.toThrow('remove it');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('the clock of a device', () => {
  const at = (offsetMs: number) => clockOffsetMs(new Date(START_MS + offsetMs).toISOString(), START_MS);

  it('is told from what was just written, or lies ahead', () => {
    expect(at(-2_000)).toBe(-2_000);
    expect(at(90_000)).toBe(90_000);
  });

  it('is not told from what is older', () => {
    expect(at(-3_600_000)).toBeUndefined();
    expect(clockOffsetMs(undefined, START_MS)).toBeUndefined();
    expect(clockOffsetMs('yesterday', START_MS)).toBeUndefined();
  });
});

describe('the name of a client', () => {
  it('is one short line', () => {
    expect(clientName('  Mozilla/5.0\t(X11)\n\u001b[31m Tablet é ')).toBe('Mozilla/5.0 (X11) [31m Tablet');
    expect(clientName('x'.repeat(5_000))).toHaveLength(100);
    expect(clientName(' \n')).toBeUndefined();
    expect(clientName(undefined)).toBeUndefined();
  });
});
