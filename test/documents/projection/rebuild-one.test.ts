/** A role database that was damaged is built anew beside itself, and devices that read the damage end with what is right. */
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../server/config.ts';
import { buildCore, type Core, prepareCore } from '../../../server/documents/core.ts';
import { Lifecycle } from '../../../server/lib/lifecycle.ts';
import { createLogger } from '../../../server/lib/logger.ts';
import { openStore } from '../../../server/store/open-store.ts';
import { childRevision, winnerOf } from '../../../server/store/revisions.ts';
import type { Database, Store } from '../../../server/store/store.ts';
import type { Principal } from '../../../sync-rules/principal.ts';
import { patientDatabase } from '../../../sync-rules/role-database.ts';
import { differences } from '../../support/compare-role-databases.ts';
import { addTo, alterIn, removeFrom } from '../../support/damage.ts';
import { COUCHDB_URL, createEnvironment } from '../../support/environment.ts';
import { newDocument, newPatient } from '../../support/network.ts';
import { Stopped, stoppingStore } from '../../support/stopping-store.ts';

const logger = createLogger({ level: 'silent', pretty: false });
const author = { userId: 'udoctor', role: 'doctor', clinicId: 'north', deviceId: 'd1' } as const satisfies Principal;
const inSouth = { ...author, clinicId: 'south' } as const;
const clinic = (slug: string) => {
  const times = { createdAt: '2026-01-01T00:00:00.000Z', updatedAt: '2026-01-01T00:00:00.000Z' };
  const body = { type: 'clinic', schemaVersion: 1, slug, name: slug, ...times, createdBy: 'x', updatedBy: 'x' };
  return { id: `clinic:clinic:${slug}`, body };
};

const patient = newPatient(author);
/** A new server for each step takes long on CouchDB. */
const STRIDE = COUCHDB_URL ? 4 : 1;

const vital = () => newDocument('vital', patient, author);
const [removed, altered, kept, another] = [vital(), vital(), vital(), vital()] as const;
const foreign = newPatient(inSouth);
const nowhere = newDocument('vital', patient, author);
interface Wire {
  readonly _id: string;
  readonly [field: string]: unknown;
}

async function populated(store: Store, config: ReturnType<typeof loadConfig>): Promise<Core> {
  const core = await buildCore({ config, logger, lifecycle: new Lifecycle(logger), store });
  await prepareCore(core);
  await core.writePath.putTrusted([clinic('north'), clinic('south')]);
  for (const [principal, documents] of [
    [author, [patient, removed, altered, kept, another]],
    [inSouth, [foreign]],
  ] as const) {
    for (const { _id, ...body } of documents as readonly Wire[]) {
      const [outcome] = await core.writePath.push(principal, [childRevision(undefined, _id, body)]);
      expect(outcome?.outcome).toBe('stored');
    }
  }
  const database = patientDatabase(patient.patientId);
  await core.roleDatabases.register(database);
  await core.rebuild.fillPatient({ database });
  await core.projector.catchUp();
  return core;
}

async function damage(core: Core, name: string): Promise<Database> {
  const serving = await core.roleDatabases.serving(name);
  if (!serving) throw new Error(`${name} does not serve`);
  await removeFrom(serving, removed._id);
  await alterIn(serving, altered._id, { heartRatePerMinute: 1 });
  const { _id, ...body } = nowhere;
  await addTo(serving, childRevision(undefined, _id, body));
  const [foreignLeaf] = (await core.primary.leaves([foreign._id])).get(foreign._id) ?? [];
  if (foreignLeaf) await addTo(serving, foreignLeaf);
  return serving;
}

/** What a device ends with that had everything of the one database and pulls everything of the other: the union of the trees. */
async function onDevice(
  id: string,
  before: Database,
  after: Database,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const [had, pulled] = [(await before.leaves([id])).get(id) ?? [], (await after.leaves([id])).get(id) ?? []];
  const all = [...new Map([...had, ...pulled].map((leaf) => [leaf.rev, leaf])).values()];
  const ancestors = new Set(all.flatMap(({ ancestry }) => ancestry.slice(1)));
  // A revision that it has is not fetched again.
  const winner = winnerOf(
    all.filter(({ rev }) => !ancestors.has(rev)).map((leaf) => had.find(({ rev }) => rev === leaf.rev) ?? leaf),
  );
  return winner && !winner.deleted ? winner.body : undefined;
}

describe.each(['doctor-north', patientDatabase(patient.patientId).name])('%s, damaged', (name) => {
  it('is right after it was built anew, on devices too, wherever the server stopped meanwhile', {
    timeout: 300_000,
  }, async () => {
    let finished = false;
    let stops = 0;
    for (let stopAfter = 0; !finished; stopAfter += STRIDE) {
      const environment = await createEnvironment();
      const config = loadConfig(environment.env);
      const store = await openStore(config);
      const core = await populated(store, config);
      const damaged = await damage(core, name);
      expect(await differences(core)).not.toEqual([]);

      const during = await buildCore({
        config,
        logger,
        lifecycle: new Lifecycle(logger),
        store: stoppingStore(store, stopAfter),
      });
      finished = await during.roleDatabases
        .beginRebuild(name)
        .then(() => during.rebuild.bringUpToDate(new AbortController().signal))
        .then(
          () => true,
          (error: unknown) => {
            if (error instanceof Stopped) return false;
            throw error;
          },
        );
      if (!finished) stops++;

      const after = await buildCore({ config, logger, lifecycle: new Lifecycle(logger), store });
      if (after.roleDatabases.get(name)?.serving === after.roleDatabases.epoch)
        await after.roleDatabases.beginRebuild(name);
      await after.rebuild.bringUpToDate(new AbortController().signal);
      await after.projector.catchUp();
      expect(after.roleDatabases.get(name)).toMatchObject({
        serving: `${after.roleDatabases.epoch}r2`,
        building: undefined,
      });
      expect(await differences(after)).toEqual([]);
      const built = await after.roleDatabases.serving(name);
      if (!built) throw new Error('it does not serve');
      const onTablet = (id: string) => onDevice(id, damaged, built);
      for (const { _id } of [removed, altered, kept, another])
        expect(await onTablet(_id), _id).toMatchObject({ heartRatePerMinute: 72 });
      for (const { _id } of [nowhere, foreign]) expect(await onTablet(_id), _id).toBeUndefined();
      // What no longer serves goes at the next start.
      expect(await store.list()).toContain(damaged.name);
      await prepareCore(await buildCore({ config, logger, lifecycle: new Lifecycle(logger), store }));
      expect(await store.list()).not.toContain(damaged.name);
      await store.close();
      await environment.remove();
    }
    process.stdout.write(`${name}: stopped at each of ${stops} steps\n`);
    expect(stops).toBeGreaterThan(1);
  });
});

it('goes on from where it stopped, and is begun once where it is asked for twice', async () => {
  const environment = await createEnvironment();
  const config = loadConfig(environment.env);
  const store = await openStore(config);
  const core = await populated(store, config);
  await core.roleDatabases.beginRebuild('nurse-north');
  await core.roleDatabases.beginRebuild('nurse-north');
  const stopped = new AbortController();
  stopped.abort();
  await core.rebuild.bringUpToDate(stopped.signal);
  expect(core.roleDatabases.get('nurse-north')).toMatchObject({ building: `${core.roleDatabases.epoch}r2` });
  const next = await buildCore({ config, logger, lifecycle: new Lifecycle(logger), store });
  await prepareCore(next);
  await next.rebuild.bringUpToDate(new AbortController().signal);
  expect(next.roleDatabases.get('nurse-north')?.serving).toBe(`${core.roleDatabases.epoch}r2`);
  await next.roleDatabases.beginRebuild('nurse-north');
  await next.rebuild.bringUpToDate(new AbortController().signal);
  expect(next.roleDatabases.get('nurse-north')?.serving).toBe(`${core.roleDatabases.epoch}r3`);
  expect(await differences(next)).toEqual([]);
  await store.close();
  await environment.remove();
});
