/**
 * Invitations: one-time tokens `<username>.<secret>` with which the owner of an account sets its password. The server stores
 * only their hashes, in the account, so that using one up and setting the password are one write.
 */
import { randomBytes } from 'node:crypto';
import type { Account, StoredInvitation } from './account.ts';
import { hashToken, sameHash } from './token-hash.ts';

const SECRET_BYTES = 32;
/** Long enough for somebody who is on leave, short enough for a link that lies in a mailbox. */
const LIFE_MS = 7 * 86_400_000;
const TOKEN = /^([a-z0-9][a-z0-9._-]{1,63})\.[A-Za-z0-9_-]{43}$/;
export const MAX_TOKEN_LENGTH = 128;

/** As it is handed over, once. */
export interface Invitation {
  readonly token: string;
  readonly expiresAt: string;
}

export interface NewInvitation {
  readonly handedOver: Invitation;
  readonly stored: StoredInvitation;
}

export function newInvitation(username: string, nowMs: number): NewInvitation {
  const token = `${username}.${randomBytes(SECRET_BYTES).toString('base64url')}`;
  const expiresAt = new Date(nowMs + LIFE_MS).toISOString();
  return { handedOver: { token, expiresAt }, stored: { hash: hashToken(token), expiresAt } };
}

/** The username that a token is for, or undefined where it has not the form of one. */
export const usernameOfToken = (token: string): string | undefined => TOKEN.exec(token)?.[1];

/** Whether the token is the newest of the account, unused and in time. Compares in constant time. */
export function isInvited(account: Account | undefined, token: string, nowMs: number): account is Account {
  const isRight = sameHash(hashToken(token), account?.invitation?.hash ?? hashToken(''));
  if (!isRight || !account?.invitation || account.disabled) return false;
  return Date.parse(account.invitation.expiresAt) > nowMs;
}
