import jwt from 'jsonwebtoken';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type Answer,
  AuthServer,
  codeOf,
  DAY_MS,
  type LoginAnswer,
  MINUTE_MS,
  PASSWORD,
  SECRET,
} from './auth-server.ts';

let server: AuthServer;
let login: LoginAnswer;
beforeAll(async () => {
  server = await AuthServer.start();
  await server.addAccount('nina');
  await server.addAccount('root', { role: 'admin', clinicIds: [] });
});
beforeEach(async () => {
  login = await server.logIn('nina');
});
afterAll(() => server.close());

const tokensOf = ({ body }: Answer) => body as { accessToken: string; refreshToken: string };
const isAccepted = async (accessToken: string) => (await server.me(accessToken)).status === 200;

describe('refreshing', () => {
  it('gives new tokens for the same session', async () => {
    const answer = await server.refresh(login.refreshToken);
    expect(answer.status).toBe(200);
    const { accessToken, refreshToken } = tokensOf(answer);
    expect(refreshToken).not.toBe(login.refreshToken);
    expect((await server.me(accessToken)).body.principal).toEqual(login.principal);
  });

  it('survives answers that were lost, any number of times', async () => {
    const lost = tokensOf(await server.refresh(login.refreshToken));
    await server.refresh(login.refreshToken);
    const received = tokensOf(await server.refresh(login.refreshToken));
    expect(received.refreshToken).not.toBe(lost.refreshToken);
    expect((await server.refresh(received.refreshToken)).status).toBe(200);
  });

  it('ends the session where a token is used whose successor was used', async () => {
    const second = tokensOf(await server.refresh(login.refreshToken));
    const third = tokensOf(await server.refresh(second.refreshToken));
    expect(codeOf(await server.refresh(login.refreshToken))).toBe('401 unauthorized');
    expect(codeOf(await server.refresh(third.refreshToken))).toBe('401 unauthorized');
    expect(codeOf(await server.me(third.accessToken))).toBe('401 unauthorized');
  });

  it('ends the session where a thief and the device both refresh', async () => {
    const thief = tokensOf(await server.refresh(login.refreshToken));
    const device = tokensOf(await server.refresh(login.refreshToken));
    await server.refresh(thief.refreshToken);
    expect(await isAccepted(device.accessToken)).toBe(false);
  });

  it.each(['', 'nonsense', `u${'0'.repeat(26)}-${'0'.repeat(26)}.${'A'.repeat(43)}`])(
    'refuses %j',
    async (refreshToken) => {
      expect((await server.refresh(refreshToken)).status).toBeGreaterThanOrEqual(400);
      expect(await isAccepted(login.accessToken)).toBe(true);
    },
  );

  it('refuses a session that was not refreshed for longer than its life, and keeps one that was', async () => {
    server.advanceClock(80 * DAY_MS);
    const renewed = tokensOf(await server.refresh(login.refreshToken));
    server.advanceClock(80 * DAY_MS);
    const again = tokensOf(await server.refresh(renewed.refreshToken));
    server.advanceClock(91 * DAY_MS);
    expect(codeOf(await server.refresh(again.refreshToken))).toBe('401 unauthorized');
  });

  it('removes sessions that have expired', async () => {
    server.advanceClock(91 * DAY_MS);
    const kept = await server.logIn('nina');
    await server.sessions.removeExpired();
    const rows = await server.database.range({ prefix: 'session:', limit: 100 });
    expect(rows.map(({ id }) => id)).toEqual([`session:${kept.refreshToken.split('.')[0]}`]);
  });
});

describe('access tokens', () => {
  const forge = (claims: Record<string, unknown>, options: jwt.SignOptions = {}, secret = SECRET) => {
    const genuine = jwt.decode(login.accessToken) as jwt.JwtPayload;
    return jwt.sign({ ...genuine, ...claims }, secret, options);
  };

  it('say who it is and which session, and nothing else', () => {
    const claims = jwt.decode(login.accessToken) as jwt.JwtPayload;
    expect(Object.keys(claims).sort()).toEqual(['aud', 'exp', 'iat', 'iss', 'sid', 'sub']);
    expect(claims.exp).toBe((claims.iat ?? 0) + 15 * 60);
  });

  it('that expired are answered token_expired, so that a device refreshes and goes on', async () => {
    server.advanceClock(16 * MINUTE_MS);
    expect(codeOf(await server.me(login.accessToken))).toBe('401 token_expired');
    expect((await server.refresh(login.refreshToken)).status).toBe(200);
  });

  it('that expired are answered unauthorized once the session is over', async () => {
    await server.request('POST', '/logout', { token: login.accessToken });
    server.advanceClock(16 * MINUTE_MS);
    expect(codeOf(await server.me(login.accessToken))).toBe('401 unauthorized');
  });

  it('that are forged are refused for good', async () => {
    const [header = '', payload = '', signature = ''] = login.accessToken.split('.');
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url');
    const elevated = Buffer.from(payload, 'base64url')
      .toString()
      .replace(/"sub":"[^"]+"/, '"sub":"u1"');
    const forged = [
      forge({}, {}, 'another secret that is as long as ours'),
      forge({ aud: 'another-api' }),
      forge({ iss: 'another' }),
      forge({ sub: `u${'0'.repeat(26)}` }),
      forge({ sid: undefined }),
      forge({}, { algorithm: 'HS512' }),
      `${none}.${payload}.`,
      `${none}.${payload}.${signature}`,
      `${header}.${Buffer.from(elevated).toString('base64url')}.${signature}`,
      login.refreshToken,
      'nonsense',
    ];
    for (const token of forged) expect(codeOf(await server.me(token)), token).toBe('401 unauthorized');
    expect(await isAccepted(forge({}))).toBe(true);
  });

  it('count in the Authorization header only', async () => {
    expect(codeOf(await server.request('GET', `/me?access_token=${login.accessToken}`))).toBe('401 unauthorized');
    const answer = await server.request('GET', '/me');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });
});

describe('the end of access', () => {
  it('comes with a logout, for that session only', async () => {
    const other = await server.logIn('nina');
    expect((await server.request('POST', '/logout', { token: login.accessToken })).status).toBe(204);
    expect(codeOf(await server.me(login.accessToken))).toBe('401 unauthorized');
    expect(codeOf(await server.refresh(login.refreshToken))).toBe('401 unauthorized');
    expect(await isAccepted(other.accessToken)).toBe(true);
  });

  it('comes with a new password, for all sessions but the one that set it', async () => {
    await server.addAccount('pia');
    const [here, elsewhere] = [await server.logIn('pia'), await server.logIn('pia')];
    const change = (currentPassword: string, newPassword: string) =>
      server.request('POST', '/me/password', { token: here.accessToken, body: { currentPassword, newPassword } });
    expect(codeOf(await change('wrong password', 'a new password'))).toBe('403 wrong_password');
    expect(codeOf(await change(PASSWORD, 'short'))).toBe('400 invalid_input');
    expect((await change(PASSWORD, 'a new password')).status).toBe(204);
    expect(await isAccepted(here.accessToken)).toBe(true);
    expect(await isAccepted(elsewhere.accessToken)).toBe(false);
    expect((await server.tryLogIn('pia', PASSWORD)).status).toBe(401);
    expect((await server.tryLogIn('pia', 'a new password')).status).toBe(200);
  });

  it('comes at once with the account being disabled, though the access token is still valid', async () => {
    await server.addAccount('dirk');
    const { accessToken, refreshToken } = await server.logIn('dirk');
    expect(await isAccepted(accessToken)).toBe(true);
    await server.accounts.change('dirk', { disabled: true });
    expect(codeOf(await server.me(accessToken))).toBe('401 unauthorized');
    expect(codeOf(await server.refresh(refreshToken))).toBe('401 unauthorized');
  });

  it('comes with a device being revoked, for the sessions on that device', async () => {
    const lost = await server.logIn('nina', { deviceId: 'lost-tablet' });
    const device = await server.devices.find('lost-tablet');
    if (!device) throw new Error('the device was not enrolled');
    await server.sessions.revokeDevice(device);
    expect(await isAccepted(lost.accessToken)).toBe(false);
    expect(await isAccepted(login.accessToken)).toBe(true);
  });

  it('reaches other servers on the same store, and those who wait there', async () => {
    const elsewhere = await server.secondServerSessions();
    const { sessionId } = await elsewhere.authenticate(login.accessToken);
    const ended: string[] = [];
    elsewhere.onRevoked((id) => ended.push(id));
    await server.sessions.revokeSession(sessionId);
    await expect(elsewhere.authenticate(login.accessToken)).rejects.toMatchObject({ code: 'unauthorized' });
    await vi.waitFor(() => expect(ended).toContain(sessionId));
  });

  it('is told of where an account is disabled and its sessions were not ended one by one', async () => {
    await server.addAccount('dave');
    const { accessToken } = await server.logIn('dave');
    const { sessionId } = await server.sessions.authenticate(accessToken);
    const ended: string[] = [];
    const stop = server.sessions.onRevoked((id) => ended.push(id));
    await server.accounts.change('dave', { disabled: true });
    await vi.waitFor(() => expect(ended).toContain(sessionId));
    stop();
  });

  it('is not told of by ordinary logins and refreshes', async () => {
    const ended: string[] = [];
    const stop = server.sessions.onRevoked((id) => ended.push(id));
    await server.refresh(login.refreshToken);
    const { sessionId } = await server.sessions.authenticate((await server.logIn('nina')).accessToken);
    await server.sessions.revokeSession(sessionId);
    await vi.waitFor(() => expect(ended).toEqual([sessionId]));
    stop();
  });
});

describe('authenticating', () => {
  it('reads the store once for many requests, and writes nothing', async () => {
    await server.me(login.accessToken);
    const before = await server.database.info();
    const leaves = vi.spyOn(server.database, 'leaves');
    for (let i = 0; i < 20; i++) expect(await isAccepted(login.accessToken)).toBe(true);
    const sessionReads = leaves.mock.calls.filter(([ids]) => ids.some((id) => id.startsWith('session:')));
    expect(sessionReads).toHaveLength(0);
    expect(await server.database.info()).toEqual(before);
    leaves.mockRestore();
  });
});
