/** Routes of `/api` for logging in and out, and for one's own account. */
import type { Request } from 'express';
import { z } from 'zod';
import { typesOfDatabase } from '../../sync-rules/projection.ts';
import { databasesOfPrincipal } from '../../sync-rules/role-database.ts';
import type { RecordAuthEvent } from '../audit/account-events.ts';
import { sessionMark } from '../audit/session-mark.ts';
import { type ApiRoute, route } from '../http/api-route.ts';
import { baseUrlOf } from '../http/base-url.ts';
import type { AuthenticatedPrincipal } from '../http/request-principal.ts';
import type { Accounts } from './accounts.ts';
import { identitySchema, loginAnswerSchema, tokensSchema } from './answer-schemas.ts';
import { DEVICE_ID_PATTERN, type Device, type Devices } from './devices.ts';
import { logIn } from './log-in.ts';
import type { LoginAttempts } from './login-attempts.ts';
import { ownSessionRoutes } from './own-session-routes.ts';
import { typedPassword } from './password-input.ts';
import { passwordRoutes } from './password-routes.ts';
import type { PasswordStrength } from './password-strength.ts';
import { printable } from './printable.ts';
import type { Sessions } from './sessions.ts';

export interface AuthRoutesOptions {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly devices: Devices;
  readonly strength: Pick<PasswordStrength, 'faultsOf'>;
  readonly attempts: LoginAttempts;
  /** Base of the databases' URLs; that of the request where there is none. */
  readonly publicUrl?: string | undefined;
  readonly record: RecordAuthEvent;
}

const TAG = 'sessions';
const BODY_LIMIT_BYTES = 16 * 1_024;
/** Tokens, and what may change with the next request. */
const NOT_STORED = { 'Cache-Control': 'no-store' };

const announcement = {
  clientVersion: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .regex(/^\P{C}*$/u, 'must be printable')
    .optional()
    .describe('Name and version of the app, for the list of devices'),
  schemaVersion: z
    .int()
    .min(0)
    .max(1_000_000)
    .optional()
    .describe('Version of the document schemas that the app works with, for the list of devices'),
};
const LOGIN =
  'Opens a session for one clinic or one patient. A login that names `deviceId`, `deviceName`, `clientVersion` or `schemaVersion` is ' +
  'that of a device, which is enrolled, and is given a `deviceSecret`, once: it sends its id and its secret with every login from then on. ' +
  'A `deviceId` without the secret is another device, with an id of its own. A login that names none of these is one of an online client, ' +
  'and so is that of an administrator: its device is enrolled when the session first syncs, and gets its secret at the next refresh.';
const loginSchema = z.strictObject({
  username: z.string().min(1).max(64).describe('In any case'),
  password: typedPassword,
  clinicId: z.string().min(1).max(40).optional().describe('The clinic to work at, where the account has several'),
  deviceId: z
    .string()
    .regex(DEVICE_ID_PATTERN, 'must be up to 64 letters, digits, - and _')
    .optional()
    .describe('What the device is called from its first login on; without one it is given one'),
  deviceSecret: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('What the device was given when it was enrolled: it proves that it is this device'),
  enrolmentCode: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .optional()
    .describe('Of an administrator: lets another device in where one of the account was revoked'),
  deviceName: printable(100).optional().describe('For the lists of sessions and devices'),
  ...announcement,
});
const refreshSchema = z.strictObject({ refreshToken: z.string().min(1).max(200), ...announcement });

export const authRoutes = (options: AuthRoutesOptions): ApiRoute[] => [
  loginRoute(options),
  ...sessionRoutes(options),
  ...ownSessionRoutes(options),
  ...passwordRoutes(options),
];

const loginRoute = (options: AuthRoutesOptions): ApiRoute =>
  route({
    method: 'post',
    path: '/login',
    tag: TAG,
    summary: 'Log in',
    description: LOGIN,
    access: 'anyone',
    body: { schema: loginSchema, limitBytes: BODY_LIMIT_BYTES },
    answers: { 200: { description: 'Tokens, who it is, and what to sync', schema: loginAnswerSchema } },
    errors: [
      'invalid_credentials',
      'clinic_required',
      'wrong_clinic',
      'no_clinic',
      'device_taken',
      'device_revoked',
      'enrolment_needed',
      'too_many_devices',
      'too_many_attempts',
      'busy',
    ],
    handle: async ({ body, req }) => {
      const login = await logIn(options, { ...body, address: req.ip });
      const { principal, name, tokens, device, deviceSecret } = login;
      const identity = describeIdentity(principal, name, options, req);
      return { body: { ...tokens, ...secretOf(deviceSecret), ...identity, ...replicaOf(device) }, headers: NOT_STORED };
    },
  });

const sessionRoutes = (options: AuthRoutesOptions): ApiRoute[] => [
  route({
    method: 'post',
    path: '/token/refresh',
    tag: TAG,
    summary: 'Exchange the refresh token for new tokens',
    description:
      'Where the answer was lost, the same refresh token may be sent again, until the new one was used. A device that has no secret yet ' +
      'is given one.',
    access: 'anyone',
    body: { schema: refreshSchema, limitBytes: BODY_LIMIT_BYTES },
    answers: { 200: { description: 'New tokens', schema: tokensSchema } },
    errors: ['unauthorized'],
    handle: async ({ body: { refreshToken, ...announced } }) => {
      const { tokens, principal } = await options.sessions.refresh(refreshToken);
      const refreshed = await options.devices.refreshed(principal.deviceId, announced, refreshToken);
      const { device, deviceSecret } = refreshed;
      return { body: { ...tokens, ...secretOf(deviceSecret), ...replicaOf(device) }, headers: NOT_STORED };
    },
  }),
  route({
    method: 'post',
    path: '/logout',
    tag: TAG,
    summary: 'End this session',
    access: 'signed-in',
    answers: { 204: { description: 'The session is over' } },
    handle: async ({ principal: { userId, sessionId } }) => {
      await options.sessions.revokeSession(sessionId, 'logout');
      await options.record({ kind: 'logout', userId, session: sessionMark(sessionId) });
      return { status: 204 };
    },
  }),
  route({
    method: 'get',
    path: '/me',
    tag: TAG,
    summary: 'Read who is logged in, and what to sync',
    access: 'signed-in',
    answers: { 200: { description: 'As the login answered it', schema: identitySchema } },
    handle: async ({ principal, req }) => {
      const account = await options.accounts.find(principal.username);
      const name = account?.name ?? principal.username;
      const identity = describeIdentity(principal, name, options, req);
      const device = await options.devices.find(principal.deviceId);
      return { body: { ...identity, ...replicaOf(device) }, headers: NOT_STORED };
    },
  }),
];

const secretOf = (deviceSecret: string | undefined) => deviceSecret !== undefined && { deviceSecret };

/** An app that knows of it compares the newer of the two with the one that it last followed. */
const replicaOf = (device: Device | undefined) => ({
  ...(device?.freshReplicaAt !== undefined && { freshReplicaAt: device.freshReplicaAt }),
  ...(device?.lastFreshReplicaAt !== undefined && { lastFreshReplicaAt: device.lastFreshReplicaAt }),
});

/** Who it is, and what a device sets up its replications from. */
function describeIdentity(
  { sessionId: _, ...principal }: AuthenticatedPrincipal,
  name: string,
  { publicUrl }: Pick<AuthRoutesOptions, 'publicUrl'>,
  req: Request,
) {
  const baseUrl = publicUrl ?? baseUrlOf(req);
  return {
    principal: { ...principal, name },
    databases: databasesOfPrincipal(principal).map((database) => ({
      name: database.name,
      url: `${baseUrl}/sync/${database.name}`,
      types: typesOfDatabase(database),
    })),
  };
}
