/** A network of clinics of a given size, written straight through the write path. */
import type { Core } from '../../server/composition.ts';
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
