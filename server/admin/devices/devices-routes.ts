/** Devices, for administrators: how far each has synced, and what can be done about it. */
import { z } from 'zod';
import { isClinicSlug } from '../../../shared-schemas/ids.ts';
import { ROLES } from '../../../shared-schemas/roles.ts';
import type { Principal } from '../../../sync-rules/principal.ts';
import type { Device, Devices } from '../../accounts/devices.ts';
import { printable } from '../../accounts/printable.ts';
import type { Sessions } from '../../accounts/sessions.ts';
import type { DeviceEvent } from '../../audit/device-events.ts';
import type { DeviceLocals } from '../../gateway/device-locals.ts';
import { type Answer, type ApiRoute, type DescribedAnswer, route } from '../../http/api-route.ts';
import type { Cursors } from '../../http/cursor.ts';
import { HttpError } from '../../http/errors.ts';
import { cursorScope, describedPage, pageFields } from '../../http/paging.ts';
import { type DeviceListOptions, listDevices, readDevice } from './device-list.ts';
import { DEVICE_SORTS } from './device-order.ts';
import { deviceSchema } from './device-schemas.ts';

export interface DevicesRoutesOptions extends DeviceListOptions {
  readonly devices: Pick<Devices, 'find' | 'revoke' | 'restore' | 'rename' | 'orderFreshReplica' | 'forget'>;
  readonly sessions: Pick<Sessions, 'revokeDevice'>;
  readonly locals: Pick<DeviceLocals, 'forget'>;
  readonly cursors: Cursors;
  readonly record: (event: DeviceEvent) => Promise<void>;
}

const ACCESS = { roles: ['admin'] } as const;
const TAG = 'replication';
const PARAMS = { deviceId: 'As the login answered it' };
const flag = (what: string) =>
  z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional()
    .describe(what);

const IN_USE = 'The device has synced: revoke it first.';
const FORGET =
  'Of a device that was revoked or never synced. Its sessions end, and its entry is gone. Where it was revoked, its account goes on needing ' +
  'an enrolment code for another device. Checkpoints that the device kept in role databases go with it; those that it has not ' +
  'written since an earlier release stay until the databases are built anew, where nobody finds them.';

const querySchema = z.strictObject({
  ...pageFields,
  sort: z.enum(DEVICE_SORTS).default('-lastContactAt').describe('What it is sorted by; with - from the greatest down'),
  clinic: z
    .string()
    .refine(isClinicSlug, 'must be the slug of a clinic')
    .optional()
    .describe('Last used for this clinic'),
  role: z.enum(ROLES).optional().describe('Last used by someone of this role'),
  owner: z.string().min(1).max(64).optional().describe('User id of its owner'),
  connected: flag('Whether it has a live feed open'),
  revoked: flag('Whether it was revoked'),
  seenBefore: z.iso.datetime({ offset: true }).optional().describe('Last heard of before that, or never'),
  notSeenFor: z.coerce
    .number()
    .min(0)
    .max(876_000)
    .optional()
    .describe('Not heard of for so many hours, or never; not connected'),
  refused: flag('Whether any of its writes was refused'),
  behind: flag('Whether it has changes to pull, as they were last counted: a moment ago'),
  wrongClock: flag('Whether its clock was found more than five minutes off'),
  namedByContent: flag('Whether it sent revisions that are named by their content'),
  overQuota: flag('Whether it has reached a quota of a server just now'),
  clientVersion: z.string().trim().min(1).max(100).optional().describe('Its app announces exactly this'),
  schemaVersion: z.coerce.number().int().min(0).optional().describe('Its app announces this version of the schemas'),
  q: z.string().trim().min(1).max(100).optional().describe("Part of its name, its id or its owner's username"),
});

const answer = (description: string): DescribedAnswer => ({ description, schema: deviceSchema });

const ACTION = {
  tag: TAG,
  access: ACCESS,
  params: PARAMS,
  answers: { 200: answer('As it is now') },
  errors: ['not_found'],
} as const;

const FRESH_REPLICA =
  'Every checkpoint of the device is void at once, and any position that it was given before counts as the beginning, so that ' +
  'it asks for everything again. What it wrote and has not sent yet is not lost: it sends that as ever. An app that looks at ' +
  '`freshReplicaAt` in the answers of the login, the refresh and `/api/me` discards its local database first (once it has ' +
  'sent what is its own), and is right afterwards whatever was wrong. A stock client does not discard anything: it is sent ' +
  'everything again and takes in documents that it lost. What it still holds it believes to be right: where the body of a ' +
  'document was damaged in its files, PouchDB keeps it until the next edit of that document, and RxDB until its local database is ' +
  'discarded. `freshReplicaAt` disappears, and ' +
  '`lastFreshReplicaAt` says so, when the device has confirmed a first position that it was given after this call.';

export const devicesRoutes = (options: DevicesRoutesOptions): ApiRoute[] => [
  route({
    method: 'get',
    path: '/admin/devices',
    tag: TAG,
    summary: 'List devices, with exactly how many changes each still has to pull',
    access: ACCESS,
    query: querySchema,
    answers: { 200: describedPage(deviceSchema, 'A page') },
    handle: async ({ principal, query: { limit, cursor, ...asked } }) => {
      const scope = cursorScope(principal, 'devices', asked);
      const after = cursor === undefined ? undefined : options.cursors.open(cursor, scope);
      const { items, total, next } = await listDevices(options, { ...asked, limit, after });
      return { body: { items, total, ...(next !== undefined && { nextCursor: options.cursors.seal(next, scope) }) } };
    },
  }),
  route({
    method: 'get',
    path: '/admin/devices/{deviceId}',
    tag: TAG,
    summary: 'Read a device',
    access: ACCESS,
    params: PARAMS,
    answers: { 200: answer('The device') },
    errors: ['not_found'],
    handle: async ({ params }) => ({ body: await found(options, params.deviceId) }),
  }),
  route({
    ...ACTION,
    method: 'patch',
    path: '/admin/devices/{deviceId}',
    summary: 'Rename a device',
    body: { schema: z.strictObject({ name: printable(100) }) },
    handle: async ({ principal, params, body: { name } }) => {
      const device = known(await options.devices.rename(params.deviceId ?? '', name));
      return recorded(options, principal, 'device_renamed', device);
    },
  }),
  route({
    method: 'delete',
    path: '/admin/devices/{deviceId}',
    tag: TAG,
    summary: 'Forget a device',
    description: FORGET,
    access: ACCESS,
    params: PARAMS,
    answers: { 204: { description: 'Nothing is kept of it but what the audit log says' } },
    errors: ['not_found', 'wrong_state'],
    handle: async ({ principal, params }) => {
      await forget(options, principal, params.deviceId ?? '');
      return { status: 204 };
    },
  }),
  route({
    ...ACTION,
    method: 'post',
    path: '/admin/devices/{deviceId}/revoke',
    summary: 'Revoke a device: its sessions end at once, and nobody can log in from it',
    handle: async ({ principal, params }) => {
      // The device first: a login that is under way looks at it once more.
      const device = known(await options.devices.revoke(params.deviceId ?? ''));
      await options.sessions.revokeDevice(device);
      return recorded(options, principal, 'device_revoked', device);
    },
  }),
  route({
    ...ACTION,
    method: 'post',
    path: '/admin/devices/{deviceId}/restore',
    summary: 'Let a revoked device in again, by a new login',
    handle: async ({ principal, params }) => {
      const device = known(await options.devices.restore(params.deviceId ?? ''));
      return recorded(options, principal, 'device_restored', device);
    },
  }),
  route({
    ...ACTION,
    method: 'post',
    path: '/admin/devices/{deviceId}/fresh-replica',
    summary: 'Tell a device to make a fresh replica',
    description: FRESH_REPLICA,
    handle: async ({ principal, params }) => {
      const device = known(await options.devices.orderFreshReplica(params.deviceId ?? ''));
      return recorded(options, principal, 'device_fresh_replica', device);
    },
  }),
];

/** Its sessions first, and once more afterwards: a login that was under way may have opened one. */
async function forget(options: DevicesRoutesOptions, by: Principal, deviceId: string): Promise<void> {
  const { devices, sessions, locals, activity, record } = options;
  const device = known(await devices.find(deviceId));
  if (device.revokedAt === undefined && (await activity.get(deviceId)))
    throw new HttpError('wrong_state', { detail: IN_USE });
  await sessions.revokeDevice(device);
  // Before its entry: where this fails, the device can be forgotten once more.
  await locals.forget(deviceId);
  await devices.forget(device);
  await sessions.revokeDevice(device);
  await record({ kind: 'device_forgotten', deviceId, userId: device.owner, by: by.userId });
}

async function recorded(
  options: DevicesRoutesOptions,
  { userId }: Principal,
  kind: DeviceEvent['kind'],
  { deviceId, owner }: Device,
): Promise<Answer> {
  await options.record({ kind, deviceId, userId: owner, by: userId });
  return { body: await found(options, deviceId) };
}

function known(device: Device | undefined): Device {
  if (!device) throw new HttpError('not_found', { detail: 'No device has this id.' });
  return device;
}

const found = async (options: DeviceListOptions, deviceId = '') => known(await readDevice(options, deviceId));
