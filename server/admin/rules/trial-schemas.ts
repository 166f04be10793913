/** What the routes of the rules answer, as JSON Schema. */
import { DOCUMENT_TYPES } from '../../../shared-schemas/document-types.ts';
import { ROLES } from '../../../shared-schemas/roles.ts';
import type { JsonSchema } from '../../http/api-route.ts';
import { bodySchema, exactly, flag, listOf, text, texts } from '../held-writes/held-write-schemas.ts';

const ACTIONS = ['read', 'create', 'update', 'delete'];
const CHANGES = ['create', 'update', 'delete'];

const rowSchema = exactly(
  {
    action: { type: 'string', enum: ACTIONS, description: 'What it allows' },
    type: { type: 'string', enum: DOCUMENT_TYPES },
    fields: texts('The fields that it is about; all where absent'),
    conditions: { type: 'object', description: 'Of reading: what the document must be' },
    before: { type: 'object', description: 'Of a change: what the stored document must be' },
    after: { type: 'object', description: 'Of a change: what the document must be as it is written' },
    when: texts('What the document must be, in words: as it is stored, or as it is added'),
    afterwards: texts('What the changed document must be, in words, that the stored one need not be'),
    sentence: text('The row in words'),
  },
  ['fields', 'conditions', 'before', 'after', 'afterwards'],
);

const everyWriteSchema = exactly({
  code: text('Of the refusal where it is broken'),
  actions: { type: 'array', items: { type: 'string', enum: CHANGES }, description: 'What it binds' },
  sentence: text('The rule in words'),
  exempt: { type: 'array', items: { type: 'string', enum: ROLES }, description: 'Roles that it does not bind' },
});

export const rulesSchema = exactly({
  everyWrite: listOf(everyWriteSchema, 'What every write has to keep, whichever row allows it; asked in this order'),
  roles: listOf(exactly({ role: { type: 'string', enum: ROLES }, rows: listOf(rowSchema, 'Its rows') }), 'By role'),
});

const personSchema = exactly(
  {
    who: text('In words'),
    userId: text('What documents name them as'),
    role: { type: 'string', enum: ROLES },
    clinicId: text('The clinic of their session'),
    patientId: text('Who they are'),
    username: text('Of an account'),
    name: text('Of an account'),
    disabled: flag('Whether nobody can sign in as them'),
  },
  ['clinicId', 'patientId', 'username', 'name', 'disabled'],
);

const copy = (description: string, more: Readonly<Record<string, JsonSchema>> = {}): JsonSchema => ({
  description,
  ...exactly({ ...more, body: bodySchema('The fields'), hiddenFields: texts('Fields that it lacks') }),
});

const answerSchema = (description: string): JsonSchema => ({
  description,
  ...exactly(
    {
      allowed: flag('Whether they may'),
      code: text('Of the refusal'),
      sentence: text('Why'),
      row: rowSchema,
    },
    ['code', 'row'],
  ),
});

const fieldSchema = exactly(
  {
    field: text('Its name'),
    visible: flag('Whether they see it'),
    writable: flag('Whether they may change it'),
    sentence: text('The row that allows it, or why none does'),
    afterwards: texts('What the changed document must be that the stored one is not'),
  },
  ['afterwards'],
);

const faultSchema = exactly({ path: text('JSON Pointer'), rule: text('What failed'), message: text('In words') });

const decisionSchema: JsonSchema = {
  description: 'What would become of the change',
  ...exactly(
    {
      allowed: flag('Whether it would be stored'),
      action: { type: 'string', enum: CHANGES, description: 'What it is' },
      code: text('Of the refusal, as a tablet is given it'),
      message: text('In words'),
      fields: texts('Fields that the refusal is about'),
      faults: listOf(faultSchema, 'Where the document would not fit its schema'),
      row: rowSchema,
    },
    ['code', 'fields', 'faults', 'row'],
  ),
};

export const trialViewSchema = exactly(
  {
    person: personSchema,
    document: exactly(
      {
        documentId: text('Its id'),
        type: text('Its type'),
        madeUp: flag('Whether it is made up'),
        rev: text('The revision that was looked at'),
        deleted: flag('Whether that is a deletion'),
        body: bodySchema('As the server has it, whole'),
      },
      ['rev'],
    ),
    reading: exactly({ allowed: flag('Whether they read it'), sentence: text('In words'), row: rowSchema }, ['row']),
    copy: copy('As REST answers it; absent where they do not see it'),
    synced: copy('As it syncs; absent where it does not', { database: text('The role database that it comes by') }),
    writing: exactly({
      create: answerSchema('Adding a document like this one, as theirs'),
      update: answerSchema('Changing it'),
      delete: answerSchema('Deleting it'),
      fields: listOf(fieldSchema, 'Every field of the type'),
    }),
    decision: decisionSchema,
  },
  ['copy', 'synced', 'decision'],
);
