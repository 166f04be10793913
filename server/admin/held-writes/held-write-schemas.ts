/** What the routes of held writes answer, as JSON Schema. */
import type { JsonSchema } from '../../http/api-route.ts';

export const text = (description: string): JsonSchema => ({ type: 'string', description });
export const flag = (description: string): JsonSchema => ({ type: 'boolean', description });
export const count = (description: string): JsonSchema => ({ type: 'integer', minimum: 0, description });
export const time = (description: string): JsonSchema => ({ type: 'string', format: 'date-time', description });
export const texts = (description: string): JsonSchema => ({ type: 'array', items: { type: 'string' }, description });
export const anything = (description: string): JsonSchema => ({ description });
export const bodySchema = (description: string): JsonSchema => ({ type: 'object', description });

/** An object of exactly these members; those named in `optional` may be absent. */
export const exactly = (
  properties: Readonly<Record<string, JsonSchema>>,
  optional: readonly string[] = [],
): JsonSchema => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
});

export const listOf = (items: JsonSchema, description: string): JsonSchema => ({ type: 'array', items, description });

const decisionFields = {
  outcome: { type: 'string', enum: ['accepted', 'rejected'] },
  by: text('User id of the reviewer'),
  byName: text('Name of the reviewer, from the staff directory'),
  at: time('When'),
  rev: text('The revision that an accepted write became'),
};
/** Who is not in the staff directory has no name; what was rejected became no revision. */
const MAY_BE_ABSENT = ['byName', 'rev'];

const entryFields = {
  id: text('Names the entry'),
  documentId: text('The document that was to be written; `no-id:…` where it came without an id'),
  rev: text('The revision that was refused, or that lost in a merge'),
  deleted: flag('Whether it was to delete the document'),
  code: text('The access rule that refused, or merge_dropped: the losing side of two concurrent changes'),
  message: text('The reason in words; names fields, never values'),
  heldAt: time('When it came'),
  userId: text('User id of the author'),
  userName: text('Name of the author, from the staff directory'),
};

export const summarySchema = exactly(
  {
    ...entryFields,
    patientId: text('The patient that the document belongs to'),
    clinicIds: texts('The clinic that the author worked for, and those of the document'),
    decision: exactly(decisionFields, MAY_BE_ABSENT),
  },
  ['userId', 'userName', 'patientId', 'decision'],
);

export const countsSchema = exactly(
  {
    open: count('How many are open; absent while they are being counted after a start'),
    oldestAt: time('When the oldest of them was held; absent where there is none'),
    byCode: listOf(
      exactly({ code: text('The access rule that refused, or merge_dropped'), open: count('How many are open') }),
      'Reasons of which there are any, the most frequent first',
    ),
  },
  ['open', 'oldestAt'],
);

const versionSchema = (description: string): JsonSchema => ({
  description,
  ...exactly(
    {
      rev: text('The revision'),
      deleted: flag('Whether it is a deletion'),
      body: bodySchema('The fields'),
      byName: text('Name of who changed it last, from the staff directory'),
    },
    ['byName'],
  ),
});

const faultSchema = exactly({
  path: text('JSON Pointer to the field'),
  rule: text('What failed'),
  message: text('In words'),
});

export const detailSchema = exactly(
  {
    ...entryFields,
    parent: { type: ['string', 'null'], description: 'The revision that the author changed; null for a new document' },
    faults: listOf(faultSchema, 'Where the document does not fit its schema'),
    by: { type: ['object', 'null'], description: 'The account, role and device that sent it' },
    body: bodySchema('As it was sent; empty where the patient was erased before'),
    base: versionSchema('What it grew from, as far as the server knows it'),
    stored: versionSchema('What is stored now'),
    comparison: listOf(
      exactly(
        {
          field: text('Name of the field'),
          base: anything('What the author saw; absent where there was nothing'),
          held: anything('What the author made of it; what the author could not see is taken to be unchanged'),
          stored: anything('What it is now'),
          differs: flag('Whether what is stored is not what was held'),
          changed: flag('Whether the author changed it: accepting writes it'),
          conflict: flag('Whether somebody else changed it since'),
        },
        ['base', 'held', 'stored'],
      ),
      'Field by field',
    ),
    form: listOf(
      exactly({
        field: text('Name of the field'),
        required: flag('Whether a document without it does not fit its schema'),
        schema: { type: 'object', description: 'What its value has to be, as JSON Schema' },
      }),
      'The fields that may be given another value; none for a deletion',
    ),
    cursor: text('Where lists go on after it: `cursor` of a list'),
    decision: exactly({ ...decisionFields, note: text("The reviewer's words") }, [...MAY_BE_ABSENT, 'note']),
  },
  ['userId', 'userName', 'faults', 'base', 'stored', 'decision'],
);
