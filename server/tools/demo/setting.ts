import { patientDocId } from '../../../shared-schemas/ids.ts';
import type { RuleDocument } from '../../../sync-rules/document.ts';

/** Where the story takes place, and about whom. */
export interface Setting {
  readonly patientId: string;
  /** The clinic that the patient goes to, and no other. */
  readonly clinic: string;
  /** Where the patient is referred to. */
  readonly otherClinic: string;
  /** A record of the patient that a nurse reads and, not being its author, may not change. */
  readonly recordId: string;
}

/** The living patient of a single clinic with most documents. Throws a RangeError where the data has none. */
export function chooseSetting(documents: readonly RuleDocument[]): Setting {
  const clinics = documents.flatMap(({ type, slug }) => (type === 'clinic' ? [String(slug)] : []));
  const count = (patientId: string | undefined) =>
    documents.filter((document) => document.patientId === patientId).length;
  const [patient] = documents
    .filter(({ type, clinicIds, deathDate }) => type === 'patient' && clinicIds?.length === 1 && !deathDate)
    .sort((a, b) => count(b.patientId) - count(a.patientId));
  const [clinic] = patient?.clinicIds ?? [];
  const otherClinic = clinics.find((slug) => slug !== clinic);
  const record = documents.find(
    ({ type, patientId, confidential }) => type === 'record' && patientId === patient?.patientId && !confidential,
  );
  if (!patient?.patientId || !clinic || !otherClinic || !record)
    throw new RangeError('the data of the demo has no patient to tell the story of');
  return { patientId: patient.patientId, clinic, otherClinic, recordId: record._id };
}

export const patientDocOf = ({ patientId }: Setting): string => patientDocId(patientId);
