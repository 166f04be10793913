/** A role database, a comparison and the projector as they are answered to administrators. */

import { ROLE_DATABASE_ROLES } from '../../../sync-rules/role-database.ts';
import type { JsonSchema } from '../../http/api-route.ts';
import { DIFFERENCE_KINDS } from './document-difference.ts';
import { ROLE_DATABASE_STATES } from './role-database-list.ts';

const instant = (description: string) => ({ type: 'string', format: 'date-time', description });
const count = (description: string) => ({ type: 'integer', minimum: 0, description });
const text = (description: string) => ({ type: 'string', description });

const object = (properties: Readonly<Record<string, JsonSchema>>, required: readonly string[]): JsonSchema => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required,
});

const progressSchema = object(
  { done: count('Changes of the primary database that were read'), total: count('How many there are, about') },
  ['done', 'total'],
);

export const roleDatabaseSchema: JsonSchema = object(
  {
    name: text('As it appears in `/sync/<name>`'),
    role: { enum: ROLE_DATABASE_ROLES },
    scope: text("A clinic's slug, a patient's id, or `all`"),
    state: {
      enum: ROLE_DATABASE_STATES,
      description: '`building`: a build is under way; `waiting`: one is to come; `serving` where neither is',
    },
    serves: { type: 'boolean', description: 'Whether devices can read it: also while another build of it is made' },
    build: text('The build that devices read'),
    nextBuild: text('The build that is made, or to be made'),
    progress: progressSchema,
    facts: {
      ...object(
        {
          documents: count('Documents that are not deleted'),
          bytes: count('Bytes on disk'),
          updateSeq: text('Its sequence'),
          readAt: instant('When it was so'),
        },
        ['documents', 'bytes', 'updateSeq', 'readAt'],
      ),
      description: 'Absent until it was read for the first time',
    },
    devices: count('Devices that ever synced it'),
    connectedDevices: count('Of them, those that have a live feed open'),
  },
  ['name', 'role', 'scope', 'state', 'serves', 'devices', 'connectedDevices'],
);

const differenceSchema = object(
  {
    documentId: text('Of the document'),
    kind: {
      enum: DIFFERENCE_KINDS,
      description:
        '`missing`: it belongs there and is not shown; `extra`: it does not belong there and is shown; `not_removed`: it should be ' +
        'a deletion by now; `body`: the same revision looks different; `revisions`: other revisions than there should be',
    },
    fields: { type: 'array', items: { type: 'string' }, description: 'Names of the fields that differ' },
    expectedRev: text('The revision that devices should be shown'),
    shownRev: text('The revision that they are shown'),
  },
  ['documentId', 'kind'],
);

export const comparisonSchema: JsonSchema = object(
  {
    name: text('Of the role database'),
    state: {
      enum: ['none', 'waiting', 'running', 'finished', 'failed', 'stopped'],
      description: '`none`: it was never compared; `stopped`: the server did, before it was done',
    },
    by: text('User id of who started it'),
    startedAt: instant('When it was asked for'),
    finishedAt: instant('When it ended'),
    done: count('Documents and changes that were read'),
    total: count('How many there are to be read, about'),
    documents: count('Documents that were compared, without deletions'),
    differing: count('Documents that differ'),
    differences: { type: 'array', maxItems: 1_000, items: differenceSchema, description: 'The first 1,000 of them' },
    paused: { type: 'boolean', description: 'The projector was paused: what was written meanwhile differs' },
    problem: text('Why it failed, and what to do'),
  },
  ['name', 'state'],
);

export const projectorSchema: JsonSchema = object(
  {
    state: { enum: ['running', 'paused', 'failing'] },
    pending: count('Changes of the primary database that are not in the role databases yet'),
    lagSeconds: { type: 'number', minimum: 0, description: 'Seconds since it was last known to be caught up' },
    maxLagSeconds: { type: 'number', description: 'Beyond this the server reports itself not ready, seconds' },
    paused: {
      ...object({ at: instant('Since when'), by: text('User id of who paused it') }, ['at', 'by']),
      description: 'Set while it is paused',
    },
    build: {
      ...object({ databases: count('Role databases that are being built'), done: count(''), total: count('') }, [
        'databases',
        'done',
        'total',
      ]),
      description: 'The build under way, in changes of the primary database; it waits while the projector is paused',
    },
    waiting: count('Role databases that wait to be built'),
  },
  ['state', 'pending', 'lagSeconds', 'maxLagSeconds', 'waiting'],
);
