import type { ContactPoint, Patient as FhirPatient, Identifier, PatientContact } from 'fhir/r4.js';
import type { Patient } from '../../../../shared-schemas/patient.ts';
import type { Exported } from '../patient-export.ts';
import { headOf } from './head.ts';
import type { References } from './references.ts';
import { extension, IDENTITY_NUMBER_SYSTEM } from './systems.ts';
import { concepts, contactPoints, hl7Concept, UNKNOWN } from './values.ts';

/** The first clinic manages the patient; FHIR has one place for that, so the others are extensions. */
export function patientResource(patient: Exported<Patient>, references: References): FhirPatient {
  const { firstName, lastName, clinicIds } = patient;
  const [first, ...others] = clinicIds;
  const head = headOf('Patient', patient);
  return {
    ...head,
    identifier: [...head.identifier, ...identityNumber(patient)],
    name: [{ use: 'official', text: `${firstName} ${lastName}`, family: lastName, given: [firstName] }],
    gender: patient.sex,
    birthDate: patient.birthDate,
    deceasedDateTime: patient.deathDate,
    telecom: [...contactPoints('phone', patient.phoneNumber), ...contactPoints('email', patient.email)],
    address: patient.address === undefined ? [] : [{ text: patient.address }],
    contact: patient.emergencyContact ? [contact(patient.emergencyContact)] : [],
    managingOrganization: first === undefined ? undefined : references.clinic(first),
    extension: others.flatMap((slug) => extension('clinic', 'valueReference', references.clinic(slug))),
  };
}

/** National or of an insurance: the document does not say which, so its kind is given in words alone. */
const identityNumber = ({ identityNumber: value }: Patient): Identifier[] =>
  value === undefined
    ? []
    : [{ type: { text: 'National identity or insurance number' }, system: IDENTITY_NUMBER_SYSTEM, value }];

function contact({ name, relationship, phoneNumber }: NonNullable<Patient['emergencyContact']>): PatientContact {
  const telecom: ContactPoint[] = contactPoints('phone', phoneNumber);
  return {
    relationship: [hl7Concept('v2-0131', 'C', 'Emergency Contact'), ...concepts(relationship)],
    // A contact must have a name, a way to reach it or an organization (invariant pat-1).
    name: name === undefined ? (telecom.length > 0 ? undefined : UNKNOWN) : { text: name },
    telecom,
  };
}
