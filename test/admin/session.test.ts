/** The session of the dashboard: who gets one, what it lets through, and what it never does. */
import jwt from 'jsonwebtoken';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_PASSWORD } from '../support/environment.ts';
import { createNetwork, PASSWORD } from '../support/network.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { type OpenedDashboard, openDashboard } from './dashboard-client.ts';

const SECRET = 'a secret of tests that is long enough';

let server: TestServer;
let dashboard: OpenedDashboard;
beforeAll(async () => {
  server = await startServer({ env: { VITASYNC_JWT_SECRET: SECRET, VITASYNC_METRICS_TOKEN: 'a token of sixteen' } });
  await createNetwork(server.admin);
  dashboard = await openDashboard(server);
});
afterAll(() => server?.close());

const csrf = ({ csrfToken }: OpenedDashboard) => ({ 'x-csrf-token': csrfToken });
const rename = (headers: Record<string, string> = {}) =>
  dashboard.request('PATCH', '/api/accounts/nursenorth', { name: 'Another name' }, headers);

describe('the cookie', () => {
  it('is kept from scripts, from other sites, and from everything but the API', () => {
    const attributes = dashboard.setCookie.toLowerCase().split('; ').slice(1);
    expect(attributes).toEqual(expect.arrayContaining(['path=/api', 'httponly', 'samesite=strict']));
    expect(attributes.some((attribute) => attribute.startsWith('domain'))).toBe(false);
  });

  it('is sent by HTTPS only where browsers come by HTTPS', async () => {
    const behind = await startServer({ env: { VITASYNC_PUBLIC_URL: 'https://sync.example.org' } });
    expect((await openDashboard(behind)).setCookie.toLowerCase().split('; ')).toContain('secure');
    await behind.close();
  });

  it('lets its owner read, also what is not below /api/admin', async () => {
    expect((await dashboard.request('GET', '/api/admin/session')).body).toMatchObject({ username: 'admin' });
    for (const path of ['/api/admin/devices', '/api/accounts', '/api/clinics', '/api/audit'])
      expect((await dashboard.request('GET', path)).status, path).toBe(200);
  });

  it('does not open sync, and its token is no access token', async () => {
    const sync = await fetch(`${server.url}/sync/reference`, { headers: { cookie: dashboard.cookie } });
    expect(sync.status).toBe(401);
    const token = dashboard.cookie.split('=')[1] ?? '';
    expect((await server.api.as(token).request('GET', '/api/me')).status).toBe(401);
    const { accessToken } = await server.api.login('admin', ADMIN_PASSWORD);
    const swapped = { cookie: `vitasync_dashboard=${accessToken}` };
    expect((await server.api.request('GET', '/api/admin/devices', undefined, swapped)).status).toBe(401);
  });
});

describe('a request that changes something', () => {
  it('is refused without the token, and with another', async () => {
    const other = await openDashboard(server);
    for (const headers of [{}, { 'x-csrf-token': '' }, { 'x-csrf-token': 'guessed' }, csrf(other)]) {
      const answer = await rename(headers);
      expect([answer.status, answer.body.code]).toEqual([403, 'csrf']);
    }
    expect((await server.admin.ok('GET', '/api/accounts/nursenorth')).name).not.toBe('Another name');
  });

  it('is taken with it', async () => {
    expect((await rename(csrf(dashboard))).status).toBe(200);
  });

  it('is judged by the access token where it brings both', async () => {
    const nurse = await server.api.login('nursenorth', PASSWORD);
    const answer = await rename({ ...csrf(dashboard), authorization: `Bearer ${nurse.accessToken}` });
    expect([answer.status, answer.body.code]).toEqual([403, 'forbidden']);
  });
});

describe('somebody else', () => {
  it.each(['doctornorth', 'nursenorth', 'pharmacistnorth'])(
    'gets no session as %s, and leaves none behind',
    async (username) => {
      const answer = await server.api.request('POST', '/api/admin/session', { username, password: PASSWORD });
      expect([answer.status, answer.body.code]).toEqual([403, 'forbidden']);
      expect(answer.headers.get('set-cookie')).toBeNull();
      const { items } = await server.admin.ok<{ items: { deviceName?: string }[] }>(
        'GET',
        `/api/accounts/${username}/sessions`,
      );
      expect(items.filter(({ deviceName }) => deviceName === 'Dashboard')).toEqual([]);
    },
  );

  it('gets no session with a wrong password, and is slowed down', async () => {
    const strict = await startServer({ env: { VITASYNC_LOGIN_ATTEMPTS: '3' } });
    const statuses = [];
    for (let n = 0; n < 4; n++) {
      const attempt = { username: 'admin', password: 'not the password' };
      statuses.push((await strict.api.request('POST', '/api/admin/session', attempt)).status);
    }
    expect(statuses).toEqual([401, 401, 401, 429]);
    await strict.close();
  });
});

describe('a session that is over', () => {
  const adminPaths = async () => {
    const description = await (await fetch(`${server.url}/api/openapi.json`)).json();
    const { paths } = description as { paths: Record<string, Record<string, unknown>> };
    return Object.entries(paths).flatMap(([path, methods]) =>
      path.startsWith('/api/admin/') ? Object.keys(methods).map((method) => [method.toUpperCase(), path] as const) : [],
    );
  };
  const forged = ({ sub, sid, iat, exp }: Record<string, unknown>, secret = SECRET) =>
    `vitasync_dashboard=${jwt.sign({ sub, sid, iat, exp }, secret, { algorithm: 'HS256', issuer: 'vitasync', audience: 'vitasync-dashboard' })}`;
  const claimsOf = ({ cookie }: OpenedDashboard) => jwt.decode(cookie.split('=')[1] ?? '') as Record<string, unknown>;

  it('gets nothing from any route, whether it was forged, has expired or was ended', async () => {
    const ended = await openDashboard(server);
    expect((await ended.request('POST', '/api/admin/session/end', undefined, csrf(ended))).status).toBe(204);
    const claims = claimsOf(dashboard);
    const cookies = {
      forged: forged(claims, 'another secret that is long enough'),
      unsigned: `vitasync_dashboard=${jwt.sign(claims, '', { algorithm: 'none' })}`,
      expired: forged({ ...claims, exp: Math.floor(Date.now() / 1_000) - 1 }),
      'of nobody': forged({ ...claims, sub: 'u00000000000000000000000000' }),
      ended: ended.cookie,
      garbage: 'vitasync_dashboard=%00garbage',
      none: 'other=1',
    };
    const routes = await adminPaths();
    expect(routes.length).toBeGreaterThan(15);
    for (const [name, cookie] of Object.entries(cookies)) {
      for (const [method, path] of routes) {
        if (`${method} ${path}` === 'POST /api/admin/session') continue;
        const response = await fetch(`${server.url}${path}`, { method, headers: { cookie, ...csrf(dashboard) } });
        expect(response.status, `${name}: ${method} ${path}`).toBe(401);
        await response.body?.cancel();
      }
      const metrics = await fetch(`${server.url}/metrics`, { headers: { cookie } });
      expect(metrics.status, `${name}: metrics`).toBe(401);
    }
    // The same claims, properly signed, are let in: what is refused above is refused for what is wrong with it.
    const right = await server.api.request('GET', '/api/admin/session', undefined, { cookie: forged(claims) });
    expect(right.status).toBe(200);
  });

  it('ends at once where the account is disabled', async () => {
    await server.admin.ok('POST', '/api/accounts', {
      username: 'second',
      role: 'admin',
      name: 'Second',
      password: PASSWORD,
    });
    const second = await openDashboard(server, 'second', PASSWORD);
    expect((await second.request('GET', '/api/admin/devices')).status).toBe(200);
    await server.admin.ok('PATCH', '/api/accounts/second', { disabled: true });
    expect((await second.request('GET', '/api/admin/devices')).status).toBe(401);
  });

  it('tells the browser to forget the cookie', async () => {
    const other = await openDashboard(server);
    const answer = await other.request('POST', '/api/admin/session/end', undefined, csrf(other));
    expect(answer.headers.get('set-cookie')).toMatch(/^vitasync_dashboard=; Path=\/api; Expires=Thu, 01 Jan 1970/);
  });

  it('is in no list of devices', async () => {
    const { items } = await server.admin.ok<{ items: { name?: string }[] }>('GET', '/api/admin/devices');
    expect(items.filter(({ name }) => name === 'Dashboard')).toEqual([]);
  });
});
