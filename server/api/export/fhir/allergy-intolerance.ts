import type { AllergyIntolerance, AllergyIntoleranceReaction } from 'fhir/r4.js';
import type { Patient } from '../../../../shared-schemas/patient.ts';
import type { Exported } from '../patient-export.ts';
import { codingsOf } from './codings.ts';
import { headOf } from './head.ts';
import { partKeys } from './part-keys.ts';
import type { References } from './references.ts';
import { extension } from './systems.ts';
import { concept, hl7Concept, UNKNOWN } from './values.ts';

type Allergy = NonNullable<Patient['allergies']>[number];

export function allergyIntolerances(patient: Exported<Patient>, references: References): AllergyIntolerance[] {
  const allergies = patient.allergies ?? [];
  const keys = partKeys(allergies, ({ substance, code }) => [substance, code]);
  return allergies.map((allergy, i) => ({
    ...headOf('AllergyIntolerance', patient, `allergy.${keys[i]}`),
    clinicalStatus: clinicalStatus(allergy),
    code: concept(allergy.substance, codingsOf(allergy.code, 'snomed', 'rxnorm')),
    patient: references.patient(),
    onsetDateTime: allergy.since,
    reaction: reactions(allergy),
    extension: extension('until', 'valueDate', allergy.until),
  }));
}

/**
 * One that held until some day is `inactive`: `resolved` would say that a test has shown it to be gone. How certain it is
 * (verificationStatus) nobody wrote down, and FHIR does not ask for it.
 */
const clinicalStatus = ({ until }: Allergy) =>
  until === undefined
    ? hl7Concept('allergyintolerance-clinical', 'active', 'Active')
    : hl7Concept('allergyintolerance-clinical', 'inactive', 'Inactive');

/** A severity is that of a reaction, so it makes one even where nobody wrote down how the patient reacts. */
function reactions({ reaction, severity }: Allergy): AllergyIntoleranceReaction[] {
  if (reaction === undefined && severity === undefined) return [];
  return [
    {
      manifestation: [reaction === undefined ? UNKNOWN : { text: reaction }],
      ...(severity === 'unknown' ? { _severity: UNKNOWN } : { severity }),
    },
  ];
}
