import type { DocumentGroup, ImportSource, ReadOptions, ReadSource } from '../import-source.ts';
import { Ledger } from '../ledger.ts';
import { activityOf } from './activity.ts';
import { checkFolder } from './check-folder.ts';
import { planClinics } from './clinics.ts';
import { type DataSet, readDataSet } from './data-set.ts';
import { planDrugs } from './drugs.ts';
import type { MapContext } from './map-context.ts';
import { patientDocuments } from './patient-documents.ts';
import { importPharmacist, planStaff } from './staff.ts';

export interface SyntheaOptions {
  readonly folder: string;
  /** How many of the organizations become clinics; at least 1. */
  readonly clinicCount: number;
}

/** A folder with Synthea's CSV export. */
export function syntheaSource({ folder, clinicCount }: SyntheaOptions): ImportSource {
  return {
    async check() {
      await checkFolder(folder);
    },
    async read({ nowMs, onProgress, signal }: ReadOptions): Promise<ReadSource> {
      const present = await checkFolder(folder);
      const ledger = new Ledger();
      const onBytes = (done: number, total: number) => onProgress?.({ stage: 'reading', done, total });
      const data = await readDataSet({ folder, present, ledger, onBytes, signal });
      return mapDataSet(data, ledger, clinicCount, nowMs);
    },
  };
}

function mapDataSet(data: DataSet, ledger: Ledger, clinicCount: number, nowMs: number): ReadSource {
  const activity = activityOf(data.patients, nowMs);
  const medications = data.patients.flatMap(({ rows }) => rows.medications);
  const clinics = planClinics(data.organizations, activity, clinicCount, ledger);
  const staff = planStaff(data.providers, activity, clinics, ledger);
  const drugs = planDrugs(medications, nowMs);
  const pharmacists = medications.length > 0 ? [importPharmacist(clinics, activity.firstSeenMs(''))] : [];
  for (const { type } of [...drugs.documents, ...pharmacists]) ledger.derive(type);
  const context: MapContext = { ledger, clinics, staff, drugs, nowMs, presentMs: activity.newestMs };

  function* groups(): Generator<DocumentGroup> {
    yield { documents: clinics.documents, patients: 0 };
    yield { documents: drugs.documents, patients: 0 };
    yield { documents: [...staff.documents, ...pharmacists], patients: 0 };
    for (const patient of data.patients) yield { documents: patientDocuments(patient, context), patients: 1 };
  }
  return { patientCount: data.patients.length, groups, ledger };
}
