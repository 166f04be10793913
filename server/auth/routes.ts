/** Routes of `/api` for logging in and out, and for one's own account. */
import express, { type Request, Router } from 'express';
import { z } from 'zod';
import { typesOfDatabase } from '../../sync-rules/projection.ts';
import { databasesOfPrincipal } from '../../sync-rules/role-database.ts';
import { HttpError } from '../http/errors.ts';
import { parseBody } from '../http/parse-input.ts';
import { type Accounts, normalUsername } from './accounts.ts';
import { type RecordAuthEvent, recordNothing } from './auth-events.ts';
import { DEVICE_ID_PATTERN, type Devices } from './devices.ts';
import { logIn } from './log-in.ts';
import { bearerAuth, principalOf } from './middleware.ts';
import { newPassword, typedPassword } from './password-input.ts';
import { verifyPassword } from './passwords.ts';
import type { AuthenticatedPrincipal } from './session.ts';
import type { Sessions } from './sessions.ts';
import { countWrongPassword, wrongPasswordLimiter } from './wrong-password-limiter.ts';

export interface AuthRouterOptions {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly devices: Devices;
  readonly loginAttemptsPerMinute: number;
  /** Base of the databases' URLs; that of the request where there is none. */
  readonly publicUrl?: string | undefined;
  readonly record?: RecordAuthEvent;
}

const loginSchema = z.strictObject({
  username: z.string().min(1).max(64),
  password: typedPassword,
  clinicId: z.string().min(1).max(40).optional(),
  deviceId: z.string().regex(DEVICE_ID_PATTERN, 'must be up to 64 letters, digits, - and _').optional(),
  deviceName: z.string().trim().min(1).max(100).optional(),
});
const refreshSchema = z.strictObject({ refreshToken: z.string().min(1).max(200) });
const passwordSchema = z.strictObject({ currentPassword: typedPassword, newPassword });

/** To be mounted at `/api`. */
export function authRouter(options: AuthRouterOptions): Router {
  const { accounts, sessions, loginAttemptsPerMinute, publicUrl, record = recordNothing } = options;
  const router = Router();
  const json = express.json({ limit: '16kb' });
  const signedIn = bearerAuth(sessions);
  const limitLogins = wrongPasswordLimiter(loginAttemptsPerMinute, (req) =>
    normalUsername(parseBody(loginSchema, req).username),
  );
  const limitPasswordChanges = wrongPasswordLimiter(loginAttemptsPerMinute, (req) => principalOf(req).username);
  const databases = (principal: AuthenticatedPrincipal, req: Request) =>
    describeDatabases(principal, publicUrl ?? baseUrlOf(req));

  router.post('/login', json, limitLogins, async (req, res) => {
    const login = await logIn({ ...options, record }, parseBody(loginSchema, req)).catch((error: unknown) => {
      if (error instanceof HttpError && error.code === 'invalid_credentials') countWrongPassword(res);
      throw error;
    });
    const { principal, name, tokens } = login;
    res.set('Cache-Control', 'no-store');
    res.json({ ...tokens, principal: describePrincipal(principal, name), databases: databases(principal, req) });
  });

  router.post('/token/refresh', json, async (req, res) => {
    const { tokens } = await sessions.refresh(parseBody(refreshSchema, req).refreshToken);
    res.set('Cache-Control', 'no-store').json(tokens);
  });

  router.post('/logout', signedIn, async (req, res) => {
    const { userId, sessionId } = principalOf(req);
    await sessions.revokeSession(sessionId, 'logout');
    await record({ kind: 'logout', userId, sessionId });
    res.status(204).end();
  });

  router.get('/me', signedIn, async (req, res) => {
    const principal = principalOf(req);
    const account = await accounts.find(principal.username);
    res.set('Cache-Control', 'no-store');
    res.json({
      principal: describePrincipal(principal, account?.name ?? principal.username),
      databases: databases(principal, req),
    });
  });

  router.post('/me/password', signedIn, json, limitPasswordChanges, async (req, res) => {
    const { currentPassword, newPassword } = parseBody(passwordSchema, req);
    const { userId, username, sessionId } = principalOf(req);
    const account = await accounts.find(username);
    if (!account || !(await verifyPassword(account.passwordHash, currentPassword))) {
      countWrongPassword(res);
      throw new HttpError('wrong_password');
    }
    await accounts.changePassword(username, newPassword);
    await sessions.revokeAllOf(userId, 'password_changed', sessionId);
    await record({ kind: 'password_changed', userId });
    res.status(204).end();
  });

  return router;
}

const baseUrlOf = (req: Request): string => `${req.protocol}://${req.get('host') ?? 'localhost'}`;

const describePrincipal = ({ sessionId: _, ...principal }: AuthenticatedPrincipal, name: string) => ({
  ...principal,
  name,
});

/** What a device sets up its replications from. */
const describeDatabases = (principal: AuthenticatedPrincipal, baseUrl: string) =>
  databasesOfPrincipal(principal).map((database) => ({
    name: database.name,
    url: `${baseUrl}/sync/${database.name}`,
    types: typesOfDatabase(database),
  }));
