/** Values that a reviewer of held writes types: every value of every field can be typed, and what cannot be one is refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FieldSchema } from '../../server/admin/held-writes/held-write-form.ts';
import { asTyped, editorOf, parseTyped } from '../../server/dashboard/client/pages/held-writes/typed-value.ts';
import { DOCUMENT_TYPES, schemas } from '../../shared-schemas/document-types.ts';
import { PROPERTY_SEED, runs, say } from '../property/seed.ts';

const FIELDS = DOCUMENT_TYPES.flatMap((type) =>
  Object.entries(schemas[type].properties as Readonly<Record<string, FieldSchema>>).map(([field, schema]) => ({
    name: `${type}.${field}`,
    schema,
  })),
);

/** Values that the field may have, as far as this page looks at them. */
function valuesOf({
  type,
  enum: choices,
  minimum = -1e6,
  maximum = 1e6,
  ...schema
}: FieldSchema): fc.Arbitrary<unknown> {
  const { minLength = 0, maxLength = 100, format, pattern, items } = schema;
  if (choices) return fc.constantFrom(...choices);
  if (type === 'boolean') return fc.boolean();
  if (type === 'integer') return fc.integer({ min: minimum, max: maximum });
  if (type === 'number') return fc.double({ min: minimum, max: maximum, noNaN: true }).map((value) => value + 0);
  if (type === 'object') return fc.dictionary(fc.string(), fc.jsonValue());
  if (type === 'array') {
    return items?.type === 'string'
      ? fc.array(fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/), { maxLength: 5 })
      : fc.array(fc.jsonValue(), { maxLength: 5 });
  }
  if (format === 'date') return fc.constantFrom('2026-03-01', '1980-05-17');
  if (format === 'date-time') return fc.constantFrom('2026-03-01T09:30:00.000Z', '2026-03-01T09:30:00Z');
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern)).filter((text) => text.length <= maxLength);
  return fc.string({ minLength, maxLength: Math.min(maxLength, 300) });
}

/** As it comes from JSON, which has no -0. */
const inJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('a typed value', () => {
  it('is the value that it shows, of every field of every type', () => {
    say(`values of ${FIELDS.length} fields are typed as they are shown`);
    for (const { name, schema } of FIELDS) {
      const property = fc.property(valuesOf(schema), (given) => {
        const value = inJson(given);
        expect(parseTyped(asTyped(value, schema), schema), name).toEqual({ value });
      });
      fc.assert(property, { seed: PROPERTY_SEED, numRuns: runs(20) });
    }
  });

  it('is refused with what to do where the field cannot have it', () => {
    const heartRate = schemas.vital.properties.heartRatePerMinute as FieldSchema;
    const painScore = schemas.vital.properties.painScore as FieldSchema;
    const status = schemas.prescription.properties.status as unknown as FieldSchema;
    const lines = schemas.prescription.properties.lines as unknown as FieldSchema;
    const birthDate = schemas.patient.properties.birthDate as FieldSchema;
    const firstName = schemas.patient.properties.firstName as FieldSchema;
    const confidential = schemas.record.properties.confidential as FieldSchema;
    const measuredAt = schemas.vital.properties.measuredAt as FieldSchema;
    const faults: readonly (readonly [FieldSchema, string, RegExp])[] = [
      [heartRate, '', /a number/],
      [heartRate, '36,8', /with a point before decimals/],
      [heartRate, '0x10', /a number/],
      [heartRate, '9', /10 or more/],
      [heartRate, '351', /350 or less/],
      [painScore, '1.5', /whole number/],
      [status, 'lost', /Choose one/],
      [status, '', /Choose one/],
      [lines, 'tablets', /not JSON/],
      [lines, '{}', /a list/],
      [birthDate, '17.5.1980', /as 2026-03-01/],
      [measuredAt, '2026-03-01T09:30:00+01:00', /in UTC/],
      [firstName, '', /something/],
      [firstName, 'x'.repeat(101), /100 characters at most/],
      [confidential, 'perhaps', /yes or no/],
    ];
    for (const [schema, text, words] of faults)
      expect(parseTyped(text, schema), text).toMatchObject({ fault: expect.stringMatching(words) as string });
  });

  it('is typed in an input that fits the field', () => {
    const { patient, prescription, record, vital } = schemas;
    const editors = {
      [editorOf(vital.properties.heartRatePerMinute as FieldSchema)]: 'number',
      [editorOf(vital.properties.notes as FieldSchema)]: 'long-text',
      [editorOf(patient.properties.lastName as FieldSchema)]: 'text',
      [editorOf(patient.properties.sex as unknown as FieldSchema)]: 'choice',
      [editorOf(patient.properties.clinicIds as unknown as FieldSchema)]: 'lines',
      [editorOf(prescription.properties.lines as unknown as FieldSchema)]: 'json',
      [editorOf(record.properties.confidential as FieldSchema)]: 'yes-no',
    };
    for (const [found, expected] of Object.entries(editors)) expect(found).toBe(expected);
  });
});
