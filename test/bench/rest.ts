/** What the rules, the sessions and everything else between a request and its document cost. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { COUCHDB_URL, createEnvironment, type TestEnvironment } from '../support/environment.ts';
import { createNetwork, loginStaff } from '../support/network.ts';
import { startServer, startServerProcess } from '../support/test-server.ts';
import type { Figure } from './figure.ts';
import { KeepAliveClient } from './keep-alive-client.ts';
import { inTurn } from './measure.ts';
import { addRecords } from './network.ts';

const RECORDS = 2_000;
const REQUESTS = 4_000;
const CONNECTIONS = 16;

interface Subject {
  readonly client: KeepAliveClient;
  readonly stop: () => Promise<unknown>;
}

/** Both servers are processes of their own, with the same documents in a database of their own. */
export async function rest(runs: number, say: (text: string) => void): Promise<Figure[]> {
  say('single records over REST, and from a bare Express …');
  const environment = await createEnvironment();
  const { database, ids, token } = await fill(environment);
  const bare = await startBare(environment, database);
  const server = await startServerProcess(environment);
  const full: Subject = {
    client: new KeepAliveClient(server.url, { token, connections: CONNECTIONS }),
    stop: () => server.kill('SIGTERM'),
  };
  await checkAlike(full, bare, String(ids[0]));
  const times = await inTurn(runs, { full: () => readAll(full, ids), bare: () => readAll(bare, ids) });
  for (const { client, stop } of [full, bare]) {
    client.close();
    await stop();
  }
  await environment.remove();
  const perSecond = (ms: number) => (REQUESTS * 1_000) / ms;
  return [
    {
      name: `GET /api/records/{id}, ${CONNECTIONS} at once / a bare Express on the same store`,
      measured: perSecond(times.full.median),
      baseline: perSecond(times.bare.median),
      unit: 'requests/s',
    },
  ];
}

/** Answers the name of the database that a doctor reads, the records in it, and the doctor's access token. */
async function fill(environment: TestEnvironment) {
  const server = await startServer({ environment });
  await createNetwork(server.admin);
  const ids = await addRecords(server.core, 'north', RECORDS);
  const database = String((await server.core.roleDatabases.serving('doctor-north'))?.name);
  const { accessToken } = await loginStaff(server.api, 'doctorNorth');
  await server.stop();
  return { database, ids, token: accessToken };
}

/** A folder of LevelDB belongs to one process: the bare server gets a copy. */
async function startBare(environment: TestEnvironment, database: string): Promise<Subject> {
  const copy = await createEnvironment();
  if (!COUCHDB_URL) {
    const location = (folder: string) => path.join(folder, 'databases', database);
    await cp(location(environment.folder), location(copy.folder), { recursive: true });
  }
  const child = spawn(process.execPath, ['--import', 'tsx', 'test/bench/bare-server.ts'], {
    env: { ...process.env, ...copy.env, BARE_DATABASE: database },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = async () => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    await copy.remove();
  };
  for await (const url of createInterface({ input: child.stdout }))
    return { client: new KeepAliveClient(url, { connections: CONNECTIONS }), stop };
  throw new Error('the bare server ended before it listened');
}

/** Two servers that answer differently would not be compared. */
async function checkAlike(full: Subject, bare: Subject, id: string): Promise<void> {
  const read = async ({ client }: Subject) => Object.entries(await client.json<object>(`/api/records/${id}`)).sort();
  const [one, other] = [JSON.stringify(await read(full)), JSON.stringify(await read(bare))];
  if (one !== other) throw new Error(`the two servers answer differently:\n${one}\n${other}`);
}

async function readAll({ client }: Subject, ids: readonly string[]): Promise<void> {
  let next = 0;
  const reader = async () => {
    for (let n = next++; n < REQUESTS; n = next++) await client.get(`/api/records/${ids[n % ids.length]}`);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, reader));
}
