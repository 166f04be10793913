/** An erased patient: nothing of what was written is left anywhere, and nothing comes back. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Config, loadConfig } from '../../../server/config.ts';
import { buildCore, type Core, prepareCore } from '../../../server/documents/core.ts';
import { Lifecycle } from '../../../server/lib/lifecycle.ts';
import { createLogger } from '../../../server/lib/logger.ts';
import { openStore } from '../../../server/store/open-store.ts';
import { childRevision } from '../../../server/store/revisions.ts';
import type { Store } from '../../../server/store/store.ts';
import { newPatientId, patientDocId } from '../../../shared-schemas/ids.ts';
import { type SyncRules, syncRules } from '../../../sync-rules/sync-rules.ts';
import { differences } from '../../support/compare-role-databases.ts';
import { COUCHDB_URL, createEnvironment, type TestEnvironment } from '../../support/environment.ts';
import { filesWith } from '../../support/files-with.ts';
import { newDocument, newPatient } from '../../support/network.ts';
import { ADMIN, clinics, DOCTOR, push, revisionOf, winnerIn, writeBystander, writePatient } from './erased-patient.ts';
import { erasing, whereStored } from './erasing.ts';

const logger = createLogger({ level: 'warn', pretty: false });
const by = 'uadmin';

let environment: TestEnvironment;
let config: Config;
let store: Store;
let core: Core;

async function start(rules?: SyncRules): Promise<void> {
  core = await buildCore({ config, logger, lifecycle: new Lifecycle(logger), store, ...(rules && { rules }) });
  await prepareCore(core);
}

beforeEach(async () => {
  environment = await createEnvironment();
  config = loadConfig(environment.env);
  store = await openStore(config);
  await start();
  await core.writePath.putTrusted(clinics);
});
afterEach(async () => {
  await store.close();
  await environment.remove();
});

const stored = (text: string) => whereStored(store, config.dbPrefix, text);
const databasesOf = (places: readonly string[]) => [...new Set(places.map((place) => String(place.split(' ')[0])))];

describe('an erased patient', () => {
  it('is in no revision of any database, in no file, and in no one else’s way', async () => {
    const patient = await writePatient(core);
    const bystander = await writeBystander(core);
    const before = await stored(bystander);
    const epoch = `e${core.roleDatabases.epoch}`;
    expect(databasesOf(await stored(patient.marker)).sort()).toEqual(
      [
        ...['doctor-north', 'nurse-north', 'pharmacist-north', `patient-${patient.patientId}`],
        ...['doctor-south', 'pharmacist-south', 'nurse-south'],
      ]
        .map((name) => `${name}-${epoch}`)
        .concat('history', 'held', 'primary')
        .sort(),
    );
    if (!COUCHDB_URL) expect(await filesWith(environment.folder, patient.marker)).not.toEqual([]);

    const { erasure } = await erasing(core, config.dbPrefix);
    const report = await erasure.erase({ patientId: patient.patientId, by });
    expect(report).toMatchObject({ patientId: patient.patientId, documents: 4, heldWrites: 3, roleDatabases: 7 });
    expect(report.revisions).toBeGreaterThanOrEqual(12);

    expect(await stored(patient.marker)).toEqual([]);
    expect(await stored(bystander)).toEqual(before);
    expect(await differences(core)).toEqual([]);
    const left = [...(await core.primary.leaves(patient.ids)).values()].flat();
    expect(left.every(({ deleted, body }) => deleted && body.erased === true && body.updatedBy === by)).toBe(true);
    const routing = ['type', 'patientId', 'clinicIds', 'formerClinicIds', 'updatedAt', 'updatedBy', 'erased'];
    expect(left.flatMap(({ body }) => Object.keys(body)).filter((field) => !routing.includes(field))).toEqual([]);
    expect(left.find(({ id }) => id === patient.ids[0])?.body).toMatchObject({
      clinicIds: ['south'],
      formerClinicIds: ['north'],
    });
    await store.close();
    expect(await filesWith(environment.folder, patient.marker)).toEqual([]);
    if (!COUCHDB_URL) expect(await filesWith(environment.folder, bystander)).not.toEqual([]);
  });

  it('is reported the same when asked again, which does what came since, and audited once', async () => {
    const patient = await writePatient(core);
    const before = await winnerIn(core, patientDocId(patient.patientId));
    const hooked: string[] = [];
    const onErased = async (patientId: string) => {
      hooked.push(patientId);
    };
    const { erasure, auditLog } = await erasing(core, config.dbPrefix, { onErased });
    const request = { patientId: patient.patientId, by, reason: 'Request 17' };
    const [one, other] = await Promise.all([erasure.erase(request), erasure.erase(request)]);
    expect(other).toEqual(one);
    // What another server accepted at the same time.
    await core.primary.write([childRevision(before, before.id, { ...before.body, address: patient.marker })]);
    await core.projector.catchUp();
    expect(databasesOf(await stored(patient.marker))).toEqual(expect.arrayContaining(['primary', 'history']));
    expect(await erasure.erase({ ...request, by: 'uother' })).toEqual(one);
    expect(await stored(patient.marker)).toEqual([]);
    expect(hooked).toEqual([patient.patientId, patient.patientId]);
    const { items } = await auditLog.list({ limit: 10 });
    expect(items).toMatchObject([
      { kind: 'erasure_completed', by, ...one },
      { kind: 'erasure_begun', by, patientId: patient.patientId, reason: 'Request 17' },
    ]);
    expect(items).toHaveLength(2);
  });

  it('is not brought back: by staff, an administrator, an import, or a deletion in between', async () => {
    const patient = await writePatient(core);
    const own = await winnerIn(core, patientDocId(patient.patientId));
    const record = await winnerIn(core, String(patient.ids[1]));
    const { erasure } = await erasing(core, config.dbPrefix);
    await erasure.erase({ patientId: patient.patientId, by });
    const doctor = { ...DOCTOR, clinicId: 'south' };
    const times = { updatedAt: new Date().toISOString() };
    const attempts = async () => {
      for (const [id, body] of [
        [own.id, own.body],
        [record.id, record.body],
      ] as const) {
        const gone = await winnerIn(core, id);
        const edit = (userId: string) => ({ ...body, ...times, updatedBy: userId, createdBy: userId });
        expect(await push(core, doctor, childRevision(own, id, edit(DOCTOR.userId)))).toBe('document_deleted');
        for (const parent of [gone, undefined])
          expect(await push(core, ADMIN, childRevision(parent, id, edit(ADMIN.userId)))).toMatch(
            /document_deleted|unknown_patient|field_fixed/,
          );
      }
      const fresh = newDocument('vital', { patientId: patient.patientId, clinicIds: ['south'] }, doctor, {
        notes: patient.marker,
      });
      expect(await push(core, doctor, revisionOf(fresh))).toBe('unknown_patient');
      const trusted = [
        { id: own.id, body: { ...own.body, firstName: 'Again' } },
        { id: fresh._id, body: { notes: patient.marker } },
      ];
      expect(await core.writePath.putTrusted(trusted)).toEqual({ created: 0, updated: 0, unchanged: 2 });
    };
    await attempts();
    for (const id of [own.id, record.id]) {
      const gone = await winnerIn(core, id);
      const back = childRevision(gone, id, own.body);
      expect(await push(core, doctor, childRevision(back, id, { notes: patient.marker }, { deleted: true }))).toBe(
        'stored',
      );
    }
    await attempts();
    expect(await stored(patient.marker)).toEqual([]);
    expect(await differences(core)).toEqual([]);
    const held = (await core.held.list(100)).filter(({ documentId }) => documentId.startsWith(patient.patientId));
    expect(held.length).toBeGreaterThan(0);
    expect(held.every(({ body }) => Object.keys(body).length === 0)).toBe(true);
  });

  it('that nobody had heard of yet is refused when a tablet brings it', async () => {
    const patient = newPatient(DOCTOR);
    const { erasure } = await erasing(core, config.dbPrefix);
    expect(await erasure.isKnown(patient.patientId)).toBe(false);
    expect(await erasure.erase({ patientId: patient.patientId, by })).toEqual({
      patientId: patient.patientId,
      documents: 0,
      revisions: 0,
      heldWrites: 0,
      roleDatabases: 0,
    });
    expect(await erasure.isKnown(patient.patientId)).toBe(true);
    expect(await push(core, DOCTOR, revisionOf(patient))).toBe('document_deleted');
    expect(await push(core, DOCTOR, revisionOf(newDocument('vital', patient, DOCTOR)))).toBe('unknown_patient');
    await expect(erasure.erase({ patientId: 'p', by })).rejects.toThrow(RangeError);
  });

  it('has nothing left of what is pushed while it is erased', async () => {
    const patient = await writePatient(core);
    const { erasure } = await erasing(core, config.dbPrefix);
    let over = false;
    const outcomes = new Set<string>();
    const pushing = async () => {
      while (!over) {
        const document = newDocument('vital', { patientId: patient.patientId, clinicIds: ['south'] }, DOCTOR, {
          notes: patient.marker,
        });
        outcomes.add(await push(core, { ...DOCTOR, clinicId: 'south' }, revisionOf(document)));
      }
    };
    const pushes = [pushing(), pushing()];
    core.projector.start();
    await erasure.erase({ patientId: patient.patientId, by }).finally(() => {
      over = true;
    });
    await Promise.all(pushes);
    await core.projector.catchUp();
    await core.projector.stop();
    expect(outcomes).toContain('unknown_patient');
    expect(await stored(patient.marker)).toEqual([]);
  });

  it('has nothing left of what a stopped write left in the primary alone, not even a deleted document', async () => {
    const patient = await writePatient(core);
    await core.projector.catchUp();
    const { patientId, marker } = patient;
    const vital = revisionOf(newDocument('vital', { patientId, clinicIds: ['south'] }, DOCTOR, { notes: marker }));
    await core.primary.write([vital]);
    await core.primary.write([childRevision(vital, vital.id, {}, { deleted: true })]);
    const { erasure } = await erasing(core, config.dbPrefix);
    expect(await erasure.erase({ patientId, by })).toMatchObject({ documents: 5 });
    await core.projector.catchUp();
    expect(await stored(marker)).toEqual([]);
  });

  it('is forgotten by role databases that serve no longer', async () => {
    const patient = await writePatient(core);
    const old = core.roleDatabases.epoch;
    await start({ ...syncRules, fingerprint: `${syncRules.fingerprint} other` });
    await core.rebuild.bringUpToDate(new AbortController().signal);
    expect(databasesOf(await stored(patient.marker))).toContain(`doctor-south-e${old}`);
    const { erasure } = await erasing(core, config.dbPrefix);
    const { roleDatabases } = await erasure.erase({ patientId: patient.patientId, by });
    expect(roleDatabases).toBe(7);
    expect(await stored(patient.marker)).toEqual([]);
  });

  it('is erased one after another, and no more of them once the server stops', async () => {
    const patients = [await writePatient(core), await writePatient(core)];
    const { erasure, auditLog } = await erasing(core, config.dbPrefix);
    const erased = patients.map(({ patientId }) => erasure.erase({ patientId, by }));
    const results = Promise.allSettled(erased);
    await expect.poll(async () => (await auditLog.list({ limit: 5 })).items.length).toBeGreaterThan(0);
    await erasure.stop();
    expect((await results).map(({ status }) => status)).toContain('rejected');
    expect((await results).flatMap((r) => (r.status === 'rejected' ? [(r.reason as Error).name] : []))).toContain(
      'ErasureInterrupted',
    );
    const next = await erasing(core, config.dbPrefix);
    await next.erasure.resume();
    for (const { marker } of patients) expect(await stored(marker)).toEqual([]);
    expect((await auditLog.list({ limit: 10, kind: 'erasure_completed' })).items).toHaveLength(2);
    await next.erasure.erase({ patientId: newPatientId(), by });
  });
});
