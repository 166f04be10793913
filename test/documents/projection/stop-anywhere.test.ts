/** A process that stops between any two steps leaves nothing that the next one does not finish. */
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../server/config.ts';
import { buildCore, type Core, prepareCore } from '../../../server/documents/core.ts';
import { Lifecycle } from '../../../server/lib/lifecycle.ts';
import { createLogger } from '../../../server/lib/logger.ts';
import { openStore } from '../../../server/store/open-store.ts';
import { childRevision, winnerOf } from '../../../server/store/revisions.ts';
import type { Store } from '../../../server/store/store.ts';
import type { Principal } from '../../../sync-rules/principal.ts';
import { patientDatabase } from '../../../sync-rules/role-database.ts';
import { type SyncRules, syncRules } from '../../../sync-rules/sync-rules.ts';
import { differences } from '../../support/compare-role-databases.ts';
import { createEnvironment } from '../../support/environment.ts';
import { edited, newDocument, newPatient } from '../../support/network.ts';
import { Stopped, stoppingStore } from '../../support/stopping-store.ts';

const logger = createLogger({ level: 'silent', pretty: false });
const doctor = { userId: 'udoctor', role: 'doctor', clinicId: 'north', deviceId: 'd1' } as const satisfies Principal;

const clinic = (slug: string) => ({
  id: `clinic:clinic:${slug}`,
  body: {
    type: 'clinic',
    schemaVersion: 1,
    slug,
    name: slug,
    createdAt: '2026-01-01T00:00:00.000Z',
    createdBy: 'x',
    updatedAt: '2026-01-01T00:00:00.000Z',
    updatedBy: 'x',
  },
});

const patient = newPatient(doctor);
const record = newDocument('record', patient, doctor);
const vital = newDocument('vital', patient, doctor);
const prescription = newDocument('prescription', patient, doctor);

interface Wire {
  readonly _id: string;
  readonly [field: string]: unknown;
}

/** What a tablet and an administrator do; every promise that resolves is an acknowledgement, noted in `acknowledged`. */
async function story(core: Core, acknowledged: Map<string, string>): Promise<void> {
  await prepareCore(core);
  await core.writePath.putTrusted([clinic('north'), clinic('south')]);
  const change = async (document: Wire, more: Record<string, unknown> = {}, deleted = false) => {
    const { _id, ...body } = { ...document, ...more };
    const parent = winnerOf((await core.primary.leaves([_id])).get(_id) ?? []);
    const revision = childRevision(parent, _id, body, { deleted });
    const [outcome] = await core.writePath.push(doctor, [revision]);
    expect(outcome?.outcome).toBe('stored');
    acknowledged.set(`${_id}@${revision.rev}`, revision.rev);
  };
  for (const document of [patient, record, vital, prescription]) await change(document);
  const database = patientDatabase(patient.patientId);
  await core.roleDatabases.register(database);
  await core.rebuild.fillPatient({ database });
  await change(record, { confidential: true, ...edited(doctor) });
  await change(patient, { clinicIds: ['north', 'south'], ...edited(doctor) });
  await change(vital, {}, true);
  const [refused] = await core.writePath.push(doctor, [
    childRevision(undefined, `${patient.patientId}:vital:01arz3ndektsv4rrffq69g5fav`, { type: 'vital' }),
  ]);
  expect(refused?.outcome).toBe('refused');
  acknowledged.set('refused', 'held');
  await change(patient, { clinicIds: ['south'], ...edited(doctor) });
  await core.projector.catchUp();
}

const attempt = async (
  store: Store,
  config: ReturnType<typeof loadConfig>,
  acknowledged: Map<string, string>,
  rules?: SyncRules,
) => {
  try {
    await story(
      await buildCore({ config, logger, lifecycle: new Lifecycle(logger), store, ...(rules && { rules }) }),
      acknowledged,
    );
    return true;
  } catch (error) {
    if (error instanceof Stopped) return false;
    throw error;
  }
};

async function expectAllThere(core: Core, acknowledged: ReadonlyMap<string, string>): Promise<void> {
  expect(await differences(core)).toEqual([]);
  for (const [key, rev] of acknowledged) {
    if (key === 'refused') {
      expect(await core.held.list(10)).toHaveLength(1);
      continue;
    }
    const id = key.slice(0, key.indexOf('@'));
    const known = (await core.primary.leaves([id])).get(id)?.some(({ ancestry }) => ancestry.includes(rev));
    expect(known, `${key} in the primary`).toBe(true);
    expect(await core.history.body(id, rev), `${key} in the history`).toBeDefined();
  }
}

describe('a server that stops', () => {
  it('between any two steps of writing, projecting and moving a patient is caught up by the next', {
    timeout: 600_000,
  }, async () => {
    let finished = false;
    let stops = 0;
    for (let stopAfter = 0; !finished; stopAfter++) {
      const environment = await createEnvironment();
      const config = loadConfig(environment.env);
      const store = await openStore(config);
      const acknowledged = new Map<string, string>();
      finished = await attempt(stoppingStore(store, stopAfter), config, acknowledged);
      if (!finished) stops++;
      const next = await buildCore({ config, logger, lifecycle: new Lifecycle(logger), store });
      await prepareCore(next);
      await next.rebuild.bringUpToDate(new AbortController().signal);
      await expectAllThere(next, acknowledged);
      await store.close();
      await environment.remove();
    }
    process.stdout.write(`stopped at each of ${stops} steps\n`);
    expect(stops).toBeGreaterThan(40);
  });
});

/** As today's rules, but that a nurse sees no vital signs. */
const otherRules: SyncRules = {
  ...syncRules,
  fingerprint: `${syncRules.fingerprint} other`,
  placement: (revision) =>
    syncRules.placement(revision).filter(({ database, body }) => database.role !== 'nurse' || body?.type !== 'vital'),
};

describe('a change of the rules', () => {
  it('rebuilds beside what serves, goes on where it stopped, switches, and gives devices a new revision of what changed', async () => {
    let finished = false;
    for (let stopAfter = 0; !finished; stopAfter += 3) {
      const environment = await createEnvironment();
      const config = loadConfig(environment.env);
      const store = await openStore(config);
      const before = await buildCore({ config, logger, lifecycle: new Lifecycle(logger), store });
      await prepareCore(before);
      await before.writePath.putTrusted([clinic('north')]);
      const documents = [patient, record, vital];
      for (const { _id, ...body } of documents)
        await before.writePath.push(doctor, [childRevision(undefined, _id, body)]);
      await before.projector.catchUp();
      const old = await before.roleDatabases.serving('nurse-north');
      expect((await old?.leaves([vital._id]))?.get(vital._id)?.[0]?.deleted).toBe(false);
      const shownBefore = (await old?.leaves([vital._id]))?.get(vital._id)?.[0]?.rev;

      const during = await buildCore({
        config,
        logger,
        lifecycle: new Lifecycle(logger),
        store: stoppingStore(store, stopAfter),
        rules: otherRules,
      });
      finished = await prepareCore(during)
        .then(() => during.rebuild.bringUpToDate(new AbortController().signal))
        .then(
          () => true,
          (error: unknown) => {
            if (error instanceof Stopped) return false;
            throw error;
          },
        );
      const after = await buildCore({ config, logger, lifecycle: new Lifecycle(logger), store, rules: otherRules });
      await prepareCore(after);
      await after.rebuild.bringUpToDate(new AbortController().signal);
      await after.projector.catchUp();
      expect(
        after.roleDatabases.list().every(({ serving, building }) => serving === after.roleDatabases.epoch && !building),
      ).toBe(true);
      const serving = await after.roleDatabases.serving('nurse-north');
      const shown = (await serving?.leaves([vital._id]))?.get(vital._id)?.[0];
      expect(shown?.deleted).toBe(true);
      // A device holds the revision it was shown: only one that descends from it takes the document away.
      expect(shown?.rev).not.toBe(shownBefore);
      expect(shown?.ancestry).toContain(shownBefore);
      const doctors = await (await after.roleDatabases.serving('doctor-north'))?.range({ limit: 10 });
      expect(doctors?.map(({ id }) => id).sort()).toEqual(documents.map(({ _id }) => _id).sort());
      await store.close();
      await environment.remove();
    }
  });
});
