/** What the routes of documents answer, as JSON Schema. */
import { ROLES } from '../../../shared-schemas/roles.ts';
import { ORIGINS } from '../../documents/write/made-revision.ts';
import type { JsonSchema } from '../../http/api-route.ts';
import {
  bodySchema,
  count,
  exactly,
  flag,
  listOf,
  summarySchema,
  text,
  texts,
  time,
} from '../held-writes/held-write-schemas.ts';

const oneOf = (values: readonly string[], description: string): JsonSchema => ({
  type: 'string',
  enum: values,
  description,
});

export const revisionBodySchema = exactly({
  rev: text('The revision'),
  deleted: flag('Whether it is a deletion'),
  body: bodySchema('The fields'),
});

const revisionSchema = exactly(
  {
    rev: text('The revision'),
    parent: {
      type: ['string', 'null'],
      description: 'What it changed; null for the first, or where that is not known',
    },
    generation: count('How many revisions there were up to it, itself included'),
    leaf: flag('Whether nothing followed it'),
    winner: flag('Whether it is the document as it is now'),
    deleted: flag('Whether it is a deletion; absent where its body is forgotten'),
    kept: flag('Whether its body can be read'),
    origin: oneOf(ORIGINS, 'How it came about; absent where that was not written down, as before version 0.2'),
    mergedFrom: texts('Of a merge: the ends of the branches that were merged in'),
    author: text('User id of the author'),
    writtenAt: text("When it was written, by the author's clock"),
    deviceId: text("As the author's client names itself"),
  },
  ['deleted', 'origin', 'mergedFrom', 'author', 'writtenAt', 'deviceId'],
);

const copySchema = (description: string): JsonSchema => ({
  description,
  ...exactly(
    {
      holds: oneOf(['whole', 'part', 'tombstone', 'nothing'], 'Which projection'),
      rev: text('At which revision'),
      hiddenFields: texts('Fields that are left out'),
    },
    ['rev'],
  ),
});

const databaseSchema = exactly(
  {
    database: text('Name of the role database'),
    role: text('Whose it is'),
    scope: text("A clinic's slug, a patient's id, or `all`"),
    state: oneOf(['served', 'building', 'missing'], 'Whether devices can read it'),
    holds: copySchema('What it holds'),
    shouldHold: copySchema('What it should hold, by the rules'),
    right: flag('Whether it holds what it should, to the last field'),
  },
  ['holds', 'right'],
);

const deviceSchema = exactly(
  {
    deviceId: text('Id of the device'),
    name: text('Its name'),
    owner: text('User id of who uses it'),
    role: oneOf(ROLES, 'As what'),
    clinicId: text('For which clinic'),
    database: text('The role database that it reads'),
    confirmation: oneOf(
      ['confirmed', 'to_pull', 'not_collected', 'not_known'],
      'Whether it has said that it has what its role database holds',
    ),
    wrote: flag('Whether the present revision was written on it'),
    lastContactAt: time('When it was last heard of'),
    connected: flag('Whether it has a live feed open'),
    revoked: flag('Whether it was revoked'),
  },
  ['name', 'clinicId'],
);

export const documentSchema = exactly(
  {
    documentId: text('Its id'),
    type: text('Its type'),
    patientId: text('The patient that it belongs to'),
    readAt: time('When all this was so'),
    deleted: flag('Whether it is deleted now'),
    erased: flag('Whether its patient was erased: only that is left'),
    winner: { description: 'The document as it is now', ...revisionBodySchema },
    revisions: listOf(revisionSchema, 'The longest history first'),
    incomplete: flag('Whether there are more revisions than are listed'),
    databases: listOf(databaseSchema, 'The role databases that hold it, or held it, or might'),
    devices: exactly({
      items: listOf(deviceSchema, 'The last heard of first, 500 at most'),
      total: count('How many devices sync a database that holds it'),
    }),
    heldWrites: listOf(summarySchema, 'Refused writes of it, and sides that a merge dropped'),
    people: { type: 'object', additionalProperties: { type: 'string' }, description: 'Names of staff, by user id' },
  },
  ['patientId'],
);
