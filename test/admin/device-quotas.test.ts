/** What a device has reached of what it may have of a server: an administrator sees it, and since when and until when. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mergeQuotas, quotasAfter } from '../../server/admin/monitoring/quota-notes.ts';
import type { Login } from '../support/api-client.ts';
import { createNetwork, loginStaff } from '../support/network.ts';
import { syncRequest } from '../support/sync-request.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

interface Note {
  readonly since: string;
  readonly until: string;
}
interface Listed {
  readonly deviceId: string;
  readonly activity?: { readonly quotas?: Readonly<Record<string, Note>> };
  readonly ownerDevices: { readonly count: number; readonly atMost: number };
}

const HOUR_MS = 3_600_000;
const TOKEN = 'a-token-for-the-scraper';
let server: TestServer;
let passedMs = 0;

beforeAll(async () => {
  server = await startServer({
    nowMs: () => Date.now() + passedMs,
    env: { VITASYNC_MAX_DEVICES: '5', VITASYNC_METRICS_TOKEN: TOKEN },
  });
  await createNetwork(server.admin);
});
afterAll(() => server?.close());

const one = (login: Login) => server.admin.ok<Listed>('GET', `/api/admin/devices/${login.principal.deviceId}`);
const over = async () => {
  const { items } = await server.admin.ok<{ items: Listed[] }>('GET', '/api/admin/devices?overQuota=true');
  return items.map(({ deviceId }) => deviceId);
};
const finding = async () => {
  const { findings } = await server.admin.ok<{ findings: { code: string }[] }>('GET', '/api/admin/overview');
  return findings.find(({ code }) => code === 'devices_over_quota');
};
const metric = async (name: string) => {
  const response = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } });
  const line = (await response.text()).split('\n').find((text) => text.startsWith(`${name} `));
  return Number(line?.split(' ')[1]);
};

it('of refused writes is told with its end, in the list, on the overview and in the metrics, and ends by itself', async () => {
  const nurse = await loginStaff(server.api, 'nurseNorth');
  expect((await syncRequest(nurse, 'GET', '/')).status).toBe(200);
  expect((await one(nurse)).activity?.quotas).toBeUndefined();
  expect([await over(), await finding()]).toEqual([[], undefined]);

  const before = Date.now();
  const rows = { docs: Array.from({ length: 5_000 }, () => ({})), new_edits: false };
  expect((await syncRequest(nurse, 'POST', '/_bulk_docs', rows)).status).toBe(201);
  const note = (await one(nurse)).activity?.quotas?.held;
  expect(Date.parse(note?.since ?? '')).toBeGreaterThanOrEqual(before);
  expect(Date.parse(note?.until ?? '')).toBeGreaterThan(before + HOUR_MS - 60_000);
  expect(await over()).toEqual([nurse.principal.deviceId]);

  expect((await syncRequest(nurse, 'POST', '/_bulk_docs', { docs: [] })).status).toBe(429);
  expect((await one(nurse)).activity?.quotas?.held?.since).toBe(note?.since);
  passedMs = 2_000;
  expect(await finding()).toMatchObject({
    ...{ severity: 'attention', since: note?.since, href: '/admin/devices?overQuota=true&revoked=false' },
    sentence: expect.stringMatching(/^1 device /),
  });
  expect(await metric('vitasync_devices_over_quota')).toBe(1);
  expect(await metric('vitasync_sync_quotas_reached_total{quota="held"}')).toBe(2);

  passedMs = HOUR_MS + 60_000;
  expect((await one(nurse)).activity?.quotas).toBeUndefined();
  expect([await over(), await finding()]).toEqual([[], undefined]);
});

it('of longpolls and of local documents is told for an hour', async () => {
  const doctor = await loginStaff(server.api, 'doctorNorth');
  const cut = new AbortController();
  const { update_seq } = (await (await syncRequest(doctor, 'GET', '/')).json()) as { update_seq: string };
  const open = () =>
    fetch(`${doctor.databases[0]?.url}/_changes?feed=longpoll&since=${update_seq}&heartbeat=10000`, {
      headers: { authorization: `Bearer ${doctor.accessToken}` },
      signal: cut.signal,
    }).catch(() => undefined);
  for (let n = 0; n < 65; n++) void open();
  await waitFor(async () => (await one(doctor)).activity?.quotas?.longpolls, { what: 'the longpolls being too many' });
  cut.abort();
  for (let n = 0; n <= 200; n++) await syncRequest(doctor, 'PUT', `/_local/x${n}`, {});
  const { local, longpolls } = (await one(doctor)).activity?.quotas ?? {};
  for (const note of [local, longpolls])
    expect(Date.parse(note?.until ?? '') - Date.parse(note?.since ?? '')).toBeGreaterThanOrEqual(HOUR_MS);
});

it('of devices is told of the account that a device belongs to', async () => {
  const login = await loginStaff(server.api, 'doctorSouth');
  await loginStaff(server.api, 'doctorSouth').then((second) => syncRequest(second, 'GET', '/'));
  await syncRequest(login, 'GET', '/');
  await waitFor(async () => (await one(login)).ownerDevices.count === 2, { what: 'both devices being known' });
  expect((await one(login)).ownerDevices).toEqual({ count: 2, atMost: 5 });
});

it('of several servers is one where the times meet, and else the last', () => {
  const reached = (atMs: number) =>
    quotasAfter(undefined, { kind: 'quota_reached', quota: 'held', seconds: 3_600 }, atMs);
  const at = (ms: number) => new Date(ms).toISOString();
  expect(mergeQuotas(reached(0), reached(60_000))).toEqual({ held: { since: at(0), until: at(HOUR_MS + 60_000) } });
  expect(mergeQuotas(reached(0), undefined)).toEqual(reached(0));
  for (const [a, b] of [
    [0, 9 * HOUR_MS],
    [9 * HOUR_MS, 0],
  ])
    expect(mergeQuotas(reached(a ?? 0), reached(b ?? 0))).toEqual(reached(9 * HOUR_MS));
});
