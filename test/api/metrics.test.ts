/** Metrics: for who has the token, and without a name in them. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ADMIN_PASSWORD } from '../support/environment.ts';
import { createNetwork, loginStaff } from '../support/network.ts';
import { PouchDevice } from '../support/pouch-device.ts';
import { startServer, type TestServer } from '../support/test-server.ts';

const TOKEN = 'a-token-for-the-scraper';
let server: TestServer;
beforeAll(async () => {
  server = await startServer({ env: { VITASYNC_METRICS_TOKEN: TOKEN } });
  await createNetwork(server.admin);
});
afterAll(() => server?.close());

const scrape = (authorization?: string) =>
  fetch(`${server.url}/metrics`, { headers: { ...(authorization !== undefined && { authorization }) } });

it('are not for anyone else', async () => {
  const { accessToken } = await server.api.login('admin', ADMIN_PASSWORD);
  for (const authorization of [undefined, 'Bearer wrong', `Bearer ${accessToken}`, 'Basic YTpi']) {
    const answer = await scrape(authorization);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(await answer.text()).not.toContain('vitasync_');
  }
});

it('count what devices do, and name nobody', async () => {
  const login = await loginStaff(server.api, 'nurseNorth');
  await new PouchDevice(login).pull();
  const answer = await scrape(`Bearer ${TOKEN}`);
  expect(answer.status).toBe(200);
  const text = await answer.text();
  expect(text).toMatch(/^vitasync_\w+\{[^}]*sync_changes[^}]*\} [1-9]/m);
  for (const name of [login.principal.userId, login.principal.deviceId, 'north']) expect(text).not.toContain(name);
});

it('are not served where no token is set', async () => {
  const other = await startServer();
  expect((await fetch(`${other.url}/metrics`)).status).toBe(404);
  expect((await fetch(`${other.url}/nothing`)).status).toBe(404);
  await other.close();
});
