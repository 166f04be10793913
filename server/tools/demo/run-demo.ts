/** The demo from start to end: server, data, people, tablets, story, verification. */
import { Cleanup } from './cleanup.ts';
import { startDemoServer } from './demo-server.ts';
import { importBundledData } from './import-data.ts';
import { OUTCOMES, OutcomeMissed } from './outcomes.ts';
import { createPeople, type People } from './people.ts';
import { PouchTablet } from './pouch-tablet.ts';
import { primaryDocuments } from './primary.ts';
import { RestClient } from './rest-client.ts';
import { RxdbTablet } from './rxdb-tablet.ts';
import { workApart } from './scene-apart.ts';
import { firstSync } from './scene-first-sync.ts';
import { refer } from './scene-referral.ts';
import { workTogether } from './scene-together.ts';
import { chooseSetting } from './setting.ts';
import { Stage, type Tablets } from './stage.ts';
import { differencesText, heldTable, missedText, tabletTable } from './text.ts';
import { hasConverged } from './verification.ts';

const MAX_HELD = 1_000;

export interface DemoOptions {
  /** A CouchDB to use instead of the embedded store, with an administrator's credentials. */
  readonly couchdbUrl: string | undefined;
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Ends the demo early; what it made is removed all the same. */
  readonly signal: AbortSignal;
}

/**
 * Answers whether every tablet converged and every outcome of the story was seen.
 * @throws ConfigError or StoreUnavailableError where the server cannot start, the signal's reason where it was aborted
 */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const startedMs = performance.now();
  const elapsed = () => ((performance.now() - startedMs) / 1_000).toFixed(2);
  const print = (text: string) => void options.output.write(`${text}\n`);
  const cleanup = new Cleanup();
  try {
    const stage = await setUp(options, cleanup, (sentence) => print(`[${elapsed().padStart(6)} s] ${sentence}`));
    await tell(stage);
    const passed = await report(stage, print);
    options.signal.throwIfAborted();
    print(`${passed ? 'All converged' : 'The demo failed'}, after ${elapsed()} seconds.`);
    return passed;
  } finally {
    for (const failure of await cleanup.run()) print(`Could not be removed: ${failure}`);
  }
}

async function setUp({ couchdbUrl, output, signal }: DemoOptions, cleanup: Cleanup, say: (sentence: string) => void) {
  const server = await startDemoServer(cleanup, { couchdbUrl, pretty: output.isTTY === true });
  const { core, url } = server;
  say(
    `A server runs at ${url}, ${core.store.kind === 'couchdb' ? 'on CouchDB' : 'with its data in a temporary folder'}.`,
  );
  const { written, errors } = await importBundledData(core, signal);
  if (errors.length > 0) throw new Error(`the bundled data has ${errors.length} rows with errors`);
  const setting = chooseSetting(await primaryDocuments(core));
  say(`${written.created} documents are imported, of the clinics ${setting.clinic} and ${setting.otherClinic}.`);
  const people = await createPeople(server, setting);
  say('The administrator has created six accounts, and they have logged in.');
  const tablets = await createTablets(url, people, cleanup);
  return new Stage({ core, api: new RestClient(url), people, tablets, setting, say, signal });
}

async function createTablets(server: string, people: People, cleanup: Cleanup): Promise<Tablets> {
  const tablets = {
    doctor: new PouchTablet({ name: 'doctor', server, login: people.doctor }),
    nurse: await RxdbTablet.create({ name: 'nurse', server, login: people.nurse }),
    pharmacist: new PouchTablet({ name: 'pharmacist', server, login: people.pharmacist }),
    patient: new PouchTablet({ name: 'patient', server, login: people.patient }),
  };
  for (const tablet of Object.values(tablets)) cleanup.add(`tablet of the ${tablet.name}`, () => tablet.close());
  return tablets;
}

/** A story that breaks off still ends in a report. */
async function tell(stage: Stage): Promise<void> {
  try {
    await firstSync(stage);
    await workTogether(stage, await workApart(stage));
    await refer(stage);
  } catch (error) {
    if (!(error instanceof OutcomeMissed)) throw error;
    stage.say(`  ✗ ${error.message}`);
  }
}

async function report(stage: Stage, print: (text: string) => void): Promise<boolean> {
  for (const tablet of Object.values(stage.tablets)) tablet.goOnline();
  const states = await stage.settle();
  const { checklist } = stage;
  print(`\n${tabletTable(states)}\n\n${heldTable(await stage.core.held.list(MAX_HELD))}\n`);
  print(`Outcomes seen: ${checklist.size} of ${Object.keys(OUTCOMES).length}`);
  for (const text of [differencesText(states), missedText(checklist.unchecked)]) if (text !== '') print(text);
  return states.every(hasConverged) && checklist.unchecked.length === 0;
}
