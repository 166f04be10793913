/**
 * People of the staff directory, by their public fields alone: an export is handed on, and a reader sees the private fields
 * of their own entry.
 */
import type { CodeableConcept, Practitioner, PractitionerRole } from 'fhir/r4.js';
import type { Staff } from '../../../../shared-schemas/reference.ts';
import type { Role } from '../../../../shared-schemas/roles.ts';
import type { Exported } from '../patient-export.ts';
import { referenceTo } from './full-url.ts';
import { headOf } from './head.ts';
import { partKeys } from './part-keys.ts';
import type { References } from './references.ts';
import { USER_SYSTEM } from './systems.ts';
import { concepts, contactPoints, hl7Concept } from './values.ts';

/** Roles that HL7 has a code for. */
const ROLE_CODES: Readonly<Partial<Record<Role, CodeableConcept>>> = {
  doctor: hl7Concept('practitioner-role', 'doctor', 'Doctor'),
  nurse: hl7Concept('practitioner-role', 'nurse', 'Nurse'),
  pharmacist: hl7Concept('practitioner-role', 'pharmacist', 'Pharmacist'),
};

export function practitioner(staff: Exported<Staff>): Practitioner {
  const head = headOf('Practitioner', staff);
  const { userId } = staff;
  return {
    ...head,
    identifier: [...head.identifier, ...(userId === undefined ? [] : [{ system: USER_SYSTEM, value: userId }])],
    name: [{ text: staff.name }],
    telecom: contactPoints('phone', staff.workPhone, 'work'),
  };
}

/** One for each clinic they work at, as FHIR has one organization in a role. */
export function practitionerRoles(staff: Exported<Staff>, references: References): PractitionerRole[] {
  const role = {
    practitioner: { ...referenceTo(headOf('Practitioner', staff)), display: staff.name },
    code: [{ ...ROLE_CODES[staff.role], text: staff.role }],
    specialty: concepts(staff.speciality),
  };
  const slugs = staff.clinicIds ?? [];
  if (slugs.length === 0) return [{ ...headOf('PractitionerRole', staff), ...role }];
  const keys = partKeys(slugs, (slug) => [slug]);
  return slugs.map((slug, i) => ({
    ...headOf('PractitionerRole', staff, keys[i]),
    ...role,
    organization: references.clinic(slug),
  }));
}
