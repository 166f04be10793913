/** Who may call a route, by the access table or by role. Only says who may not at all; each document is judged by itself. */
import type { Request } from 'express';
import { ROLES, type Role } from '../../shared-schemas/roles.ts';
import type { SyncRules } from '../../sync-rules/sync-rules.ts';
import type { Access } from '../http/api-route.ts';
import { HttpError } from '../http/errors.ts';
import { principalOf } from '../http/request-principal.ts';

/**
 * @throws HttpError `forbidden` where a role is asked for, `refused` where the access table has no row.
 */
export const accessCheck =
  (rules: Pick<SyncRules, 'mayEver'>) =>
  (req: Request, access: Exclude<Access, 'anyone'>): void => {
    if (access === 'signed-in') return;
    const principal = principalOf(req);
    if ('roles' in access) {
      if (!access.roles.includes(principal.role)) throw new HttpError('forbidden');
    } else if (!rules.mayEver(principal, access.action, access.type, access.field)) {
      throw new HttpError('refused', {
        detail: `The role ${principal.role} may not do this to documents of the type ${access.type}.`,
        extra: { reason: 'not_allowed' },
      });
    }
  };

/** The roles that may call; for the description. */
export function rolesOf(rules: Pick<SyncRules, 'mayEver'>, access: Access): readonly Role[] {
  if (access === 'anyone' || access === 'signed-in') return ROLES;
  if ('roles' in access) return access.roles;
  const anyone = { userId: 'u', clinicId: 'c', patientId: 'p' };
  return ROLES.filter((role) => rules.mayEver({ ...anyone, role }, access.action, access.type, access.field));
}
