/** The overview of a running server, with real tablets, two servers where the store is shared, and a store that goes away. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findingsOf } from '../../server/admin/overview/findings.ts';
import type { Overview } from '../../server/admin/overview/overview.ts';
import type { ClinicsHealth } from '../../server/admin/overview/overview-routes.ts';
import type { SeriesView } from '../../server/admin/overview/series.ts';
import type { ApiClient } from '../support/api-client.ts';
import { COUCHDB_URL } from '../support/environment.ts';
import { createNetwork, loginStaff, newPatient } from '../support/network.ts';
import { PouchDevice } from '../support/pouch-device.ts';
import { refuseOneWrite } from '../support/refused-write.ts';
import { type OutageServer, startServerWithOutage } from '../support/store-outage.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';
import { WELL, WRONG } from './finding-cases.ts';

const overviewOf = (admin: ApiClient) => admin.ok<Overview>('GET', '/api/admin/overview');
const clinicsOf = (admin: ApiClient, query = '') => admin.ok<ClinicsHealth>('GET', `/api/admin/clinics-health${query}`);
const overviewWhen = (
  admin: ApiClient,
  isSo: (now: Overview) => boolean,
  options: { what?: string; timeoutMs?: number } = {},
): Promise<Overview> =>
  waitFor(async () => {
    const now = await overviewOf(admin);
    return isSo(now) ? now : undefined;
  }, options);
const codesOf = ({ findings }: Overview) => findings.map(({ code }) => code);

const heldIds = async (server: TestServer) => {
  const { items } = await server.admin.ok<{ items: { id: string }[] }>('GET', '/api/admin/held-writes');
  return items.map(({ id }) => id);
};

describe('the overview', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
    await createNetwork(server.admin);
    await server.settled();
  });
  afterAll(() => server?.close());
  const overview = () => overviewOf(server.admin);

  it('says that all is well, of how many, and since when', async () => {
    const answer = await overviewWhen(
      server.admin,
      ({ health, clinics, heldWrites }) => health.state === 'ok' && clinics.count === 2 && heldWrites !== undefined,
    );
    expect(answer.findings).toEqual([]);
    expect(answer).toMatchObject({
      clinics: { count: 2 },
      roleDatabases: { serving: 7, building: 0, waiting: 0 },
      heldWrites: { open: 0 },
      store: { kind: COUCHDB_URL ? 'couchdb' : 'embedded', reachable: true },
      projector: { failing: false, paused: false },
      serverErrors: { lastFiveMinutes: 0, lastHour: 0 },
      servers: 1,
    });
    expect(Math.abs(Date.parse(answer.at) - Date.now())).toBeLessThan(60_000);
  });

  it('counts devices that are connected, and what they write and are sent', async () => {
    const device = new PouchDevice(await loginStaff(server.api, 'nurseNorth'));
    const stop = device.live();
    await waitFor(async () => (await overview()).devices?.connected === 1, { what: 'the device being connected' });
    await device.put(newPatient(device.login.principal));
    const busy = await overviewWhen(
      server.admin,
      ({ perMinute, devices }) => perMinute.writesAccepted > 0 && (devices?.seenLastDay ?? 0) > 0,
    );
    expect(busy.devices).toMatchObject({ connected: 1, silent: 0, revoked: 0 });
    const { columns, pointSeconds, startsAt } = await server.admin.ok<SeriesView>('GET', '/api/admin/series');
    expect(pointSeconds).toBe(60);
    expect(Date.parse(startsAt) % 60_000).toBe(0);
    expect(columns.writesAccepted).toHaveLength(60);
    expect(columns.writesAccepted.reduce<number>((sum, value) => sum + (value ?? 0), 0)).toBeGreaterThan(0);
    for (const [range, points] of [
      ['day', 288],
      ['month', 720],
    ] as const) {
      const view = await server.admin.ok<SeriesView>('GET', `/api/admin/series?range=${range}`);
      expect(view.columns.documentsOut).toHaveLength(points);
      expect(view.columns.requests.at(-1)).toBeGreaterThan(0);
    }
    stop();
    await waitFor(async () => (await overview()).devices?.connected === 0, { what: 'the device being gone' });
  });

  it('shows clinics with their devices, follows their names, and finds them', async () => {
    const north = await waitFor(async () =>
      (await clinicsOf(server.admin)).items.find(({ slug, devices }) => slug === 'north' && devices > 0),
    );
    expect(north).toMatchObject({ name: 'Clinic north', state: 'ok', connected: 0, held: 0 });
    expect(north.in).toBeGreaterThan(0);
    expect(north.databases).toHaveLength(3);
    const quiet = await clinicsOf(server.admin, '?state=quiet');
    expect(quiet.items.map(({ slug, why }) => [slug, why])).toEqual([['south', 'no device has synced yet']]);
    expect(quiet.states).toEqual({ problem: 0, attention: 0, quiet: 1, ok: 1 });
    await server.admin.ok('POST', '/api/clinics', { slug: 'harbour', name: 'Clínica del Puerto' });
    await waitFor(async () => (await clinicsOf(server.admin, '?q=clinica')).total === 1, { what: 'the new clinic' });
    await server.admin.ok('PATCH', '/api/clinics/clinic:clinic:harbour', { name: 'Harbour' });
    await waitFor(async () => (await clinicsOf(server.admin, '?q=harbour')).items[0]?.name === 'Harbour');
    expect((await clinicsOf(server.admin, '?limit=1')).items).toHaveLength(1);
    await server.admin.ok('DELETE', '/api/clinics/clinic:clinic:harbour');
    await waitFor(async () => (await clinicsOf(server.admin, '?q=harbour')).total === 0, { what: 'the clinic gone' });
  });

  it('counts held writes until somebody decides', async () => {
    await refuseOneWrite(server);
    const attention = await overviewWhen(server.admin, ({ health }) => health.state === 'attention');
    expect(codesOf(attention)).toEqual(['held_writes']);
    expect(attention.health).toMatchObject({
      sentence: '1 held write waits for a decision.',
      href: '/admin/held-writes',
    });
    expect(attention.heldWrites?.oldestAt).toBe(attention.findings[0]?.since);
    const { items } = await clinicsOf(server.admin);
    expect(items[0]).toMatchObject({ slug: 'north', state: 'attention', why: '1 held write open', held: 1 });
    await server.admin.ok('POST', `/api/admin/held-writes/${(await heldIds(server))[0]}/reject`, { note: 'no' });
    await waitFor(async () => (await overview()).health.state === 'ok', { what: 'the decision being noticed' });
    expect((await overview()).heldWrites).toEqual({ open: 0 });
  });

  it('says that the projector is paused, and how much waits', async () => {
    await server.admin.ok('POST', '/api/admin/projector/pause');
    const doctor = new PouchDevice(await loginStaff(server.api, 'doctorNorth'));
    await doctor.put(newPatient(doctor.login.principal));
    await doctor.push();
    const paused = await overviewWhen(server.admin, ({ projector }) => projector.paused && projector.pending > 0);
    expect(paused.health).toMatchObject({ state: 'attention', href: '/admin/role-databases' });
    expect(paused.health.sentence).toMatch(
      /^The projector is paused: \d+ changes? waits?, and tablets get nothing new\.$/,
    );
    expect(paused.findings[0]?.since).toBe(paused.projector.pausedAt);
    await server.admin.ok('POST', '/api/admin/projector/resume');
    await overviewWhen(server.admin, ({ health }) => health.state === 'ok');
  });

  it('leads to lists that there are', async () => {
    const hrefs = WRONG.flatMap(([, facts]) => findingsOf({ ...WELL, ...facts })).map(({ href }) => href);
    const lists = hrefs.filter((href) => href.includes('?'));
    expect(lists.length).toBeGreaterThan(0);
    for (const href of lists) expect(await server.admin.request('GET', `/api${href}`)).toMatchObject({ status: 200 });
  });

  it('takes no query that it does not have', async () => {
    for (const query of [
      '/clinics-health?state=elephant',
      '/clinics-health?limit=0',
      '/series?range=year',
      '/series?x=1',
    ])
      expect((await server.admin.request('GET', `/api/admin${query}`)).status).toBe(400);
  });
});

describe('after a restart', () => {
  it('everything is there at once: held writes, devices, clinics and what happened', async () => {
    const before = await startServer();
    await createNetwork(before.admin);
    await refuseOneWrite(before);
    await before.stop();
    const after = await startServer({ environment: before.environment });
    const answer = await overviewWhen(
      after.admin,
      ({ heldWrites, clinics }) => heldWrites !== undefined && clinics.count > 0,
    );
    expect(answer.heldWrites?.open).toBe(1);
    expect(answer.devices?.enrolled).toBeGreaterThanOrEqual(2);
    const { columns } = await after.admin.ok<SeriesView>('GET', '/api/admin/series?range=day');
    expect(columns.writesRefused.reduce<number>((sum, value) => sum + (value ?? 0), 0)).toBe(1);
    await after.close();
  });
});

describe.runIf(COUCHDB_URL)('two servers on one store', () => {
  it('tell the same of held writes and devices, and add up what each did', async () => {
    const first = await startServer();
    await createNetwork(first.admin);
    const second = await startServer({
      environment: first.environment,
      env: { VITASYNC_DATA_DIR: `${first.environment.folder}/second`, VITASYNC_JWT_SECRET: 'x'.repeat(40) },
    });
    await refuseOneWrite(first);
    await waitFor(async () => (await overviewOf(second.admin)).heldWrites?.open === 1, {
      what: 'the other held write',
    });
    await second.admin.ok('POST', `/api/admin/held-writes/${(await heldIds(second))[0]}/reject`, { note: 'no' });
    await waitFor(async () => (await overviewOf(first.admin)).heldWrites?.open === 0, { what: 'the other decision' });
    // A server that stops writes down its series; the other one reads them within half a minute.
    await first.stop();
    const { servers } = await waitFor(
      async () => {
        const view = await second.admin.ok<SeriesView>('GET', '/api/admin/series?range=day');
        return view.columns.writesRefused.some((value) => (value ?? 0) > 0) ? view : undefined;
      },
      { what: 'the series of the other server', timeoutMs: 45_000 },
    );
    expect(servers).toBe(2);
    await second.close();
  });
});

describe('a store that goes away', () => {
  let outage: OutageServer;
  beforeAll(async () => {
    outage = await startServerWithOutage();
    await createNetwork(outage.server.admin);
    await outage.server.settled();
  });
  afterAll(() => outage?.close());

  it('is told of in words while it is away, and no more when it is back', async () => {
    const { server } = outage;
    await waitFor(async () => (await overviewOf(server.admin)).clinics.count === 2, { what: 'the clinics' });
    await outage.takeAway();
    const down = await overviewWhen(server.admin, ({ health }) => health.state === 'problem');
    expect(codesOf(down)[0]).toBe('store_unreachable');
    expect(down.health.sentence).toMatch(/cannot be reached/);
    expect(down.store).toMatchObject({ reachable: false, downSince: expect.any(String) });
    // What was known stays known.
    expect(down.clinics.count).toBe(2);
    expect((await clinicsOf(server.admin)).total).toBe(2);
    expect((await server.admin.request('GET', '/api/admin/system')).status).toBe(200);
    await outage.giveBack();
    await waitFor(async () => (await overviewOf(server.admin)).store.reachable, { what: 'the store being back' });
    await waitFor(async () => !codesOf(await overviewOf(server.admin)).includes('projector_failing'), {
      what: 'the projector going on',
      timeoutMs: 60_000,
    });
  }, 120_000);
});
