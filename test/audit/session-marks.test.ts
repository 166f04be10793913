/** The audit log tells which entries are of one session, and not its id: whoever has that can end the session. */
import { expect, it } from 'vitest';
import { childRevision } from '../../server/store/revisions.ts';
import { newUlid } from '../../shared-schemas/ids.ts';
import type { ApiClient, Login } from '../support/api-client.ts';
import { createNetwork, loginStaff } from '../support/network.ts';
import { startServer } from '../support/test-server.ts';

interface Entry {
  readonly kind: string;
  readonly userId: string;
  readonly session?: string;
  readonly sessions?: readonly string[];
}

const sessionIdOf = ({ accessToken }: Login): string =>
  (JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()) as { sid: string }).sid;
const entriesOf = async (admin: ApiClient, userId: string) =>
  (await admin.ok<{ items: Entry[] }>('GET', `/api/audit?userId=${userId}&limit=100`)).items;

it('holds a mark of each session, the same in all of its entries, and shows one in those of earlier releases', async () => {
  const server = await startServer();
  try {
    await createNetwork(server.admin);
    const [here, there] = [await loginStaff(server.api, 'nurseNorth'), await loginStaff(server.api, 'nurseNorth')];
    const nurse = server.api.as(here.accessToken);
    expect((await nurse.request('DELETE', '/api/me/sessions')).status).toBe(204);
    expect((await nurse.request('POST', '/api/logout')).status).toBe(204);
    const { userId } = here.principal;
    const entries = await entriesOf(server.admin, userId);
    const logins = entries.filter(({ kind }) => kind === 'login').map(({ session }) => session);
    expect(new Set(logins).size).toBe(2);
    for (const mark of logins) expect(mark).toMatch(/^[\w-]{16}$/);
    expect(entries.find(({ kind }) => kind === 'logout')?.session).toBe(logins[1]);
    expect(entries.find(({ kind }) => kind === 'own_sessions_ended')?.sessions).toEqual([logins[0]]);

    const database = await server.core.store.open(`${server.environment.env.VITASYNC_DB_PREFIX}-audit`);
    const stored = JSON.stringify(await database.range({ prefix: 'audit:', limit: 1_000 }));
    for (const login of [here, there]) expect(stored).not.toContain(sessionIdOf(login));

    const auditId = newUlid(Date.now() + 1_000);
    const [sessionId, at] = [sessionIdOf(here), new Date().toISOString()];
    const older = [
      { kind: 'logout', userId, sessionId, auditId, at },
      { kind: 'own_sessions_ended', userId, sessionIds: [sessionId], auditId: newUlid(Date.now() + 2_000), at },
    ];
    await database.write(older.map((entry) => childRevision(undefined, `audit:${entry.auditId}`, entry)));
    const [ended, loggedOut] = await entriesOf(server.admin, userId);
    expect(ended).toMatchObject({ kind: 'own_sessions_ended', sessions: [logins[1]] });
    expect(loggedOut).toMatchObject({ kind: 'logout', session: logins[1] });
    for (const entry of [ended, loggedOut]) expect(JSON.stringify(entry)).not.toContain(sessionId);
  } finally {
    await server.close();
  }
});
