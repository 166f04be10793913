/** Accounts of an erased patient: they go with their sessions and devices, for they hold a name as well. */
import { removeForGood } from '../store/remove-for-good.ts';
import type { Database } from '../store/store.ts';
import type { Accounts } from './accounts.ts';
import type { Devices } from './devices.ts';
import type { Sessions } from './sessions.ts';

export interface PatientAccountsOptions {
  /** The one that all of them live in. */
  readonly database: Database;
  readonly accounts: Pick<Accounts, 'scan' | 'documentIdOf'>;
  readonly sessions: Pick<Sessions, 'revokeAllOf' | 'documentIdsOf'>;
  readonly devices: Pick<Devices, 'documentIdsOf' | 'listOf'>;
  /** What devices have in role databases. */
  readonly locals: { forget(deviceId: string): Promise<void> };
}

/** Doing it again, also where it was stopped half-way, is harmless: the account goes last. */
export async function removePatientAccounts(
  { database, accounts, sessions, devices, locals }: PatientAccountsOptions,
  patientId: string,
): Promise<void> {
  for await (const { patientId: theirs, userId, username } of accounts.scan()) {
    if (theirs !== patientId) continue;
    await sessions.revokeAllOf(userId, 'account_disabled');
    for (const { deviceId } of await devices.listOf(userId)) await locals.forget(deviceId);
    const belongings = [...(await sessions.documentIdsOf(userId)), ...(await devices.documentIdsOf(userId))];
    await removeForGood(database, belongings);
    await removeForGood(database, [accounts.documentIdOf(username)]);
  }
}
