/** The state of a running server and of its store, as an administrator reads it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SystemView } from '../../server/admin/system/system-status.ts';
import { VERSION } from '../../server/lib/version.ts';
import { COUCHDB_URL } from '../support/environment.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server?.close());

const system = (from: TestServer = server) => from.admin.ok<SystemView>('GET', '/api/admin/system');

it('tells versions, memory, disk and the store', async () => {
  const answer = await system();
  expect(answer).toMatchObject({
    version: VERSION,
    nodeVersion: process.version,
    serverId: expect.stringMatching(/^s[0-9a-f]{16}$/),
    projector: { failing: false },
    reach: { reachable: true },
    dataFolder: { disk: { readAt: expect.any(String) }, index: { value: expect.any(Number) } },
    otherServers: { value: [] },
  });
  expect(answer.memory.rssBytes).toBeGreaterThan(10_000_000);
  expect(answer.dataFolder.disk?.totalBytes).toBeGreaterThan(answer.dataFolder.disk?.freeBytes ?? 0);
  expect(answer.uptimeSeconds).toBeLessThan(600);
  if ('problem' in answer.store) throw new Error(answer.store.problem);
  const { value: store } = answer.store;
  expect(store.kind).toBe(COUCHDB_URL ? 'couchdb' : 'embedded');
  if (store.kind === 'embedded') expect(store.bytes).toMatchObject({ value: expect.any(Number) });
  else expect(store.nodes).toMatchObject({ value: { connected: [expect.any(String)] } });
});

it('tells nothing secret', async () => {
  const text = JSON.stringify(await system());
  if (COUCHDB_URL) expect(text).not.toContain(`${new URL(COUCHDB_URL).password}@`);
  expect(text).not.toContain(String(server.environment.env.VITASYNC_ADMIN_PASSWORD));
});

it.runIf(COUCHDB_URL)('tells of the other servers that are alive, and of those that are not', async () => {
  const other = await startServer({
    environment: server.environment,
    env: { VITASYNC_DATA_DIR: `${server.environment.folder}/other`, VITASYNC_JWT_SECRET: 'x'.repeat(40) },
  });
  const { serverId } = await system();
  const seen = await waitFor(
    async () => {
      const { otherServers } = await system(other);
      return 'value' in otherServers ? otherServers.value.find((one) => one.alive) : undefined;
    },
    { what: 'the other server being alive', timeoutMs: 30_000 },
  );
  expect(seen.serverId).toBe(serverId);
  await other.stop();
});
