/** The system as it is answered, described. */
import type { JsonSchema } from '../../http/api-route.ts';
import { amount, count, instant, object, text, yes } from '../overview/overview-schemas.ts';

const problem = object({ problem: text('Why it could not be read') });
const part = (value: JsonSchema): JsonSchema => ({
  anyOf: [object({ value, readAt: instant('When it was read') }), problem],
});

const embeddedSchema = object({
  kind: { const: 'embedded' },
  engine: text('That the databases are kept with'),
  folder: text('Where they are'),
  databases: part(count('Databases')),
  openDatabases: count('Of them, how many are open right now'),
  bytes: part(count('Of all files in the folder')),
});

const names: JsonSchema = { type: 'array', items: { type: 'string' } };
const taskSchema = object(
  {
    type: text('What is done'),
    node: text('By which node'),
    database: text('To which database'),
    progress: amount('Percent'),
    startedAt: instant('Since when'),
  },
  ['database', 'progress', 'startedAt'],
);

const couchSchema = object({
  kind: { const: 'couchdb' },
  address: text('Host and port'),
  version: part(text('Of CouchDB')),
  nodes: part(object({ connected: names, expected: names })),
  tasks: part({ type: 'array', items: taskSchema }),
  databases: part(count('Databases, also those of others')),
});

const serverSchema = object(
  {
    serverId: text('What it calls itself'),
    alive: yes('Whether it was heard of within the last half minute'),
    lastHeardAt: instant('When it was last heard of'),
  },
  ['lastHeardAt'],
);

export const systemSchema: JsonSchema = object({
  at: instant('Now, by the clock of the server'),
  version: text('Of the server'),
  nodeVersion: text('Of Node.js'),
  serverId: text('What this server calls itself among those that share the store'),
  hostname: text('Of the machine'),
  startedAt: instant('When this server started'),
  uptimeSeconds: count('Since then'),
  memory: object({
    rssBytes: count('Memory of the process'),
    heapUsedBytes: count('Of JavaScript, in use'),
    heapTotalBytes: count('Of JavaScript'),
    machineBytes: count('Of the machine'),
  }),
  cpu: object({
    cores: count('Of the machine'),
    usedCores: amount('Used by this process in the last 10 seconds; 1 is one core all the time'),
    loadAverage: amount('Of the machine, in the last minute'),
  }),
  eventLoop: object({
    meanDelayMs: amount('How late a timer runs on average, milliseconds, within the last minute'),
    p99DelayMs: amount('Of a hundred, the latest but one'),
    maxDelayMs: amount('The latest'),
  }),
  projector: object({
    pending: count('Changes of the primary that it has not looked at'),
    lagSeconds: amount('Seconds since it was last caught up'),
    failing: yes('Whether it fails and tries again'),
  }),
  reach: object(
    {
      reachable: yes('Whether the store answers'),
      checkedAt: instant('When it was last asked'),
      downSince: instant('Since when it does not'),
    },
    ['downSince'],
  ),
  store: part({ anyOf: [embeddedSchema, couchSchema] }),
  dataFolder: object(
    {
      path: text('Where secrets and indexes are kept, and the databases of the embedded store'),
      disk: object({
        freeBytes: count('Free'),
        totalBytes: count('In all'),
        readAt: instant('When that was read'),
      }),
      index: part(count('Bytes of the index of lists')),
    },
    ['disk'],
  ),
  otherServers: part({ type: 'array', items: serverSchema }),
});
