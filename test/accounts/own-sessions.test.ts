import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AuthServer, codeOf, DAY_MS, type LoginAnswer, MINUTE_MS } from './auth-server.ts';

let server: AuthServer;
let here: LoginAnswer;
let there: LoginAnswer;
let username: string;
let count = 0;
beforeAll(async () => {
  server = await AuthServer.start();
});
beforeEach(async () => {
  username = `nina-${++count}`;
  await server.addAccount(username, { clinicIds: ['north', 'south'] });
  here = await server.logIn(username, { clinicId: 'north', deviceId: `${username}-tablet`, deviceName: 'Ward tablet' });
  there = await server.logIn(username, { clinicId: 'south', deviceId: `${username}-phone` });
});
afterAll(() => server.close());

interface SessionItem {
  readonly id: string;
  readonly deviceId: string;
  readonly createdAt: string;
  readonly refreshedAt: string;
  readonly expiresAt: string;
  readonly current: boolean;
}

const list = async ({ accessToken }: LoginAnswer): Promise<SessionItem[]> => {
  const answer = await server.request('GET', '/me/sessions', { token: accessToken });
  expect(answer.status, answer.text).toBe(200);
  return answer.body.items as SessionItem[];
};
const end = ({ accessToken }: LoginAnswer, id = '') =>
  server.request('DELETE', `/me/sessions${id === '' ? '' : `/${id}`}`, { token: accessToken });
const isAccepted = async ({ accessToken }: LoginAnswer) => (await server.me(accessToken)).status === 200;

describe('your sessions', () => {
  it('are listed with device, clinic and times, and which of them asks', async () => {
    const [first, second] = await list(here);
    expect(first).toEqual({
      id: expect.stringMatching(/^[\w-]{22}$/),
      deviceId: `${username}-tablet`,
      deviceName: 'Ward tablet',
      clinicId: 'north',
      createdAt: expect.stringMatching(/Z$/),
      refreshedAt: first?.createdAt,
      expiresAt: expect.stringMatching(/Z$/),
      current: true,
    });
    expect(second).toMatchObject({ deviceId: `${username}-phone`, clinicId: 'south', current: false });
    expect((await list(there)).map(({ current }) => current)).toEqual([false, true]);
  });

  it('tell when they were refreshed, and move on with it', async () => {
    const [before] = await list(here);
    server.advanceClock(MINUTE_MS);
    await server.refresh(here.refreshToken);
    const [after] = await list(there);
    expect(after?.createdAt).toBe(before?.createdAt);
    expect(Date.parse(after?.refreshedAt ?? '')).toBeGreaterThanOrEqual(
      Date.parse(before?.createdAt ?? '') + MINUTE_MS,
    );
    expect(Date.parse(after?.expiresAt ?? '')).toBeGreaterThan(Date.parse(before?.expiresAt ?? ''));
  });

  it('are not listed once they are over', async () => {
    await server.request('POST', '/logout', { token: there.accessToken });
    expect(await list(here)).toHaveLength(1);
    server.advanceClock(91 * DAY_MS);
    const later = await server.logIn(username, { clinicId: 'north' });
    expect((await list(later)).map(({ current }) => current)).toEqual([true]);
  });

  it('are ended one by one', async () => {
    const other = (await list(here)).find(({ current }) => !current);
    expect((await end(here, other?.id)).status).toBe(204);
    expect(await isAccepted(there)).toBe(false);
    expect(codeOf(await server.refresh(there.refreshToken))).toBe('401 unauthorized');
    expect(await isAccepted(here)).toBe(true);
    expect(codeOf(await end(here, other?.id))).toBe('404 not_found');
    const { userId } = here.principal;
    expect(server.events.at(-1)).toEqual({ kind: 'own_sessions_ended', userId, sessions: [expect.any(String)] });
  });

  it('include the one that asks, which may end itself', async () => {
    const own = (await list(here)).find(({ current }) => current);
    expect((await end(here, own?.id)).status).toBe(204);
    expect(await isAccepted(here)).toBe(false);
    expect(await isAccepted(there)).toBe(true);
  });

  it('are ended all but the one that asks', async () => {
    const third = await server.logIn(username, { clinicId: 'north' });
    expect((await end(here)).status).toBe(204);
    expect(await Promise.all([here, there, third].map(isAccepted))).toEqual([true, false, false]);
    expect((await end(here)).status).toBe(204);
  });

  it('are nobody else’s to end', async () => {
    await server.addAccount(`${username}-other`);
    const other = await server.logIn(`${username}-other`);
    const [first] = await list(here);
    for (const id of [first?.id ?? '', here.refreshToken.split('.')[0] ?? '', '%2e%2e', 'x'])
      expect(codeOf(await end(other, id))).toBe('404 not_found');
    expect(await isAccepted(here)).toBe(true);
  });

  it('have ids that open nothing and end nothing', async () => {
    const [first] = await list(here);
    const id = first?.id ?? '';
    expect(here.refreshToken).not.toContain(id);
    for (const token of [id, `${id}.${'A'.repeat(43)}`, `${here.principal.userId}-${id}.${'A'.repeat(43)}`]) {
      expect((await server.refresh(token)).status).toBe(401);
      expect(codeOf(await server.me(token))).toBe('401 unauthorized');
    }
    expect(await isAccepted(here)).toBe(true);
  });
});

describe('your devices', () => {
  it('are those that you logged in from, also after the sessions are over', async () => {
    await server.request('POST', '/logout', { token: there.accessToken });
    const answer = await server.request('GET', '/me/devices', { token: here.accessToken });
    expect(answer.body.items).toEqual([
      expect.objectContaining({ deviceId: `${username}-phone`, current: false }),
      expect.objectContaining({ deviceId: `${username}-tablet`, name: 'Ward tablet', current: true }),
    ]);
    expect(answer.text).not.toContain('owner');
  });

  it('are not those of an account whose id is the beginning of yours, or of anybody else', async () => {
    await server.addAccount(`${username}-other`);
    const other = await server.logIn(`${username}-other`, { deviceId: `${username}-other-tablet` });
    const answer = await server.request('GET', '/me/devices', { token: other.accessToken });
    expect((answer.body.items as { deviceId: string }[]).map(({ deviceId }) => deviceId)).toEqual([
      `${username}-other-tablet`,
    ]);
  });
});
