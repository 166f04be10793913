/** Scopes: how the primary database is cut into role databases, and which of them a principal may read. */
import { isClinicSlug, isPatientId } from '../shared-schemas/ids.ts';
import { CLINIC_ROLES, type ClinicRole } from '../shared-schemas/roles.ts';
import type { Principal } from './principal.ts';

/** Whose databases there are. */
export const ROLE_DATABASE_ROLES = [...CLINIC_ROLES, 'patient', 'reference'] as const;

export interface RoleDatabase {
  /** As it appears in `/sync/<name>`: `nurse-north`, `patient-p01h…`, `reference`. */
  readonly name: string;
  readonly role: (typeof ROLE_DATABASE_ROLES)[number];
  /** A clinic's slug, a patient's id, or `all`. */
  readonly scope: string;
}

export const REFERENCE_DATABASE: RoleDatabase = { name: 'reference', role: 'reference', scope: 'all' };

export const clinicDatabase = (role: ClinicRole, clinicId: string): RoleDatabase => ({
  name: `${role}-${clinicId}`,
  role,
  scope: clinicId,
});
export const patientDatabase = (patientId: string): RoleDatabase => ({
  name: `patient-${patientId}`,
  role: 'patient',
  scope: patientId,
});
/** The databases that come into being with a clinic. */
export const databasesOfClinic = (clinicId: string): RoleDatabase[] =>
  CLINIC_ROLES.map((role) => clinicDatabase(role, clinicId));

/** The role database of that name, or undefined where the name is not of the form of one. */
export function parseRoleDatabase(name: string): RoleDatabase | undefined {
  if (name === REFERENCE_DATABASE.name) return REFERENCE_DATABASE;
  const dash = name.indexOf('-');
  if (dash < 0) return undefined;
  const role = name.slice(0, dash);
  const scope = name.slice(dash + 1);
  if (role === 'patient') return isPatientId(scope) ? patientDatabase(scope) : undefined;
  const clinicRole = CLINIC_ROLES.find((known) => known === role);
  return clinicRole && isClinicSlug(scope) ? clinicDatabase(clinicRole, scope) : undefined;
}

/** The databases that a device of this principal syncs. An administrator works online and syncs the reference data only. */
export function databasesOfPrincipal(principal: Principal): RoleDatabase[] {
  const own = ownDatabase(principal);
  return own ? [own, REFERENCE_DATABASE] : [REFERENCE_DATABASE];
}

function ownDatabase({ role, clinicId, patientId }: Principal): RoleDatabase | undefined {
  const clinicRole = CLINIC_ROLES.find((known) => known === role);
  if (clinicRole) return clinicId ? clinicDatabase(clinicRole, clinicId) : undefined;
  return role === 'patient' && patientId ? patientDatabase(patientId) : undefined;
}
