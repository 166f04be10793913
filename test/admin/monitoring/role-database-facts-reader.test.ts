/** Documents, bytes and sequence of role databases: right soon after a change, and there right after a restart, with their age. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RoleDatabaseFactsReader } from '../../../server/admin/monitoring/role-database-facts-reader.ts';
import { loadConfig } from '../../../server/config.ts';
import { buildCore, type Core, prepareCore } from '../../../server/documents/core.ts';
import { Lifecycle } from '../../../server/lib/lifecycle.ts';
import { createLogger } from '../../../server/lib/logger.ts';
import { openStore } from '../../../server/store/open-store.ts';
import { childRevision } from '../../../server/store/revisions.ts';
import type { Store } from '../../../server/store/store.ts';
import { createEnvironment, type TestEnvironment } from '../../support/environment.ts';
import { newDocument, newPatient } from '../../support/network.ts';
import { waitFor } from '../../support/wait-for.ts';

const logger = createLogger({ level: 'silent', pretty: false });
const doctor = { userId: 'udoctor', role: 'doctor', clinicId: 'north', deviceId: 'd1' } as const;
const times = { createdAt: '2026-01-01T00:00:00.000Z', updatedAt: '2026-01-01T00:00:00.000Z' };
const clinic = (slug: string) => ({
  id: `clinic:clinic:${slug}`,
  body: { type: 'clinic', schemaVersion: 1, slug, name: slug, ...times, createdBy: 'x', updatedBy: 'x' },
});

let environment: TestEnvironment;
let store: Store;
let core: Core;
let nowMs: number;
beforeEach(async () => {
  environment = await createEnvironment();
  const config = loadConfig(environment.env);
  store = await openStore(config);
  core = await buildCore({ config, logger, lifecycle: new Lifecycle(logger), store });
  await prepareCore(core);
  await core.writePath.putTrusted([clinic('north'), clinic('south')]);
  nowMs = Date.parse('2026-03-01T09:00:00.000Z');
});
afterEach(async () => {
  await store.close();
  await environment.remove();
});

/** As one process has them. */
async function open(counting: Store = store): Promise<RoleDatabaseFactsReader> {
  const database = await store.open(`${environment.env.VITASYNC_DB_PREFIX}-monitoring`);
  const { roleDatabases } = core;
  return RoleDatabaseFactsReader.open({
    store: counting,
    roleDatabases,
    database,
    logger,
    nowMs: () => nowMs,
    sweepIntervalMs: 20,
  });
}

async function write(count: number): Promise<void> {
  const patient = newPatient(doctor);
  for (const { _id, ...body } of [
    patient,
    ...Array.from({ length: count - 1 }, () => newDocument('vital', patient, doctor)),
  ])
    await core.writePath.push(doctor, [childRevision(undefined, _id, body)]);
}

const allRead = (facts: RoleDatabaseFactsReader) =>
  waitFor(() => facts.all().size === core.roleDatabases.list().length, { what: 'all of them being read' });

describe('facts of role databases', () => {
  it('are read of all of them after a start, and again of those that change', async () => {
    const facts = await open();
    await allRead(facts);
    expect(facts.of('reference')).toMatchObject({
      name: 'reference',
      documents: 2,
      readAt: '2026-03-01T09:00:00.000Z',
    });
    expect(facts.of('nurse-nowhere')).toBeUndefined();
    const told: string[] = [];
    const unsubscribe = facts.onChange((name) => told.push(name));
    nowMs += 60_000;
    await write(3);
    await waitFor(() => facts.of('doctor-north')?.documents === 3, { what: 'the documents being counted' });
    const { updateSeq } = (await (await core.roleDatabases.serving('doctor-north'))?.info()) ?? {};
    await waitFor(() => facts.of('doctor-north')?.updateSeq === updateSeq, { what: 'the last sequence' });
    expect(facts.of('doctor-north')).toMatchObject({ readAt: '2026-03-01T09:01:00.000Z' });
    expect(facts.of('doctor-north')?.bytes).toBeGreaterThan(0);
    expect(facts.of('doctor-south')).toMatchObject({ documents: 0, readAt: '2026-03-01T09:00:00.000Z' });
    expect(told).toContain('doctor-north');
    expect(told).not.toContain('doctor-south');
    unsubscribe();
    await facts.close();
  });

  it('are those of the new build after a switch', async () => {
    const facts = await open();
    await write(2);
    await waitFor(() => facts.of('nurse-north')?.documents === 2, { what: 'the documents being counted' });
    const before = facts.of('nurse-north')?.updateSeq;
    await core.roleDatabases.beginRebuild('nurse-north');
    await core.rebuild.bringUpToDate(new AbortController().signal);
    await waitFor(() => facts.of('nurse-north')?.updateSeq !== before, { what: 'the new build being read' });
    expect(facts.of('nurse-north')).toMatchObject({ documents: 2 });
    await facts.close();
  });

  it('are there right after a restart, with their age, and confirmed soon', async () => {
    const first = await open();
    await write(4);
    await waitFor(() => first.of('doctor-north')?.documents === 4, { what: 'the documents being counted' });
    await allRead(first);
    await first.close();
    nowMs += 3_600_000;
    const second = await open();
    expect(second.of('doctor-north')).toMatchObject({ documents: 4, readAt: '2026-03-01T09:00:00.000Z' });
    expect(second.all().size).toBe(core.roleDatabases.list().length);
    await waitFor(() => [...second.all().values()].every(({ readAt }) => readAt === '2026-03-01T10:00:00.000Z'), {
      what: 'all of them being looked after',
    });
    expect(second.of('doctor-north')?.documents).toBe(4);
    await second.close();
  });

  it('tell what changed while nobody looked', async () => {
    const first = await open();
    await allRead(first);
    await first.close();
    await write(5);
    const second = await open();
    await waitFor(() => second.of('doctor-north')?.documents === 5, { what: 'what was written meanwhile' });
    await second.close();
  });

  it('are written down in a few documents every ten seconds, however often something changes', async () => {
    const writes: string[] = [];
    const database = await store.open(`${environment.env.VITASYNC_DB_PREFIX}-monitoring`);
    const facts = await RoleDatabaseFactsReader.open({
      store,
      roleDatabases: core.roleDatabases,
      database: {
        getLocal: (id) => database.getLocal(id),
        putLocal: (id, body) => {
          writes.push(id);
          return database.putLocal(id, body);
        },
      },
      logger,
      nowMs: () => nowMs,
      sweepIntervalMs: 20,
    });
    await allRead(facts);
    for (let n = 0; n < 5; n++) await write(2);
    await waitFor(() => facts.of('doctor-north')?.documents === 10, { what: 'the documents being counted' });
    await facts.close();
    expect(writes.length).toBeGreaterThan(0);
    expect(writes.length).toBeLessThanOrEqual(16);
  });
});
