import type { Role } from '../shared-schemas/roles.ts';

/** Who asks. A session is for exactly one clinic (staff) or one patient (patient); an administrator has neither. */
export interface Principal {
  readonly userId: string;
  readonly role: Role;
  readonly clinicId?: string;
  readonly patientId?: string;
  readonly deviceId?: string;
}
