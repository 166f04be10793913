import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldText, gramsOf, gramsOfSearch, hasWord, searchedWords, searchWords } from '../../server/lib/search-text.ts';
import type { RuleDocument } from '../../sync-rules/document.ts';
import { PROPERTY_SEED, runs } from '../property/seed.ts';

const FIELDS = { words: ['name'], codes: ['code'], joined: ['family', 'given'] };

/** Whether a document with these fields is found, and whether the index leads to it. */
function finds(search: string, fields: Readonly<Record<string, unknown>>): boolean {
  const own = searchedWords({ _id: 'x', type: 'patient', ...fields } as RuleDocument, FIELDS);
  const grams = new Set(gramsOf(own));
  const words = searchWords(search);
  const found = words.length > 0 && words.every((word) => hasWord(own, word));
  const led = words.length > 0 && words.every((word) => gramsOfSearch(word).every((gram) => grams.has(gram)));
  if (found) expect(led).toBe(true);
  return found;
}

describe('foldText', () => {
  it.each([
    ['Müller', 'muller'],
    ['MU\u0308LLER', 'muller'],
    ['Straße', 'strasse'],
    ['Øyvind Łukasz Đoko Þór', 'oyvind lukasz doko thor'],
    ['İstanbul ılık', 'istanbul ilik'],
    ['ﬁnch Ａｎｎａ', 'finch anna'],
    ['Ёлкин Йод', 'елкин иод'],
    ['ΟΔΥΣΣΕΎΣ', 'οδυσσευσ'],
    ['أحمد', 'احمد'],
    ['مُحَمَّد', 'محمد'],
    ['محمـــد', 'محمد'],
    ['فاطمة على', 'فاطمه علي'],
    ['۵۵۵ ٥٥٥', '555 555'],
    ['שָׁלוֹם', 'שלום'],
    ['किरण', 'किरण'],
    ['がぎ', 'がぎ'],
    ['김민수', '김민수'],
    [' two \t\n  words\u00a0apart ', 'two words apart'],
    ['soft\u00adhyphen', 'softhyphen'],
    ['half \ud83d', 'half \ufffd'],
  ])('makes %j into %j', (text, folded) => {
    expect(foldText(text)).toBe(folded);
  });

  it('makes nothing of what is no text', () => {
    expect([undefined, null, 5, ['a'], {}].map(foldText)).toEqual(['', '', '', '', '']);
  });

  it('changes nothing the second time', () => {
    const text = fc.array(fc.nat(0x10ffff), { maxLength: 40 }).map((points) => String.fromCodePoint(...points));
    const property = fc.property(text, (value) => {
      expect(foldText(foldText(value))).toBe(foldText(value));
    });
    fc.assert(property, { seed: PROPERTY_SEED, numRuns: runs(500) });
  });
});

describe('a search', () => {
  it.each(['smith', 'SMI', 'ith', 'mit', 's', 'sm', 'smith anna', 'nna smi', 'a smith', ' smith  '])(
    'for %j finds Anna Smith',
    (search) => expect(finds(search, { name: 'Anna Smith' })).toBe(true),
  );

  it.each(['smithe', 'smyth', 'smith bob', 'it', 'nn', 'annasmith', '', ' ', '-', '?! *'])(
    'for %j does not find Anna Smith',
    (search) => expect(finds(search, { name: 'Anna Smith' })).toBe(false),
  );

  it.each(['555-0100', '5550100', '+1 555', '(555) 010-0100', '555 0100', '15550100100', '0100', '+15'])(
    'for %j finds the number +1 (555) 010-0100',
    (search) => expect(finds(search.replace('555-0100', '010-0100'), { code: '+1 (555) 010-0100' })).toBe(true),
  );

  it.each(['5550100', '555-0100', '555 0100', '(555)', '0100'])('for %j finds the number 555-0100', (search) =>
    expect(finds(search, { code: '555-0100' })).toBe(true),
  );

  it.each(["O'Brien", 'o’brien', 'obrien', 'brien', 'br', 'smith-jones', 'SmithJones', 'jones', 'jo'])(
    "for %j finds O'Brien Smith-Jones",
    (search) => expect(finds(search, { name: "O'Brien Smith-Jones" })).toBe(true),
  );

  it.each([
    ['明', '王小明'],
    ['小明', '王小明'],
    ['王小明', '王小明'],
    ['𠮷', '𠮷田'],
    ['田', '𠮷田'],
    ['ива', 'Иван'],
    ['МИ', 'миша'],
    ['محم', 'مُحَمَّد'],
    ['민수', '김민수'],
    ['แก้ว', 'ดวงแก้ว'],
    ['किर', 'किरण'],
  ])('for %j finds %s', (search, name) => expect(finds(search, { name })).toBe(true));

  it('finds a full name that is written as one word where the script has no spaces, and only there', () => {
    expect(finds('王小明', { family: '王', given: '小明' })).toBe(true);
    expect(finds('ann', { family: 'Jordan', given: 'Nora' })).toBe(false);
  });

  it('finds every part of every word, of three characters and more', () => {
    const words = fc.string({ unit: fc.constantFrom(...'aäßłé明𠮷иع9'), minLength: 3, maxLength: 12 });
    const property = fc.property(words, fc.nat(), fc.nat(), (word, from, length) => {
      const characters = [...foldText(word)];
      const at = from % (characters.length - 2);
      const part = characters.slice(at, at + 3 + (length % characters.length)).join('');
      expect(finds(part, { name: `other ${word}` })).toBe(true);
    });
    fc.assert(property, { seed: PROPERTY_SEED, numRuns: runs(500) });
  });
});
