/** Routes of `/api/me` for one's own sessions and devices. */

import type { RecordAuthEvent } from '../audit/account-events.ts';
import { sessionMark } from '../audit/session-mark.ts';
import { type ApiRoute, route } from '../http/api-route.ts';
import { HttpError } from '../http/errors.ts';
import type { AuthenticatedPrincipal } from '../http/request-principal.ts';
import type { Accounts } from './accounts.ts';
import { devicesSchema, sessionsSchema } from './answer-schemas.ts';
import { type Device, type Devices, publicDevice } from './devices.ts';
import { publicSessionId } from './refresh-tokens.ts';
import type { Session } from './session.ts';
import { describeSession } from './session-view.ts';
import type { Sessions } from './sessions.ts';

export interface OwnSessionRoutesOptions {
  readonly accounts: Pick<Accounts, 'find'>;
  readonly sessions: Pick<Sessions, 'listOf' | 'revokeSession'>;
  readonly devices: Pick<Devices, 'listOf'>;
  readonly record: RecordAuthEvent;
}

const TAG = 'sessions';
const NOT_STORED = { 'Cache-Control': 'no-store' };

export const ownSessionRoutes = (options: OwnSessionRoutesOptions): ApiRoute[] => [
  route({
    method: 'get',
    path: '/me/sessions',
    tag: TAG,
    summary: 'List your sessions',
    description: 'Those that are not over, the oldest first.',
    access: 'signed-in',
    answers: { 200: { description: 'Your sessions', schema: sessionsSchema } },
    handle: async ({ principal }) => {
      const sessions = await sessionsOf(options, principal);
      const items = sessions.map((session) => describeSession(session, principal.sessionId));
      return { body: { items }, headers: NOT_STORED };
    },
  }),
  route({
    method: 'delete',
    path: '/me/sessions',
    tag: TAG,
    summary: 'End all your other sessions',
    access: 'signed-in',
    answers: { 204: { description: 'Only this session goes on' } },
    handle: async ({ principal }) => {
      const sessions = await sessionsOf(options, principal);
      await end(options, principal, (id) => id !== principal.sessionId, sessions);
      return { status: 204 };
    },
  }),
  route({
    method: 'delete',
    path: '/me/sessions/{id}',
    tag: TAG,
    summary: 'End one of your sessions',
    access: 'signed-in',
    params: { id: 'As the list of sessions names it' },
    answers: { 204: { description: 'The session is over' } },
    errors: ['not_found'],
    handle: async ({ principal, params }) => {
      const sessions = await sessionsOf(options, principal);
      const ended = await end(options, principal, (id) => publicSessionId(id) === params.id, sessions);
      if (ended === 0) throw new HttpError('not_found', { detail: 'You have no such session: it may be over.' });
      return { status: 204 };
    },
  }),
  route({
    method: 'get',
    path: '/me/devices',
    tag: TAG,
    summary: 'List your devices',
    description: 'All that are enrolled. A device belongs to the account that logged in from it first.',
    access: 'signed-in',
    answers: { 200: { description: 'Your devices', schema: devicesSchema } },
    handle: async ({ principal }) => {
      const devices = await options.devices.listOf(principal.userId);
      return { body: { items: devices.map((device) => describeDevice(device, principal)) }, headers: NOT_STORED };
    },
  }),
];

function describeDevice(device: Device, principal: AuthenticatedPrincipal) {
  const { owner: _, renamed: __, username: ___, ...own } = publicDevice(device);
  return { ...own, current: device.deviceId === principal.deviceId };
}

async function sessionsOf(
  { accounts, sessions }: OwnSessionRoutesOptions,
  { username }: AuthenticatedPrincipal,
): Promise<Session[]> {
  const account = await accounts.find(username);
  return account ? await sessions.listOf(account) : [];
}

/** Ends those of the sessions that `isMeant`; answers how many they were. */
async function end(
  { sessions, record }: OwnSessionRoutesOptions,
  { userId }: AuthenticatedPrincipal,
  isMeant: (sessionId: string) => boolean,
  all: readonly Session[],
): Promise<number> {
  const sessionIds = all.map(({ sessionId }) => sessionId).filter(isMeant);
  await Promise.all(sessionIds.map((id) => sessions.revokeSession(id, 'ended_by_owner')));
  if (sessionIds.length > 0)
    await record({ kind: 'own_sessions_ended', userId, sessions: sessionIds.map(sessionMark) });
  return sessionIds.length;
}
