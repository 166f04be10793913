import type { Ledger } from '../ledger.ts';
import type { ClinicPlan } from './clinics.ts';
import type { DrugPlan } from './drugs.ts';
import type { StaffPlan } from './staff.ts';

/** What the mapping of a patient needs to know of the rest of the data set. */
export interface MapContext {
  readonly ledger: Ledger;
  readonly clinics: ClinicPlan;
  readonly staff: StaffPlan;
  readonly drugs: DrugPlan;
  /** Milliseconds since 1970. A row of a later time is an error. */
  readonly nowMs: number;
  /** The data set's newest visit: what counts as its present, so that a later run derives the same. */
  readonly presentMs: number;
}

/** What every document of a patient takes from the patient. */
export interface Person {
  readonly patientId: string;
  readonly clinicIds: string[];
  readonly name: string;
  readonly birthDate: string;
  readonly deathDate?: string | undefined;
}

/** The fields that tie a document to its patient. */
export const patientFields = ({ patientId, clinicIds }: Person) => ({ patientId, clinicIds });
