/** Roles in words. */
import type { Role } from '../../../shared-schemas/reference.ts';

export const ROLE_NAMES: Readonly<Record<Role, string>> = {
  admin: 'Administrator',
  doctor: 'Doctor',
  nurse: 'Nurse',
  pharmacist: 'Pharmacist',
  patient: 'Patient',
};

export const ROLE_OPTIONS = Object.entries(ROLE_NAMES) as readonly (readonly [Role, string])[];

/** Staff work at clinics; the others have none. */
export const hasClinics = (role: Role): boolean => role !== 'admin' && role !== 'patient';
