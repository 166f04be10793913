/**
 * Generated exports: valid documents of every type, made from our schemas, each optional field there or not. Users, clinics
 * and links are drawn from small pools, so that some of what is named is in the export and some is not.
 */
import fc from 'fast-check';
import type { Exported, PatientExport } from '../../../server/api/export/patient-export.ts';
import { type DocumentType, PATIENT_BOUND_TYPES, schemas } from '../../../shared-schemas/document-types.ts';
import { clinicDocId, patientDocId } from '../../../shared-schemas/ids.ts';
import type { Patient } from '../../../shared-schemas/patient.ts';
import type { Clinic, Staff } from '../../../shared-schemas/reference.ts';

interface SchemaNode {
  readonly type: string;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: SchemaNode;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
}

const ULIDS = ['01h2xcejqtf2nbrexx3vqjhp41', '7zzzzzzzzzzzzzzzzzzzzzzzzz', '00000000000000000000000000'] as const;
const PATIENT_ID = `p${ULIDS[0]}`;
const CLINICS = ['north', 'south', 'as-long-as-a-slug-can-be'.padEnd(40, '-x')];
const USERS = ['u1', 'u2', 'someone with a space', 'ünïcode'] as const;
const BOUND_TYPES = PATIENT_BOUND_TYPES.filter((type) => type !== 'patient');
const IDS = BOUND_TYPES.flatMap((type) => ULIDS.map((ulid) => ({ type, _id: `${PATIENT_ID}:${type}:${ulid}` })));
const CODES = ['91936005', '428211000124100', '723', '1191', 'J20.9', 'S52.521A', 'J01CA04', '99213', '140', '  x  y '];

/** Any characters, also those that FHIR's text can't hold. */
const awkward = fc.constantFrom(
  'a',
  'É',
  '字',
  '😀',
  ' ',
  '\n',
  '\t',
  '\u00a0',
  '\u2028',
  '\u0000',
  '\u001f',
  '\ud800',
);
const text = ({ minLength = 0, maxLength = 100 }: SchemaNode): fc.Arbitrary<string> => {
  const bounds = { minLength, maxLength: Math.min(maxLength, 60), size: 'max' } as const;
  return fc.oneof(
    { weight: 4, arbitrary: fc.string({ ...bounds, unit: 'grapheme-ascii' }) },
    { weight: 2, arbitrary: fc.string({ ...bounds, unit: awkward }) },
    { weight: 1, arbitrary: fc.constant('x'.repeat(maxLength)) },
  );
};

/** FHIR's calendar begins with the year 1. */
const moment = fc.date({
  min: new Date('0001-01-01T00:00:00.000Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
});
const day = moment.map((date) => date.toISOString().slice(0, 10));
/** In the forms that the schemas allow. */
const instant = fc
  .tuple(moment, fc.constantFrom('plain', 'plain', 'space', 'seconds', 'fine', 'leap'))
  .map(([date, form]) => {
    const plain = date.toISOString();
    switch (form) {
      case 'space':
        return plain.replace('T', ' ');
      case 'seconds':
        return plain.replace(/\.\d+/, '');
      case 'fine':
        return plain.replace('Z', '123456Z');
      case 'leap':
        return `${plain.slice(0, 11)}23:59:60Z`;
      default:
        return plain;
    }
  });

/** By the name of the field, where the schema alone does not say what it is for. */
function byName(field: string, node: SchemaNode): fc.Arbitrary<unknown> | undefined {
  if (/(^|\.)(\w+By|userId|staffUserId)$/.test(field)) return fc.oneof(fc.constantFrom(...USERS), text(node));
  if (/(^|\.)(clinicId|clinicIds|formerClinicIds)$/.test(field)) return fc.constantFrom(...CLINICS);
  if (/(^|\.)drugId$/.test(field)) return fc.oneof(fc.constant(`drug:drug:${ULIDS[0]}`), text(node));
  if (/^(record|appointment|prescription|procedure|vaccine|vital)Id$/.test(field))
    return fc.oneof(fc.constantFrom(...IDS.map(({ _id }) => _id)), text(node));
  if (/code$/i.test(field)) return fc.oneof(fc.constantFrom(...CODES), text(node));
  return undefined;
}

function valueFrom(node: SchemaNode, field = ''): fc.Arbitrary<unknown> {
  if (node.enum) return fc.constantFrom(...node.enum);
  switch (node.type) {
    case 'object': {
      const fields = Object.entries(node.properties ?? {}).map(
        ([name, inner]) => [name, valueFrom(inner, field === '' ? name : `${field}.${name}`)] as const,
      );
      return fc.record(Object.fromEntries(fields), { requiredKeys: [...(node.required ?? [])] });
    }
    case 'array': {
      const { minItems = 0, maxItems = 3, uniqueItems, items = { type: 'string' } } = node;
      const bounds = { minLength: minItems, maxLength: Math.min(maxItems, 3) };
      const item = valueFrom(items, field);
      return uniqueItems ? fc.uniqueArray(item, bounds) : fc.array(item, bounds);
    }
    case 'integer':
      return fc.integer({ min: node.minimum ?? 0, max: node.maximum ?? 100 });
    case 'number':
      return fc.double({ min: node.minimum ?? 0, max: node.maximum ?? 100, noNaN: true });
    case 'boolean':
      return fc.boolean();
    default:
      return textOf(node, field);
  }
}

function textOf(node: SchemaNode, field: string): fc.Arbitrary<unknown> {
  if (node.format === 'date') return day;
  if (node.format === 'date-time') return instant;
  if (node.format === 'email') return fc.emailAddress();
  const named = byName(field, node);
  if (named) return named;
  if (node.pattern?.startsWith('^[0-9+()')) return fc.constantFrom('', '555 0100', '+44 (0)20 7946-0958 x12');
  return text(node);
}

const revision = fc.constantFrom('1-0123456789abcdef0123456789abcdef', '12-odd_name', `3-${'é'.repeat(64)}`);

/** A document whose id and partition are given. Strange as it may be, it is valid. */
const documentOf = (type: DocumentType, fixed: Readonly<Record<string, unknown>>): fc.Arbitrary<Exported> =>
  fc
    .tuple(valueFrom(schemas[type] as unknown as SchemaNode), revision)
    .map(([fields, _rev]) => ({ ...(fields as object), ...fixed, type, _rev }) as unknown as Exported);

const BOUND: ReadonlyMap<string, fc.Arbitrary<Exported>> = new Map(
  IDS.map(({ type, _id }) => [_id, documentOf(type, { _id, patientId: PATIENT_ID })]),
);
const documents = fc
  .subarray(
    IDS.map(({ _id }) => _id),
    { maxLength: 8 },
  )
  .chain((ids) => fc.tuple(...ids.flatMap((id) => BOUND.get(id) ?? [])));
const clinics = fc
  .subarray([...CLINICS])
  .chain((slugs) => fc.tuple(...slugs.map((slug) => documentOf('clinic', { _id: clinicDocId(slug), slug }))));
const staff = fc
  .subarray([...ULIDS])
  .chain((ulids) =>
    fc.tuple(...ulids.map((ulid, i) => documentOf('staff', { _id: `staff:staff:${ulid}`, userId: USERS[i] }))),
  );

export const patientExport: fc.Arbitrary<PatientExport> = fc.record({
  exportedAt: instant,
  patient: documentOf('patient', { _id: patientDocId(PATIENT_ID), patientId: PATIENT_ID }) as fc.Arbitrary<
    Exported<Patient>
  >,
  documents,
  clinics: clinics as fc.Arbitrary<Exported<Clinic>[]>,
  staff: staff as fc.Arbitrary<Exported<Staff>[]>,
});
