/** What the background count says of devices, held against the count of this moment. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Devices } from '../../../server/accounts/devices.ts';
import { KnownDevices } from '../../../server/accounts/known-devices.ts';
import { DeviceMonitoring } from '../../../server/admin/monitoring/device-monitoring.ts';
import type { PendingSurvey } from '../../../server/admin/monitoring/pending-survey.ts';
import { Lifecycle } from '../../../server/lib/lifecycle.ts';
import { createLogger } from '../../../server/lib/logger.ts';
import type { Login } from '../../support/api-client.ts';
import { createNetwork, edited, loginStaff, newDocument, newPatient, type StaffName } from '../../support/network.ts';
import { PouchDevice } from '../../support/pouch-device.ts';
import { createRandom } from '../../support/random.ts';
import { startServer, type TestServer } from '../../support/test-server.ts';
import { waitFor } from '../../support/wait-for.ts';

const random = createRandom('pending survey');
const logger = createLogger({ level: 'warn', pretty: false });
const NAMES: readonly StaffName[] = ['doctorNorth', 'nurseNorth', 'pharmacistNorth', 'doctorSouth', 'nurseSouth'];

interface Listed {
  readonly deviceId: string;
  readonly toPull?: { readonly total: number };
}

let server: TestServer;
let tablets: PouchDevice[];
let patients: ReturnType<typeof newPatient>[];
const doctor = () => login(0);
const login = (n: number): Login => tablets[n]?.login as Login;

beforeAll(async () => {
  server = await startServer();
  await createNetwork(server.admin);
  tablets = [];
  for (const name of NAMES) tablets.push(new PouchDevice(await loginStaff(server.api, name)));
  patients = [newPatient(doctor().principal), newPatient(doctor().principal)];
  for (const patient of patients) await server.api.as(doctor().accessToken).ok('POST', '/api/patients', patient);
});
afterAll(() => server?.close());

/** As it is counted at the request, for all devices that ever synced. */
async function exact(): Promise<Map<string, number>> {
  const { items } = await server.admin.ok<{ items: Listed[] }>('GET', '/api/admin/devices?limit=100');
  return new Map(items.flatMap(({ deviceId, toPull }) => (toPull ? [[deviceId, toPull.total] as const] : [])));
}

/** In the order of the list, which goes by the survey. */
const surveyed = async (query: string) =>
  (await server.admin.ok<{ items: Listed[] }>('GET', `/api/admin/devices?limit=100&${query}`)).items;

async function write(times: number): Promise<void> {
  const api = server.api.as(doctor().accessToken);
  const { principal } = doctor();
  for (let n = 0; n < times; n++) {
    const patient = random.pick(patients);
    if (random.next() < 0.5) await api.ok('POST', '/api/vitals', newDocument('vital', patient, principal));
    else await api.ok('PATCH', `/api/patients/${patient.patientId}`, { staffNotes: `n${n}`, ...edited(principal) });
  }
}

describe('the survey', () => {
  it('becomes what is counted at the request, whatever devices and documents do', async () => {
    for (const tablet of tablets) await tablet.pull();
    for (let round = 0; round < 4; round++) {
      await write(random.between(1, 6));
      for (const tablet of tablets) if (random.next() < 0.4) await tablet.pull();
      await server.settled();
      const totals = [...(await exact()).values()].sort((a, b) => b - a);
      await waitFor(
        async () => {
          const listed = await surveyed('sort=-toPull');
          const behind = await surveyed('behind=true');
          const shown = listed.flatMap(({ toPull }) => (toPull ? [toPull.total] : []));
          return shown.join() === totals.join() && behind.length === totals.filter((total) => total > 0).length;
        },
        { what: `round ${round}: the list being in the order of what is counted` },
      );
    }
  });

  it('counts what was there before it started, forgets nobody, and tells of news', async () => {
    const { store, roleDatabases } = server.core;
    const prefix = server.environment.env.VITASYNC_DB_PREFIX;
    const accounts = await store.open(`${prefix}-accounts`);
    const devices = new Devices(accounts);
    const lifecycle = new Lifecycle(logger);
    const known = await KnownDevices.open({ devices, database: accounts, store, logger });
    lifecycle.onStop('known devices', () => known.close());
    // Of a server that shares the store, and knows of the devices by what the other one wrote down.
    const monitoring = await DeviceMonitoring.open({
      store: { shared: true, onUpdate: (listener) => store.onUpdate(listener) },
      database: await store.open(`${prefix}-monitoring`),
      serverId: 's0123456789abcdef',
      roleDatabases,
      devices: known,
      refreshTokenDays: 90,
      logger,
      lifecycle,
      nowMs: Date.now,
    });
    try {
      const { survey } = monitoring;
      let told = 0;
      survey.onChange(() => told++);
      expect(survey.of(login(0).principal.deviceId)).toBeUndefined();
      for (const tablet of tablets) await tablet.pull();
      const isCurrent = async () => {
        const counted = await exact();
        return [...counted].every(([deviceId, total]) => survey.of(deviceId)?.total === total) && sumsUp(survey);
      };
      await waitFor(isCurrent, { what: 'the survey being what is counted', timeoutMs: 60_000 });
      await waitFor(() => told > 0, { what: 'the news being told' });
      await write(3);
      await server.settled();
      await waitFor(async () => survey.summary().behind > 0, { what: 'the survey noticing the writes' });
      await waitFor(isCurrent, { what: 'the survey being what is counted after the writes' });
      // One that may not sync any more is neither up to date nor behind.
      await devices.revoke(login(1).principal.deviceId);
      const { upToDate, behind } = survey.summary();
      expect(upToDate + behind).toBe(NAMES.length - 1);
    } finally {
      await lifecycle.stop({ deadlineMs: 10_000 });
    }
  });
});

function sumsUp(survey: PendingSurvey): boolean {
  const { upToDate, behind, notCounted, oldestAt } = survey.summary();
  return notCounted === 0 && upToDate + behind === NAMES.length && oldestAt !== undefined;
}
