/**
 * Sessions of the administrators' page. The browser keeps the token in a cookie that no script can read and no other site can make
 * it send; a request that changes something also shows a token that only a page of this server could read.
 */
import { createHmac } from 'node:crypto';
import { parseCookie } from 'cookie';
import type { CookieOptions, Request, Response } from 'express';
import { HttpError } from '../http/errors.ts';
import type { AuthenticatedPrincipal } from '../http/request-principal.ts';
import type { Sessions } from './sessions.ts';
import { hashToken, sameHash } from './token-hash.ts';
import { AccessTokens } from './tokens.ts';

const COOKIE = 'vitasync_dashboard';
export const CSRF_HEADER = 'X-CSRF-Token';
/** A working day: then somebody who is allowed to has to type the password again. */
const LIFE_MINUTES = 12 * 60;
const READS = new Set(['GET', 'HEAD']);

export interface DashboardSessionsOptions {
  readonly sessions: Pick<Sessions, 'admit'>;
  readonly secret: string;
  /** Whether browsers reach this server by HTTPS, where the request itself does not tell. */
  readonly publicUrl?: string | undefined;
  readonly now?: () => number;
}

export class DashboardSessions {
  readonly #options: DashboardSessionsOptions;
  readonly #tokens: AccessTokens;

  constructor(options: DashboardSessionsOptions) {
    this.#options = options;
    const { secret, now } = options;
    this.#tokens = new AccessTokens({
      secret,
      lifeMinutes: LIFE_MINUTES,
      audience: 'vitasync-dashboard',
      ...(now && { now }),
    });
  }

  /** Gives the browser the cookie of a session; answers when it ends, in ISO 8601. */
  begin(req: Request, res: Response, { userId, sessionId }: AuthenticatedPrincipal): string {
    const { token, expiresAtMs } = this.#tokens.sign(userId, sessionId);
    const expires = new Date(expiresAtMs);
    res.cookie(COOKIE, token, { ...this.#attributes(req), expires });
    return expires.toISOString();
  }

  /** Whether the request came by a cookie. */
  isOf(req: Request): boolean {
    return req.headers.authorization === undefined && cookieOf(req) !== undefined;
  }

  /** Has the browser forget the cookie. */
  forget(req: Request, res: Response): void {
    res.clearCookie(COOKIE, this.#attributes(req));
  }

  /**
   * Who a request comes from by its cookie; undefined where it has none.
   * @throws HttpError `unauthorized`, `token_expired`; `csrf` where it changes something and does not show the token.
   */
  async authenticate(req: Request): Promise<AuthenticatedPrincipal | undefined> {
    const cookie = cookieOf(req);
    if (cookie === undefined) return undefined;
    const principal = await this.#options.sessions.admit(this.#tokens.read(cookie));
    // A role that changed has ended the session: this only checks twice.
    if (principal.role !== 'admin') throw new HttpError('unauthorized');
    if (!READS.has(req.method) && !this.#showsToken(req, principal)) throw new HttpError('csrf');
    return principal;
  }

  /** What a page of this server shows with each request that changes something. */
  csrfTokenOf({ sessionId }: AuthenticatedPrincipal): string {
    return createHmac('sha256', this.#options.secret).update(`csrf ${sessionId}`).digest('base64url');
  }

  #showsToken(req: Request, principal: AuthenticatedPrincipal): boolean {
    return sameHash(hashToken(req.get(CSRF_HEADER) ?? ''), hashToken(this.csrfTokenOf(principal)));
  }

  #attributes(req: Request): CookieOptions {
    const secure = req.secure || this.#options.publicUrl?.startsWith('https:') === true;
    return { path: '/api', httpOnly: true, sameSite: 'strict', secure };
  }
}

const cookieOf = (req: Request): string | undefined => parseCookie(req.headers.cookie ?? '')[COOKIE];
