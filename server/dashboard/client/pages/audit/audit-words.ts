/** The kinds of audit entries in words. */
import type { NamedAuditEntry } from '../../../../api/audit-routes.ts';
import type { AuditKind } from '../../../../audit/audit-log.ts';

export const AUDIT_WORDS: Readonly<Record<AuditKind, string>> = {
  login: 'Logged in',
  login_refused: 'Login refused',
  logout: 'Logged out',
  password_changed: 'Password changed',
  password_change_refused: 'Password change refused',
  password_set: 'Password set through an invitation',
  invitation_refused: 'Invitation refused',
  account_created: 'Account created',
  account_disabled: 'Account disabled',
  account_enabled: 'Account enabled',
  administrator_restored: 'Administrator let in again, as none was left',
  account_invited: 'Invitation made',
  password_reset: 'Password reset',
  enrolment_allowed: 'Code made to enrol a device',
  sessions_ended: 'Sessions ended by an administrator',
  account_changed: 'Account changed',
  own_sessions_ended: 'Own sessions ended',
  device_revoked: 'Device revoked',
  device_restored: 'Device let in again',
  device_renamed: 'Device renamed',
  device_forgotten: 'Device forgotten',
  device_fresh_replica: 'Device told to make a fresh replica',
  held_write_accepted: 'Held write accepted',
  held_write_rejected: 'Held write rejected',
  patient_exported: 'Record of a patient exported',
  document_inspected: 'Document looked into',
  rules_tried: 'Rules tried on a person and a document',
  projector_paused: 'Projector paused',
  projector_resumed: 'Projector resumed',
  role_database_rebuild: 'Rebuild of a role database asked for',
  role_database_comparison: 'Comparison of a role database asked for',
  erasure_begun: 'Erasure of a patient begun',
  erasure_completed: 'Erasure of a patient completed',
};

/** Who did it: the administrator where there is one, else the person themselves. */
export function whoOf(entry: NamedAuditEntry): string {
  if ('by' in entry && entry.by !== undefined) return entry.byName ?? entry.by;
  return 'userId' in entry && entry.userId !== undefined ? (entry.userName ?? entry.userId) : 'nobody known';
}

const ELSEWHERE = new Set(['kind', 'at', 'auditId', 'by', 'byName', 'userId', 'userName']);

/** Everything else that the entry says, whom it is about first. */
export function detailsOf(entry: NamedAuditEntry): string {
  const userId = 'userId' in entry && 'by' in entry ? entry.userId : undefined;
  const about = userId === undefined ? [] : [`account ${entry.userName ?? userId}`];
  const rest = Object.entries(entry)
    .filter(([name]) => !ELSEWHERE.has(name))
    .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
  return [...about, ...rest].join(', ');
}
