/** Roles in words. */
import { ROLES, type Role, roleFacts, scopeOf } from '../../../shared-schemas/roles.ts';

export const roleName = (role: Role): string => roleFacts(role).name;

export const ROLE_OPTIONS = ROLES.map((role) => [role, roleName(role)] as const);

/** Staff work at clinics; the others have none. */
export const hasClinics = (role: Role): boolean => scopeOf(role) === 'clinic';
