/** Logging in: from a username and a password to a session. */

import { scopeOf } from '../../shared-schemas/roles.ts';
import type { RecordAuthEvent } from '../audit/account-events.ts';
import { HttpError } from '../http/errors.ts';
import type { Account } from './account.ts';
import type { Accounts } from './accounts.ts';
import type { Device, Devices } from './devices.ts';
import { refuseAsNobody, verifyPassword } from './passwords.ts';
import type { OpenedSession, Sessions } from './sessions.ts';

export interface LoginRequest {
  readonly username: string;
  readonly password: string;
  readonly clinicId?: string | undefined;
  readonly deviceId?: string | undefined;
  readonly deviceName?: string | undefined;
  readonly clientVersion?: string | undefined;
  readonly schemaVersion?: number | undefined;
}

export interface LoginParts {
  readonly accounts: Pick<Accounts, 'find'>;
  readonly sessions: Pick<Sessions, 'open' | 'revokeSession'>;
  readonly devices: Pick<Devices, 'enrol' | 'find'>;
  readonly record: RecordAuthEvent;
}

export interface Login extends OpenedSession {
  readonly name: string;
  readonly device: Device;
}

/**
 * @throws HttpError `invalid_credentials`, alike for an account that does not exist, has another password or is disabled;
 *   with the right password `clinic_required`, `wrong_clinic`, `no_clinic`, `device_taken`,
 *   `device_revoked`.
 */
export async function logIn(
  { accounts, sessions, devices, record }: LoginParts,
  request: LoginRequest,
): Promise<Login> {
  const account = await accounts.find(request.username);
  const isRight = await (account?.passwordHash === undefined
    ? refuseAsNobody(request.password)
    : verifyPassword(account.passwordHash, request.password));
  if (!account || !isRight || account.disabled) throw await refusal(record, account);
  const clinicId = clinicOfSession(account, request.clinicId);
  const device = await devices.enrol({
    owner: account.userId,
    username: account.username,
    deviceId: request.deviceId,
    name: request.deviceName,
    clientVersion: request.clientVersion,
    schemaVersion: request.schemaVersion,
  });
  const { deviceId, name: deviceName } = device;
  const opened = await sessions.open({ account, clinicId, deviceId, deviceName });
  const { userId, sessionId } = opened.principal;
  // Whoever changed the password meanwhile ended the sessions that were there: this one may have come after that.
  if ((await accounts.find(account.username))?.passwordHash !== account.passwordHash) {
    await sessions.revokeSession(sessionId, 'password_changed');
    throw await refusal(record, account);
  }
  // Whoever revoked the device meanwhile ended the sessions that were there, perhaps before this one.
  if ((await devices.find(deviceId))?.revokedAt) {
    await sessions.revokeSession(sessionId, 'device_revoked');
    throw new HttpError('device_revoked');
  }
  await record({ kind: 'login', userId, sessionId, deviceId, ...(clinicId !== undefined && { clinicId }) });
  return { ...opened, name: account.name, device };
}

async function refusal(record: RecordAuthEvent, account: Account | undefined): Promise<HttpError> {
  await record({ kind: 'login_refused', ...(account && { userId: account.userId }) });
  return new HttpError('invalid_credentials');
}

/** A session of staff is for exactly one clinic; one of an administrator or a patient is for none. */
function clinicOfSession({ role, clinicIds }: Account, named: string | undefined): string | undefined {
  const hasClinics = scopeOf(role) === 'clinic';
  if (hasClinics && clinicIds.length === 0) throw new HttpError('no_clinic');
  if (named !== undefined) {
    if (!hasClinics || !clinicIds.includes(named)) throw new HttpError('wrong_clinic');
    return named;
  }
  if (!hasClinics) return undefined;
  if (clinicIds.length > 1) throw new HttpError('clinic_required', { extra: { clinicIds } });
  return clinicIds[0];
}
