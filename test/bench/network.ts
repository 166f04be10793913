/** A network of clinics of a given size, written straight through the write path. */
import type { Core } from '../../server/documents/core.ts';
import { newDocument, newPatient } from '../support/network.ts';

const AUTHOR = { userId: 'u01arz3ndektsv4rrffq69g5fav', role: 'doctor', deviceId: 'd1' };
const DOCUMENTS_PER_PATIENT = 20;
const BATCH = 500;
const TYPES = ['record', 'vital', 'procedure', 'vaccine'] as const;

/** Adds `count` documents of patients of one clinic that a nurse sees; answers how many there are then. */
export async function addDocuments({ writePath }: Core, clinicId: string, count: number): Promise<void> {
  let batch: { id: string; body: Record<string, unknown> }[] = [];
  const flush = async () => {
    await writePath.putTrusted(batch);
    batch = [];
  };
  for (let written = 0; written < count; ) {
    const patient = newPatient({ ...AUTHOR, clinicId });
    const others = Array.from({ length: DOCUMENTS_PER_PATIENT - 1 }, (_, n) =>
      newDocument(TYPES[n % TYPES.length] ?? 'vital', patient, AUTHOR),
    );
    for (const { _id, ...body } of [patient, ...others].slice(0, count - written)) {
      batch.push({ id: _id, body });
      written++;
    }
    if (batch.length >= BATCH) await flush();
  }
  await flush();
}

const FIRST_NAMES = ['Anna', 'Hannah', 'Joanna', 'Annika', 'Susanne'];
const FAMILY_NAMES = ['Berg', 'Castillo', 'Dumont', 'Eriksen', 'Fofanah', 'Garcia', 'Haddad', 'Ito', 'Jovic', 'Kaya'];

/** Adds `count` records, 20 to each patient, of one clinic; answers their ids. */
export async function addRecords({ writePath }: Core, clinicId: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let patients = 0; ids.length < count; ) {
    const batch: { id: string; body: Record<string, unknown> }[] = [];
    while (batch.length < BATCH && ids.length < count) {
      const [firstName, lastName] = [FIRST_NAMES[patients % 5], FAMILY_NAMES[Math.floor(patients / 5) % 10]];
      const patient = newPatient({ ...AUTHOR, clinicId }, { firstName, lastName });
      patients++;
      const records = Array.from({ length: Math.min(DOCUMENTS_PER_PATIENT, count - ids.length) }, () =>
        newDocument('record', patient, AUTHOR),
      );
      ids.push(...records.map(({ _id }) => _id));
      batch.push(...[patient, ...records].map(({ _id, ...body }) => ({ id: _id, body })));
    }
    await writePath.putTrusted(batch);
  }
  return ids;
}
