/** Generated documents, edits and queries of lists: few people and values, so that much falls together. */
import fc from 'fast-check';
import { LIST_FIELDS } from '../../../server/api/lists/list-fields.ts';
import type { ListQuery, TimelineQuery } from '../../../server/api/lists/list-query.ts';
import { DOCUMENT_TYPES, type DocumentType, isReferenceType } from '../../../shared-schemas/document-types.ts';
import { clinicDocId, patientDocId } from '../../../shared-schemas/ids.ts';
import type { Body } from './naive-lists.ts';

/** The document as it becomes; undefined where it is deleted. */
export interface Write {
  readonly id: string;
  readonly body: Body | undefined;
}

export interface QueryStep {
  readonly kind: 'query';
  readonly query: ListQuery | TimelineQuery;
  /** Written between its pages, one after each. */
  readonly meanwhile: readonly Write[];
}

/** `restart`: the index is closed and opened. `lose`: its folder is deleted meanwhile. `rebirth`: of the database. */
export type Step =
  | { readonly kind: 'write'; readonly writes: readonly Write[] }
  | QueryStep
  | { readonly kind: 'restart' | 'lose' | 'drop' | 'rebirth' };

const TYPES_WITH_STATUS = DOCUMENT_TYPES.filter((type) => LIST_FIELDS[type].facets.includes('status'));
const SEARCHED_TYPES = DOCUMENT_TYPES.filter((type) => LIST_FIELDS[type].search);
const PATIENTS = [1, 2, 3, 4].map((n) => `p${String(n).padStart(26, '0')}`);
const NAMES = [
  ...['Müller', 'MULLER', 'Mul', 'Smith-Jones', 'smith', "O'Brien", 'van der Berg', 'Straße', 'Łukasz', 'Øyvind'],
  ...['Иванов', 'Ёлкин', 'محمد', '王', '小明', '𠮷田', '\ue000x', 'Zoë', 'Zoe\u0308', 'Anna  Maria', 'Ann', '', ' '],
];
const PHONES = ['+1 (555) 010-0100', '555-0100', '5550100', '030 123 45', ''];
const TIMES = [
  ...['2026-03-01T09:30:00Z', '2026-03-01T09:30:00.000Z', '2026-03-01T09:30:00.5Z', '2026-03-01T09:30:00.500001Z'],
  ...['2026-03-01T09:30:00.050Z', '2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z', '2025-12-31T23:59:59.999Z'],
];
const LIMITS = ['2026-03-01', '2026-03-02', '2026-01-01', '2026-03-01T09:30:00Z', '2026-03-01T09:30:00.500Z'];
const CLINICS = ['north', 'south', 'n', 'n\u0000orth'];
const AUTHORS = ['u1', 'u10', 'u1\u0000', 'u1\u0001', '', 'ü\u{1f600}'];
const STATUSES = ['pending', 'filled', 'planned'];
const SEARCHES = [
  ...[
    'mul',
    'mü',
    'M',
    'smithjones',
    'smith-jones',
    'jones',
    'jo',
    "o'b",
    'obrien',
    'brien',
    'berg van',
    'strasse',
    'oyv',
  ],
  ...[
    'ива',
    'елк',
    'ёл',
    'مح',
    '王',
    '明',
    '小',
    '王小明',
    '𠮷',
    '田',
    'zoë',
    'anna maria',
    'maria ann',
    'mith',
    'xyz',
    'a z',
  ],
  ...[
    '5550100',
    '555-0100',
    '555',
    '010',
    '+1 555',
    '1555',
    '(555) 010-0100',
    '55',
    '5',
    '0100 mul',
    '-',
    '',
    ' + ',
    '()',
  ],
];

const maybe = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
const oneOf = (values: readonly string[]) => fc.constantFrom(...values);

function idOf(type: DocumentType, patient: number, n: number): string {
  const patientId = PATIENTS[patient] ?? '';
  if (type === 'patient') return patientDocId(patientId);
  if (type === 'clinic') return clinicDocId(`c${n}`);
  return `${isReferenceType(type) ? type : patientId}:${type}:${String(n).padStart(26, '0')}`;
}

const fields = fc.record(
  {
    ...{
      firstName: oneOf(NAMES),
      lastName: oneOf(NAMES),
      name: oneOf(NAMES),
      speciality: oneOf(NAMES),
      slug: oneOf(NAMES),
    },
    ...{ phoneNumber: oneOf(PHONES), identityNumber: oneOf(PHONES), code: oneOf(PHONES) },
    ...{ createdAt: oneOf(TIMES), updatedAt: oneOf(TIMES), visitedAt: oneOf(TIMES), scheduledFor: oneOf(TIMES) },
    ...{ administeredAt: oneOf(TIMES), measuredAt: oneOf(TIMES), startsAt: oneOf(TIMES) },
    ...{
      clinicIds: fc.uniqueArray(oneOf(CLINICS), { maxLength: 3 }),
      createdBy: oneOf(AUTHORS),
      status: oneOf(STATUSES),
    },
  },
  { requiredKeys: ['firstName', 'lastName', 'updatedAt', 'createdBy', 'clinicIds'], noNullPrototype: true },
);

const write = (types: readonly DocumentType[]): fc.Arbitrary<Write> =>
  fc
    .tuple(fc.constantFrom(...types), fc.nat(PATIENTS.length - 1), fc.nat(5), fields, fc.nat(4))
    .map(([type, patient, n, body, kept]) => ({
      id: idOf(type, patient, n),
      body: kept === 0 ? undefined : { type, schemaVersion: 1, ...body },
    }));

const wish = fc.record({
  sort: fc.nat(1),
  descending: fc.boolean(),
  patientId: maybe(oneOf(PATIENTS)),
  status: maybe(oneOf(STATUSES)),
  author: maybe(oneOf(AUTHORS)),
  clinic: maybe(oneOf(CLINICS)),
  from: maybe(oneOf(LIMITS)),
  to: maybe(oneOf(LIMITS)),
  search: fc.option(oneOf(SEARCHES), { nil: undefined, freq: 2 }),
  limit: fc.integer({ min: 1, max: 5 }),
});

/** What is wished for, as far as the type offers it. */
const listQuery = (types: readonly DocumentType[]): fc.Arbitrary<ListQuery> =>
  fc
    .tuple(fc.constantFrom(...types), wish)
    .map(([type, { sort: wishedSort, search, from, to, patientId, ...rest }]) => {
      const { facets, sorts, defaultSort, search: searched } = LIST_FIELDS[type];
      const names = Object.keys(sorts);
      const searches = searched && search !== undefined;
      const sort = searches ? defaultSort : (names[wishedSort] ?? defaultSort);
      const { clinic, status, author, descending, limit } = rest;
      return {
        ...{ type, sort, descending, limit },
        ...(facets.includes('clinic') && { clinic }),
        ...(facets.includes('status') && { status }),
        ...(facets.includes('author') && { author }),
        ...(!isReferenceType(type) && { patientId }),
        ...(sorts[sort]?.kind === 'time' && { from, to }),
        ...(searches && { search }),
      };
    });

const timelineQuery = fc.record({ timelineOf: oneOf(PATIENTS), limit: fc.integer({ min: 1, max: 5 }) });

function step(types: readonly DocumentType[]): fc.Arbitrary<Step> {
  const query = fc.oneof({ weight: 5, arbitrary: listQuery(types) }, { weight: 1, arbitrary: timelineQuery });
  return fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .array(write(types), { minLength: 1, maxLength: 12 })
        .map((writes) => ({ kind: 'write', writes }) as const),
    },
    {
      weight: 16,
      arbitrary: fc
        .tuple(query, fc.array(write(types), { maxLength: 4 }))
        .map(([query, meanwhile]) => ({ kind: 'query', query, meanwhile }) as const),
    },
    { weight: 1, arbitrary: fc.constantFrom('restart', 'lose', 'drop', 'rebirth').map((kind) => ({ kind }) as const) },
  );
}

/** Each about few types, so that their lists are not empty. */
export const listScenario: fc.Arbitrary<readonly Step[]> = fc
  .oneof(
    fc.constant(SEARCHED_TYPES),
    fc.constant(TYPES_WITH_STATUS),
    fc.constant(['patient'] as const),
    fc.subarray([...DOCUMENT_TYPES], { minLength: 1 }),
  )
  .chain((types) =>
    fc
      .tuple(
        fc.array(write(types), { minLength: 10, maxLength: 30 }),
        fc.array(step(types), { minLength: 6, maxLength: 24 }),
      )
      .map(([writes, steps]) => [{ kind: 'write', writes } as const, ...steps]),
  );
