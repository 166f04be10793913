/** Accounts: who may log in, and as what. */
import { newUlid } from '../../shared-schemas/ids.ts';
import type { Role } from '../../shared-schemas/reference.ts';
import { HttpError } from '../http/errors.ts';
import type { Database } from '../store/store.ts';
import { DocumentTable } from './document-table.ts';
import { hashPassword } from './passwords.ts';

export interface Account {
  /** `u` and a ULID; what documents name as their author. */
  readonly userId: string;
  /** Never changes: it is part of the id of the account's document. */
  readonly username: string;
  readonly passwordHash: string;
  readonly role: Role;
  readonly name: string;
  /** Of staff other than administrators: the clinics they may log in for. */
  readonly clinicIds: readonly string[];
  /** Of the patient role: the patient they are, or act for. */
  readonly patientId?: string;
  readonly disabled: boolean;
  readonly createdAt: string;
}

export type PublicAccount = Omit<Account, 'passwordHash'>;
export const withoutSecrets = ({ passwordHash: _, ...account }: Account): PublicAccount => account;

export interface NewAccount extends Pick<Account, 'username' | 'role' | 'name' | 'clinicIds' | 'patientId'> {
  readonly password: string;
}

const ACCOUNT_PREFIX = 'account:';
export const USERNAME_PATTERN = /^[a-z0-9][a-z0-9._-]{1,63}$/;
export const isUsername = (value: string): boolean => USERNAME_PATTERN.test(value);

/** As a username is stored: tablets like to begin a word with a capital. */
export const normalUsername = (typed: string): string => typed.trim().toLowerCase();

/** Two servers wrote at once: an account that one of them disabled stays disabled. */
const resolveAccount = (winner: Account, others: readonly Account[]): Account =>
  others.some(({ userId, disabled }) => disabled && userId === winner.userId) ? { ...winner, disabled: true } : winner;

export class Accounts {
  readonly #table: DocumentTable<Account>;
  readonly #now: () => number;

  /** `database` may hold other tables: sessions and devices live beside the accounts. */
  constructor(database: Database, now: () => number = Date.now) {
    this.#table = new DocumentTable(database, ACCOUNT_PREFIX, resolveAccount);
    this.#now = now;
  }

  /**
   * Where servers share the store, two of them may create one username at the same moment: one account remains, and each
   * server finds out which by reading it.
   * @throws HttpError `username_taken`
   */
  async create({ password, ...details }: NewAccount): Promise<Account> {
    const username = normalUsername(details.username);
    if (!isUsername(username)) throw new RangeError(`a username must match ${USERNAME_PATTERN}`);
    const account: Account = {
      ...details,
      username,
      userId: `u${newUlid(this.#now())}`,
      passwordHash: await hashPassword(password),
      disabled: false,
      createdAt: new Date(this.#now()).toISOString(),
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

  /** By username, in any case. */
  async find(username: string): Promise<Account | undefined> {
    const normal = normalUsername(username);
    return isUsername(normal) ? await this.#table.get(normal) : undefined;
  }

  /** Reads all accounts: for administration, not for every request. */
  async findByUserId(userId: string): Promise<Account | undefined> {
    return (await this.list()).find((account) => account.userId === userId);
  }

  /** Answers the account as it now is, or undefined where there is none of that name. */
  setDisabled(username: string, disabled: boolean): Promise<Account | undefined> {
    return this.#change(username, (account) => (account.disabled === disabled ? account : { ...account, disabled }));
  }

  async changePassword(username: string, password: string): Promise<Account | undefined> {
    const passwordHash = await hashPassword(password);
    return await this.#change(username, (account) => ({ ...account, passwordHash }));
  }

  /** The username of an account's document, or undefined where the id is that of something else. */
  usernameOf(documentId: string): string | undefined {
    return this.#table.keyOf(documentId);
  }

  #change(username: string, change: (account: Account) => Account): Promise<Account | undefined> {
    return this.#table.update(normalUsername(username), (account) => account && change(account));
  }
}
