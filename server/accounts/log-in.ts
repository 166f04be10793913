/** Logging in: from a username and a password to a session. */

import { scopeOf } from '../../shared-schemas/roles.ts';
import type { RecordAuthEvent } from '../audit/account-events.ts';
import { sessionMark } from '../audit/session-mark.ts';
import { HttpError } from '../http/errors.ts';
import { type Account, normalUsername } from './account.ts';
import type { Accounts } from './accounts.ts';
import { type Device, type Devices, type Enrolment, newDeviceId } from './devices.ts';
import type { LoginAttempts } from './login-attempts.ts';
import { refuseAsNobody, verifyPassword } from './passwords.ts';
import type { OpenedSession, Sessions } from './sessions.ts';

export interface LoginRequest {
  readonly username: string;
  readonly password: string;
  readonly clinicId?: string | undefined;
  readonly deviceId?: string | undefined;
  readonly deviceSecret?: string | undefined;
  readonly enrolmentCode?: string | undefined;
  readonly deviceName?: string | undefined;
  readonly clientVersion?: string | undefined;
  readonly schemaVersion?: number | undefined;
  /** Where the request comes from. */
  readonly address: string | undefined;
  /** What a session of the dashboard has in place of a device. */
  readonly browser?: { readonly deviceId: string; readonly deviceName: string };
}

export interface LoginParts {
  readonly accounts: Pick<Accounts, 'find'>;
  readonly sessions: Pick<Sessions, 'open' | 'revokeSession'>;
  readonly devices: Pick<Devices, 'enrol' | 'find' | 'isProven'>;
  readonly attempts: Pick<LoginAttempts, 'check'>;
  readonly record: RecordAuthEvent;
}

export interface Login extends OpenedSession {
  readonly name: string;
  /** Absent where the login did not say that it is a device's. */
  readonly device?: Device;
  /** Where the device has just been given one. */
  readonly deviceSecret?: string;
}

/**
 * @throws HttpError `invalid_credentials`, alike for an account that does not exist, has another password or is disabled;
 *   `too_many_attempts` and `busy`, whatever the password is;
 *   with the right password `clinic_required`, `wrong_clinic`, `no_clinic`, and as `Devices.enrol` does.
 */
export async function logIn(parts: LoginParts, request: LoginRequest): Promise<Login> {
  const { accounts, sessions, devices, record } = parts;
  const account = await withPassword(parts, request);
  const clinicId = clinicOfSession(account, request.clinicId);
  const enrolled = isOfDevice(account, request) ? await devices.enrol(enrolmentOf(account, request)) : undefined;
  const opened = await sessions.open({ account, clinicId, ...placeOf(enrolled?.device, request) });
  const { userId, sessionId, deviceId } = opened.principal;
  // Whoever changed the password meanwhile ended the sessions that were there: this one may have come after that.
  if ((await accounts.find(account.username))?.passwordHash !== account.passwordHash) {
    await sessions.revokeSession(sessionId, 'password_changed');
    throw await refusal(record, account);
  }
  // Whoever revoked or forgot the device meanwhile ended the sessions that were there, perhaps before this one.
  const now = enrolled && (await devices.find(deviceId));
  if (enrolled && (!now || now.revokedAt)) {
    await sessions.revokeSession(sessionId, 'device_revoked');
    throw new HttpError('device_revoked');
  }
  await record({
    kind: 'login',
    userId,
    session: sessionMark(sessionId),
    deviceId,
    ...(clinicId !== undefined && { clinicId }),
  });
  return { ...opened, name: account.name, ...enrolled };
}

/** @throws HttpError `invalid_credentials`, `too_many_attempts`, `busy` */
async function withPassword(
  { accounts, devices, attempts, record }: LoginParts,
  { username, password, address, deviceId, deviceSecret }: LoginRequest,
): Promise<Account> {
  const found = await accounts.find(username);
  const isOfDevice = found !== undefined && (await devices.isProven(found.userId, deviceId, deviceSecret));
  const attempt = { address, subject: normalUsername(username), ...(isOfDevice && { deviceId }) };
  const account = await attempts.check(attempt, async () => {
    const isRight = await (found?.passwordHash === undefined
      ? refuseAsNobody(password)
      : verifyPassword(found.passwordHash, password));
    return isRight && !found?.disabled ? found : undefined;
  });
  if (!account) throw await refusal(record, found);
  return account;
}

/**
 * Whether a login is a device's: it says something of one. That of an administrator shows the secret of one, or a code, as people
 * who work online give their browsers names too.
 */
function isOfDevice({ role }: Account, request: LoginRequest): boolean {
  if (request.deviceSecret !== undefined || request.enrolmentCode !== undefined) return true;
  const { deviceId, deviceName, clientVersion, schemaVersion } = request;
  return role !== 'admin' && [deviceId, deviceName, clientVersion, schemaVersion].some((said) => said !== undefined);
}

const enrolmentOf = ({ userId: owner, username }: Account, request: LoginRequest): Enrolment => ({
  owner,
  username,
  deviceId: request.deviceId,
  deviceSecret: request.deviceSecret,
  enrolmentCode: request.enrolmentCode,
  name: request.deviceName,
  clientVersion: request.clientVersion,
  schemaVersion: request.schemaVersion,
});

/** What a session says of where it is used. One that is no device's has an id as well, for when it syncs after all. */
function placeOf(device: Device | undefined, { browser, deviceName }: LoginRequest) {
  if (device) return { deviceId: device.deviceId, deviceName: device.name };
  return browser ?? { deviceId: newDeviceId(), deviceName, enrolsAtSync: true };
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
