/** Guessing of passwords: what it costs the server, and what it does to those who know theirs. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FairQueue, QueueFullError } from '../../server/lib/fair-queue.ts';
import type { Login } from '../support/api-client.ts';
import { createNetwork, PASSWORD } from '../support/network.ts';
import { startServer, type TestServer } from '../support/test-server.ts';

const PER_MINUTE = 3;
const ROUTER = '192.0.2.1';
const env = { VITASYNC_TRUST_PROXY: '1', VITASYNC_LOGIN_ATTEMPTS: String(PER_MINUTE), VITASYNC_LOG_LEVEL: 'error' };

let server: TestServer;
beforeEach(async () => {
  server = await startServer({ env });
  await createNetwork(server.admin);
});
afterEach(() => server?.close());

/** A login from an address, as the proxy in front says. */
const logIn = (address: string, username: string, password: string, more: Record<string, unknown> = {}) =>
  server.api.request<Login & { code?: string }>(
    'POST',
    '/api/login',
    { username, password, ...more },
    { 'x-forwarded-for': address },
  );
const wrong = (address: string, username: string) => logIn(address, username, 'not the password');
const statuses = (answers: readonly { readonly status: number }[]) => answers.map(({ status }) => status);
const addresses = (count: number) => Array.from({ length: count }, (_, n) => `198.51.100.${n + 1}`);

describe('right passwords', () => {
  it('are not counted, however many come at the same moment from one address', async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, () => logIn(ROUTER, 'nursenorth', PASSWORD)));
    expect(new Set(statuses(answers))).toEqual(new Set([200]));
  });
});

describe('wrong passwords', () => {
  it('that are guessed at the same moment are no more than those that are guessed one after the other', async () => {
    const answers = statuses(await Promise.all(Array.from({ length: 40 }, () => wrong(ROUTER, 'nursenorth'))));
    const tried = answers.filter((status) => status === 401).length;
    // Two may be looked at in the same moment.
    expect(tried).toBeLessThanOrEqual(PER_MINUTE + 1);
    expect(answers.filter((status) => status === 429)).toHaveLength(40 - tried);
  });

  it('for many names from one address end soon, and nobody who works there is locked out', async () => {
    const tablet = (await logIn('203.0.113.9', 'doctornorth', PASSWORD, { deviceName: 'Tablet' })).body;
    expect((await logIn(ROUTER, 'nursenorth', PASSWORD)).status).toBe(200);
    const sprayed: number[] = [];
    for (let n = 0; n < 50; n++) sprayed.push((await wrong(ROUTER, `person${n}`)).status);
    const tried = sprayed.filter((status) => status === 401).length;
    expect(tried).toBeLessThanOrEqual(3 * PER_MINUTE);
    const refused = await wrong(ROUTER, 'another');
    expect(refused).toMatchObject({ status: 429, body: { code: 'too_many_attempts' } });
    const waitSeconds = Number(refused.headers.get('retry-after'));
    expect(waitSeconds).toBeGreaterThan(0);
    expect(waitSeconds).toBeLessThanOrEqual(60);
    // Who logged in from there before, who comes from a device of the account, and everybody elsewhere.
    expect((await logIn(ROUTER, 'nursenorth', PASSWORD)).status).toBe(200);
    const { deviceSecret, principal } = tablet;
    const device = { deviceId: principal.deviceId, deviceSecret };
    expect((await logIn(ROUTER, 'doctornorth', PASSWORD, device)).status).toBe(200);
    expect((await logIn('203.0.113.7', 'nursesouth', PASSWORD)).status).toBe(200);
  });

  it('for one account from many addresses end soon, and its owner is not locked out', async () => {
    expect((await logIn(ROUTER, 'nursenorth', PASSWORD)).status).toBe(200);
    const answers: number[] = [];
    for (const address of addresses(60)) answers.push((await wrong(address, 'nursenorth')).status);
    expect(answers.filter((status) => status === 401).length).toBeLessThanOrEqual(11 * PER_MINUTE);
    expect(answers.at(-1)).toBe(429);
    expect((await logIn(ROUTER, 'nursenorth', PASSWORD)).status).toBe(200);
  });

  it('of a colleague do not lock out a tablet of the account behind the same router', async () => {
    const { body } = await logIn(ROUTER, 'nursenorth', PASSWORD, { deviceName: 'Tablet' });
    for (let n = 0; n <= PER_MINUTE; n++) await wrong(ROUTER, 'nursenorth');
    expect((await logIn(ROUTER, 'nursenorth', PASSWORD)).status).toBe(429);
    const { deviceSecret, principal } = body;
    const device = { deviceId: principal.deviceId, deviceSecret };
    expect((await logIn(ROUTER, 'nursenorth', PASSWORD, device)).status).toBe(200);
    // That is no way around the limit.
    const guessed = await Promise.all(
      Array.from({ length: 10 }, () => logIn(ROUTER, 'nursenorth', 'not the password', device)),
    );
    expect(statuses(guessed)).toContain(429);
  });

  it('make two entries in the audit log in a minute, however many they are', async () => {
    const { body } = await logIn('203.0.113.9', 'nursenorth', PASSWORD);
    for (const address of addresses(12)) await wrong(address, 'nursenorth');
    const { userId } = body.principal;
    const entries = async () =>
      (
        await server.admin.ok<{ items: { times?: number }[] }>('GET', `/api/audit?kind=login_refused&userId=${userId}`)
      ).items.map(({ times }) => times);
    expect(await entries()).toEqual([undefined]);
    await server.stop();
    server = await startServer({ environment: server.environment, env });
    expect(await entries()).toEqual([11, undefined]);
  });
});

describe('more logins than the server can check', () => {
  it('wait by address: those of one are told to come back, those of another are let in, and other requests go on', async () => {
    const { body } = await logIn('203.0.113.9', 'doctornorth', PASSWORD);
    const flood = Array.from({ length: 150 }, (_, n) => wrong(ROUTER, `person${n % 5}`));
    const other = await logIn('203.0.113.7', 'nursesouth', PASSWORD);
    expect(other.status).toBe(200);
    expect((await server.api.as(body.accessToken).request('GET', '/api/me')).status).toBe(200);
    const answers = await Promise.all(flood);
    const busy = answers.filter(({ status }) => status === 503);
    expect(busy.length).toBeGreaterThan(0);
    expect(busy[0]).toMatchObject({ body: { code: 'busy' } });
    expect(Number(busy[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(answers.filter(({ status }) => ![401, 429, 503].includes(status))).toEqual([]);
  });
});

describe('a fair queue', () => {
  it('gives each key its turn, runs as many at once as it may, and goes on after a failure', async () => {
    const queue = new FairQueue({ concurrency: 1, maxWaiting: 10, maxWaitingPerKey: 3 });
    const order: string[] = [];
    const work = (key: string) => queue.run(key, async () => void order.push(key));
    const first = queue.run('a', () => Promise.reject(new Error('failed')));
    const rest = ['a', 'a', 'a', 'b', 'c'].map(work);
    await expect(work('a')).rejects.toBeInstanceOf(QueueFullError);
    await expect(first).rejects.toThrow('failed');
    await Promise.all(rest);
    expect(order).toEqual(['a', 'b', 'c', 'a', 'a']);
    await work('d');
    expect(order.at(-1)).toBe('d');
  });
});
