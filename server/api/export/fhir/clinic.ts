/** A clinic is those who work there and the place: appointments name the place, everything else the organization. */
import type { Location, Organization } from 'fhir/r4.js';
import type { Clinic } from '../../../../shared-schemas/reference.ts';
import type { Exported } from '../patient-export.ts';
import { referenceTo } from './full-url.ts';
import { headOf } from './head.ts';
import { CLINIC_SYSTEM } from './systems.ts';
import { contactPoints } from './values.ts';

export function clinicResources(clinic: Exported<Clinic>): [Organization, Location] {
  const address = clinic.address === undefined ? undefined : { text: clinic.address };
  const organization: Organization = {
    ...commonOf('Organization', clinic),
    address: address && [address],
  };
  const location: Location = {
    ...commonOf('Location', clinic),
    address,
    managingOrganization: referenceTo(organization),
  };
  return [organization, location];
}

function commonOf<T extends string>(resourceType: T, clinic: Exported<Clinic>) {
  const head = headOf(resourceType, clinic);
  return {
    ...head,
    identifier: [...head.identifier, { system: CLINIC_SYSTEM, value: clinic.slug }],
    name: clinic.name,
    telecom: contactPoints('phone', clinic.phoneNumber),
  };
}
