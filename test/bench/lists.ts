/** Whether a page of a list costs more in a clinic that has much else. */
import type { Login } from '../support/api-client.ts';
import { createNetwork, loginStaff, newDocument, newPatient } from '../support/network.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import type { Figure } from './figure.ts';
import { KeepAliveClient } from './keep-alive-client.ts';
import { medianOf, timeOf } from './measure.ts';
import { addRecords } from './network.ts';

const FEW = 1_000;
const MANY = 50_000;
const OWN_RECORDS = 60;
/** Every patient that addRecords makes is found by the one, and none by the other. */
const EVERYONE = 'ann';
const ONE_PATIENT = 'quispe mamani';
const REQUESTS_PER_TURN = 20;

interface Clinic {
  readonly server: TestServer;
  readonly client: KeepAliveClient;
  readonly firstListMs: number;
  /** Addresses of what is measured, by its name. */
  readonly paths: ReadonlyMap<string, string>;
}

interface Page {
  readonly items: readonly unknown[];
  readonly nextCursor?: string;
}

/** `runs`: turns of each measurement, after one that is not counted. */
export async function lists(runs: number, say: (text: string) => void): Promise<Figure[]> {
  say(`lists in a clinic with ${FEW} other records, and with ${MANY} …`);
  const few = await clinicWith(FEW);
  const many = await clinicWith(MANY);
  const figures = [
    {
      name: `first list after the import of ${MANY} records / of ${FEW}`,
      measured: many.firstListMs,
      baseline: few.firstListMs,
      unit: 'ms' as const,
    },
  ];
  for (const name of few.paths.keys()) {
    const times = await inTurns(runs, { many, few }, name);
    const [measured, baseline] = [medianOf(times.many), medianOf(times.few)];
    figures.push({ name: `${name}, with ${MANY} other records / with ${FEW}`, measured, baseline, unit: 'ms' });
  }
  for (const { client, server } of [few, many]) {
    client.close();
    await server.close();
  }
  return figures.map((figure) => ({ ...figure, digits: 1 }));
}

async function clinicWith(others: number): Promise<Clinic> {
  const server = await startServer();
  await createNetwork(server.admin);
  const login = await loginStaff(server.api, 'doctorNorth');
  const patientId = await addMeasuredPatient(server, login);
  await addRecords(server.core, 'north', others);
  await server.settled();
  const client = new KeepAliveClient(server.url, { token: login.accessToken });
  const firstListMs = await timeOf(() => client.get('/api/records?limit=50'));
  const middle = await cursorAt(client, Math.floor(others / 2));
  const paths = new Map([
    [`page of 50 records of a patient with ${OWN_RECORDS}`, `/api/patients/${patientId}/records?limit=50`],
    ['first page of 50 records of the clinic', '/api/records?limit=50'],
    ['page of 50 records from the middle of the list', `/api/records?limit=50&cursor=${encodeURIComponent(middle)}`],
    ['search that finds one patient', `/api/patients?q=${encodeURIComponent(ONE_PATIENT)}`],
    ['search that finds nearly every patient, page of 50', `/api/patients?q=${EVERYONE}&limit=50`],
  ]);
  await checkPages(client, paths);
  return { server, client, firstListMs, paths };
}

async function addMeasuredPatient({ core }: TestServer, { principal }: Login): Promise<string> {
  const patient = newPatient(principal, { firstName: 'Zenobia', lastName: 'Quispe Mamani' });
  const records = Array.from({ length: OWN_RECORDS }, () => newDocument('record', patient, principal));
  await core.writePath.putTrusted([patient, ...records].map(({ _id, ...body }) => ({ id: _id, body })));
  return patient.patientId;
}

/** The cursor of a page that begins about that far down the list of records. */
async function cursorAt(client: KeepAliveClient, position: number): Promise<string> {
  let cursor = '';
  for (let passed = 0; passed < position; ) {
    const limit = Math.min(500, position - passed);
    const page: Page = await client.json(`/api/records?limit=${limit}${cursor && `&cursor=${cursor}`}`);
    if (page.nextCursor === undefined) throw new Error(`the list ends before its ${position}th record`);
    passed += page.items.length;
    cursor = encodeURIComponent(page.nextCursor);
  }
  return decodeURIComponent(cursor);
}

/** Pages of unequal size would compare unequal work. */
async function checkPages(client: KeepAliveClient, paths: ReadonlyMap<string, string>): Promise<void> {
  for (const path of paths.values()) {
    const { items } = await client.json<Page>(path);
    const expected = path.includes(encodeURIComponent(ONE_PATIENT)) ? 1 : 50;
    if (items.length !== expected) throw new Error(`GET ${path}: ${items.length} items, not ${expected}`);
  }
}

/** Milliseconds of single requests; each turn asks both clinics. */
async function inTurns(runs: number, clinics: Readonly<Record<'many' | 'few', Clinic>>, name: string) {
  const times = { many: [] as number[], few: [] as number[] };
  for (let run = 0; run <= runs; run++) {
    for (const size of ['many', 'few'] as const) {
      const { client, paths } = clinics[size];
      for (let n = 0; n < REQUESTS_PER_TURN; n++) {
        const elapsed = await timeOf(() => client.get(String(paths.get(name))));
        if (run > 0) times[size].push(elapsed);
      }
    }
  }
  return times;
}
