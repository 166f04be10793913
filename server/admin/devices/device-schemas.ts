/** A device as it is answered to administrators. */
import { ROLES } from '../../../shared-schemas/roles.ts';
import { DEVICE_QUOTAS } from '../../gateway/sync-observer.ts';
import type { JsonSchema } from '../../http/api-route.ts';

const instant = (description: string) => ({ type: 'string', format: 'date-time', description });
const count = (description: string) => ({ type: 'integer', minimum: 0, description });
const pending: JsonSchema = {
  description: 'Changes; `atLeast` where there are too many to count',
  anyOf: [
    count('Changes'),
    {
      type: 'object',
      additionalProperties: false,
      properties: { atLeast: { type: 'integer' } },
      required: ['atLeast'],
    },
  ],
};

const databaseSchema: JsonSchema = {
  type: 'object',
  properties: {
    bytesIn: count('Bytes of bodies that it sent'),
    bytesOut: count('Bytes of bodies that it was sent'),
    documentsIn: count('Documents that it sent'),
    documentsOut: count('Documents that it was sent'),
    refused: count('Of those that it sent, how many were refused'),
    askedAt: instant('When it last asked for changes'),
    reads: { enum: ['whole', 'types'], description: 'All types in one feed (PouchDB), or type by type (RxDB)' },
    feeds: { type: 'object', description: 'How far each feed is known to be, by type; `*` is the feed of all types' },
  },
  required: ['bytesIn', 'bytesOut', 'documentsIn', 'documentsOut', 'refused', 'feeds'],
};

const quotasSchema: JsonSchema = {
  type: 'object',
  description:
    'What it has reached of what it may have of a server: `held`, refused writes within an hour, so that its pushes are answered ' +
    '429 until then; `longpolls` and `local` documents, within the hour before `until`. Each server counts for itself.',
  additionalProperties: false,
  properties: Object.fromEntries(
    DEVICE_QUOTAS.map((quota) => [
      quota,
      {
        type: 'object',
        additionalProperties: false,
        properties: { since: instant('When it was reached'), until: instant('When that is over, if nothing is added') },
        required: ['since', 'until'],
      },
    ]),
  ),
};

const activitySchema: JsonSchema = {
  type: 'object',
  description: 'Its syncing; absent where it never did',
  additionalProperties: false,
  properties: {
    role: { enum: ROLES },
    clinicId: { type: 'string' },
    patientId: { type: 'string' },
    client: { type: 'string', description: 'As it names itself' },
    firstContactAt: instant('First request'),
    lastContactAt: instant('Last request'),
    lastPullAt: instant('When it last asked for changes'),
    lastPushAt: instant('When it last sent documents'),
    clockOffset: {
      type: 'object',
      additionalProperties: false,
      properties: {
        offsetMs: { type: 'integer', description: "How far its clock was ahead of the server's, milliseconds" },
        measuredAt: instant('When that was seen'),
      },
      required: ['offsetMs', 'measuredAt'],
    },
    namedByContentAt: instant(
      'When it last sent a revision that is named by its content (PouchDB without `deterministic_revs: false`)',
    ),
    quotas: quotasSchema,
    databases: { type: 'object', additionalProperties: databaseSchema },
    openFeeds: count('Live feeds open right now'),
    connected: { type: 'boolean' },
  },
  required: ['role', 'firstContactAt', 'lastContactAt', 'databases', 'openFeeds', 'connected'],
};

const totalsSchema: JsonSchema = {
  type: 'object',
  description: 'Over all of its databases; absent where it never synced',
  additionalProperties: false,
  properties: {
    bytesIn: count('Bytes of bodies that it sent'),
    bytesOut: count('Bytes of bodies that it was sent'),
    documentsIn: count('Documents that it sent'),
    documentsOut: count('Documents that it was sent'),
    refused: count('Of those that it sent, how many were refused'),
  },
  required: ['bytesIn', 'bytesOut', 'documentsIn', 'documentsOut', 'refused'],
};

export const deviceSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    deviceId: { type: 'string' },
    owner: { type: 'string', description: 'User id of the account that logged in from it first' },
    username: { type: 'string', description: "The owner's" },
    name: { type: 'string' },
    renamed: { const: true, description: 'An administrator gave it its name' },
    clientVersion: { type: 'string', description: 'Name and version of its app, as it announced itself' },
    schemaVersion: { type: 'integer', minimum: 0, description: 'Of the document schemas that its app works with' },
    firstLoginAt: instant('First login'),
    lastLoginAt: instant('Last login'),
    revokedAt: instant('Since when nobody can log in from it'),
    freshReplicaAt: instant('When it was told to make a fresh replica; absent when it has begun'),
    lastFreshReplicaAt: instant('When it was told so the last time that it then began anew'),
    activity: activitySchema,
    totals: totalsSchema,
    ownerDevices: {
      type: 'object',
      description: 'The devices of its owner',
      additionalProperties: false,
      properties: { count: count('That take a place'), atMost: count('Places, VITASYNC_MAX_DEVICES') },
      required: ['count', 'atMost'],
    },
    toPull: {
      type: 'object',
      description: 'What it still has to pull',
      additionalProperties: false,
      properties: { databases: { type: 'object', additionalProperties: pending }, total: pending },
      required: ['databases', 'total'],
    },
  },
  required: ['deviceId', 'owner', 'firstLoginAt', 'lastLoginAt', 'ownerDevices'],
};
