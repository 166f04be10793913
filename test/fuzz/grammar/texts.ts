/** Values as JSON text, which can say more than any value: a key twice, a number that no number holds, half a character. */
import { happens } from '../../property/seeded-random.ts';
import type { Random } from '../../support/random.ts';

export const quoted = (value: unknown): string => JSON.stringify(value);

/** Texts that are text all the same. */
const ODD_TEXTS = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\u0007\u001b[31m',
  '\ud800',
  'x\udc00y',
  '\ufeff',
  '\u202e\u200b',
  'é\u0301\u{1f468}\u200d\u{1f469}',
  '../../etc',
  '%2e%2e%2f',
  '%00',
  "'; --",
  '<script>',
  '"\\"',
  '$ne',
  '__proto__',
  'constructor',
  'null',
  'undefined',
  'NaN',
  '9'.repeat(40),
  '2026-13-45T99:99:99.999Z',
  '9999-12-31T23:59:59.999Z',
] as const;

export function anyText(random: Random): string {
  if (happens(random, 4)) return 'x'.repeat(random.pick([255, 256, 2_048, 2_049, 5_000, 20_001]));
  if (happens(random, 30)) return `text ${random.between(0, 99)}`;
  return random.pick(ODD_TEXTS);
}

const NUMBERS = [
  '0',
  '-0',
  '-1',
  '1',
  '1.5',
  '1e999',
  '-1e999',
  '5e-324',
  '9007199254740993',
  `1${'0'.repeat(400)}`,
  '2147483648',
] as const;

export const nested = (levels: number, [open, close] = ['[', ']'], inner = '1'): string =>
  `${open.repeat(levels)}${inner}${close.repeat(levels)}`;

function deep(random: Random): string {
  const levels = random.pick([2, 10, 38, 39, 40, 41, 42, 200, 5_000]);
  return random.pick([nested(levels), nested(levels, ['{"a":', '}']), nested(levels, ['[{"":', '}]'])]);
}

function wide(random: Random): string {
  const count = random.pick([10, 300, 1_000, 1_001, 9_990, 10_010]);
  return random.pick([
    `[${'0,'.repeat(count)}0]`,
    `{${Array.from({ length: count }, (_, n) => `"k${n}":${n}`).join()}}`,
    `[${'{},'.repeat(count)}[]]`,
  ]);
}

/** Objects that code which copies or compares objects would stumble over. */
const TRAPS = [
  '{"__proto__":{"polluted":true}}',
  '{"a":{"__proto__":null}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"toString":1,"valueOf":null,"hasOwnProperty":5}',
  '{"toJSON":"x"}',
  '{"then":1}',
  '{"length":5,"0":1}',
  '{"":"","\\u0000":0}',
  '{"a":1,"a":2}',
  '{"_id":"x","_rev":"1-a"}',
  '{"\\ud800":1}',
  '{"$ref":"#"}',
] as const;

/** Any JSON at all. */
export function anyJson(random: Random): string {
  const kind = random.between(0, 99);
  if (kind < 30) return quoted(anyText(random));
  if (kind < 45) return random.pick(NUMBERS);
  if (kind < 60) return random.pick(['null', 'true', 'false', '[]', '{}', '[[]]', '[null]', '[{}]']);
  if (kind < 80) return random.pick(TRAPS);
  if (kind < 88) return deep(random);
  if (kind < 90) return wide(random);
  return `[${anyJson(random)},${quoted(anyText(random))}]`;
}

/** What looks like JSON, and is none. */
export const NOT_JSON = [
  '',
  '{',
  '{"a":}',
  '{"a" 1}',
  '{a:1}',
  "{'a':1}",
  '[1,]',
  '{"a":1,}',
  'NaN',
  'undefined',
  '01',
  '+1',
  '.5',
  '"\u0001"',
  '"\\x"',
  '"\\u12"',
  'tru',
  '[1]]',
  '}{',
  '/**/{}',
  '{"a":1}{"b":2}',
] as const;

/** Members of an object, in order, each with its value as text. */
export type Members = readonly (readonly [key: string, text: string])[];

export const objectOf = (members: Members): string =>
  `{${members.map(([key, text]) => `${quoted(key)}:${text}`).join()}}`;

export const membersOf = (value: Readonly<Record<string, unknown>>): Members =>
  Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .map(([key, one]) => [key, quoted(one)]);

/** A value of a query that is mostly of the form that it should have. */
export function oddly(random: Random, value: string, percent = 12): string {
  if (!happens(random, percent)) return value;
  return random.pick([
    '',
    'true',
    'false',
    'TRUE',
    '1',
    '-1',
    '0',
    '1e3',
    'null',
    '[]',
    '{}',
    '"x"',
    value.repeat(2),
    anyText(random),
  ]);
}
