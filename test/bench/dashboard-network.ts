/** A big network, as it is when a server starts on it: clinics, their role databases, and tablets with what is known of them. */

import type { Device } from '../../server/accounts/devices.ts';
import { ActivityShards, type KeptDevice, SHARDS, shardOf } from '../../server/admin/monitoring/activity-shards.ts';
import type { DeviceRecord } from '../../server/admin/monitoring/device-record.ts';
import { loadServerId } from '../../server/admin/monitoring/server-id.ts';
import { loadConfig } from '../../server/config.ts';
import { openStore } from '../../server/store/open-store.ts';
import { childRevision } from '../../server/store/revisions.ts';
import { clinicDocId } from '../../shared-schemas/ids.ts';
import { CLINIC_ROLES } from '../../shared-schemas/roles.ts';
import { databasesOfClinic } from '../../sync-rules/role-database.ts';
import { seededRandom } from '../property/seeded-random.ts';
import type { TestEnvironment } from '../support/environment.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { addDocuments } from './network.ts';

export const CLINICS = 1_000;
export const DEVICES = 10_000;
/** Clinics whose role databases have documents, and how many a nurse sees there. */
const FILLED = 17;
const DOCUMENTS = 200;
const AT_ONCE = 100;
const SEED = 20_260_301;
const HOUR_MS = 3_600_000;

export const slugOf = (n: number): string => `clinic-${String(n).padStart(4, '0')}`;

/** Leaves a data folder (or databases on CouchDB) on which no server runs. */
export async function fillNetwork(environment: TestEnvironment, say: (text: string) => void): Promise<void> {
  const server = await startServer({ environment });
  say(`  ${CLINICS} clinics with ${CLINICS * CLINIC_ROLES.length} role databases …`);
  await addClinics(server);
  say(`  documents in ${FILLED * CLINIC_ROLES.length} of them …`);
  for (let n = 0; n < FILLED; n++) await addDocuments(server.core, slugOf(n), DOCUMENTS);
  await server.settled();
  say(`  ${DEVICES} devices …`);
  const devices = await describeDevices(server);
  await addEnrolments(server, devices);
  await server.stop();
  await addActivity(environment, devices);
}

async function addClinics({ admin, core }: TestServer): Promise<void> {
  await admin.ok('POST', '/api/clinics', { slug: slugOf(0), name: 'Clinic 0' });
  const [pattern] = await core.primary.winners([clinicDocId(slugOf(0))]);
  const slugs = Array.from({ length: CLINICS - 1 }, (_, n) => slugOf(n + 1));
  for (let at = 0; at < slugs.length; at += AT_ONCE) {
    const some = slugs.slice(at, at + AT_ONCE);
    await Promise.all(
      some.flatMap(databasesOfClinic).map(async (database) => {
        await core.roleDatabases.register(database);
        await core.roleDatabases.completeBuild(database.name);
      }),
    );
    await core.writePath.putTrusted(
      some.map((slug) => ({
        id: clinicDocId(slug),
        body: { ...pattern?.body, slug, name: `Clinic ${slug.slice(7)}` },
      })),
    );
  }
}

interface Described {
  readonly device: Device;
  readonly record: DeviceRecord;
}

/** Ten at each clinic; most were heard of today, some not for long. */
async function describeDevices({ core }: TestServer): Promise<Described[]> {
  const random = seededRandom(SEED);
  const { updateSeq, source } = await referenceOf(core);
  return Array.from({ length: DEVICES }, (_, n) => {
    const clinicId = slugOf(n % CLINICS);
    const role = CLINIC_ROLES[n % CLINIC_ROLES.length] ?? 'nurse';
    const hoursAgo = random.next() < 0.95 ? random.next() * 24 : random.next() * 24 * 30;
    const at = new Date(Date.now() - hoursAgo * HOUR_MS).toISOString();
    const deviceId = `bench-${String(n).padStart(5, '0')}`;
    const owner = `u${String(n).padStart(26, '0')}`;
    const activity = { bytesIn: n * 10, bytesOut: n * 100, documentsIn: n % 50, documentsOut: n % 500, refused: 0 };
    return {
      device: { deviceId, owner, name: `Tablet ${n}`, firstLoginAt: at, lastLoginAt: at },
      record: {
        ...{
          deviceId,
          owner,
          role,
          clinicId,
          client: 'PouchDB',
          firstContactAt: at,
          lastContactAt: at,
          lastPullAt: at,
        },
        databases: {
          reference: {
            ...activity,
            askedAt: at,
            reads: 'whole',
            feeds: { '*': { source, position: updateSeq, notedAt: at } },
          },
          [`${role}-${clinicId}`]: { ...activity, askedAt: at, reads: 'whole', feeds: {} },
        },
      },
    };
  });
}

async function referenceOf({ roleDatabases }: TestServer['core']) {
  const database = await roleDatabases.serving('reference');
  if (!database) throw new Error('there is no reference database');
  return { updateSeq: (await database.info()).updateSeq, source: database.name };
}

async function addEnrolments({ core, environment }: TestServer, devices: readonly Described[]): Promise<void> {
  const database = await core.store.open(`${environment.env.VITASYNC_DB_PREFIX}-accounts`);
  for (let at = 0; at < devices.length; at += 500) {
    await database.write(
      devices
        .slice(at, at + 500)
        .flatMap(({ device }) => [
          childRevision(undefined, `device:${device.deviceId}`, { ...device }),
          childRevision(undefined, `device-of:${device.owner}-${device.deviceId}`, { deviceId: device.deviceId }),
        ]),
    );
  }
}

/** As the server itself writes it down, while it does not run. */
async function addActivity(environment: TestEnvironment, devices: readonly Described[]): Promise<void> {
  const store = await openStore(loadConfig(environment.env));
  const database = await store.open(`${environment.env.VITASYNC_DB_PREFIX}-monitoring`);
  const shards = new ActivityShards(database, await loadServerId(environment.folder));
  for (let shard = 0; shard < SHARDS; shard++) {
    const kept = devices
      .filter(({ device }) => shardOf(device.deviceId) === shard)
      .map(({ record }): KeptDevice => ({ record, openFeeds: 0 }));
    await shards.write(shard, kept);
  }
  await store.close();
}
