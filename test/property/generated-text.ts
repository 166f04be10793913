/** Texts with what people may type instead: folded by hand, so that a mistake in the server's folding shows. */

/** Each with its folded form. Several fold to the same, or to the beginning of another. */
export const GIVEN_NAMES: readonly (readonly [string, string])[] = [
  ['Ada', 'ada'],
  ['ADA', 'ada'],
  ['Adam', 'adam'],
  ['Ádám', 'adam'],
  ['Zoë', 'zoe'],
  ['José  María', 'jose maria'],
  ['Jean-Luc', 'jean-luc'],
  ['Łukasz', 'lukasz'],
  ['Nguyễn', 'nguyen'],
  ['小明', '小明'],
];
export const FAMILY_NAMES: readonly (readonly [string, string])[] = [
  ['Berg', 'berg'],
  ['Bergman', 'bergman'],
  ['van den Berg', 'van den berg'],
  ['Müller', 'muller'],
  ['MULLER', 'muller'],
  ['Strauß', 'strauss'],
  ["O'Neill", "o'neill"],
  ['Øster', 'oster'],
  ['Ünal', 'unal'],
  ['王', '王'],
];
export const DRUG_NAMES: readonly (readonly [string, string])[] = [
  ['Amoxicillin 500 mg', 'amoxicillin 500 mg'],
  ['Amoxicillin/Clavulanate', 'amoxicillin/clavulanate'],
  ['Ibuprofène', 'ibuprofene'],
  ['ibuprofen', 'ibuprofen'],
  ['Ácido acetilsalicílico', 'acido acetilsalicilico'],
];
const SPECIALITIES: readonly (readonly [string, string])[] = [
  ['Chirurgie générale', 'chirurgie generale'],
  ['Pulmonology', 'pulmonology'],
];
export const SPECIALITY_NAMES = SPECIALITIES.map(([text]) => text);

export const PHONE_NUMBERS = ['+1 555-0100', '+1 555 0101', '(044) 668.18.00', '15550102'];
export const IDENTITY_NUMBERS = ['AB-12.345', 'ab 12 999', '756.1234.5678.97'];
export const CODES = ['J01CA04', 'M01AE01', 'N02BA01'];

/** What people type into a search box: whole words, parts, other spellings, several words, nothing to search for. */
export const SEARCHES = [
  'ada',
  'Ádám',
  'ADA berg',
  'ber',
  'be',
  'erg',
  'er',
  'a',
  'mull',
  'müller',
  'uller',
  'strauss',
  'Strauß',
  'oneill',
  "o'neill",
  'neill',
  'oster',
  'jean luc',
  'jeanluc',
  'maria jose',
  '小明',
  '王小明',
  '明',
  '5550100',
  '555-010',
  'ab12345',
  '0446681800',
  'clavulanate',
  'amoxi 500',
  'ibuprofène',
  'J01',
  'north',
  'clinic',
  'general',
  'doctor',
  '--',
  'nobody at all',
];

const FOLDED = new Map(
  [...GIVEN_NAMES, ...FAMILY_NAMES, ...DRUG_NAMES, ...SPECIALITIES].flatMap(([text, form]): [string, string][] => [
    [text, form],
    [text.toLowerCase(), form],
  ]),
);
const PLAIN = /^[\x21-\x7e]*( [\x21-\x7e]+)*$/;

/** Without case and accents; of any text that is not among the above, only where it has none and no superfluous spaces. */
export function folded(value: unknown): string {
  if (typeof value !== 'string') return '';
  const known = FOLDED.get(value);
  if (known === undefined && !PLAIN.test(value)) throw new RangeError(`${value} has no folded form here`);
  return known ?? value.toLowerCase();
}
