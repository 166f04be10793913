import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, AuthServer, codeOf, DAY_MS, PASSWORD } from './auth-server.ts';

const CHOSEN = 'seven quiet otters';

let server: AuthServer;
let admin: string;
beforeAll(async () => {
  server = await AuthServer.start();
  await server.addAccount('root', { role: 'admin', clinicIds: [] });
});
afterAll(() => server.close());
beforeEach(async () => {
  // Tests move the clock, and sessions expire.
  admin = (await server.logIn('root')).accessToken;
});

interface InvitationAnswer {
  readonly link: string;
  readonly token: string;
  readonly expiresAt: string;
}

let count = 0;
/** An account without a password. */
async function createInvited(): Promise<{ username: string; userId: string; invitation: InvitationAnswer }> {
  const username = `invited-${++count}`;
  const body = { username, role: 'nurse', name: 'Ida Invited', clinicIds: ['north'] };
  const answer = await server.request('POST', '/accounts', { token: admin, body });
  expect(answer.status, answer.text).toBe(201);
  const { invitation, userId } = answer.body as { invitation: InvitationAnswer; userId: string };
  return { username, userId, invitation };
}
const reset = (username: string) => server.request('POST', `/accounts/${username}/invitation`, { token: admin });
const tokenOf = ({ body }: Answer) => (body as unknown as InvitationAnswer).token;
const setPassword = (token: string, password = CHOSEN) =>
  server.request('POST', '/set-password', { body: { token, password } });
const read = async (username: string) =>
  (await server.request('GET', `/accounts/${username}`, { token: admin })).body as Record<string, unknown>;

describe('an invitation', () => {
  it('comes with an account that is created without a password, which nobody can log in to', async () => {
    const { username, invitation } = await createInvited();
    expect(invitation.link).toBe(`${server.url}/set-password#token=${invitation.token}`);
    expect(invitation.token).toMatch(new RegExp(`^${username}\\.[\\w-]{43}$`));
    expect(Math.round((Date.parse(invitation.expiresAt) - Date.now()) / DAY_MS)).toBe(7);
    expect(await read(username)).toMatchObject({ hasPassword: false, invitationExpiresAt: invitation.expiresAt });
    for (const password of ['', ' ', CHOSEN, 'undefined', invitation.token])
      expect((await server.tryLogIn(username, password)).status).toBeGreaterThanOrEqual(400);
  });

  it('is stored as a hash only, and handed to nobody else', async () => {
    const { username, invitation } = await createInvited();
    const rows = await server.database.range({ limit: 1_000 });
    const stored = JSON.stringify(rows);
    expect(stored).toContain(username);
    expect(stored).not.toContain(invitation.token.split('.').at(-1));
    expect(JSON.stringify(server.createdAccounts.at(-1))).not.toMatch(/token|hash/i);
    expect(JSON.stringify(server.events)).not.toContain(invitation.token.split('.').at(-1));
    expect(JSON.stringify(await read(username))).not.toMatch(/token|hash"/i);
  });

  it('sets a password, once', async () => {
    const { username, userId, invitation } = await createInvited();
    expect((await setPassword(invitation.token)).status).toBe(204);
    expect((await server.tryLogIn(username, CHOSEN)).status).toBe(200);
    const view = await read(username);
    expect(view).toMatchObject({ hasPassword: true });
    expect(view).not.toHaveProperty('invitationExpiresAt');
    expect(codeOf(await setPassword(invitation.token, 'another quiet otter'))).toBe('403 invalid_invitation');
    expect((await server.tryLogIn(username, CHOSEN)).status).toBe(200);
    expect(server.events.filter((event) => event.userId === userId).map(({ kind }) => kind)).toEqual([
      'account_created',
      'account_invited',
      'password_set',
      'login',
      'invitation_refused',
      'login',
    ]);
  });

  it('is used by one of many who send it at once', async () => {
    const { username, invitation } = await createInvited();
    const passwords = Array.from({ length: 5 }, (_, n) => `${CHOSEN} number ${n}`);
    const answers = await Promise.all(passwords.map((password) => setPassword(invitation.token, password)));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 403, 403, 403, 403]);
    const winner = answers.findIndex(({ status }) => status === 204);
    expect((await server.tryLogIn(username, passwords[winner] ?? '')).status).toBe(200);
  });

  it('lasts seven days', async () => {
    const [early, late] = [await createInvited(), await createInvited()];
    server.advanceClock(7 * DAY_MS - 60_000);
    expect((await setPassword(early.invitation.token)).status).toBe(204);
    server.advanceClock(61_000);
    expect(codeOf(await setPassword(late.invitation.token))).toBe('403 invalid_invitation');
    expect((await server.accounts.find(late.username))?.passwordHash).toBeUndefined();
  });

  it('is void when a newer one was made', async () => {
    const { username, invitation } = await createInvited();
    const newer = tokenOf(await reset(username));
    expect(codeOf(await setPassword(invitation.token))).toBe('403 invalid_invitation');
    expect((await setPassword(newer)).status).toBe(204);
  });

  it('is void when the account is disabled, also after it is enabled again', async () => {
    const { username, invitation } = await createInvited();
    const disable = (disabled: boolean) =>
      server.request('PATCH', `/accounts/${username}`, { token: admin, body: { disabled } });
    await disable(true);
    expect(codeOf(await setPassword(invitation.token))).toBe('403 invalid_invitation');
    expect(codeOf(await reset(username))).toBe('409 account_disabled');
    await disable(false);
    expect(codeOf(await setPassword(invitation.token))).toBe('403 invalid_invitation');
    expect((await setPassword(tokenOf(await reset(username)))).status).toBe(204);
  });

  it('is answered alike whether the account exists or not', async () => {
    const { username, invitation } = await createInvited();
    const secret = invitation.token.split('.').at(-1) ?? '';
    const wrong = `${secret.startsWith('A') ? 'B' : 'A'}${secret.slice(1)}`;
    const answers = [
      await setPassword(`${username}.${wrong}`),
      await setPassword(`nobody.${secret}`),
      await setPassword(`root.${secret}`),
      await setPassword(secret),
      await setPassword('nonsense'),
    ];
    for (const answer of answers) expect(codeOf(answer)).toBe('403 invalid_invitation');
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect((await setPassword(invitation.token)).status).toBe(204);
  });

  it('is not used up by a password that is too weak, which is refused with a reason', async () => {
    const { username, invitation } = await createInvited();
    for (const [password, message] of [
      ['short', /at least 10 characters/],
      ['x'.repeat(257), /at most 256 characters/],
      ['password12', /commonly used password/],
      [`${username}!`, /personal/],
    ] as const) {
      const answer = await setPassword(invitation.token, password);
      expect(codeOf(answer), password).toBe('400 invalid_input');
      expect(answer.body.faults).toEqual([{ path: 'password', message: expect.stringMatching(message) }]);
    }
    expect((await setPassword(invitation.token)).status).toBe(204);
  });
});

describe('a reset', () => {
  it('voids the password and ends all sessions, until the owner sets a new one', async () => {
    await server.addAccount('nina');
    const { accessToken, refreshToken, principal } = await server.logIn('nina');
    const answer = await reset('Nina');
    expect(answer.status).toBe(201);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(codeOf(await server.me(accessToken))).toBe('401 unauthorized');
    expect(codeOf(await server.refresh(refreshToken))).toBe('401 unauthorized');
    expect(codeOf(await server.tryLogIn('nina', PASSWORD))).toBe('401 invalid_credentials');
    expect(server.events.findLast(({ kind }) => kind === 'password_reset')).toMatchObject({
      userId: principal.userId,
    });
    expect((await setPassword(tokenOf(answer))).status).toBe(204);
    expect((await server.tryLogIn('nina', CHOSEN)).status).toBe(200);
    expect(codeOf(await server.refresh(refreshToken))).toBe('401 unauthorized');
  });

  it('leaves no session to a login with the old password that goes on meanwhile', async () => {
    for (let round = 0; round < 5; round++) {
      const username = `racer-${round}`;
      await server.addAccount(username);
      const logins = Array.from({ length: 4 }, () => server.tryLogIn(username, PASSWORD));
      await Promise.race(logins);
      const [resetAnswer, ...answers] = await Promise.all([reset(username), ...logins]);
      expect(resetAnswer.status).toBe(201);
      for (const { status, body } of answers)
        if (status === 200) expect(codeOf(await server.me(String(body.accessToken)))).toBe('401 unauthorized');
      const sessions = await server.request('GET', `/accounts/${username}/sessions`, { token: admin });
      expect(sessions.body.items).toEqual([]);
    }
  });
});

describe('many wrong invitations', () => {
  it('are answered 429 with Retry-After; right ones are not counted, and those of others are taken', async () => {
    const limited = await AuthServer.start({ loginAttemptsPerMinute: 2 });
    try {
      await limited.addAccount('root', { role: 'admin', clinicIds: [] });
      const token = (await limited.logIn('root')).accessToken;
      const invite = async (username: string) => {
        const body = { username, role: 'nurse', name: 'N', clinicIds: ['north'] };
        const answer = await limited.request('POST', '/accounts', { token, body });
        return (answer.body.invitation as InvitationAnswer).token;
      };
      const send = (invitation: string) =>
        limited.request('POST', '/set-password', { body: { token: invitation, password: CHOSEN } });
      for (const username of ['one', 'two', 'three']) expect((await send(await invite(username))).status).toBe(204);
      for (let i = 0; i < 2; i++) expect(codeOf(await send('nonsense'))).toBe('403 invalid_invitation');
      const refused = await send('nonsense');
      expect(codeOf(refused)).toBe('429 too_many_attempts');
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      const right = await invite('four');
      const forged = `${right.slice(0, -4)}AAAA`;
      for (let i = 0; i < 2; i++) expect(codeOf(await send(forged))).toBe('403 invalid_invitation');
      expect(codeOf(await send(right))).toBe('429 too_many_attempts');
      expect((await limited.accounts.find('four'))?.invitation).toBeDefined();
      expect((await send(await invite('five'))).status).toBe(204);
    } finally {
      await limited.close();
    }
  });
});
