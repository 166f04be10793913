/** An erasure reaches every build of a role database, the one that serves, earlier ones and one under construction, and does not wait for a pause to end. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Config, loadConfig } from '../../../server/config.ts';
import { buildCore, type Core, prepareCore } from '../../../server/documents/core.ts';
import { Lifecycle } from '../../../server/lib/lifecycle.ts';
import { createLogger } from '../../../server/lib/logger.ts';
import { openStore } from '../../../server/store/open-store.ts';
import type { Store } from '../../../server/store/store.ts';
import { differences } from '../../support/compare-role-databases.ts';
import { createEnvironment, type TestEnvironment } from '../../support/environment.ts';
import { clinics, writeBystander, writePatient } from './erased-patient.ts';
import { erasing, whereStored } from './erasing.ts';

const logger = createLogger({ level: 'warn', pretty: false });
const by = 'uadmin';
const now = { at: '2026-03-01T09:00:00.000Z', by };

let environment: TestEnvironment;
let config: Config;
let store: Store;
let core: Core;

beforeEach(async () => {
  environment = await createEnvironment();
  config = loadConfig(environment.env);
  store = await openStore(config);
  core = await buildCore({ config, logger, lifecycle: new Lifecycle(logger), store });
  await prepareCore(core);
  await core.writePath.putTrusted(clinics);
});
afterEach(async () => {
  await store.close();
  await environment.remove();
});

const placesOf = async (marker: string) =>
  new Set((await whereStored(store, config.dbPrefix, marker)).map((place) => place.split(' ')[0]));
const build = () => core.rebuild.bringUpToDate(new AbortController().signal);

it('leaves nothing in a role database that was built anew, nor in the one before', async () => {
  const patient = await writePatient(core);
  const { epoch } = core.roleDatabases;
  for (const name of ['doctor-south', `patient-${patient.patientId}`]) {
    await core.roleDatabases.beginRebuild(name);
    await build();
    const places = await placesOf(patient.marker);
    expect(places).toContain(`${name}-e${epoch}`);
    expect(places).toContain(`${name}-e${epoch}r2`);
  }
  const { erasure } = await erasing(core, config.dbPrefix);
  expect(await erasure.erase({ patientId: patient.patientId, by })).toMatchObject({ roleDatabases: 7 });
  expect(await placesOf(patient.marker)).toEqual(new Set());
  await core.roleDatabases.beginRebuild('doctor-south');
  await build();
  expect(await placesOf(patient.marker)).toEqual(new Set());
  expect(await differences(core)).toEqual([]);
});

it('is done while the projector is paused, and nothing comes back when it is resumed', async () => {
  const bystander = await writeBystander(core);
  const before = await placesOf(bystander);
  await core.pause.pause(now);
  const patient = await writePatient(core);
  const { erasure } = await erasing(core, config.dbPrefix);
  await erasure.erase({ patientId: patient.patientId, by });
  expect(await placesOf(patient.marker)).toEqual(new Set());
  await core.pause.resume({ ...now, at: '2026-03-01T09:05:00.000Z' });
  await core.projector.catchUp();
  await build();
  expect(await placesOf(patient.marker)).toEqual(new Set());
  expect(await placesOf(bystander)).toEqual(before);
  expect(await differences(core)).toEqual([]);
});
