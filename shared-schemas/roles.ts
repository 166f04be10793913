/** The roles of a login. This is the one list of them: whatever goes through the roles goes through it. */

/**
 * What an account of a role is for. A clinic: one or more, and a session is for one of them, whose role database it syncs.
 * A patient: one, whose role database it syncs. None: the reference database is all that is synced.
 */
export type RoleScope = 'clinic' | 'patient' | 'none';

interface RoleFacts {
  readonly scope: RoleScope;
  /** As people read it. */
  readonly name: string;
  /** What somebody of this role sees and does, in a line, for whoever chooses it. */
  readonly summary: string;
}

/** Names of role databases begin with the role, up to their first dash: a role is one word in small letters. */
const DECLARED = {
  admin: {
    scope: 'none',
    name: 'Administrator',
    summary: 'Sees everything, online, and administers the network.',
  },
  doctor: {
    scope: 'clinic',
    name: 'Doctor',
    summary: 'Sees and writes everything about the patients of their clinics.',
  },
  nurse: {
    scope: 'clinic',
    name: 'Nurse',
    summary: 'Sees the patients of their clinics, without confidential records and prescriptions.',
  },
  pharmacist: {
    scope: 'clinic',
    name: 'Pharmacist',
    summary: 'Sees the prescriptions of their clinics and fills them.',
  },
  patient: {
    scope: 'patient',
    name: 'Patient',
    summary: 'Sees one patient’s documents: their own, or those of somebody they act for.',
  },
} as const satisfies Readonly<Record<string, RoleFacts>>;

type Declared = typeof DECLARED;
export type Role = keyof Declared;
export type ClinicRole = { [R in Role]: Declared[R]['scope'] extends 'clinic' ? R : never }[Role];

export const ROLES = Object.keys(DECLARED) as readonly Role[];
export const roleFacts = (role: Role): RoleFacts => DECLARED[role];
export const scopeOf = (role: Role): RoleScope => DECLARED[role].scope;

const isClinicRole = (role: Role): role is ClinicRole => scopeOf(role) === 'clinic';
/** Roles that have one database for each clinic. */
export const CLINIC_ROLES = ROLES.filter(isClinicRole);
