/** What a patient has, and what was found in a visit. */
import type { Condition } from 'fhir/r4.js';
import type { Patient } from '../../../../shared-schemas/patient.ts';
import type { MedicalRecord } from '../../../../shared-schemas/record.ts';
import type { Exported } from '../patient-export.ts';
import { codingsOf } from './codings.ts';
import { referenceTo } from './full-url.ts';
import { headOf } from './head.ts';
import { partKeys } from './part-keys.ts';
import type { References } from './references.ts';
import { instantOf } from './times.ts';
import { concept, hl7Concept } from './values.ts';

/**
 * The patient's problem list. An end in the future counts as an end too: FHIR allows no other status beside one (invariant
 * con-4).
 */
export function problemConditions(patient: Exported<Patient>, references: References): Condition[] {
  const conditions = patient.conditions ?? [];
  const keys = partKeys(conditions, ({ name, code, since }) => [name, code, since]);
  return conditions.map(({ name, code, since, until }, i) => ({
    ...headOf('Condition', patient, `condition.${keys[i]}`),
    clinicalStatus:
      until === undefined
        ? hl7Concept('condition-clinical', 'active', 'Active')
        : hl7Concept('condition-clinical', 'resolved', 'Resolved'),
    category: [hl7Concept('condition-category', 'problem-list-item', 'Problem List Item')],
    code: concept(name, codingsOf(code, 'snomed', 'icd10', 'icd10cm')),
    subject: references.patient(),
    onsetDateTime: since,
    abatementDateTime: until,
  }));
}

/** The diagnosis of a visit. Whether it still holds is not known, so it has no clinical status. */
export const diagnosisCondition = (record: Exported<MedicalRecord>, references: References): Condition => ({
  ...headOf('Condition', record, 'dx'),
  category: [hl7Concept('condition-category', 'encounter-diagnosis', 'Encounter Diagnosis')],
  code: diagnosisConcept(record),
  subject: references.patient(),
  encounter: referenceTo(headOf('Encounter', record)),
  recordedDate: instantOf(record.createdAt),
  recorder: references.user(record.createdBy),
});

export const diagnosisConcept = ({ diagnosis, diagnosisCode }: MedicalRecord) =>
  concept(diagnosis, codingsOf(diagnosisCode, 'snomed', 'icd10', 'icd10cm'));
