/** JSON Schemas of what the routes about accounts and sessions answer. */
import { DOCUMENT_TYPES } from '../../shared-schemas/document-types.ts';
import { instant } from '../../shared-schemas/fields.ts';
import { ROLES } from '../../shared-schemas/roles.ts';
import type { JsonSchema } from '../http/api-route.ts';

type Properties = Readonly<Record<string, JsonSchema>>;

const text = (description: string) => ({ type: 'string', description });
const flag = (description: string) => ({ type: 'boolean', description });
const role = { type: 'string', enum: ROLES };
const userId = text('What documents name as their author');
const username = { type: 'string' };
const patientId = text('Of the patient role: the patient they are, or act for');

/** An object with these fields and no others. */
const exactly = (required: Properties, optional: Properties = {}): JsonSchema => ({
  type: 'object',
  additionalProperties: false,
  properties: { ...required, ...optional },
  required: Object.keys(required),
});
const itemsOf = (items: JsonSchema, more: Properties = {}): JsonSchema =>
  exactly({ items: { type: 'array', items } }, more);

const tokens = {
  accessToken: text('For the header Authorization, as `Bearer …`'),
  accessTokenExpiresAt: instant('Until when the access token can be used'),
  refreshToken: text('Good for one refresh'),
  tokenType: { type: 'string', enum: ['Bearer'] },
} satisfies Properties;

const identity = {
  principal: exactly(
    {
      userId,
      username,
      name: { type: 'string' },
      role,
      deviceId: text('The device of the session; it is enrolled when it first syncs, if not before'),
    },
    { clinicId: text('The clinic that the session is for'), patientId },
  ),
  databases: {
    type: 'array',
    description: 'What the device should sync',
    items: exactly({
      name: { type: 'string' },
      url: text('For PouchDB; for RxDB, the type and a slash follow'),
      types: { type: 'array', items: { type: 'string', enum: DOCUMENT_TYPES } },
    }),
  },
} satisfies Properties;

/** Absent where the device was never told to begin anew. */
const freshReplica = {
  freshReplicaAt: instant(
    'When the device was told to discard its local database and to pull anew; absent when it has begun. Whoever keeps it ' +
      'knows which order was followed',
  ),
  lastFreshReplicaAt: instant('When it was told so the last time that it then began anew'),
} satisfies Properties;

/** Absent where the device has one, or the session is no device's. */
const secret = {
  deviceSecret: text('To be kept on the device, and sent with its id at every login; it is answered once'),
} satisfies Properties;

export const tokensSchema = exactly(tokens, { ...secret, ...freshReplica });
export const loginAnswerSchema = exactly({ ...tokens, ...identity }, { ...secret, ...freshReplica });
export const identitySchema = exactly(identity, freshReplica);

const device = { deviceId: { type: 'string' } };

export const sessionsSchema = itemsOf(
  exactly(
    {
      id: text('For ending it; no token'),
      ...device,
      createdAt: instant('When it was opened by a login'),
      refreshedAt: instant('When it last had new tokens; at first, when it was opened'),
      expiresAt: instant('When it ends unless it is refreshed'),
      current: flag('Whether it is the one that asks'),
    },
    { deviceName: { type: 'string' }, clinicId: text('The clinic that it is for') },
  ),
);

export const devicesSchema = itemsOf(
  exactly(
    {
      ...device,
      firstLoginAt: instant('When it was first logged in from'),
      lastLoginAt: instant('When it was last logged in from'),
      current: flag('Whether it is the one that asks'),
    },
    {
      name: { type: 'string' },
      clientVersion: text('Name and version of its app, as it announced itself'),
      schemaVersion: { type: 'integer', description: 'Of the document schemas that its app works with' },
      revokedAt: instant('Since when nobody can log in from it'),
      ...freshReplica,
    },
  ),
);

const account = {
  userId,
  username,
  role,
  name: { type: 'string' },
  clinicIds: { type: 'array', items: text('Slug of a clinic that they may log in for') },
  disabled: { type: 'boolean' },
  createdAt: instant('When it was created'),
  hasPassword: flag('Whether a password is set; without one nobody can log in'),
} satisfies Properties;
const accountOptional = {
  patientId,
  invitationExpiresAt: instant('Until when the newest link to set a password can be used'),
} satisfies Properties;

export const invitationSchema = exactly({
  link: text('To be handed over; its token is behind the #, so that it is in no log. It is shown once'),
  token: text('For POST /api/set-password'),
  expiresAt: instant('Until when it can be used'),
});
export const enrolmentCodeSchema = exactly({
  code: text('To be handed over, and sent as `enrolmentCode` with a login. It is shown once'),
  expiresAt: instant('Until when it can be used'),
});
export const accountSchema = exactly(account, accountOptional);
export const createdAccountSchema = exactly(account, { ...accountOptional, invitation: invitationSchema });
export const accountsPageSchema = itemsOf(accountSchema, { nextCursor: text('Absent on the last page') });
