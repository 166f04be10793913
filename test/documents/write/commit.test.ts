/** What is kept of a write, and what the server adds to it, on the store that the configuration names. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../server/config.ts';
import { buildCore, type Core, prepareCore } from '../../../server/documents/core.ts';
import { Lifecycle } from '../../../server/lib/lifecycle.ts';
import { createLogger } from '../../../server/lib/logger.ts';
import { openStore } from '../../../server/store/open-store.ts';
import { childRevision, winnerOf } from '../../../server/store/revisions.ts';
import type { Store, StoredRevision } from '../../../server/store/store.ts';
import { clinicDocId } from '../../../shared-schemas/ids.ts';
import type { Principal } from '../../../sync-rules/principal.ts';
import { type SyncRules, syncRules } from '../../../sync-rules/sync-rules.ts';
import { createEnvironment, type TestEnvironment } from '../../support/environment.ts';
import { authored, edited, newDocument, newPatient } from '../../support/network.ts';
import { Stopped, stoppingStore } from '../../support/stopping-store.ts';

const doctor = { userId: 'udoctor', role: 'doctor', clinicId: 'north', deviceId: 'd1' } as const satisfies Principal;
const nurse = { userId: 'unurse', role: 'nurse', clinicId: 'north', deviceId: 'd2' } as const satisfies Principal;
const otherDoctor = { ...doctor, userId: 'uother', clinicId: 'south' } as const;
const admin: Principal = { userId: 'uadmin', role: 'admin' };
const logger = createLogger({ level: 'silent', pretty: false });

let environment: TestEnvironment;
let store: Store;
let core: Core;

async function startCore(rules?: SyncRules, on: Store = store): Promise<Core> {
  const [config, lifecycle] = [loadConfig(environment.env), new Lifecycle(logger)];
  const started = await buildCore({ config, logger, lifecycle, store: on, ...(rules && { rules }) });
  await prepareCore(started);
  return started;
}

beforeEach(async () => {
  environment = await createEnvironment();
  store = await openStore(loadConfig(environment.env));
  core = await startCore();
  const clinics = ['north', 'south'].map((slug) => ({
    id: clinicDocId(slug),
    body: { type: 'clinic', slug, name: slug, ...authored(doctor) },
  }));
  await core.writePath.putTrusted(clinics);
});

afterEach(async () => {
  await store.close();
  await environment.remove();
});

interface Document {
  readonly _id: string;
  readonly [field: string]: unknown;
}

const first = ({ _id, ...body }: Document) => childRevision(undefined, _id, body);
const edit = (parent: StoredRevision, by: Principal, changes: Readonly<Record<string, unknown>>) =>
  childRevision(parent, parent.id, { ...parent.body, ...changes, ...edited({ ...doctor, ...by } as typeof doctor) });
const winner = async (id: string) => winnerOf((await core.primary.leaves([id])).get(id) ?? []) as StoredRevision;
const outcomes = async (by: Principal, ...rows: StoredRevision[]) =>
  (await core.writePath.push(by, rows)).map(({ outcome }) => outcome);
const versionsOf = async (id: string) =>
  new Map((await core.history.versions(id, 100)).map((version) => [version.rev, version]));
const originsOf = async (id: string) => {
  const versions = [...(await versionsOf(id)).values()];
  const inOrder = versions.sort((a, b) => Number.parseInt(a.rev, 10) - Number.parseInt(b.rev, 10));
  return inOrder.map(({ origin }) => origin);
};

async function storedPatient(more: Record<string, unknown> = {}) {
  const patient = newPatient(doctor, more);
  const revision = first(patient);
  expect(await outcomes(doctor, revision)).toEqual(['stored']);
  return { patient, revision };
}

describe('a revision that comes after its child, in another request', () => {
  it('is kept in the history', async () => {
    const { revision } = await storedPatient();
    const parent = edit(revision, doctor, { phoneNumber: '1' });
    const child = edit(parent, doctor, { phoneNumber: '2' });
    expect(await outcomes(doctor, child)).toEqual(['stored']);
    expect(await outcomes(doctor, parent)).toEqual(['stored']);
    expect((await versionsOf(parent.id)).get(parent.rev)?.body).toMatchObject({ phoneNumber: '1' });
    expect(await winner(parent.id)).toMatchObject({ rev: child.rev, body: { phoneNumber: '2' } });
  });

  it('is kept where it is the first one of its document', async () => {
    const { patient } = await storedPatient();
    const parent = first(newDocument('vital', patient, doctor));
    const child = edit(parent, doctor, { heartRatePerMinute: 80 });
    expect(await outcomes(doctor, child)).toEqual(['stored']);
    expect(await outcomes(doctor, parent)).toEqual(['stored']);
    expect((await versionsOf(parent.id)).get(parent.rev)?.body).toMatchObject({ heartRatePerMinute: 72 });
  });

  it('is held where its author may not write it, and changes nothing', async () => {
    const { revision } = await storedPatient();
    const parent = edit(revision, nurse, { createdBy: 'someone' });
    const child = edit({ ...parent, body: revision.body }, doctor, { phoneNumber: '2' });
    expect(await outcomes(doctor, child)).toEqual(['stored']);
    expect(await outcomes(nurse, parent)).toEqual(['refused']);
    expect((await core.held.list(10)).map(({ rev }) => rev)).toContain(parent.rev);
    expect((await versionsOf(parent.id)).has(parent.rev)).toBe(false);
    expect(await winner(parent.id)).toMatchObject({ rev: child.rev });
  });

  it('is not taken a second time with another body', async () => {
    const { revision } = await storedPatient();
    const parent = edit(revision, doctor, { phoneNumber: '1' });
    await outcomes(doctor, edit(parent, doctor, { phoneNumber: '2' }));
    await outcomes(doctor, parent);
    expect(await outcomes(doctor, { ...parent, body: { ...parent.body, phoneNumber: '3' } })).toEqual(['stored']);
    expect((await versionsOf(parent.id)).get(parent.rev)?.body).toMatchObject({ phoneNumber: '1' });
  });
});

describe('the history says how a revision came about', () => {
  it('on a tablet, online, by an import, by a referral', async () => {
    const { patient, revision } = await storedPatient();
    const record = first(newDocument('record', patient, doctor));
    await outcomes(doctor, record);
    const { baseRev, ...change } = { id: record.id, baseRev: record.rev, deleted: false };
    const body = { ...record.body, notes: 'Better', ...edited(doctor) };
    await core.writePath.edit(doctor, [{ ...change, baseRev, body }]);
    await core.writePath.putTrusted([{ id: record.id, body: { ...record.body, notes: 'As imported' } }]);
    await outcomes(doctor, edit(revision, doctor, { clinicIds: ['south'] }));
    expect(await originsOf(record.id)).toEqual(['device', 'online', 'server', 'follow_patient']);
    expect(await originsOf(revision.id)).toEqual(['device', 'device', 'withdrawal']);
  });

  it('by a merge, with the ends of the branches that it took in', async () => {
    const { revision } = await storedPatient();
    const [one, other] = [
      edit(revision, doctor, { phoneNumber: '1' }),
      edit(revision, doctor, { email: 'a@b.example' }),
    ];
    await outcomes(doctor, one);
    await outcomes(doctor, other);
    const versions = [...(await versionsOf(revision.id)).values()];
    const end = versions.find(({ origin }) => origin === 'merged_side');
    expect(end?.deleted).toBe(true);
    expect(versions.find(({ origin }) => origin === 'merge')).toMatchObject({
      mergedFrom: [end?.rev],
      body: { phoneNumber: '1', email: 'a@b.example' },
    });
  });

  it('by a change of the rules', async () => {
    const { patient } = await storedPatient();
    const vital = first(newDocument('vital', patient, doctor));
    await outcomes(doctor, vital);
    const otherRules: SyncRules = {
      ...syncRules,
      fingerprint: `${syncRules.fingerprint} other`,
      placement: (revision) =>
        syncRules
          .placement(revision)
          .filter(({ database, body }) => database.role !== 'nurse' || body?.type !== 'vital'),
    };
    core = await startCore(otherRules);
    await core.rebuild.bringUpToDate(new AbortController().signal);
    expect(await originsOf(vital.id)).toEqual(['device', 'rules_change']);
  });

  it('also where the server stopped between writing a revision and saying so', async () => {
    const origins: (readonly unknown[])[] = [];
    for (let stopAfter = 0; ; stopAfter++) {
      const { patient, revision } = await storedPatient();
      const record = first(newDocument('record', patient, doctor));
      await outcomes(doctor, record);
      await core.projector.catchUp();
      const stopping = stoppingStore(store, stopAfter);
      const [config, lifecycle] = [loadConfig(environment.env), new Lifecycle(logger)];
      const during = await buildCore({ config, logger, lifecycle, store: stopping });
      const finished = await during.writePath.push(doctor, [edit(revision, doctor, { clinicIds: ['south'] })]).then(
        () => !stopping.stopped(),
        (error: unknown) => {
          if (error instanceof Stopped) return false;
          throw error;
        },
      );
      core = await startCore();
      const made = (await originsOf(record.id)).slice(1);
      expect([[], ['follow_patient']]).toContainEqual(made);
      const withdrawals = (await originsOf(revision.id)).filter((origin) => origin === 'withdrawal');
      expect(withdrawals).toHaveLength(made.length);
      origins.push(made);
      if (finished) break;
    }
    expect(origins.filter(({ length }) => length > 0).length).toBeGreaterThan(1);
  });
});

describe('a document that goes with its patient before any role database has it', () => {
  const ofNurses = async (id: string) =>
    (await (await core.roleDatabases.serving('nurse-north'))?.leaves([id]))?.get(id) ?? [];
  const referred = async () => {
    const { patient, revision } = await storedPatient();
    const vital = first(newDocument('vital', patient, nurse));
    const record = first(newDocument('record', patient, doctor, { confidential: true }));
    return { vital, record, referral: edit(revision, nurse, { clinicIds: ['south'] }) };
  };

  it('is taken from its author, where both came in one batch', async () => {
    const { vital, referral } = await referred();
    expect(await outcomes(nurse, vital, referral)).toEqual(['stored', 'stored']);
    expect(await ofNurses(vital.id)).toMatchObject([{ deleted: true, rev: (await winner(vital.id)).rev }]);
  });

  it('is taken from its author, where the projector was paused', async () => {
    const { vital, record, referral } = await referred();
    await core.pause.pause({ at: new Date().toISOString(), by: 'uadmin' });
    expect(await outcomes(nurse, vital)).toEqual(['stored']);
    expect(await outcomes(doctor, record)).toEqual(['stored']);
    expect(await outcomes(nurse, referral)).toEqual(['stored']);
    expect(await ofNurses(vital.id)).toEqual([]);
    await core.pause.resume({ at: new Date().toISOString(), by: 'uadmin' });
    await core.projector.catchUp();
    expect(await ofNurses(vital.id)).toMatchObject([{ deleted: true, rev: (await winner(vital.id)).rev }]);
    // Nothing tells of what never was in sight.
    expect(await ofNurses(record.id)).toEqual([]);
  });
});

describe('a document that its author may not see', () => {
  const confidential = async () => {
    const { patient } = await storedPatient();
    const record = first(newDocument('record', patient, nurse, { confidential: true }));
    expect(await outcomes(nurse, record)).toEqual(['stored']);
    return record;
  };
  const inDatabaseOf = async (name: string, id: string) =>
    (await (await core.roleDatabases.serving(name))?.leaves([id]))?.get(id) ?? [];

  it('is a deletion on top of what they wrote in their role database, and whole in that of others', async () => {
    const record = await confidential();
    const [leaf, ...others] = await inDatabaseOf('nurse-north', record.id);
    expect(others).toEqual([]);
    expect(leaf).toMatchObject({ deleted: true, body: {} });
    expect(leaf?.ancestry).toContain(record.rev);
    expect(leaf?.rev).not.toBe(record.rev);
    expect(await inDatabaseOf('doctor-north', record.id)).toMatchObject([{ rev: leaf?.rev, body: record.body }]);
    expect(await inDatabaseOf('pharmacist-north', record.id)).toEqual([]);
  });

  it('waits for a paused projector, as everything else does', async () => {
    await core.pause.pause({ at: new Date().toISOString(), by: 'uadmin' });
    const record = await confidential();
    for (const name of ['nurse-north', 'doctor-north']) expect(await inDatabaseOf(name, record.id)).toEqual([]);
    await core.pause.resume({ at: new Date().toISOString(), by: 'uadmin' });
    await core.projector.catchUp();
    expect(await inDatabaseOf('nurse-north', record.id)).toMatchObject([{ deleted: true }]);
  });

  it('says where it was withdrawn from in the revision that withdraws it, and in no other', async () => {
    const record = await confidential();
    const withdrawing = await winner(record.id);
    expect(withdrawing.body).toEqual({ ...record.body, withdrawnFrom: ['nurse-north'] });
    expect(await outcomes(doctor, edit({ ...withdrawing, body: record.body }, nurse, { notes: 'x' }))).toEqual([
      'refused',
    ]);
    const open = { ...record.body, confidential: false, ...edited(doctor), updatedBy: admin.userId };
    expect(await outcomes(admin, childRevision(withdrawing, record.id, open))).toEqual(['stored']);
    expect((await winner(record.id)).body).toEqual(open);
    expect(await inDatabaseOf('nurse-north', record.id)).toMatchObject([{ deleted: false, body: open }]);
  });

  it('may not be withdrawn from others by a claim of a client', async () => {
    const { patient } = await storedPatient();
    const claimed = first(newDocument('record', patient, doctor, { withdrawnFrom: ['nurse-north'] }));
    expect(await outcomes(doctor, claimed)).toEqual(['refused']);
  });
});

describe('a clinic', () => {
  it('does not end while a patient comes into its care at the same moment', async () => {
    for (let round = 0; round < 20; round++) {
      const slug = `c${round}`;
      const id = clinicDocId(slug);
      await core.writePath.putTrusted([{ id, body: { type: 'clinic', slug, name: slug, ...authored(doctor) } }]);
      const clinic = await winner(id);
      const { revision } = await storedPatient();
      const [[ended], [referred]] = await Promise.all([
        core.writePath.push(admin, [childRevision(clinic, id, {}, { deleted: true })]),
        core.writePath.push(doctor, [edit(revision, doctor, { clinicIds: ['north', slug] })]),
      ]);
      expect([ended?.outcome, referred?.outcome].sort()).toEqual(['refused', 'stored']);
      expect((await winner(id)).deleted).toBe(ended?.outcome === 'stored');
    }
  });

  it('that ended a moment ago takes nobody in', async () => {
    const { revision } = await storedPatient();
    const south = await winner(clinicDocId('south'));
    const moved = edit(revision, doctor, { clinicIds: ['north', 'south'] });
    expect(await outcomes(doctor, moved)).toEqual(['stored']);
    const back = edit(await winner(revision.id), doctor, { clinicIds: ['north'] });
    expect(await outcomes(doctor, back)).toEqual(['stored']);
    expect(await outcomes(admin, childRevision(south, south.id, {}, { deleted: true }))).toEqual(['stored']);
    const [again] = await core.writePath.push(doctor, [edit(back, doctor, { clinicIds: ['north', 'south'] })]);
    expect(again).toMatchObject({ outcome: 'refused', refusal: { code: 'unknown_clinic' } });
    expect(await outcomes(otherDoctor, first(newPatient(otherDoctor)))).toEqual(['refused']);
  });
});
