/** Refresh tokens: `<session id>.<secret>`, the secret 32 bytes in base64url. The server stores only their hashes. */
import { randomBytes } from 'node:crypto';
import { ULID_PATTERN } from '../../shared-schemas/fields.ts';
import { newUlid } from '../../shared-schemas/ids.ts';
import { hashToken } from './token-hash.ts';

const SECRET_BYTES = 32;
/** 132 bits: sessions of one account never have the same. */
const PUBLIC_ID_LENGTH = 22;
const REFRESH_TOKEN = new RegExp(`^(u${ULID_PATTERN}-${ULID_PATTERN})\\.[A-Za-z0-9_-]{43}$`);

/** Sessions of one account lie together in the order of ids, so that all of them can be ended without a search. */
export const newSessionId = (userId: string): string => `${userId}-${newUlid()}`;
export const sessionPrefixOf = (userId: string): string => `${userId}-`;

export const newRefreshToken = (sessionId: string): string =>
  `${sessionId}.${randomBytes(SECRET_BYTES).toString('base64url')}`;

/** The session a refresh token is for, or undefined where it has not the form of one. */
export const sessionIdOf = (refreshToken: string): string | undefined => REFRESH_TOKEN.exec(refreshToken)?.[1];

/**
 * What a session is called in answers. The session's own id stays between the server and the session's device: whoever has
 * it can end the session, with a refresh token that has the id and a wrong secret.
 */
export const publicSessionId = (sessionId: string): string => hashToken(sessionId).slice(0, PUBLIC_ID_LENGTH);
