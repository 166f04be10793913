/** Access tokens: short-lived JWTs that name a session. What a session may do is looked up, never read from the token. */
import { createSecretKey, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { HttpError } from '../http/errors.ts';

const ALGORITHM = 'HS256';
const MAX_VERIFIED = 10_000;
const ISSUER = 'vitasync';
const API_AUDIENCE = 'vitasync-api';

const claimsSchema = z.object({ sub: z.string(), sid: z.string(), exp: z.number() });

export interface AccessTokenClaims {
  readonly userId: string;
  readonly sessionId: string;
  readonly expiresAtMs: number;
}

export interface AccessToken {
  readonly token: string;
  readonly expiresAtMs: number;
}

export interface AccessTokensOptions {
  readonly secret: string;
  readonly lifeMinutes: number;
  /** A token for one audience is none for another. */
  readonly audience?: string;
  readonly now?: () => number;
}

export class AccessTokens {
  /** Made once: of a secret in text the library tries to make a public key each time, which costs more than all the rest. */
  readonly #secret: KeyObject;
  readonly #lifeSeconds: number;
  /** What a token says never changes: its signature is checked once. Whether it still counts is asked every time. */
  readonly #verified = new LRUCache<string, AccessTokenClaims>({ max: MAX_VERIFIED });
  readonly #audience: string;
  readonly #now: () => number;

  constructor({ secret, lifeMinutes, audience = API_AUDIENCE, now = Date.now }: AccessTokensOptions) {
    this.#secret = createSecretKey(Buffer.from(secret));
    this.#lifeSeconds = lifeMinutes * 60;
    this.#audience = audience;
    this.#now = now;
  }

  sign(userId: string, sessionId: string): AccessToken {
    const iat = Math.floor(this.#now() / 1_000);
    const exp = iat + this.#lifeSeconds;
    const token = jwt.sign({ sid: sessionId, iat, exp }, this.#secret, {
      algorithm: ALGORITHM,
      issuer: ISSUER,
      audience: this.#audience,
      subject: userId,
    });
    return { token, expiresAtMs: exp * 1_000 };
  }

  /**
   * The claims of a token that this server signed, expired or not: what an expired token is answered depends on whether its
   * session goes on.
   * @throws HttpError `unauthorized`
   */
  read(token: string): AccessTokenClaims {
    const known = this.#verified.get(token);
    if (known) return known;
    const claims = this.#verify(token);
    this.#verified.set(token, claims);
    return claims;
  }

  #verify(token: string): AccessTokenClaims {
    try {
      const verified = jwt.verify(token, this.#secret, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: this.#audience,
        ignoreExpiration: true,
      });
      const { sub, sid, exp } = claimsSchema.parse(verified);
      return { userId: sub, sessionId: sid, expiresAtMs: exp * 1_000 };
    } catch (cause) {
      throw new HttpError('unauthorized', { cause });
    }
  }
}
