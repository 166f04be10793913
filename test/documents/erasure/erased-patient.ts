/** A patient whose data are in every place that an erasure has to look at, each with a text to look for. */
import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import type { Core } from '../../../server/documents/core.ts';
import { childRevision, winnerOf } from '../../../server/store/revisions.ts';
import type { StoredRevision } from '../../../server/store/store.ts';
import { clinicDocId, newDocumentId } from '../../../shared-schemas/ids.ts';
import type { Principal } from '../../../sync-rules/principal.ts';
import { patientDatabase } from '../../../sync-rules/role-database.ts';
import { edited, newDocument, newPatient } from '../../support/network.ts';

export const DOCTOR = { userId: 'udoctor', role: 'doctor', clinicId: 'north', deviceId: 'd1' } as const;
export const ADMIN: Principal = { userId: 'uadmin', role: 'admin' };
/** Random, so that compression leaves it as it is. */
export const newMarker = (): string => randomBytes(24).toString('base64url');

const TIMES = { createdAt: '2026-01-01T00:00:00.000Z', updatedAt: '2026-01-01T00:00:00.000Z' };

export const clinics = ['north', 'south', 'west'].map((slug) => ({
  id: clinicDocId(slug),
  body: { type: 'clinic', schemaVersion: 1, slug, name: slug, createdBy: 'x', updatedBy: 'x', ...TIMES },
}));

interface Wire {
  readonly _id: string;
  readonly [field: string]: unknown;
}

export function revisionOf(
  { _id, ...body }: Wire,
  parent?: StoredRevision,
  options?: { deleted: boolean },
): StoredRevision {
  return childRevision(parent, _id, body, options);
}

export const winnerIn = async ({ primary }: Pick<Core, 'primary'>, id: string): Promise<StoredRevision> =>
  winnerOf((await primary.leaves([id])).get(id) ?? []) as StoredRevision;

/** The outcome, or the code of the refusal. */
export async function push({ writePath }: Core, by: Principal, row: StoredRevision): Promise<string> {
  const [outcome] = await writePath.push(by, [row]);
  return outcome?.outcome === 'refused' ? outcome.refusal.code : String(outcome?.outcome);
}

/** Each with a text of its own in every body. */
export interface WrittenPatient {
  readonly patientId: string;
  readonly marker: string;
  /** Live ones, the patient's own first, and a deleted one at the end. */
  readonly ids: readonly string[];
}

/** Written, edited twice, referred to another clinic and away from the first, one deleted, one in conflict, some refused. */
export async function writePatient(core: Core): Promise<WrittenPatient> {
  const marker = newMarker();
  const patient = newPatient(DOCTOR, { lastName: marker });
  const record = newDocument('record', patient, DOCTOR, { notes: marker });
  const vital = newDocument('vital', patient, DOCTOR, { notes: marker });
  const prescription = newDocument('prescription', patient, DOCTOR, { patientName: marker });
  for (const document of [patient, record, vital, prescription])
    expect(await push(core, DOCTOR, revisionOf(document))).toBe('stored');
  const database = patientDatabase(patient.patientId);
  await core.roleDatabases.register(database);
  await core.rebuild.fillPatient({ database });
  const change = async (id: string, more: Record<string, unknown>, deleted = false, by: Principal = DOCTOR) => {
    const parent = await winnerIn(core, id);
    const body = { ...parent.body, ...more, ...edited({ ...DOCTOR, userId: by.userId }) };
    expect(await push(core, by, childRevision(parent, id, deleted ? {} : body, { deleted }))).toBe('stored');
  };
  const base = await winnerIn(core, record._id);
  await change(record._id, { diagnosis: `${marker} again`, confidential: true });
  // A concurrent edit of the same field: one side is merged away, and held.
  const other = { ...base.body, diagnosis: `${marker} otherwise`, ...edited(DOCTOR) };
  expect(await push(core, DOCTOR, childRevision(base, record._id, other))).toBe('stored');
  await change(patient._id, { clinicIds: ['north', 'south'], address: marker });
  await change(vital._id, {}, true);
  const foreign = { _id: newDocumentId('vital', newPatient(DOCTOR).patientId), type: 'vital', notes: marker };
  for (const refused of [
    { ...newDocument('vital', patient, DOCTOR, { heartRatePerMinute: `${marker}` }) },
    { ...foreign, patientId: patient.patientId },
  ])
    expect(await push(core, DOCTOR, revisionOf(refused))).toMatch(/invalid_document|id_mismatch/);
  await change(patient._id, { clinicIds: ['south'] });
  return { patientId: patient.patientId, marker, ids: [patient._id, record._id, prescription._id, vital._id] };
}

/** Another patient, who is none of anybody's business here; answers a text that is in everything. */
export async function writeBystander(core: Core): Promise<string> {
  const marker = newMarker();
  const patient = newPatient(DOCTOR, { lastName: marker });
  for (const document of [patient, newDocument('record', patient, DOCTOR, { notes: marker })])
    expect(await push(core, DOCTOR, revisionOf(document))).toBe('stored');
  return marker;
}
