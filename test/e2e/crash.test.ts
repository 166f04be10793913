/** Servers and imports are killed at random moments; what was acknowledged is there afterwards, and every database agrees. */

import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Core } from '../../server/documents/core.ts';
import { childRevision } from '../../server/store/revisions.ts';
import type { StoredRevision } from '../../server/store/store.ts';
import { ApiClient, type Login } from '../support/api-client.ts';
import { differences } from '../support/compare-role-databases.ts';
import { compiled } from '../support/compiled.ts';
import { ADMIN_PASSWORD, createEnvironment, type TestEnvironment } from '../support/environment.ts';
import { createNetwork, edited, loginStaff, newDocument, newPatient } from '../support/network.ts';
import { createRandom } from '../support/random.ts';
import { startServer, startServerProcess } from '../support/test-server.ts';

const PUSH_ROUNDS = 12;
const IMPORT_ROUNDS = 8;
const random = createRandom('killing servers and imports');

let environment: TestEnvironment;
/** Revisions that a server said it had stored. */
const acknowledged = new Map<string, Set<string>>();

beforeAll(async () => {
  environment = await createEnvironment();
  const server = await startServer({ environment });
  await createNetwork(server.admin);
  await server.stop();
});
afterAll(() => environment?.remove());

const pause = (delayMs: number) => new Promise((resolve) => setTimeout(resolve, delayMs));

async function expectConsistent(): Promise<number> {
  const server = await startServer({ environment });
  await server.settled();
  const { core } = server;
  expect(await differences(core)).toEqual([]);
  const lost = await lostOf(core);
  const { docCount } = await core.primary.info();
  await server.stop();
  expect(lost).toEqual([]);
  return docCount;
}

async function lostOf({ primary, history }: Core): Promise<string[]> {
  const leaves = await primary.leaves([...acknowledged.keys()]);
  const lost: string[] = [];
  for (const [id, revs] of acknowledged) {
    const known = new Set((leaves.get(id) ?? []).flatMap(({ ancestry }) => ancestry));
    lost.push(...[...revs].filter((rev) => !known.has(rev)).map((rev) => `${id}@${rev} is not in the primary`));
  }
  const all = [...acknowledged].flatMap(([id, revs]) => [...revs].map((rev) => ({ id, rev })));
  lost.push(...(await history.missing(all)).map(({ id, rev }) => `${id}@${rev} is not in the history`));
  return lost;
}

/** A device that pushes as fast as it is answered: new patients with documents, edits, transfers to and fro. */
async function pushUntilKilled(login: Login, killed: () => boolean): Promise<void> {
  const me = login.principal;
  const url = `${login.databases[0]?.url}/_bulk_docs`;
  while (!killed()) {
    const patient = newPatient(me);
    const documents = [
      patient,
      ...Array.from({ length: random.between(1, 30) }, () => newDocument('vital', patient, me)),
    ];
    const created = documents.map(({ _id, ...body }) => childRevision(undefined, _id, body));
    const first = created[0] as StoredRevision;
    const referred = childRevision(first, first.id, {
      ...first.body,
      clinicIds: random.pick([['north', 'south'], ['south']]),
      ...edited(me),
    });
    for (const batch of [created, [referred]]) {
      try {
        await pushBatch(url, login.accessToken, batch);
      } catch {
        // Not acknowledged: whether it is stored is open, and both are right.
        break;
      }
    }
  }
}

async function pushBatch(url: string, token: string, batch: readonly StoredRevision[]): Promise<void> {
  const docs = batch.map(({ id, rev, ancestry, body }) => ({
    ...body,
    _id: id,
    _rev: rev,
    _revisions: { start: ancestry.length, ids: ancestry.map((name) => name.slice(name.indexOf('-') + 1)) },
  }));
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ docs, new_edits: false }),
  });
  const refused = (await response.json()) as unknown[];
  expect(response.status).toBe(201);
  expect(refused).toEqual([]);
  for (const { id, rev } of batch) acknowledged.set(id, (acknowledged.get(id) ?? new Set()).add(rev));
}

describe('SIGKILL', () => {
  it(`during pushes, ${PUSH_ROUNDS} times: nothing acknowledged is lost, and role databases agree with the primary`, {
    timeout: 400_000,
  }, async () => {
    for (let round = 0; round < PUSH_ROUNDS; round++) {
      const server = await startServerProcess(environment);
      const api = new ApiClient(server.url);
      const logins = await Promise.all([loginStaff(api, 'doctorNorth'), loginStaff(api, 'nurseNorth')]);
      let dead = false;
      const pushing = logins.map((login) => pushUntilKilled(login, () => dead));
      await pause(random.between(20, 700));
      await server.kill('SIGKILL');
      dead = true;
      await Promise.all(pushing);
      await expectConsistent();
    }
    expect(acknowledged.size).toBeGreaterThan(PUSH_ROUNDS * 5);
  });

  it(`during imports, ${IMPORT_ROUNDS} times: the next run completes what the last one left`, {
    timeout: 400_000,
  }, async () => {
    for (let round = 0; round < IMPORT_ROUNDS; round++) {
      // Another number of clinics moves most documents, so that every round has work to do.
      const child = await importProcess(2 + round);
      await child.writing;
      await pause(random.between(0, 600));
      child.kill();
      await child.ended;
      await expectConsistent();
    }
    const last = await importProcess(2 + IMPORT_ROUNDS);
    expect(await last.ended).toBe(0);
    await expectConsistent();
  });

  it('is not needed: SIGTERM lets a server end its work and exit with 0', async () => {
    const server = await startServerProcess(environment);
    const { accessToken } = await new ApiClient(server.url).login('admin', ADMIN_PASSWORD);
    // Resolves with the first heartbeat: then the request waits for news that never come.
    const waiting = await fetch(`${server.url}/sync/reference/_changes?feed=longpoll&since=now&heartbeat=100`, {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    expect(await server.kill('SIGTERM')).toBe(0);
    await waiting.text().catch(() => 'cut off');
  });
});

async function importProcess(clinics: number) {
  const child = spawn(
    process.execPath,
    [await compiled('server/tools/import-main.ts'), 'synthea', 'test/fixtures/synthea', '--clinics', String(clinics)],
    {
      env: { ...process.env, ...environment.env },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const writing = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('Reading 100')) resolve();
    });
    child.once('exit', () => resolve());
  });
  return { ended, writing, kill: () => child.kill('SIGKILL') };
}
