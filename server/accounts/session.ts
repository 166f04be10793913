/** A session: one account, on one device or online only, for one clinic or one patient. */
import type { Role } from '../../shared-schemas/roles.ts';
import type { AuthenticatedPrincipal } from '../http/request-principal.ts';
import type { Account } from './account.ts';

export interface Session {
  readonly sessionId: string;
  readonly userId: string;
  readonly username: string;
  readonly role: Role;
  readonly clinicId?: string;
  readonly patientId?: string;
  readonly deviceId: string;
  readonly deviceName?: string;
  /** The login did not say that it is a device's: the device is enrolled when the session first syncs. */
  readonly enrolsAtSync?: true;
  readonly refreshHash: string;
  /** The token that the current one followed: still accepted, until the current one is used. */
  readonly previousRefreshHash?: string;
  readonly createdAt: string;
  /** Absent as long as it was never refreshed. */
  readonly refreshedAt?: string;
  /** Moves on with each refresh. */
  readonly expiresAt: string;
  /** Why it was ended. A session that was ended never comes back. */
  readonly revoked?: RevocationReason;
}

export type RevocationReason =
  | 'logout'
  | 'ended_by_owner'
  | 'ended_by_administrator'
  | 'account_disabled'
  | 'account_changed'
  | 'password_changed'
  | 'password_reset'
  | 'device_revoked'
  | 'refresh_token_reused';

export const principalOfSession = (session: Session): AuthenticatedPrincipal => ({
  userId: session.userId,
  username: session.username,
  role: session.role,
  deviceId: session.deviceId,
  sessionId: session.sessionId,
  ...(session.clinicId !== undefined && { clinicId: session.clinicId }),
  ...(session.patientId !== undefined && { patientId: session.patientId }),
});

/** Whether the account would still be given this session. */
export function isGranted(session: Session, account: Account | undefined): boolean {
  if (session.revoked || !account || account.disabled) return false;
  if (account.userId !== session.userId || account.role !== session.role) return false;
  if (session.clinicId !== undefined && !account.clinicIds.includes(session.clinicId)) return false;
  return session.patientId === account.patientId;
}

/** Two servers wrote at once: a session that one of them ended is over. */
export function resolveSession(winner: Session, others: readonly Session[]): Session {
  const revoked = winner.revoked ?? others.find((other) => other.revoked)?.revoked;
  return revoked ? { ...winner, revoked } : winner;
}
