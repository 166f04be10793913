/** What the routes of the overview answer, described. */

import { CLINIC_ROLES } from '../../../shared-schemas/roles.ts';
import type { JsonSchema } from '../../http/api-route.ts';
import { CLINIC_STATES } from '../monitoring/clinic-health.ts';
import { FINDING_CODES, SEVERITIES } from './findings.ts';
import { COLUMNS, RANGES } from './series.ts';

type Fields = Readonly<Record<string, JsonSchema>>;

export const text = (description: string): JsonSchema => ({ type: 'string', description });
export const instant = (description: string): JsonSchema => ({ type: 'string', format: 'date-time', description });
export const count = (description: string): JsonSchema => ({ type: 'integer', minimum: 0, description });
export const amount = (description: string): JsonSchema => ({ type: 'number', minimum: 0, description });
export const yes = (description: string): JsonSchema => ({ type: 'boolean', description });

/** Those named in `optional` may be left out. */
export function object(properties: Fields, optional: readonly string[] = []): JsonSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', additionalProperties: false, properties, required };
}

const sentence = text('What is wrong, in words');
const action = text('What to do about it');
const href = text('Where in the dashboard');

const healthSchema = object({ state: { enum: ['ok', 'attention', 'problem'] }, sentence, action, href }, [
  'action',
  'href',
]);

const findingSchema = object(
  {
    code: { enum: FINDING_CODES },
    severity: { enum: SEVERITIES },
    ...{ sentence, action, href },
    since: instant('Since when; of several, for the one for which it is so the longest'),
  },
  ['since'],
);

const devicesSchema = object(
  {
    at: instant('When they were counted'),
    enrolled: count('Devices that may log in'),
    revoked: count('Devices that may not'),
    synced: count('Of those that may, how many have synced at least once'),
    connected: count('With a live feed open'),
    seenLastDay: count('Heard of in the last 24 hours'),
    silent: count('Have synced, and have not been heard of for 7 days'),
    upToDate: count('With nothing to pull'),
    behind: count('With changes to pull'),
    notCounted: count('Of which that has not been counted yet'),
    countedAt: instant('When the oldest of those counts was made'),
  },
  ['upToDate', 'behind', 'notCounted', 'countedAt'],
);

const projectorSchema = object(
  {
    pending: count('Changes of the primary that it has not looked at'),
    lagSeconds: amount('Seconds since it was last caught up'),
    failing: yes('Whether it fails and tries again'),
    paused: yes('Whether an administrator paused it'),
    pausedAt: instant('Since when'),
  },
  ['pausedAt'],
);

export const overviewSchema: JsonSchema = object(
  {
    at: instant('Now, by the clock of the server'),
    health: healthSchema,
    findings: { type: 'array', items: findingSchema, description: 'The worst first' },
    clinics: object({
      count: count('Clinics'),
      withDevices: count('Of which a device has synced'),
      unseen: count('Of those, how many had no device seen for 3 days'),
    }),
    roleDatabases: object({
      serving: count('That devices read'),
      building: count('Being built'),
      waiting: count('Not built for the first time yet'),
    }),
    devices: devicesSchema,
    heldWrites: object({ open: count('Refused writes that wait for a decision'), oldestAt: instant('The oldest') }, [
      'oldestAt',
    ]),
    store: object(
      {
        kind: { enum: ['embedded', 'couchdb'] },
        reachable: yes('Whether it answers'),
        downSince: instant('Since when not'),
      },
      ['downSince'],
    ),
    projector: projectorSchema,
    build: object({
      databases: count('Role databases of the build under way'),
      done: count('Documents done'),
      total: count('Documents in all'),
    }),
    perMinute: object({
      writesAccepted: amount('Writes of devices that were stored, a minute, the mean of the last five'),
      writesRefused: amount('Writes of devices that were refused'),
      documentsOut: amount('Documents that devices were sent'),
    }),
    serverErrors: object({
      lastFiveMinutes: count('Requests that failed with an error of the server'),
      lastHour: count('The same, in the last hour'),
    }),
    servers: count('How many servers the rates and errors are of'),
    version: text('Of the server'),
    uptimeSeconds: count('Since the server that answers started'),
  },
  ['devices', 'heldWrites', 'build'],
);

const figures: JsonSchema = {
  type: ['array', 'null'],
  items: { type: 'integer' },
  minItems: 3,
  maxItems: 3,
  description: 'Documents, bytes on disk, sequence; null where they are not known yet',
};

const clinicSchema = object(
  {
    slug: text('Of the clinic'),
    name: text('Of the clinic'),
    state: { enum: CLINIC_STATES, description: '`quiet`: no device has synced for it yet' },
    why: text('In words'),
    devices: count('Devices that were last used for it'),
    connected: count('Of those, with a live feed open'),
    lastSeenAt: instant('When one of them was last heard of'),
    toPull: count('Changes that they have to pull, all together, as far as that is counted'),
    held: count('Held writes that wait for a decision'),
    in: count('Writes stored in the last hour, on the server that answers'),
    out: count('Documents sent in the last hour, on the server that answers'),
    databases: { type: 'array', items: figures, description: `Of ${CLINIC_ROLES.join(', ')}, in this order` },
    readAt: instant('When the oldest of those figures was read'),
  },
  ['why', 'lastSeenAt', 'in', 'out', 'readAt'],
);

export const clinicsHealthSchema: JsonSchema = object({
  at: instant('Now, by the clock of the server'),
  total: count('Clinics that were found'),
  states: object(Object.fromEntries(CLINIC_STATES.map((state) => [state, count(`Clinics in the state ${state}`)]))),
  items: { type: 'array', items: clinicSchema, description: 'The worst first' },
});

const column: JsonSchema = { type: 'array', items: { type: ['number', 'null'] } };

export const seriesSchema: JsonSchema = object({
  range: { enum: RANGES },
  startsAt: instant('When the first point begins'),
  pointSeconds: count('How long each point is; the last one is still being filled'),
  servers: count('How many servers have a part in it'),
  columns: {
    ...object(Object.fromEntries(COLUMNS.map((name) => [name, column]))),
    description:
      'Counters are sums of a point; of connected devices the mean, of the lag the greatest. null: nothing ran, or it was not measured',
  },
});
