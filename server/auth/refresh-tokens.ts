/** Refresh tokens: `<session id>.<secret>`, the secret 32 bytes in base64url. The server stores only their hashes. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { ULID_PATTERN } from '../../shared-schemas/fields.ts';
import { newUlid } from '../../shared-schemas/ids.ts';

const SECRET_BYTES = 32;
const REFRESH_TOKEN = new RegExp(`^(u${ULID_PATTERN}-${ULID_PATTERN})\\.[A-Za-z0-9_-]{43}$`);

/** Sessions of one account lie together in the order of ids, so that all of them can be ended without a search. */
export const newSessionId = (userId: string): string => `${userId}-${newUlid()}`;
export const sessionPrefixOf = (userId: string): string => `${userId}-`;

export const newRefreshToken = (sessionId: string): string =>
  `${sessionId}.${randomBytes(SECRET_BYTES).toString('base64url')}`;

/** The session a refresh token is for, or undefined where it has not the form of one. */
export const sessionIdOf = (refreshToken: string): string | undefined => REFRESH_TOKEN.exec(refreshToken)?.[1];

/** A plain hash is enough: what is hashed has 256 bits that nobody can guess. */
export const hashRefreshToken = (refreshToken: string): string =>
  createHash('sha256').update(refreshToken).digest('base64url');

/** Compares in constant time. */
export function sameHash(a: string, b: string | undefined): boolean {
  if (b === undefined || a.length !== b.length) return false;
  return timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
