/** Whose rules are tried: an account as it would be signed in, or someone made up. */
import type { Principal } from '../../../sync-rules/principal.ts';
import type { Accounts } from '../../accounts/accounts.ts';
import { HttpError } from '../../http/errors.ts';
import { invalidInput } from '../../http/parse-input.ts';
import type { TrialInput } from './trial-input.ts';

export interface TrialPerson {
  readonly principal: Principal;
  /** Set where it is an account. */
  readonly account?: { readonly username: string; readonly name: string; readonly disabled: boolean };
}

/** No account has this id. */
const NOBODY = 'someone';

/**
 * @throws HttpError `invalid_input`, `clinic_required`
 */
export async function personOf(accounts: Pick<Accounts, 'find'>, input: TrialInput): Promise<TrialPerson> {
  const { username, role, clinicId, patientId, userId = NOBODY } = input;
  if (username === undefined)
    return {
      principal: {
        ...{ userId, role: role ?? 'patient' },
        ...(clinicId !== undefined && { clinicId }),
        ...(patientId !== undefined && { patientId }),
      },
    };
  const account = await accounts.find(username);
  if (!account) throw invalidInput([{ path: 'username', message: 'there is no such account' }]);
  const clinic = clinicOf(account.clinicIds, clinicId);
  return {
    principal: {
      ...{ userId: account.userId, role: account.role },
      ...(clinic !== undefined && { clinicId: clinic }),
      ...(account.patientId !== undefined && { patientId: account.patientId }),
    },
    account: { username: account.username, name: account.name, disabled: account.disabled },
  };
}

/** As at a login: the one clinic, or the one that is named. */
function clinicOf(clinicIds: readonly string[], asked: string | undefined): string | undefined {
  if (asked !== undefined && !clinicIds.includes(asked))
    throw invalidInput([{ path: 'clinicId', message: 'the account does not belong to this clinic' }]);
  if (asked === undefined && clinicIds.length > 1) throw new HttpError('clinic_required', { extra: { clinicIds } });
  return asked ?? clinicIds[0];
}
