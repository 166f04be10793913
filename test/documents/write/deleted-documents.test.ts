/** What comes back after a deletion, and what does not, through the whole write path. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../server/config.ts';
import { buildCore, type Core, prepareCore } from '../../../server/documents/core.ts';
import { Lifecycle } from '../../../server/lib/lifecycle.ts';
import { createLogger } from '../../../server/lib/logger.ts';
import { childRevision, winnerOf } from '../../../server/store/revisions.ts';
import type { StoredRevision } from '../../../server/store/store.ts';
import { clinicDocId, newDocumentId, newPatientId, patientDocId } from '../../../shared-schemas/ids.ts';
import type { Principal } from '../../../sync-rules/principal.ts';
import { differences } from '../../support/compare-role-databases.ts';
import { createEnvironment, type TestEnvironment } from '../../support/environment.ts';

const HOUR = 3_600_000;
const doctor: Principal = { userId: 'udoctor', role: 'doctor', clinicId: 'north' };
const admin: Principal = { userId: 'uadmin', role: 'admin' };

let environment: TestEnvironment;
let core: Core;
let lifecycle: Lifecycle;
let nowMs: number;

const now = () => new Date(nowMs).toISOString();
const authorship = (userId: string) => ({
  schemaVersion: 1,
  createdAt: now(),
  createdBy: userId,
  updatedAt: now(),
  updatedBy: userId,
});

/** The outcome, or the code of the refusal. */
async function push(by: Principal, row: StoredRevision): Promise<string> {
  const [outcome] = await core.writePath.push(by, [row]);
  return outcome?.outcome === 'refused' ? outcome.refusal.code : String(outcome?.outcome);
}

const edit = (parent: StoredRevision, by: Principal, body: Readonly<Record<string, unknown>>) =>
  childRevision(parent, parent.id, { ...body, updatedAt: now(), updatedBy: by.userId });
const deletion = (parent: StoredRevision) => childRevision(parent, parent.id, {}, { deleted: true });
const stored = async (id: string) => winnerOf((await core.primary.leaves([id])).get(id) ?? []) as StoredRevision;

async function vitalOfAPatient(): Promise<StoredRevision> {
  const patientId = newPatientId();
  const routing = { patientId, clinicIds: ['north'] };
  const person = { firstName: 'Ada', lastName: 'Example', sex: 'female', birthDate: '1980-05-17' };
  await core.writePath.putTrusted([
    { id: patientDocId(patientId), body: { type: 'patient', ...routing, ...person, ...authorship('uadmin') } },
  ]);
  const vital = childRevision(undefined, newDocumentId('vital', patientId), {
    type: 'vital',
    ...routing,
    measuredAt: now(),
    heartRatePerMinute: 72,
    ...authorship(doctor.userId),
  });
  expect(await push(doctor, vital)).toBe('stored');
  return vital;
}

beforeEach(async () => {
  nowMs = Date.parse('2026-03-02T08:00:00.000Z');
  environment = await createEnvironment();
  const logger = createLogger({ level: 'warn', pretty: false });
  lifecycle = new Lifecycle(logger);
  core = await buildCore({ config: loadConfig(environment.env), logger, lifecycle, nowMs: () => nowMs });
  await prepareCore(core);
  const clinics = ['north', 'south'].map((slug) => ({
    id: clinicDocId(slug),
    body: { type: 'clinic', slug, name: slug, ...authorship('uadmin') },
  }));
  await core.writePath.putTrusted(clinics);
});

afterEach(async () => {
  await lifecycle.stop({ deadlineMs: 10_000 });
  await environment.remove();
});

describe('a deleted document', () => {
  it.each(['first', 'last'])(
    'is in the history, where its return is pushed with the deletion, which comes %s',
    async (place) => {
      const vital = await vitalOfAPatient();
      const gone = deletion(await stored(vital.id));
      const back = edit(gone, doctor, { ...vital.body, heartRatePerMinute: 80 });
      const outcomes = await core.writePath.push(doctor, place === 'first' ? [gone, back] : [back, gone]);
      expect(outcomes.map(({ outcome }) => outcome)).toEqual(['stored', 'stored']);
      expect(await core.history.missing([gone, back])).toEqual([]);
      expect(await stored(vital.id)).toMatchObject({ rev: back.rev, deleted: false });
    },
  );

  it('is refused to who may not delete, also where something grows from it in the same push', async () => {
    const vital = await vitalOfAPatient();
    const nurse: Principal = { userId: 'unurse', role: 'nurse', clinicId: 'north' };
    const gone = deletion(await stored(vital.id));
    const back = edit(gone, nurse, { ...vital.body, heartRatePerMinute: 80 });
    const [first] = await core.writePath.push(nurse, [gone, back]);
    expect(first).toMatchObject({ outcome: 'refused' });
    expect((await core.held.list(10)).map(({ rev }) => rev)).toContain(gone.rev);
  });

  it('is brought back by its author, also where its patient was at another clinic before', async () => {
    const vital = await vitalOfAPatient();
    const patient = await stored(patientDocId(String(vital.body.patientId)));
    for (const clinicIds of [['south'], ['south', 'north']])
      expect(await push(admin, edit(await stored(patient.id), admin, { ...patient.body, clinicIds }))).toBe('stored');
    expect(await push(doctor, deletion(await stored(vital.id)))).toBe('stored');
    const gone = await stored(vital.id);
    expect(gone.deleted).toBe(true);
    const again = edit(gone, doctor, { ...vital.body, clinicIds: ['south', 'north'] });
    expect(await push(doctor, again)).toBe('stored');
    expect(await stored(vital.id)).toMatchObject({ rev: again.rev, deleted: false });
    expect(await differences(core)).toEqual([]);
  });

  it('stays deleted where someone else deleted it, however the author’s edit arrives', async () => {
    const vital = await vitalOfAPatient();
    nowMs += 48 * HOUR;
    expect(await push(admin, deletion(vital))).toBe('stored');
    nowMs += 48 * HOUR;
    expect(await push(doctor, edit(vital, doctor, { ...vital.body, heartRatePerMinute: 80 }))).toBe('document_deleted');
    const gone = await stored(vital.id);
    expect(await push(doctor, edit(gone, doctor, vital.body))).toBe('document_deleted');
    // Deleting it once more makes it no one else's deletion.
    expect(await push(doctor, deletion(gone))).toBe('stored');
    expect(await push(doctor, edit(await stored(vital.id), doctor, vital.body))).toBe('document_deleted');
    expect((await stored(vital.id)).deleted).toBe(true);
    expect((await core.held.list(10)).map(({ code }) => code)).toEqual(Array(3).fill('document_deleted'));
  });

  it('is brought back by an administrator', async () => {
    const vital = await vitalOfAPatient();
    expect(await push(doctor, deletion(vital))).toBe('stored');
    expect(await push(admin, edit(await stored(vital.id), admin, vital.body))).toBe('stored');
    expect(await differences(core)).toEqual([]);
  });
});
