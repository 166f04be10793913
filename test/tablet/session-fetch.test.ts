import { afterAll, beforeAll, expect, it } from 'vitest';
import { AccessTokens } from '../../server/accounts/tokens.ts';
import { type SessionFetchOptions, sessionFetch, type Tokens } from '../../server/tablet/session-fetch.ts';
import type { Login } from '../support/api-client.ts';
import { createNetwork, loginStaff } from '../support/network.ts';
import { startServer, type TestServer } from '../support/test-server.ts';

const SECRET = 'a secret of at least thirty-two characters';
const HOUR_MS = 3_600_000;

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ env: { VITASYNC_JWT_SECRET: SECRET } });
  await createNetwork(server.admin);
});
afterAll(() => server?.close());

/** The login of a tablet that was switched off for an hour: its access token has expired, its session goes on. */
async function yesterdaysLogin(): Promise<Login> {
  const login = await loginStaff(server.api, 'nurseNorth');
  const { sid } = JSON.parse(Buffer.from(login.accessToken.split('.')[1] ?? '', 'base64url').toString()) as {
    readonly sid: string;
  };
  const then = new AccessTokens({ secret: SECRET, lifeMinutes: 15, now: () => Date.now() - HOUR_MS });
  return { ...login, accessToken: then.sign(login.principal.userId, sid).token };
}

/** The tablet's fetch, with what it asked for and what it kept. */
async function tablet(options: Partial<SessionFetchOptions> = {}) {
  const { accessToken, refreshToken, databases } = await yesterdaysLogin();
  const kept: Tokens[] = [];
  const asked: string[] = [];
  const connection: typeof fetch = (input, init) => {
    asked.push(new URL(String(input)).pathname);
    return fetch(input, init);
  };
  const tokens = { accessToken, refreshToken };
  const fetchAs = sessionFetch({
    server: server.url,
    tokens,
    keep: (one) => void kept.push(one),
    connection,
    ...options,
  });
  return { fetchAs, kept, asked, tokens, url: String(databases[0]?.url) };
}

const REFRESH = '/api/token/refresh';

it('gets new tokens when the access token has expired, keeps them, and sends the request again', async () => {
  const { fetchAs, kept, asked, tokens, url } = await tablet();
  const response = await fetchAs(`${url}/_all_docs`);
  expect(response.status).toBe(200);
  expect(kept).toHaveLength(1);
  expect(kept[0]?.refreshToken).not.toBe(tokens.refreshToken);
  expect((await fetchAs(`${url}/`)).status).toBe(200);
  expect(asked.filter((path) => path === REFRESH)).toHaveLength(1);
});

it('does so on the longpoll of one type, whose errors are text', async () => {
  const { fetchAs, kept, url } = await tablet();
  const response = await fetchAs(`${url}/patient/_changes?feed=longpoll&since=0&timeout=1`);
  expect(response.status).toBe(200);
  expect(kept).toHaveLength(1);
});

it('refreshes once for requests that run side by side', async () => {
  const { fetchAs, asked, url } = await tablet();
  const responses = await Promise.all(Array.from({ length: 8 }, () => fetchAs(`${url}/`)));
  expect(responses.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
  expect(asked.filter((path) => path === REFRESH)).toHaveLength(1);
});

it('sends the body once more', async () => {
  const { fetchAs, url } = await tablet();
  const body = JSON.stringify({ docs: [{ id: 'nothing' }] });
  const headers = { 'content-type': 'application/json' };
  const response = await fetchAs(`${url}/_bulk_get`, { method: 'POST', headers, body });
  expect(response.status).toBe(200);
});

it('uses no token that could not be kept, and tries again with the next request', async () => {
  let full = true;
  const keep = () => {
    if (full) throw new Error('the disk of the tablet is full');
  };
  const { fetchAs, url } = await tablet({ keep });
  await expect(fetchAs(`${url}/`)).rejects.toThrow('the disk of the tablet is full');
  full = false;
  expect((await fetchAs(`${url}/`)).status).toBe(200);
});

it('hands on that the session is over', async () => {
  const { fetchAs, kept, url } = await tablet();
  await server.admin.ok('DELETE', '/api/accounts/nursenorth/sessions');
  const response = await fetchAs(`${url}/`);
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ error: 'unauthorized' });
  expect(kept).toEqual([]);
});
