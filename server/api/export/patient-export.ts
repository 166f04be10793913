/** All that a reader may see of one patient, read and ready to be written in another format. */
import type { AnyDocument } from '../../../shared-schemas/document-types.ts';
import type { Patient } from '../../../shared-schemas/patient.ts';
import type { Clinic, Staff } from '../../../shared-schemas/reference.ts';

/** A document as REST shows it. Fields that the reader's role does not see are left out. */
export type Exported<T extends AnyDocument = AnyDocument> = T & { readonly _rev?: string };

export interface PatientExport {
  /** ISO 8601 in UTC. */
  readonly exportedAt: string;
  readonly patient: Exported<Patient>;
  /** Everything of this patient that the reader may see, the patient itself aside. */
  readonly documents: readonly Exported[];
  /** The clinics that the documents name. One that is missing is named by its slug. */
  readonly clinics: readonly Exported<Clinic>[];
  /** The directory entries of the people that the documents name. One that is missing is named by the user id. */
  readonly staff: readonly Exported<Staff>[];
}
