/** `npm run bench`: figures as ratios against a baseline of the same run. */
import path from 'node:path';
import CliTable from 'cli-table3';
import { Command } from 'commander';
import leveldbAdapter from 'pouchdb-adapter-leveldb';
import PouchCore from 'pouchdb-core';
import { EmbeddedStore } from '../../server/store/embedded-store.ts';
import { childRevision } from '../../server/store/revisions.ts';
import type { Login } from '../support/api-client.ts';
import { COUCHDB_URL, createEnvironment } from '../support/environment.ts';
import { createNetwork, loginStaff } from '../support/network.ts';
import { remoteOf, StockPouch } from '../support/pouch-device.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { dashboard } from './dashboard.ts';
import { fairness } from './fairness.ts';
import { rowOf } from './figure.ts';
import { lists } from './lists.ts';
import { inTurn, timeOf } from './measure.ts';
import { addDocuments } from './network.ts';
import { rest } from './rest.ts';

const DOCUMENTS = 2_000;
const command = new Command('bench')
  .description('Measures VitaSync; every figure is a ratio against a baseline in the same run')
  .option('--runs <number>', 'counted runs of each measurement', '5')
  .option('--only <names>', 'comma-separated: gateway, other-clinics, durability, lists, rest, dashboard, fairness')
  .parse();
const options = command.opts<{ runs: string; only?: string }>();
const runs = Number(options.runs);
const wanted = (name: string) => !options.only || options.only.split(',').includes(name);

const table = new CliTable({ head: ['figure', 'measured', 'baseline', 'ratio'] });
const ms = (value: number) => `${value.toFixed(0)} ms`;
const say = (text: string) => process.stderr.write(`${text}\n`);

/** A device that has nothing yet pulls everything from `remote`. */
async function firstSync(remote: InstanceType<typeof StockPouch>, expected: number): Promise<void> {
  const local = new StockPouch(`bench-${performance.now()}`, { adapter: 'memory' });
  const result = (await local.replicate.from(remote, { batch_size: 500 })) as { docs_written: number };
  if (result.docs_written !== expected) throw new Error(`expected ${expected} documents, got ${result.docs_written}`);
  await local.destroy();
}

const gatewayOf = (login: Login) => remoteOf(String(login.databases[0]?.url), login.accessToken);

async function serverWithDocuments(): Promise<{ server: TestServer; login: Login }> {
  const server = await startServer();
  await createNetwork(server.admin);
  await addDocuments(server.core, 'north', DOCUMENTS);
  return { server, login: await loginStaff(server.api, 'nurseNorth') };
}

/** The same role database, through the gateway and straight from the store. */
async function gateway(): Promise<void> {
  say('first sync through the gateway, and straight from the store …');
  const { server, login } = await serverWithDocuments();
  const name = String((await server.core.roleDatabases.serving('nurse-north'))?.name);
  if (COUCHDB_URL) {
    const direct = new StockPouch(`${COUCHDB_URL.replace(/\/$/, '')}/${name}`, { adapter: 'http', skip_setup: true });
    const { through, straight } = await inTurn(runs, {
      through: () => firstSync(gatewayOf(login), DOCUMENTS),
      straight: () => firstSync(direct, DOCUMENTS),
    });
    table.push([
      `first sync of ${DOCUMENTS} documents / straight from CouchDB`,
      ms(through.median),
      ms(straight.median),
      (through.median / straight.median).toFixed(2),
    ]);
    await server.close();
    return;
  }
  const { through } = await inTurn(runs, { through: () => firstSync(gatewayOf(login), DOCUMENTS) });
  await server.stop();
  // LevelDB lets one process, and one store in it, have a database open.
  const Direct = PouchCore.plugin(leveldbAdapter);
  const direct = new Direct(path.join(server.environment.folder, 'databases', name), { adapter: 'leveldb' });
  const { straight } = await inTurn(runs, { straight: () => firstSync(direct, DOCUMENTS) });
  await direct.close();
  table.push([
    `first sync of ${DOCUMENTS} documents / straight from LevelDB in process`,
    ms(through.median),
    ms(straight.median),
    (through.median / straight.median).toFixed(2),
  ]);
  await server.environment.remove();
}

/** A device's first sync should not notice how much other clinics have. */
async function otherClinics(): Promise<void> {
  const { server, login } = await serverWithDocuments();
  let others = 0;
  let baseline = 0;
  for (const factor of [1, 10, 50]) {
    say(`first sync with ${factor} times as many documents of another clinic …`);
    await addDocuments(server.core, 'south', factor * DOCUMENTS - others);
    others = factor * DOCUMENTS;
    await server.settled();
    const { sync } = await inTurn(runs, { sync: () => firstSync(gatewayOf(login), DOCUMENTS) });
    if (factor === 1) baseline = sync.median;
    table.push([
      `first sync with ${factor} × as many of other clinics / with 1 ×`,
      ms(sync.median),
      ms(baseline),
      (sync.median / baseline).toFixed(2),
    ]);
  }
  await server.close();
}

/** What waiting for the disk costs the embedded store, for single documents and for batches. */
async function durability(): Promise<void> {
  if (COUCHDB_URL) return;
  say('writes that wait for the disk, and writes that do not …');
  const environment = await createEnvironment();
  const open = async (syncWrites: boolean) => {
    const store = await EmbeddedStore.create({ folder: path.join(environment.folder, String(syncWrites)), syncWrites });
    return { store, database: await store.open('bench') };
  };
  const [synced, unsynced] = [await open(true), await open(false)];
  let made = 0;
  const document = () => childRevision(undefined, `doc${made++}`, { text: 'x'.repeat(400) });
  for (const size of [1, 100]) {
    const write = async ({ database }: typeof synced) => {
      for (let batch = 0; batch < 30; batch++) await database.write(Array.from({ length: size }, document));
    };
    const times = await inTurn(runs, { synced: () => write(synced), unsynced: () => write(unsynced) });
    const ratio = (times.synced.median / times.unsynced.median).toFixed(2);
    table.push([
      `30 durable writes of ${size} / not waiting for the disk`,
      ms(times.synced.median),
      ms(times.unsynced.median),
      ratio,
    ]);
  }
  await synced.store.close();
  await unsynced.store.close();
  await environment.remove();
}

const elapsed = await timeOf(async () => {
  if (wanted('gateway')) await gateway();
  if (wanted('other-clinics')) await otherClinics();
  if (wanted('durability')) await durability();
  if (wanted('lists')) table.push(...(await lists(runs, say)).map(rowOf));
  if (wanted('rest')) table.push(...(await rest(runs, say)).map(rowOf));
  if (wanted('dashboard')) table.push(...(await dashboard(runs, say)).map(rowOf));
  if (wanted('fairness')) table.push(...(await fairness(say)));
});
process.stdout.write(
  `${table.toString()}\nmedians of ${runs} runs; ${COUCHDB_URL ? 'CouchDB' : 'embedded store'}; node ${process.version}; ${(elapsed / 1_000).toFixed(0)} s\n`,
);
