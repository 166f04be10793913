import type { Prescription } from '../../../../shared-schemas/prescription.ts';
import type { Procedure } from '../../../../shared-schemas/procedure.ts';
import type { MedicalRecord } from '../../../../shared-schemas/record.ts';
import type { Vaccine } from '../../../../shared-schemas/vaccine.ts';
import type { Vital } from '../../../../shared-schemas/vital.ts';
import type { Visits } from './visit.ts';

export interface DoneInVisits {
  readonly prescriptions: readonly Prescription[];
  readonly procedures: readonly Procedure[];
  readonly vaccines: readonly Vaccine[];
  readonly vitals: readonly Vital[];
}

/**
 * The visits' records with links to what was done. A record has one link per type: the first in the order of the file; the
 * others are found by their `recordId`.
 */
export function withLinks(visits: Visits, done: DoneInVisits): MedicalRecord[] {
  const prescriptions = firstOfEachRecord(done.prescriptions);
  const procedures = firstOfEachRecord(done.procedures);
  const vaccines = firstOfEachRecord(done.vaccines);
  const vitals = firstOfEachRecord(done.vitals);
  return [...visits.values()].map(({ record }) => ({
    ...record,
    ...link('prescriptionId', prescriptions.get(record._id)),
    ...link('procedureId', procedures.get(record._id)),
    ...link('vaccineId', vaccines.get(record._id)),
    ...link('vitalId', vitals.get(record._id)),
  }));
}

type Done = { readonly _id: string; readonly recordId?: string };

function firstOfEachRecord(documents: readonly Done[]): ReadonlyMap<string, string> {
  const firsts = new Map<string, string>();
  for (const { _id, recordId } of documents) {
    if (recordId !== undefined && !firsts.has(recordId)) firsts.set(recordId, _id);
  }
  return firsts;
}

const link = <K extends string>(field: K, id: string | undefined): { [P in K]?: string } =>
  (id === undefined ? {} : { [field]: id }) as { [P in K]?: string };
