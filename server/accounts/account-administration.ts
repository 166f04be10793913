/** What an administrator does to accounts, in the order in which it is safe, with its entries in the audit log. */

import type { AccountChanges, RecordAuthEvent } from '../audit/account-events.ts';
import { HttpError } from '../http/errors.ts';
import { invalidInput } from '../http/parse-input.ts';
import type { Exclusion, Lease } from '../store/exclusion.ts';
import {
  type Account,
  type AccountChange,
  type AccountView,
  canAdminister,
  normalUsername,
  withoutSecrets,
} from './account.ts';
import { missingFaults, type ScopeLookups, scopeFaults } from './account-scopes.ts';
import type { Accounts, ChangedAccount } from './accounts.ts';
import { type Invitation, newInvitation } from './invitations.ts';
import type { PasswordStrength } from './password-strength.ts';
import type { Sessions } from './sessions.ts';

export interface AccountAdministrationOptions extends ScopeLookups {
  readonly accounts: Pick<Accounts, 'create' | 'find' | 'scan' | 'change' | 'invite'>;
  readonly sessions: Pick<Sessions, 'revokeAllOf' | 'revokeAllAround' | 'revokeUngranted'>;
  readonly strength: Pick<PasswordStrength, 'faultsOf'>;
  /** What else comes with an account. Runs after the account is stored: where it fails, so does the request. */
  readonly onAccountCreated: (account: AccountView) => Promise<void>;
  /** As onAccountCreated; runs again where the same change is asked for again. */
  readonly onAccountChanged: (account: AccountView) => Promise<void>;
  readonly record: RecordAuthEvent;
  readonly exclusion: Pick<Exclusion, 'alone'>;
  readonly nowMs: () => number;
}

export interface AccountInput extends Pick<Account, 'username' | 'role' | 'name'> {
  readonly clinicIds?: readonly string[] | undefined;
  readonly patientId?: string | undefined;
  readonly password?: string | undefined;
}

export interface CreatedAccount {
  readonly account: AccountView;
  /** Where no password was given. */
  readonly invitation?: Invitation;
}

const ACCOUNTS = ['accounts'];

/**
 * Every user id is that of the administrator who acts.
 *
 * Somebody can always log in as an administrator. Whoever would take that from an account works alone, and sees another one
 * who can. A server that stood still may do it too late, when another server has taken it from that other one: so it looks
 * once more afterwards, and where nobody is left it undoes what it did. Then both are refused, or one. A server that dies
 * before it looks leaves that to the next start of any server, by `restoreAdministrator`.
 */
export class AccountAdministration {
  readonly #options: AccountAdministrationOptions;

  constructor(options: AccountAdministrationOptions) {
    this.#options = options;
  }

  /** @throws HttpError `invalid_input`, `username_taken` */
  async create(by: string, { password, patientId, ...input }: AccountInput): Promise<CreatedAccount> {
    const { accounts, record, onAccountCreated, nowMs } = this.#options;
    const clinicIds = [...new Set(input.clinicIds ?? [])];
    const details = { ...input, clinicIds, ...(patientId !== undefined && { patientId }) };
    await this.#checkNew(details, password);
    const invitation = newInvitation(normalUsername(input.username), nowMs());
    const created = await accounts.create({
      ...details,
      ...(password === undefined ? { invitation: invitation.stored } : { password }),
    });
    const account = withoutSecrets(created);
    await record({ kind: 'account_created', userId: account.userId, by });
    if (password === undefined) await record({ kind: 'account_invited', userId: account.userId, by });
    await onAccountCreated(account);
    return { account, ...(password === undefined && { invitation: invitation.handedOver }) };
  }

  /**
   * Sessions that the account would no longer be given are over when it resolves, and stay over should the old role come back.
   * @throws HttpError `not_found`, `own_account`, `invalid_input`, `last_administrator`
   */
  async change(by: string, username: string, change: AccountChange): Promise<AccountView> {
    const { record, onAccountChanged } = this.#options;
    const isOwn = (await this.find(username)).userId === by;
    if (isOwn && endsAdministration(change)) throw new HttpError('own_account');
    const missing = await missingFaults(change, this.#options);
    if (missing.length > 0) throw invalidInput(missing);
    const { exclusion } = this.#options;
    const { before, after } = await exclusion.alone(ACCOUNTS, (lease) => this.#apply(username, change, lease));
    const { userId } = after;
    if (before.disabled !== after.disabled)
      await record({ kind: after.disabled ? 'account_disabled' : 'account_enabled', userId, by });
    const changes = changesOf(before, after);
    if (Object.keys(changes).length > 0) await record({ kind: 'account_changed', userId, by, changes });
    const changed = withoutSecrets(after);
    await onAccountChanged(changed);
    return changed;
  }

  /**
   * A new invitation; the password that there was is void, and all sessions are over.
   * @throws HttpError `not_found`, `own_account`, `account_disabled`, `last_administrator`
   */
  async invite(by: string, username: string): Promise<Invitation> {
    const { exclusion, record } = this.#options;
    const { userId } = await this.find(username);
    if (userId === by) throw new HttpError('own_account');
    const { invitation, isReset } = await exclusion.alone(ACCOUNTS, (lease) => this.#reset(username, lease));
    await record({ kind: isReset ? 'password_reset' : 'account_invited', userId, by });
    return invitation.handedOver;
  }

  /** One that comes too late locks nobody out: whoever asked for it has the link. */
  async #reset(username: string, lease: Lease) {
    const { accounts, sessions, nowMs } = this.#options;
    const account = await this.find(username);
    if (account.disabled) throw new HttpError('account_disabled');
    if (canAdminister(account)) await this.#expectOtherThan(account.userId);
    const invitation = newInvitation(account.username, nowMs());
    await lease.check();
    const invited = await sessions.revokeAllAround(() => accounts.invite(account.username, invitation.stored), {
      userId: account.userId,
      reason: 'password_reset',
    });
    if (!invited) throw notFound();
    return { invitation, isReset: invited.before.passwordHash !== undefined };
  }

  /** @throws HttpError `not_found` */
  async endSessions(by: string, username: string): Promise<void> {
    const { userId } = await this.find(username);
    await this.#options.sessions.revokeAllOf(userId, 'ended_by_administrator');
    await this.#options.record({ kind: 'sessions_ended', userId, by });
  }

  /** @throws HttpError `not_found` */
  async find(username: string): Promise<Account> {
    const account = await this.#options.accounts.find(username);
    if (!account) throw notFound();
    return account;
  }

  async #checkNew(
    details: Pick<Account, 'username' | 'role' | 'name' | 'clinicIds' | 'patientId'>,
    password: string | undefined,
  ): Promise<void> {
    const { strength } = this.#options;
    const faults = [
      ...scopeFaults(details),
      ...(await missingFaults(details, this.#options)),
      ...(password === undefined ? [] : await strength.faultsOf('password', password, details)),
    ];
    if (faults.length > 0) throw invalidInput(faults);
  }

  /** First ends what an earlier change would have ended, had the server not stopped in the middle of it. */
  async #apply(username: string, change: AccountChange, lease: Lease): Promise<ChangedAccount> {
    const { accounts, sessions } = this.#options;
    const account = await this.find(username);
    await sessions.revokeUngranted(account, 'account_changed');
    const isTaken = endsAdministration(change) && canAdminister(account);
    if (isTaken) await this.#expectOtherThan(account.userId);
    const clinicIds = change.clinicIds && [...new Set(change.clinicIds)];
    await lease.check();
    const changed = await accounts.change(account.username, { ...change, clinicIds }, (next) => {
      const faults = scopeFaults(next);
      if (faults.length > 0) throw invalidInput(faults);
    });
    if (!changed) throw notFound();
    if (isTaken) await this.#expectOtherThan(account.userId).catch((error: unknown) => this.#undo(changed, error));
    await sessions.revokeUngranted(changed.after, changed.after.disabled ? 'account_disabled' : 'account_changed');
    return changed;
  }

  async #expectOtherThan(userId: string): Promise<void> {
    for await (const account of this.#options.accounts.scan()) {
      if (account.userId !== userId && canAdminister(account)) return;
    }
    throw new HttpError('last_administrator');
  }

  async #undo({ before }: ChangedAccount, error: unknown): Promise<never> {
    const { username, role, clinicIds, patientId = null, disabled } = before;
    await this.#options.accounts.change(username, { role, clinicIds, patientId, disabled });
    throw error;
  }
}

const endsAdministration = ({ disabled, role }: AccountChange): boolean =>
  disabled === true || (role !== undefined && role !== 'admin');

const notFound = (): HttpError => new HttpError('not_found', { detail: 'No account has this username.' });

function changesOf(before: Account, after: Account): AccountChanges {
  const sameClinics = before.clinicIds.join() === after.clinicIds.join();
  return {
    ...(before.role !== after.role && { role: { from: before.role, to: after.role } }),
    ...(!sameClinics && { clinicIds: { from: before.clinicIds, to: after.clinicIds } }),
    ...(before.patientId !== after.patientId && {
      patientId: { from: before.patientId ?? null, to: after.patientId ?? null },
    }),
    ...(before.name !== after.name && { name: true as const }),
  };
}
