/** Accounts: who may log in, and as what. */
import { newUlid } from '../../shared-schemas/ids.ts';
import { HttpError } from '../http/errors.ts';
import { DocumentTable } from '../store/document-table.ts';
import type { Database } from '../store/store.ts';
import {
  type Account,
  type AccountChange,
  type Credentials,
  isUsername,
  normalUsername,
  resolveAccount,
  type StoredInvitation,
  USERNAME_PATTERN,
  withChange,
} from './account.ts';
import { isInvited } from './invitations.ts';
import { hashPassword } from './passwords.ts';

/** With a password, or with an invitation to set one. */
export type NewAccount = Pick<Account, 'username' | 'role' | 'name' | 'clinicIds' | 'patientId'> &
  ({ readonly password: string } | { readonly invitation: StoredInvitation });

export interface ChangedAccount {
  readonly before: Account;
  readonly after: Account;
}

const ACCOUNT_PREFIX = 'account:';

export class Accounts {
  readonly #table: DocumentTable<Account>;
  readonly #now: () => number;

  /** `database` may hold other tables: sessions and devices live beside the accounts. */
  constructor(database: Database, now: () => number = Date.now) {
    this.#table = new DocumentTable(database, ACCOUNT_PREFIX, resolveAccount);
    this.#now = now;
  }

  /**
   * @throws HttpError `username_taken`
   */
  async create({ username: typed, role, name, clinicIds, patientId, ...credentials }: NewAccount): Promise<Account> {
    const username = normalUsername(typed);
    if (!isUsername(username)) throw new RangeError(`a username must match ${USERNAME_PATTERN}`);
    const account: Account = {
      userId: `u${newUlid(this.#now())}`,
      username,
      role,
      name,
      clinicIds,
      ...(patientId !== undefined && { patientId }),
      ...('password' in credentials
        ? { passwordHash: await hashPassword(credentials.password) }
        : { invitation: credentials.invitation }),
      disabled: false,
      createdAt: this.#time(),
    };
    await this.#table.update(username, (existing) => {
      if (existing) throw new HttpError('username_taken');
      return account;
    });
    return account;
  }

  list(): Promise<Account[]> {
    return this.#table.list();
  }

  /** In the order of usernames, those after `after`; read a page at a time. */
  scan(after?: string): AsyncGenerator<Account> {
    return this.#table.scan({ ...(after !== undefined && { after }) });
  }

  /** By username, in any case. */
  async find(username: string): Promise<Account | undefined> {
    const normal = normalUsername(username);
    return isUsername(normal) ? await this.#table.get(normal) : undefined;
  }

  /**
   * Answers the account as it was and as it now is, or undefined where there is none of that name. `check` is given what the
   * account would be: where it throws, nothing is changed.
   */
  change(
    username: string,
    change: AccountChange,
    check: (account: Account) => void = () => {},
  ): Promise<ChangedAccount | undefined> {
    return this.#change(username, (account) => {
      const changed = withChange(account, change, this.#time());
      check(changed);
      return changed;
    });
  }

  /**
   * Replaces the password that was verified.
   * @throws HttpError `wrong_password` where it is no longer that one
   */
  async changePassword({ username, passwordHash: verified }: Account, password: string): Promise<void> {
    const passwordHash = await hashPassword(password);
    await this.#change(username, (account) => {
      if (account.passwordHash !== verified) throw new HttpError('wrong_password');
      return this.#withCredentials(account, { passwordHash });
    });
  }

  /**
   * Takes the password away until the invitation is used; an earlier invitation is void.
   * @throws HttpError `account_disabled`
   */
  invite(username: string, invitation: StoredInvitation): Promise<ChangedAccount | undefined> {
    return this.#change(username, (account) => {
      if (account.disabled) throw new HttpError('account_disabled');
      return this.#withCredentials(account, { invitation });
    });
  }

  /**
   * Uses up an invitation.
   * @throws HttpError `invalid_invitation`
   */
  async setInvitedPassword(username: string, token: string, password: string): Promise<void> {
    const passwordHash = await hashPassword(password);
    await this.#change(username, (account) => {
      if (!isInvited(account, token, this.#now())) throw new HttpError('invalid_invitation');
      return this.#withCredentials(account, { passwordHash });
    });
  }

  /** The account that a token invites, or undefined where it is not, or no longer, good for one. */
  async findInvited(username: string | undefined, token: string): Promise<Account | undefined> {
    const account = username === undefined ? undefined : await this.find(username);
    return isInvited(account, token, this.#now()) ? account : undefined;
  }

  /** The username of an account's document, or undefined where the id is that of something else. */
  usernameOf(documentId: string): string | undefined {
    return this.#table.keyOf(documentId);
  }

  documentIdOf(username: string): string {
    return this.#table.idOf(username);
  }

  async #change(username: string, change: (account: Account) => Account): Promise<ChangedAccount | undefined> {
    const seen: (Account | undefined)[] = [];
    const after = await this.#table.update(normalUsername(username), (account) => {
      seen.push(account);
      return account && change(account);
    });
    const before = seen.at(-1);
    return before && after && { before, after };
  }

  #withCredentials(account: Account, credentials: Omit<Credentials, 'credentialsChangedAt'>): Account {
    const { passwordHash: _, invitation: __, ...rest } = account;
    return { ...rest, ...credentials, credentialsChangedAt: this.#time() };
  }

  #time(): string {
    return new Date(this.#now()).toISOString();
  }
}
