/** An account: a person, what they log in with, and as what. */
import type { Role } from '../../shared-schemas/roles.ts';

/** Of an invitation to set the password, all that is kept. */
export interface StoredInvitation {
  readonly hash: string;
  readonly expiresAt: string;
}

export interface Account {
  /** `u` and a ULID; what documents name as their author. */
  readonly userId: string;
  /** Never changes: it is part of the id of the account's document. */
  readonly username: string;
  /** Absent as long as the owner has not set a password: nobody can log in. */
  readonly passwordHash?: string;
  /** The newest one, until it is used or the account is disabled. */
  readonly invitation?: StoredInvitation;
  /** When password or invitation were last changed; absent where they are those of the creation. */
  readonly credentialsChangedAt?: string;
  readonly role: Role;
  readonly name: string;
  /** Of staff other than administrators: the clinics they may log in for. */
  readonly clinicIds: readonly string[];
  /** Of the patient role: the patient they are, or act for. */
  readonly patientId?: string;
  /** When role, clinics or patient were last changed; absent where they are those of the creation. */
  readonly scopeChangedAt?: string;
  readonly disabled: boolean;
  readonly createdAt: string;
}

/** Whether somebody can log in to it as an administrator. */
export const canAdminister = ({ role, disabled, passwordHash }: Account): boolean =>
  role === 'admin' && !disabled && passwordHash !== undefined;

export type Credentials = Pick<Account, 'passwordHash' | 'invitation' | 'credentialsChangedAt'>;
type Scope = Pick<Account, 'role' | 'clinicIds' | 'patientId' | 'scopeChangedAt'>;

export type PublicAccount = Omit<Account, 'passwordHash' | 'invitation' | 'credentialsChangedAt' | 'scopeChangedAt'>;

/** As administrators see it. */
export interface AccountView extends PublicAccount {
  readonly hasPassword: boolean;
  /** Until when the newest invitation can be used; absent where there is none. */
  readonly invitationExpiresAt?: string;
}

export function withoutSecrets(account: Account): AccountView {
  const { passwordHash, invitation, credentialsChangedAt: _, scopeChangedAt: __, ...rest } = account;
  return {
    ...rest,
    hasPassword: passwordHash !== undefined,
    ...(invitation && { invitationExpiresAt: invitation.expiresAt }),
  };
}

export const USERNAME_PATTERN = /^[a-z0-9][a-z0-9._-]{1,63}$/;
export const isUsername = (value: string): boolean => USERNAME_PATTERN.test(value);

/** As a username is stored: tablets like to begin a word with a capital. */
export const normalUsername = (typed: string): string => typed.trim().toLowerCase();

/** What of an account can be changed; `patientId: null` takes the patient away. */
export interface AccountChange {
  readonly disabled?: boolean | undefined;
  readonly role?: Role | undefined;
  readonly name?: string | undefined;
  readonly clinicIds?: readonly string[] | undefined;
  readonly patientId?: string | null | undefined;
}

/** The same object where the change says nothing new, so that nothing is written. */
export function withChange(account: Account, change: AccountChange, now: string): Account {
  const { role = account.role, name = account.name, disabled = account.disabled } = change;
  const clinicIds = change.clinicIds ?? account.clinicIds;
  const patientId = change.patientId === undefined ? account.patientId : (change.patientId ?? undefined);
  const sameScope = role === account.role && patientId === account.patientId && sameItems(clinicIds, account.clinicIds);
  if (sameScope && name === account.name && disabled === account.disabled) return account;
  const { invitation, patientId: _, ...rest } = account;
  return {
    ...rest,
    role,
    name,
    clinicIds,
    disabled,
    ...(patientId !== undefined && { patientId }),
    // One that was made before the account was disabled must not open it when it is enabled again.
    ...(invitation && !disabled && { invitation }),
    ...(!sameScope && { scopeChangedAt: now }),
  };
}

const sameItems = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item, i) => item === b[i]);

/**
 * Two servers wrote at once: an account that one of them disabled stays disabled, and the newest change of the password, and
 * of what the account is for, stands, even if the other server changed something else. So a reset or a demotion is not lost.
 */
export function resolveAccount(winner: Account, others: readonly Account[]): Account {
  const versions = [winner, ...others.filter(({ userId }) => userId === winner.userId)];
  const latest = (field: 'credentialsChangedAt' | 'scopeChangedAt') =>
    versions.reduce((best, version) => ((version[field] ?? '') > (best[field] ?? '') ? version : best));
  const { userId, username, name, createdAt } = winner;
  return {
    userId,
    username,
    name,
    createdAt,
    ...scopeOf(latest('scopeChangedAt')),
    ...credentialsOf(latest('credentialsChangedAt')),
    disabled: versions.some(({ disabled }) => disabled),
  };
}

const scopeOf = ({ role, clinicIds, patientId, scopeChangedAt }: Account): Scope => ({
  role,
  clinicIds,
  ...(patientId !== undefined && { patientId }),
  ...(scopeChangedAt !== undefined && { scopeChangedAt }),
});

const credentialsOf = ({ passwordHash, invitation, credentialsChangedAt }: Account): Credentials => ({
  ...(passwordHash !== undefined && { passwordHash }),
  ...(invitation && { invitation }),
  ...(credentialsChangedAt !== undefined && { credentialsChangedAt }),
});
