/** Authentication of requests. Tokens come in the Authorization header, for `/api` also in the dashboard's cookie; never in URLs. */
import type { Request, RequestHandler } from 'express';
import { HttpError } from '../http/errors.ts';
import { type AuthenticatedPrincipal, principalOf } from '../http/request-principal.ts';
import type { SyncingDevices } from './syncing-devices.ts';

export interface Authenticator {
  authenticate(accessToken: string): Promise<AuthenticatedPrincipal>;
}

export interface CookieAuthenticator {
  authenticate(req: Request): Promise<AuthenticatedPrincipal | undefined>;
}

const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/**
 * Sets the principal of a request, by its access token.
 * @throws HttpError `unauthorized`, `token_expired`
 */
export async function authenticate(sessions: Authenticator, req: Request): Promise<void> {
  const token = BEARER.exec(req.headers.authorization ?? '')?.[1];
  if (token === undefined) throw new HttpError('unauthorized');
  req.principal = await sessions.authenticate(token);
}

/** By access token or, without one, by the cookie of the dashboard; throws as either does. */
export const byTokenOrCookie =
  (sessions: Authenticator, dashboard: CookieAuthenticator) =>
  async (req: Request): Promise<void> => {
    const principal = req.headers.authorization === undefined ? await dashboard.authenticate(req) : undefined;
    if (principal) req.principal = principal;
    else await authenticate(sessions, req);
  };

/** Lets a request pass that carries a valid access token of a device's session; throws as `authenticate` and `admit` do. */
export const deviceAuth =
  (sessions: Authenticator, syncing: Pick<SyncingDevices, 'admit'>): RequestHandler =>
  async (req, _res, next) => {
    await authenticate(sessions, req);
    await syncing.admit(principalOf(req));
    next();
  };
