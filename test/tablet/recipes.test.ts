/** The programs of README.md and of the tablet's README.md make a tablet that syncs, as they stand. */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { ApiClient } from '../support/api-client.ts';
import { PROJECT, readDocument, sectionOf } from '../support/documents.ts';
import { newPatient } from '../support/network.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

const NORA = { username: 'nora', password: 'nine quiet lanterns' };
const POUCHDB = pathToFileURL(path.join(PROJECT, 'test/tablet/stock-pouchdb.ts')).href;

let server: TestServer;
let dora: ApiClient;
let doctor: Parameters<typeof newPatient>[0];
let running: ChildProcess | undefined;

beforeAll(async () => {
  server = await startServer();
  await server.admin.ok('POST', '/api/clinics', { slug: 'north', name: 'Clinic North' });
  const account = { name: 'A person', clinicIds: ['north'] };
  await server.admin.ok('POST', '/api/accounts', { ...account, ...NORA, role: 'nurse' });
  const password = 'correct horse battery';
  await server.admin.ok('POST', '/api/accounts', { ...account, username: 'dora', password, role: 'doctor' });
  const { accessToken, principal } = await server.api.login('dora', password);
  dora = server.api.as(accessToken);
  doctor = principal;
});
afterEach(() => {
  running?.kill('SIGKILL');
});
afterAll(() => server?.close());

/**
 * Starts a program of a document, followed by `more`, in the folder of the document. What differs from an app is where the
 * server is, and that PouchDB keeps nothing. Answers the lines that it has printed.
 */
async function start(file: string, name: string, more: string): Promise<() => readonly string[]> {
  const program = /```js\n([\s\S]*?)```/.exec(sectionOf(await readDocument(file), name))?.[1] ?? '';
  const here = `${program}\n${more}`
    .replaceAll('http://localhost:3000', server.url)
    .replace("from 'pouchdb'", `from '${POUCHDB}'`);
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', here], {
    cwd: path.join(PROJECT, path.dirname(file)),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running = child;
  let printed = '';
  let faults = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    faults += chunk.toString();
  });
  return () => {
    if (child.exitCode) throw new Error(`the program of ${file} failed:\n${faults}`);
    return printed.split('\n');
  };
}

const namesOf = async (): Promise<string[]> => {
  const { items } = await dora.ok<{ items: { firstName: string }[] }>('GET', '/api/patients?limit=500');
  return items.map(({ firstName }) => firstName);
};
const WAIT = { timeoutMs: 60_000 };

it('the program of README.md writes a patient that the clinic has a moment later', async () => {
  const printed = await start('README.md', 'first-tablet', '');
  await waitFor(async () => printed() && (await namesOf()).includes('José'), { ...WAIT, what: 'the patient' });
});

it('the recipe for PouchDB syncs both ways, keeps its tokens, and tells of a refused write', async () => {
  const fromDoctor = newPatient(doctor, { firstName: 'Beatrix' });
  await dora.ok('POST', '/api/patients', fromDoctor);
  const fromTablet = newPatient({ ...doctor, userId: 'the nurse' }, { firstName: 'Zelda' });
  const printed = await start(
    'server/tablet/README.md',
    'pouchdb',
    `const clinic = new PouchDB(databases[0].name);
     const mine = (patient) => ({ ...patient, createdBy: principal.userId, updatedBy: principal.userId });
     await clinic.put(mine(${JSON.stringify(fromTablet)}));
     await clinic.put({ ...mine(${JSON.stringify(newPatient(doctor))}), clinicIds: ['nowhere'] });
     for (;;) {
       const { rows } = await clinic.allDocs({ include_docs: true });
       console.log('has ' + rows.map(({ doc }) => doc.firstName).join());
       const { refreshToken, deviceSecret, deviceId } = await kept.get('session');
       console.log('kept ' + refreshToken.length + ' ' + deviceSecret.length + ' ' + replications.length);
       console.log('device ' + deviceId);
       await new Promise((resolve) => setTimeout(resolve, 100));
     }`,
  );
  await waitFor(async () => printed() && (await namesOf()).includes('Zelda'), {
    ...WAIT,
    what: "the tablet's patient",
  });
  await waitFor(() => printed().some((line) => /^has .*Beatrix/.test(line)), { ...WAIT, what: "the doctor's patient" });
  expect(printed().some((line) => /^kept \d{2,} 43 2$/.test(line))).toBe(true);
  const deviceId = printed()
    .find((line) => line.startsWith('device '))
    ?.slice('device '.length);
  await waitFor(async () => (await server.core.held.list(10)).some(({ by }) => by?.deviceId === deviceId), {
    ...WAIT,
    what: 'the refused write',
  });
});

it('the recipe for RxDB syncs both ways', async () => {
  const fromDoctor = newPatient(doctor, { firstName: 'Wilhelmina' });
  await dora.ok('POST', '/api/patients', fromDoctor);
  const printed = await start(
    'server/tablet/README.md',
    'rxdb',
    `const { patient } = database.collections;
     await patient.insert({ ...${JSON.stringify(newPatient(doctor, { firstName: 'Ottoline' }))},
       createdBy: principal.userId, updatedBy: principal.userId });
     for (;;) {
       console.log('has ' + (await patient.find().exec()).map(({ firstName }) => firstName).join() + ' ' + replications.length);
       await new Promise((resolve) => setTimeout(resolve, 100));
     }`,
  );
  await waitFor(async () => printed() && (await namesOf()).includes('Ottoline'), {
    ...WAIT,
    what: "the tablet's patient",
  });
  await waitFor(() => printed().some((line) => /^has .*Wilhelmina/.test(line)), {
    ...WAIT,
    what: "the doctor's patient",
  });
});
