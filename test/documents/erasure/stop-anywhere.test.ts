/** An erasure that stops between any two steps is finished at the next start; one beside a rebuild leaves nothing either. */
import { describe, expect, it } from 'vitest';
import { type Config, loadConfig } from '../../../server/config.ts';
import { buildCore, type Core, prepareCore } from '../../../server/documents/core.ts';
import type { ErasureReport } from '../../../server/documents/erasure/erasure-job.ts';
import { Lifecycle } from '../../../server/lib/lifecycle.ts';
import { createLogger } from '../../../server/lib/logger.ts';
import { openStore } from '../../../server/store/open-store.ts';
import type { Database, Store } from '../../../server/store/store.ts';
import { type SyncRules, syncRules } from '../../../sync-rules/sync-rules.ts';
import { countWhile, eachBeside } from '../../support/beside.ts';
import { differences } from '../../support/compare-role-databases.ts';
import { createEnvironment } from '../../support/environment.ts';
import { filesWith } from '../../support/files-with.ts';
import { stoppingStore } from '../../support/stopping-store.ts';
import { clinics, type WrittenPatient, writeBystander, writePatient } from './erased-patient.ts';
import { erasing, whereStored } from './erasing.ts';

const logger = createLogger({ level: 'silent', pretty: false });
const by = 'uadmin';

interface Setting {
  readonly config: Config;
  readonly store: Store;
  readonly patient: WrittenPatient;
  /** A text of another patient, and where it is. */
  readonly bystander: string;
  readonly untouched: readonly string[];
}

/** Runs in an environment of its own, with a patient to be erased, and another one. */
async function inSetting(work: (setting: Setting) => Promise<void>): Promise<void> {
  const environment = await createEnvironment();
  const config = loadConfig(environment.env);
  const store = await openStore(config);
  const core = await buildCore({ config, logger, lifecycle: new Lifecycle(logger), store });
  await prepareCore(core);
  await core.writePath.putTrusted(clinics);
  const [patient, bystander] = [await writePatient(core), await writeBystander(core)];
  await core.projector.catchUp();
  const untouched = await whereStored(store, config.dbPrefix, bystander);
  await work({ config, store, patient, bystander, untouched });
  await store.close();
  expect(await filesWith(environment.folder, patient.marker)).toEqual([]);
  await environment.remove();
}

const started = async (config: Config, store: Store, rules?: SyncRules): Promise<Core> => {
  const core = await buildCore({ config, logger, lifecycle: new Lifecycle(logger), store, ...(rules && { rules }) });
  await prepareCore(core);
  return core;
};

describe('an erasure', () => {
  it('that stops between any two steps is finished at the next start, and is reported and audited as one that did not', {
    timeout: 900_000,
  }, async () => {
    const reports: ErasureReport[] = [];
    const stops = await countWhile(async (stopAfter) => {
      let finished = false;
      await inSetting(async ({ config, store, patient, bystander, untouched }) => {
        const { patientId, marker } = patient;
        const stopping = stoppingStore(store, stopAfter);
        // Which part fails does not matter, nor how it is reported: none of them does anything after the stop.
        const first = await started(config, stopping).then(
          (core) => erasing(core, config.dbPrefix),
          () => undefined,
        );
        const erased = first?.erasure.erase({ patientId, by });
        await erased?.catch(() => undefined);
        finished = !stopping.stopped();

        const next = await started(config, store);
        const hooked: string[] = [];
        const onErased = async (id: string) => {
          expect(await whereStored(store, config.dbPrefix, marker)).toEqual([]);
          hooked.push(id);
        };
        const { erasure, auditLog } = await erasing(next, config.dbPrefix, { onErased });
        await erasure.resume();
        const report = await erasure.erase({ patientId, by });
        reports.push({ ...report, patientId: '' });
        const { items } = await auditLog.list({ limit: 10 });
        expect(items.map(({ kind }) => kind)).toEqual(['erasure_completed', 'erasure_begun']);
        expect(items[0]).toMatchObject(report);
        expect(hooked.length).toBeLessThanOrEqual(1);
        expect(await whereStored(store, config.dbPrefix, marker), `stopped after ${stopAfter}`).toEqual([]);
        expect(await whereStored(store, config.dbPrefix, bystander)).toEqual(untouched);
        expect(await differences(next)).toEqual([]);
      });
      return !finished;
    });
    expect(new Set(reports.map((report) => JSON.stringify(report)))).toHaveLength(1);
    process.stdout.write(`stopped at each of ${stops} steps\n`);
    expect(stops).toBeGreaterThan(20);
  });
});

/** A store that calls `onOperation` before each operation on a database. */
function watchedStore(store: Store, onOperation: () => void): Store {
  const watched = (database: Database): Database =>
    new Proxy(database, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property, target);
        // A walk is made of ranges, which come by here one by one.
        if (typeof value !== 'function' || property === 'walk') return value;
        return async (...args: unknown[]) => {
          onOperation();
          return await (value as (...args: unknown[]) => unknown).apply(target, args);
        };
      },
    });
  return {
    kind: store.kind,
    shared: store.shared,
    open: async (name, options) => watched(await store.open(name, options)),
    list: () => store.list(),
    destroy: (name) => store.destroy(name),
    sizeBytes: (name) => store.sizeBytes(name),
    ping: () => store.ping(),
    status: () => store.status(),
    onUpdate: (listener) => store.onUpdate(listener),
    close: async () => {},
  };
}

/** As today's rules, but that a nurse sees no patients: what nurses have is taken from them, by a new revision of each. */
const otherRules: SyncRules = {
  ...syncRules,
  fingerprint: `${syncRules.fingerprint} other`,
  placement: (revision) =>
    syncRules
      .placement(revision)
      .filter(({ database }) => database.role !== 'nurse' || revision.body.type !== 'patient'),
};

/** Spread over the operations of the rebuild. */
const MOMENTS = 16;

describe('an erasure beside a rebuild', () => {
  it('leaves nothing in the databases that serve, are built, or served, at whatever moment it begins', {
    timeout: 900_000,
  }, async () => {
    /** Erases before the rebuild's n-th operation, or after all of them; answers how many it had. */
    const beside = async (moment: number): Promise<number> => {
      let operations = 0;
      await inSetting(async ({ config, store, patient, bystander }) => {
        let onOperation = () => {};
        const core = await started(
          config,
          watchedStore(store, () => onOperation()),
          otherRules,
        );
        const { erasure } = await erasing(core, config.dbPrefix);
        const erased: Promise<unknown>[] = [];
        const begin = () => erased.push(erasure.erase({ patientId: patient.patientId, by }));
        onOperation = () => {
          if (operations++ === moment) begin();
        };
        await core.rebuild.bringUpToDate(new AbortController().signal);
        onOperation = () => {};
        if (erased.length === 0) begin();
        await Promise.all(erased);
        await core.projector.catchUp();
        expect(await whereStored(store, config.dbPrefix, patient.marker), `begun at ${moment}`).toEqual([]);
        const places = await whereStored(store, config.dbPrefix, bystander);
        const built = `doctor-north-e${core.roleDatabases.epoch}`;
        expect(places.some((place) => place.startsWith(built))).toBe(true);
      });
      return operations;
    };
    const all = await beside(Number.POSITIVE_INFINITY);
    process.stdout.write(`a rebuild of ${all} operations\n`);
    const moments = Array.from({ length: MOMENTS }, (_, n) => Math.floor((n * all) / MOMENTS));
    await eachBeside(moments, beside);
  });
});
