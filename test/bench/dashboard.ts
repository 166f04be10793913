/** The dashboard of a big network: what its answers cost the server, and how it is in a browser. */
import type { Overview } from '../../server/admin/overview/overview.ts';
import { ApiClient } from '../support/api-client.ts';
import { SKIP_BROWSER } from '../support/browser.ts';
import { ADMIN_PASSWORD, createEnvironment } from '../support/environment.ts';
import { startServerProcess } from '../support/test-server.ts';
import { browserFigures } from './dashboard-browser.ts';
import { CLINICS, DEVICES, fillNetwork } from './dashboard-network.ts';
import type { Figure } from './figure.ts';
import { KeepAliveClient } from './keep-alive-client.ts';
import { medianOf, timeOf } from './measure.ts';

const REQUESTS_PER_RUN = 5;
/** Counting everything anew after the start takes minutes: what is measured is a server that has done so. */
const SETTLE_MS = 10 * 60_000;

const PATHS: Readonly<Record<string, string>> = {
  overview: '/api/admin/overview',
  'health of all clinics': '/api/admin/clinics-health',
  'series of an hour': '/api/admin/series?range=hour',
  'series of 30 days': '/api/admin/series?range=month',
  '50 devices, heard of last': '/api/admin/devices?limit=50',
  '50 devices by name': '/api/admin/devices?limit=50&sort=name',
  '50 devices, most to pull': '/api/admin/devices?limit=50&sort=-toPull',
  '50 role databases': '/api/admin/role-databases?limit=50',
};

/** `runs`: turns of each measurement, after one that is not counted. */
export async function dashboard(runs: number, say: (text: string) => void): Promise<Figure[]> {
  say(`the dashboard of ${CLINICS} clinics and ${DEVICES} devices …`);
  const environment = await createEnvironment();
  await fillNetwork(environment, say);
  say('  the server starts, and counts what every device has to pull …');
  const server = await startServerProcess(environment);
  try {
    const { accessToken } = await new ApiClient(server.url).login('admin', ADMIN_PASSWORD);
    const client = new KeepAliveClient(server.url, { token: accessToken });
    await settle(client, say);
    const figures = await requestFigures(client, runs, say);
    client.close();
    return SKIP_BROWSER ? figures : [...figures, ...(await browserFigures(server.url, runs))];
  } finally {
    await server.kill('SIGTERM');
    await environment.remove();
  }
}

/** Until every device is counted. */
async function settle(client: KeepAliveClient, say: (text: string) => void): Promise<void> {
  const deadline = performance.now() + SETTLE_MS;
  for (;;) {
    const { devices } = await client.json<Overview>(PATHS.overview ?? '');
    if (devices?.notCounted === 0) return;
    if (performance.now() > deadline) {
      say(`  ${devices?.notCounted} devices are still not counted: measured all the same`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

async function requestFigures(client: KeepAliveClient, runs: number, say: (text: string) => void): Promise<Figure[]> {
  const times = new Map<string, number[]>([...Object.keys(PATHS), 'baseline'].map((name) => [name, []]));
  for (let run = 0; run <= runs; run++) {
    for (const [name, list] of times) {
      for (let n = 0; n < REQUESTS_PER_RUN; n++) {
        const elapsed = await timeOf(() => client.get(PATHS[name] ?? '/healthz'));
        if (run > 0) list.push(elapsed);
      }
    }
  }
  const { length } = await client.get(PATHS['health of all clinics'] ?? '');
  say(`  the health of all clinics is ${Math.round(length / 1_000)} kB`);
  const baseline = medianOf(times.get('baseline') ?? []);
  return Object.keys(PATHS).map((name) => ({
    name: `${name}; ${CLINICS} clinics, ${DEVICES} devices / GET /healthz`,
    measured: medianOf(times.get(name) ?? []),
    baseline,
    unit: 'ms',
    digits: 1,
  }));
}
