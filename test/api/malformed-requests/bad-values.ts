/** Values that a field does not take, made from the schema of the field. */

/** What of a JSON Schema is looked at. */
export interface FieldSchema {
  readonly type: string;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly items?: FieldSchema;
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly required?: readonly string[];
}

export interface BadValue {
  readonly name: string;
  readonly value: unknown;
}

const of = (name: string, value: unknown): BadValue => ({ name, value });

const WRONG_TYPES: Readonly<Record<string, readonly BadValue[]>> = {
  string: [of('a number', 5), of('true', true), of('a list', ['x']), of('an object', { $gt: '' })],
  number: [of('a text', '5'), of('NaN as text', 'NaN'), of('true', true), of('a list', [5]), of('an object', {})],
  integer: [
    of('a text', '5'),
    of('a fraction', 1.5),
    of('false', false),
    of('a list', [1]),
    of('a great number', 1e300),
  ],
  boolean: [of('a text', 'true'), of('a number', 1), of('a list', []), of('an object', {})],
  array: [of('a text', 'north'), of('a number', 1), of('an object', { 0: 'north', length: 1 })],
  object: [of('a text', 'x'), of('a list', []), of('a number', 1)],
};

const BAD_DATES = [
  '2026-02-30',
  '2026-13-01',
  '26-01-01',
  '2026-1-1',
  '01.02.2026',
  'yesterday',
  '',
  '2026-01-01T00:00:00Z',
];
const BAD_INSTANTS = [
  '2026-02-30T10:00:00Z',
  '2026-01-01T25:00:00Z',
  '2026-01-01T10:61:00Z',
  '2026-01-01T10:00:00+01:00',
  '2026-01-01T10:00:00',
  '2026-01-01',
  'now',
  '1767261600000',
];

export function badValuesOf(schema: FieldSchema): BadValue[] {
  const { type, format, items, properties } = schema;
  return [
    of('null', null),
    ...(WRONG_TYPES[type] ?? []),
    ...beyondBounds(schema),
    ...(format === 'date' ? BAD_DATES : format === 'date-time' ? BAD_INSTANTS : []).map((text) =>
      of(text || 'empty', text),
    ),
    ...(items ? badItems(items, schema) : []),
    ...(properties ? badProperties(schema) : []),
  ];
}

function beyondBounds(schema: FieldSchema): BadValue[] {
  const { type, format, pattern, minimum, maximum, minLength, maxLength } = schema;
  return [
    ...(schema.enum ? [of('a value that is not in the list', 'elephant'), of('constructor', 'constructor')] : []),
    ...(minimum === undefined ? [] : [of('too little', minimum - 1), of('far too little', -1e18)]),
    ...(maximum === undefined ? [] : [of('too much', maximum + 1), of('far too much', 1e18)]),
    ...(minLength ? [of('empty', '')] : []),
    ...(type === 'string' && maxLength !== undefined ? [of('too long', 'x'.repeat(maxLength + 1))] : []),
    ...(pattern ? [of('a text of another form', '\u0001<script>')] : []),
    ...(format === 'email' ? ['x', 'a@', '@b', 'a b@c.de'].map((text) => of(text, text)) : []),
  ];
}

function badItems(items: FieldSchema, { minItems, maxItems, uniqueItems }: FieldSchema): BadValue[] {
  const one = items.type === 'string' ? 'north' : { substance: 'x', name: 'x', drugName: 'x' };
  return [
    ...(minItems ? [of('no items', [])] : []),
    ...(maxItems === undefined
      ? []
      : [
          of(
            'too many items',
            Array.from({ length: maxItems + 1 }, (_, n) => itemOf(items, n)),
          ),
        ]),
    ...(uniqueItems ? [of('the same item twice', [one, one])] : []),
    of('a list in the list', [[]]),
    ...badValuesOf(items).map(({ name, value }) => of(`an item that is ${name}`, [value])),
  ];
}

const itemOf = ({ type, properties = {}, required = [] }: FieldSchema, n: number): unknown =>
  type === 'string'
    ? `c${n}`
    : Object.fromEntries(required.map((key) => [key, properties[key]?.type === 'string' ? 'x' : 1]));

function badProperties({ properties = {}, required = [] }: FieldSchema): BadValue[] {
  const whole = Object.fromEntries(required.map((key) => [key, 'x']));
  return [
    of('an object with an unknown field', { ...whole, surprise: 1 }),
    ...(required.length > 0 ? [of('an object without what is required', {})] : []),
    ...Object.entries(properties).flatMap(([key, schema]) =>
      badValuesOf(schema).map(({ name, value }) => of(`an object whose ${key} is ${name}`, { ...whole, [key]: value })),
    ),
  ];
}
