/** The server stops in order, whoever is connected and whether or not its store is there. */

import { spawn } from 'node:child_process';
import { mkdir, rmdir } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildServer } from '../../server/composition.ts';
import { loadConfig } from '../../server/config.ts';
import { Lifecycle } from '../../server/lib/lifecycle.ts';
import { listen } from '../../server/lib/listen.ts';
import { createLogger } from '../../server/lib/logger.ts';
import { openDashboard, openEvents } from '../admin/dashboard-client.ts';
import { ApiClient } from '../support/api-client.ts';
import { compiled } from '../support/compiled.ts';
import { ADMIN_PASSWORD, COUCHDB_URL, createEnvironment, type TestEnvironment } from '../support/environment.ts';
import { createNetwork, loginStaff, newPatient } from '../support/network.ts';
import { PouchDevice } from '../support/pouch-device.ts';
import { RawConnection } from '../support/raw-connection.ts';
import { RxdbDevice } from '../support/rxdb-device.ts';
import { createOutage } from '../support/store-outage.ts';
import { type ServerProcess, startServer, startServerProcess } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

/** So long that a server which waits for it is told from one that takes its time on a busy machine. */
const DEADLINE_SECONDS = 60;
const SOON_MS = 15_000;
const PATIENT = { VITASYNC_SHUTDOWN_SECONDS: String(DEADLINE_SECONDS), VITASYNC_LOG_LEVEL: 'info' };

async function stop(server: ServerProcess): Promise<{ readonly status: number | null; readonly tookMs: number }> {
  const beganMs = performance.now();
  const status = await server.kill('SIGTERM');
  return { status, tookMs: performance.now() - beganMs };
}

function expectInOrder(server: ServerProcess, stopped: { readonly status: number | null; readonly tookMs: number }) {
  expect(stopped.status, server.output()).toBe(0);
  expect(stopped.tookMs).toBeLessThan(SOON_MS);
  expectNoCrash(server);
}

function expectNoCrash(server: ServerProcess): void {
  // What node prints below an error that nobody handled.
  expect(server.output()).not.toMatch(/^Node\.js v\d/m);
}

/** The embedded store is free at once: nothing of the last server holds it. */
async function expectToStartAgain(environment: TestEnvironment): Promise<void> {
  const next = await startServerProcess(environment);
  await new ApiClient(next.url).login('admin', ADMIN_PASSWORD);
  expectInOrder(next, await stop(next));
}

async function administratorOf({ url }: ServerProcess): Promise<ApiClient> {
  const api = new ApiClient(url);
  return api.as((await api.login('admin', ADMIN_PASSWORD)).accessToken);
}

it('ends connections without a request, and open streams of events, at once', async () => {
  const environment = await createEnvironment(PATIENT);
  const server = await startServerProcess(environment);
  const silent = await RawConnection.to(server.url);
  const begun = await RawConnection.to(server.url);
  begun.send('GET /healthz HTTP/1.1', 'Host: here', 'X-Half: ');
  const idle = await RawConnection.to(server.url);
  idle.send('GET /healthz HTTP/1.1', 'Host: here', '', '');
  await waitFor(() => idle.received().includes('{"status":"ok"}'), { what: 'the answer' });
  const { cookie } = await openDashboard({ api: new ApiClient(server.url) });
  const stream = await openEvents(server, { cookie });
  await waitFor(() => stream.text().includes('event: hello'), { what: 'the greeting' });
  expectInOrder(server, await stop(server));
  await Promise.all([silent.ended, begun.ended, idle.ended, stream.ended]);
  await expectToStartAgain(environment);
  await environment.remove();
});

it('ends the longpolls of live tablets at once', async () => {
  const environment = await createEnvironment(PATIENT);
  const server = await startServerProcess(environment);
  const api = new ApiClient(server.url);
  await createNetwork(await administratorOf(server));
  const doctor = await loginStaff(api, 'doctorNorth');
  const pouch = new PouchDevice(doctor);
  const rxdb = await RxdbDevice.start(await loginStaff(api, 'nurseNorth'));
  const endLive = pouch.live();
  try {
    const patient = newPatient(doctor.principal);
    await pouch.put(patient);
    await rxdb.awaitInSync();
    await waitFor(() => rxdb.get('patient', patient._id), { what: 'the patient being on the other tablet' });
    await waitFor(() => pouch.onlyWaits, { what: 'the tablet waiting for changes only' });
    expectInOrder(server, await stop(server));
  } finally {
    endLive();
    await rxdb.close();
  }
  await environment.remove();
});

it('lets a request under way finish', async () => {
  const environment = await createEnvironment(PATIENT);
  const server = await startServerProcess(environment);
  const body = JSON.stringify({ username: 'admin', password: ADMIN_PASSWORD });
  const slow = await RawConnection.to(server.url);
  slow.send(
    'POST /api/login HTTP/1.1',
    'Host: here',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    'Expect: 100-continue',
    '',
    body.slice(0, 10),
  );
  // Only a request that is being answered is told to go on.
  await waitFor(() => slow.received().includes('100 Continue'), { what: 'the request being under way' });
  const stopped = stop(server);
  await waitFor(() => server.output().includes('stopping'), { what: 'the stop having begun' });
  await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
  slow.send(body.slice(10));
  await waitFor(() => slow.received().includes('accessToken'), { what: 'the answer' });
  await slow.ended;
  expectInOrder(server, await stopped);
  await environment.remove();
});

it('stops in time whatever a request under way does', async () => {
  const seconds = 6;
  const environment = await createEnvironment({ ...PATIENT, VITASYNC_SHUTDOWN_SECONDS: String(seconds) });
  const server = await startServerProcess(environment);
  await createNetwork(await administratorOf(server));
  const { accessToken, databases } = await loginStaff(new ApiClient(server.url), 'doctorNorth');
  const stuck = await RawConnection.to(server.url);
  stuck.send(
    `POST ${new URL(databases[0]?.url ?? '').pathname}/_bulk_docs HTTP/1.1`,
    'Host: here',
    `Authorization: Bearer ${accessToken}`,
    'Content-Type: application/json',
    'Content-Length: 1000000',
    'Expect: 100-continue',
    '',
    '{"docs":[',
  );
  await waitFor(() => stuck.received().includes('100 Continue'), { what: 'the request being under way' });
  const { status, tookMs } = await stop(server);
  expect(status, server.output()).toBe(0);
  expect(tookMs).toBeLessThan(seconds * 1_000);
  expectNoCrash(server);
  await stuck.ended;
  await expectToStartAgain(environment);
  await environment.remove();
});

it('stops in order without its store, and says what it could not write down', async () => {
  const outage = await createOutage(PATIENT);
  const server = await startServerProcess(outage.environment);
  await createNetwork(await administratorOf(server));
  const doctor = await loginStaff(new ApiClient(server.url), 'doctorNorth');
  const tablet = new PouchDevice(doctor);
  const patient = newPatient(doctor.principal);
  await tablet.put(patient);
  await tablet.sync();
  // The projector is past them, and writes that down only once a second.
  const api = new ApiClient(server.url, doctor.accessToken);
  const more = { firstName: 'Ada', lastName: 'Quill', sex: 'female', birthDate: '1980-01-02' };
  await Promise.all(Array.from({ length: 8 }, () => api.ok('POST', '/api/patients', more)));
  await outage.takeAway();
  const stopped = await stop(server);
  expectInOrder(server, stopped);
  // The databases that the embedded store has open can be written without their folder.
  if (COUCHDB_URL) expect(server.output()).toMatch(/"step":"[^"]+".*did not stop in order/);
  await outage.giveBack();
  const next = await startServerProcess(outage.environment);
  const again = new PouchDevice(await loginStaff(new ApiClient(next.url), 'doctorNorth'));
  await again.pull();
  expect(await again.ids()).toContain(patient._id);
  expectInOrder(next, await stop(next));
  await outage.environment.remove();
  await outage.end();
});

it.runIf(COUCHDB_URL)('stops in time when its store answers nothing any more', async () => {
  const seconds = 6;
  const outage = await createOutage({ ...PATIENT, VITASYNC_SHUTDOWN_SECONDS: String(seconds) });
  const server = await startServerProcess(outage.environment);
  await outage.takeAwaySilently();
  const { status, tookMs } = await stop(server);
  expect(status, server.output()).toBe(0);
  // Closing the store may take a moment longer.
  expect(tookMs).toBeLessThan((seconds + 2) * 1_000);
  expect(server.output()).toMatch(/"step":"[^"]+".*did not stop in time/);
  expectNoCrash(server);
  await outage.giveBack();
  await expectToStartAgain(outage.environment);
  await outage.environment.remove();
  await outage.end();
});

it('can be stopped while it waits for its store at the start', async () => {
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  const environment = await createEnvironment({ COUCHDB_URL: `http://admin:secret@127.0.0.1:${port}` });
  const child = spawn(process.execPath, [await compiled('server/main.ts')], {
    env: { ...process.env, ...environment.env },
    stdio: 'ignore',
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  await waitFor(() => sockets.size > 0, { what: 'the server asking its store' });
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  for (const socket of sockets) socket.destroy();
  silent.close();
  await environment.remove();
});

describe('a start that fails', () => {
  const logger = createLogger({ level: 'warn', pretty: false });

  it('in the middle stops what was built', async () => {
    const environment = await createEnvironment();
    const obstacle = path.join(environment.folder, 'jwt-secret');
    await mkdir(obstacle);
    const lifecycle = new Lifecycle(logger);
    const config = loadConfig(environment.env);
    await expect(buildServer({ config, logger, lifecycle })).rejects.toThrow();
    await lifecycle.stop({ deadlineMs: DEADLINE_SECONDS * 1_000 });
    await rmdir(obstacle);
    // In this process, which would still hold the databases.
    await (await startServer({ environment })).close();
  });

  it('at the port stops what was built', async () => {
    const [environment, other] = [await createEnvironment(), await startServer()];
    const lifecycle = new Lifecycle(logger);
    const { app } = await buildServer({ config: loadConfig(environment.env), logger, lifecycle });
    const port = Number(new URL(other.url).port);
    await expect(listen(app, { host: '127.0.0.1', port, lifecycle })).rejects.toThrow('EADDRINUSE');
    await lifecycle.stop({ deadlineMs: DEADLINE_SECONDS * 1_000 });
    await (await startServer({ environment })).close();
    await other.close();
  });
});

it('ends at once at the second signal', async () => {
  const environment = await createEnvironment(PATIENT);
  const server = await startServerProcess(environment);
  const stuck = await RawConnection.to(server.url);
  stuck.send('POST /api/login HTTP/1.1', 'Host: here', 'Content-Type: application/json', 'Content-Length: 100', '');
  stuck.send('Expect: 100-continue', '', '{');
  await waitFor(() => stuck.received().includes('100 Continue'), { what: 'the request being under way' });
  const stopped = stop(server);
  await waitFor(() => server.output().includes('stopping'), { what: 'the stop having begun' });
  await server.kill('SIGTERM');
  const { status, tookMs } = await stopped;
  expect(status).toBe(1);
  expect(tookMs).toBeLessThan(SOON_MS);
  await environment.remove();
});
