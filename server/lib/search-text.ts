/**
 * Text as searches compare it: without case, accents and punctuation. A word of three or more characters is found anywhere
 * in a word of the document; a shorter one where a word begins, which in scripts without spaces is at every character.
 */

export interface SearchedFields {
  /** Text of words. */
  readonly words: readonly string[];
  /** Numbers and codes: what people put between the digits and letters does not count. */
  readonly codes: readonly string[];
  /** Parts of a name that are one word in scripts without spaces between words. */
  readonly joined?: readonly string[];
}

/** Letters that are variants of others and that Unicode does not decompose, and digits of other scripts. */
const VARIANTS = new Map(
  [
    'ß=ss æ=ae œ=oe þ=th ø=o đ=d ð=d ħ=h ı=i ł=l ŋ=n ŧ=t ς=σ ى=ي ی=ي ة=ه ک=ك',
    '٠=0 ١=1 ٢=2 ٣=3 ٤=4 ٥=5 ٦=6 ٧=7 ٨=8 ٩=9 ۰=0 ۱=1 ۲=2 ۳=3 ۴=4 ۵=5 ۶=6 ۷=7 ۸=8 ۹=9',
  ].flatMap((pairs) => pairs.split(' ').map((pair) => pair.split('=') as [string, string])),
);
const VARIANT = new RegExp(`[${[...VARIANTS.keys()].join('')}]`, 'gu');

/** Marks that a word may be written with or without; the vowel signs of Indic scripts and the like are no such marks. */
const OPTIONAL_MARKS =
  /(?![\u3099\u309a])(?=\p{Mn})[\p{Script=Inherited}\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Cyrillic}]/gu;
/** Invisible characters, and the stroke that lengthens Arabic words for looks. */
const UNSEEN = /[\p{Cf}\u0640]/gu;
const NOT_IN_WORDS = /[^\p{L}\p{N}\p{M}]+/gu;
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

const GRAM = 3;

/** Text without case, accents and superfluous white space; empty for what is no text. */
export function foldText(value: unknown): string {
  if (typeof value !== 'string') return '';
  return (
    value
      // Half of a character would not survive being stored.
      .replace(/\p{Cs}/gu, '\ufffd')
      .normalize('NFKD')
      .replace(OPTIONAL_MARKS, '')
      .replace(UNSEEN, '')
      .toLowerCase()
      .replace(VARIANT, (letter) => VARIANTS.get(letter) ?? letter)
      .normalize('NFC')
      .replace(/[\s\p{Cc}]+/gu, ' ')
      .trim()
  );
}

/** The words of a text: each as it is without punctuation, and its parts where punctuation stands within it. */
function wordsOf(value: unknown): string[] {
  const folded = foldText(value);
  return [...searchWords(folded), ...folded.split(NOT_IN_WORDS)];
}

const codeOf = (value: unknown): string => foldText(value).replace(NOT_IN_WORDS, '');

function joinedName(parts: readonly string[]): string {
  return parts.every((part) => UNSPACED.test(part)) ? parts.join('') : '';
}

/** What a document is found by. */
export function searchedWords(
  document: Readonly<Record<string, unknown>>,
  { words, codes, joined = [] }: SearchedFields,
): string[] {
  const found = [
    ...words.flatMap((field) => wordsOf(document[field])),
    ...codes.map((field) => codeOf(document[field])),
    joinedName(joined.map((field) => codeOf(document[field]))),
  ];
  return [...new Set(found)].filter((word) => word !== '');
}

/** The words that all must be found; none where there is nothing to search for. */
export function searchWords(search: string): string[] {
  const words = foldText(search)
    .split(' ')
    .map((word) => word.replace(NOT_IN_WORDS, ''));
  return [...new Set(words)].filter((word) => word !== '');
}

/** Whether one of the document's words has this word of a search in it. */
export function hasWord(documentWords: readonly string[], word: string): boolean {
  const characters = [...word];
  const anywhere = characters.length >= GRAM || UNSPACED.test(characters[0] ?? '');
  return documentWords.some((own) => (anywhere ? own.includes(word) : own.startsWith(word)));
}

/** All groups of characters under which a document with these words is found. */
export function gramsOf(documentWords: readonly string[]): string[] {
  const grams = new Set<string>();
  for (const word of documentWords) {
    const characters = [...word];
    for (const [at, first] of characters.entries()) {
      if (at + GRAM <= characters.length) grams.add(characters.slice(at, at + GRAM).join(''));
      if (at > 0 && !UNSPACED.test(first)) continue;
      for (let length = 1; length < GRAM; length++) grams.add(characters.slice(at, at + length).join(''));
    }
  }
  return [...grams];
}

/** Groups of characters that every document has in which this word of a search is found. */
export function gramsOfSearch(word: string): string[] {
  const characters = [...word];
  if (characters.length < GRAM) return [word];
  const grams = characters.slice(0, 1 - GRAM).map((_, at) => characters.slice(at, at + GRAM).join(''));
  return [...new Set(grams)];
}
