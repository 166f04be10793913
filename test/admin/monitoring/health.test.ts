/** The parts that the overview is made of, one by one, with clocks and stores of the tests. */
import { describe, expect, it } from 'vitest';
import { ClinicTraffic } from '../../../server/admin/monitoring/clinic-traffic.ts';
import { DeviceCounts } from '../../../server/admin/monitoring/health-devices.ts';
import { DiskWatch } from '../../../server/admin/monitoring/health-disk.ts';
import { StoreWatch } from '../../../server/admin/monitoring/health-store.ts';
import { listOtherServers } from '../../../server/admin/monitoring/other-servers.ts';
import { storedPoints, sumOfPoints } from '../../../server/admin/monitoring/series-sum.ts';
import { TimeSeries } from '../../../server/admin/monitoring/time-series.ts';
import { within } from '../../../server/lib/within.ts';
import { waitFor } from '../../support/wait-for.ts';

const START_MS = Date.parse('2026-03-01T00:00:00.000Z');
const MINUTE_MS = 60_000;

describe('the watch over the store', () => {
  it('takes a store that does not answer for away, and tells of it once each way', async () => {
    let ping: () => Promise<void> = () => new Promise(() => {});
    const watch = new StoreWatch({ store: { ping: () => ping() }, nowMs: Date.now, pingTimeoutMs: 20 });
    const told: boolean[] = [];
    watch.onChange(() => told.push(watch.reach().reachable));
    expect(watch.reach().reachable).toBe(true);
    await watch.check();
    const { reachable, downSince } = watch.reach();
    expect([reachable, downSince === undefined]).toEqual([false, false]);
    ping = () => Promise.reject(new Error('refused'));
    await watch.check();
    expect(watch.reach().downSince).toBe(downSince);
    ping = () => Promise.resolve();
    await watch.check();
    expect(watch.reach()).not.toHaveProperty('downSince');
    expect(told).toEqual([false, true]);
    watch.close();
  });

  it('asks by itself, and once for all who want to know', async () => {
    let pings = 0;
    const ping = async () => {
      pings++;
    };
    const watch = new StoreWatch({ store: { ping }, nowMs: Date.now, pingIntervalMs: 10 });
    await waitFor(() => pings > 2, { what: 'the pings' });
    watch.close();
    const before = pings;
    await Promise.all([watch.check(), watch.check(), watch.check()]);
    expect(pings).toBe(before + 1);
  });
});

it('waits no longer than it is told', async () => {
  expect(await within(Promise.resolve('in time'), 1_000, () => 'late')).toBe('in time');
  expect(await within(new Promise<string>(() => {}), 5, () => 'late')).toBe('late');
  const failing = within(new Promise<string>(() => {}), 5, () => {
    throw new Error('too late');
  });
  await expect(failing).rejects.toThrow('too late');
});

it('keeps the last count of the devices while the store fails', async () => {
  let nowMs = START_MS;
  let fails = false;
  const activity = { list: async () => (fails ? Promise.reject(new Error('away')) : []) };
  const device = { deviceId: 'd1', owner: 'u1', firstLoginAt: '', lastLoginAt: '' };
  const counts = new DeviceCounts({
    devices: { list: () => [device] },
    activity,
    survey: undefined,
    nowMs: () => nowMs,
  });
  fails = true;
  expect(await counts.recent()).toBeUndefined();
  fails = false;
  expect(await counts.recent()).toMatchObject({ enrolled: 1 });
  fails = true;
  nowMs += MINUTE_MS;
  expect(await counts.recent()).toMatchObject({ enrolled: 1, at: new Date(START_MS).toISOString() });
});

it('counts what the devices of a clinic did within the hour', () => {
  let nowMs = START_MS;
  const traffic = new ClinicTraffic(() => nowMs);
  const contact = {
    ...{ database: 'nurse-north', source: 's', type: undefined, userAgent: undefined },
    principal: { userId: 'u1', role: 'nurse', clinicId: 'north' },
  } as const;
  const push = (stored: number) =>
    traffic.observe(contact, {
      ...{ kind: 'documents_pushed', count: stored + 1, stored, newestUpdatedAt: undefined, namedByContent: false },
      refused: ['not_author'],
    });
  for (let minute = 0; minute < 90; minute += 10) {
    nowMs = START_MS + minute * MINUTE_MS;
    push(2);
    traffic.observe(contact, { kind: 'documents_sent', count: 5 });
  }
  expect(traffic.lastHour('north')).toEqual({ in: 12, refused: 6, out: 30 });
  expect(traffic.lastHour('south')).toBeUndefined();
  nowMs += 60 * MINUTE_MS;
  expect(traffic.lastHour('north')).toBeUndefined();
});

it('adds up what servers did, and takes the lag of the one that lags most', () => {
  const servers = [1, 10].map((times) => {
    const series = new TimeSeries();
    series.count('writesAccepted', times, START_MS);
    series.read('connectedDevices', 2 * times, START_MS);
    series.read('projectorLagSeconds', times, START_MS);
    return series;
  });
  servers[1]?.count('writesAccepted', 5, START_MS - MINUTE_MS);
  const nowMs = START_MS + MINUTE_MS;
  const points = sumOfPoints(
    servers.map((series) => storedPoints('minute', series.stored('minute', nowMs), nowMs)),
  ).slice(-3);
  expect(points.map(({ values }) => values?.counters.writesAccepted)).toEqual([5, 11, undefined]);
  expect(points[1]?.values?.gauges).toEqual({
    connectedDevices: { mean: 22, max: 22 },
    projectorLagSeconds: { mean: 10, max: 10 },
  });
  expect(sumOfPoints([])).toEqual([]);
});

it('lists the other servers of a shared store, those heard of last first', async () => {
  const beats: Readonly<Record<string, number>> = { s1: START_MS - 5_000, s2: START_MS - 60_000, s3: 0 };
  const shards = { otherServers: async () => ['s3', 's2', 's1'], lastBeatMs: async (id: string) => beats[id] ?? 0 };
  const options = { shards, nowMs: () => START_MS };
  expect(await listOtherServers({ ...options, store: { shared: true } })).toEqual([
    { serverId: 's1', alive: true, lastHeardAt: new Date(START_MS - 5_000).toISOString() },
    { serverId: 's2', alive: false, lastHeardAt: new Date(START_MS - 60_000).toISOString() },
    { serverId: 's3', alive: false },
  ]);
  expect(await listOtherServers({ ...options, store: { shared: false } })).toEqual([]);
});

it('tells no room on a disk that is not there', async () => {
  expect(await new DiskWatch('/no/such/folder', Date.now).space()).toBeUndefined();
});
