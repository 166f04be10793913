/** The session of the administrators' page: opened by a password, kept in a cookie. */

import { z } from 'zod';
import type { DashboardSessions } from '../../accounts/dashboard-sessions.ts';
import { type LoginParts, type LoginRequest, logIn } from '../../accounts/log-in.ts';
import { typedPassword } from '../../accounts/password-input.ts';
import { sessionMark } from '../../audit/session-mark.ts';
import { type ApiRoute, type JsonSchema, route } from '../../http/api-route.ts';
import { HttpError } from '../../http/errors.ts';

export interface SessionRoutesOptions extends LoginParts {
  readonly dashboard: Pick<DashboardSessions, 'begin' | 'isOf' | 'forget' | 'csrfTokenOf'>;
}

/** What the page knows of who uses it. */
export interface DashboardSession {
  readonly userId: string;
  readonly username: string;
  readonly name: string;
  /** To be shown in X-CSRF-Token by requests that change something. */
  readonly csrfToken: string;
  /** ISO 8601; absent where the session was not opened by this answer. */
  readonly expiresAt?: string;
}

const TAG = 'dashboard';
const BODY_LIMIT_BYTES = 4 * 1_024;
const NOT_STORED = { 'Cache-Control': 'no-store' };
/** A browser is no tablet: it is not enrolled, and is not in the list of devices. */
const BROWSER = { deviceId: 'dashboard', deviceName: 'Dashboard' };

const NO_COOKIE = 'The request came with an access token, by no session of the dashboard: see POST /api/logout.';

const loginSchema = z.strictObject({
  username: z.string().min(1).max(64).describe('Of an administrator, in any case'),
  password: typedPassword,
});

const sessionSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    userId: { type: 'string' },
    username: { type: 'string' },
    name: { type: 'string' },
    csrfToken: { type: 'string', description: 'For the header X-CSRF-Token of requests that change something' },
    expiresAt: { type: 'string', format: 'date-time', description: 'When the password has to be given again' },
  },
  required: ['userId', 'username', 'name', 'csrfToken'],
};

export const sessionRoutes = (options: SessionRoutesOptions): ApiRoute[] => [
  route({
    method: 'post',
    path: '/admin/session',
    tag: TAG,
    summary: 'Log in to the dashboard',
    description:
      'The session is in an HttpOnly cookie, good for twelve hours, which every route below /api takes instead of a bearer token; ' +
      'requests that change something need the header X-CSRF-Token as well. Programs use POST /api/login.',
    access: 'anyone',
    body: { schema: loginSchema, limitBytes: BODY_LIMIT_BYTES },
    answers: {
      200: { description: 'Who it is', schema: sessionSchema, headers: { 'Set-Cookie': 'The session' } },
    },
    errors: ['invalid_credentials', 'forbidden', 'too_many_attempts', 'busy'],
    handle: async ({ body, req, res }) => {
      const { principal, name } = await logInAdministrator(options, { ...body, address: req.ip });
      const expiresAt = options.dashboard.begin(req, res, principal);
      const { userId, username } = principal;
      const csrfToken = options.dashboard.csrfTokenOf(principal);
      const session: DashboardSession = { userId, username, name, csrfToken, expiresAt };
      return { body: session, headers: NOT_STORED };
    },
  }),
  route({
    method: 'get',
    path: '/admin/session',
    tag: TAG,
    summary: 'Read who uses the dashboard',
    access: { roles: ['admin'] },
    answers: { 200: { description: 'Who it is', schema: sessionSchema } },
    handle: async ({ principal }) => {
      const { userId, username } = principal;
      const name = (await options.accounts.find(username))?.name ?? username;
      const session: DashboardSession = { userId, username, name, csrfToken: options.dashboard.csrfTokenOf(principal) };
      return { body: session, headers: NOT_STORED };
    },
  }),
  route({
    method: 'post',
    path: '/admin/session/end',
    tag: TAG,
    summary: 'Log out of the dashboard',
    access: { roles: ['admin'] },
    answers: { 204: { description: 'The session is over, and the cookie gone' } },
    errors: ['not_found'],
    handle: async ({ principal: { userId, sessionId }, req, res }) => {
      if (!options.dashboard.isOf(req)) throw new HttpError('not_found', { detail: NO_COOKIE });
      await options.sessions.revokeSession(sessionId, 'logout');
      await options.record({ kind: 'logout', userId, session: sessionMark(sessionId) });
      options.dashboard.forget(req, res);
      return { status: 204 };
    },
  }),
];

async function logInAdministrator(options: SessionRoutesOptions, request: LoginRequest) {
  const login = await logIn(options, { ...request, browser: BROWSER }).catch((error: unknown) => {
    // Staff whose account has several clinics, or none, need not be told of them here.
    const isStaff = error instanceof HttpError && ['clinic_required', 'no_clinic'].includes(error.code);
    throw isStaff ? onlyAdministrators() : error;
  });
  if (login.principal.role === 'admin') return login;
  await options.sessions.revokeSession(login.principal.sessionId, 'logout');
  throw onlyAdministrators();
}

const onlyAdministrators = () => new HttpError('forbidden', { detail: 'The dashboard is for administrators.' });
