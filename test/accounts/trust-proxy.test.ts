/** Where a request comes from, with and without a proxy in front. */
import { afterEach, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../support/test-server.ts';

let server: TestServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const start = async (proxies: string) => {
  server = await startServer({
    env: { VITASYNC_TRUST_PROXY: proxies, VITASYNC_LOGIN_ATTEMPTS: '2', VITASYNC_LOG_LEVEL: 'error' },
  });
  return server;
};

/** The status of a wrong login that comes with these headers. */
async function wrongLogin({ url }: TestServer, headers: Record<string, string>): Promise<number> {
  const response = await fetch(`${url}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ username: 'nobody', password: 'a wrong password' }),
  });
  return response.status;
}
const from = (address: string) => ({ 'x-forwarded-for': address });

describe('wrong passwords', () => {
  it('are counted by the address of the connection where no proxy is trusted: nobody makes up addresses', async () => {
    const direct = await start('0');
    const statuses: number[] = [];
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3'])
      statuses.push(await wrongLogin(direct, from(address)));
    expect(statuses).toEqual([401, 401, 429]);
  });

  it('are counted by the address that the proxy saw, and not by one that the client made up', async () => {
    const proxied = await start('1');
    for (let i = 0; i < 2; i++) expect(await wrongLogin(proxied, from('192.0.2.1'))).toBe(401);
    expect(await wrongLogin(proxied, from('192.0.2.1'))).toBe(429);
    expect(await wrongLogin(proxied, from('198.51.100.7, 192.0.2.1'))).toBe(429);
    expect(await wrongLogin(proxied, from('192.0.2.2'))).toBe(401);
  });
});

describe('links and database addresses', () => {
  const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'sync.example' };
  const urlOf = async (running: TestServer) => {
    const { body } = await running.admin.request<{ databases: { url: string }[] }>(
      'GET',
      '/api/me',
      undefined,
      forwarded,
    );
    return body.databases[0]?.url;
  };

  it('begin with the address that the proxy was reached at, where one is trusted', async () => {
    expect(await urlOf(await start('1'))).toBe('https://sync.example/sync/reference');
    const { invitation } = (
      await server?.admin.request<{ invitation: { link: string } }>(
        'POST',
        '/api/accounts',
        { username: 'boss', role: 'admin', name: 'Boss' },
        forwarded,
      )
    )?.body ?? { invitation: { link: '' } };
    expect(invitation.link).toMatch(/^https:\/\/sync\.example\/set-password#token=boss\./);
  });

  it('do not listen to such headers where none is', async () => {
    const direct = await start('0');
    expect(await urlOf(direct)).toBe(`${direct.url}/sync/reference`);
  });
});
