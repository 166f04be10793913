import { describe, expect, it } from 'vitest';
import { type CodeSystemName, codingsOf } from '../../../server/api/export/fhir/codings.ts';
import { isSnomedConceptId } from '../../../server/api/export/fhir/snomed-id.ts';

const systemOf = (code: string, ...candidates: readonly CodeSystemName[]) => codingsOf(code, ...candidates)[0]?.system;

describe('a code system is told from the form of the code', () => {
  it.each([
    ['91936005', ['snomed', 'rxnorm'], 'http://snomed.info/sct'],
    ['442571000124108', ['snomed', 'rxnorm'], 'http://snomed.info/sct'],
    ['7984', ['snomed', 'rxnorm'], 'http://www.nlm.nih.gov/research/umls/rxnorm'],
    ['J20.9', ['snomed', 'icd10', 'icd10cm'], 'http://hl7.org/fhir/sid/icd-10'],
    ['I10', ['snomed', 'icd10', 'icd10cm'], 'http://hl7.org/fhir/sid/icd-10'],
    ['S52.521A', ['snomed', 'icd10', 'icd10cm'], 'http://hl7.org/fhir/sid/icd-10-cm'],
    ['C7A.010', ['snomed', 'icd10', 'icd10cm'], 'http://hl7.org/fhir/sid/icd-10-cm'],
    ['1049221', ['rxnorm', 'atc'], 'http://www.nlm.nih.gov/research/umls/rxnorm'],
    ['J01AA02', ['rxnorm', 'atc'], 'http://www.whocc.no/atc'],
    ['A10B', ['rxnorm', 'atc'], 'http://www.whocc.no/atc'],
    ['127783003', ['snomed', 'cpt'], 'http://snomed.info/sct'],
    ['99213', ['snomed', 'cpt'], 'http://www.ama-assn.org/go/cpt'],
    ['0001F', ['snomed', 'cpt'], 'http://www.ama-assn.org/go/cpt'],
    ['08', ['cvx'], 'http://hl7.org/fhir/sid/cvx'],
  ] as const)('%s', (code, candidates, system) => {
    expect(codingsOf(code, ...candidates)).toEqual([{ system, code }]);
  });
});

describe('a code whose system cannot be told has none', () => {
  it.each([
    // A digit is wrong: the check digit shows it.
    ['91936006', ['snomed', 'rxnorm']],
    // Without the dot it is the form of neither edition.
    ['J209', ['snomed', 'icd10', 'icd10cm']],
    // Of a system that the field does not allow.
    ['J01AA02', ['snomed', 'icd10', 'icd10cm']],
    ['1400', ['cvx']],
    ['local code', ['rxnorm', 'atc']],
  ] as const)('%s', (code, candidates) => {
    expect(codingsOf(code, ...candidates)).toEqual([{ code }]);
  });
});

it('white space is brought into the form of a code, and makes none by itself', () => {
  expect(codingsOf('  a \t b ', 'cvx')).toEqual([{ code: 'a b' }]);
  expect(codingsOf('   ', 'cvx')).toEqual([]);
  expect(codingsOf(undefined, 'cvx')).toEqual([]);
  expect(systemOf(' 140 ', 'cvx')).toBe('http://hl7.org/fhir/sid/cvx');
});

it('every slip of one digit, and every exchange of neighbours, is found in a SNOMED CT id', () => {
  const id = '195967001';
  expect(isSnomedConceptId(id)).toBe(true);
  for (let i = 0; i < id.length; i++) {
    for (let digit = 0; digit < 10; digit++) {
      const slip = `${id.slice(0, i)}${digit}${id.slice(i + 1)}`;
      expect(isSnomedConceptId(slip), slip).toBe(slip === id);
    }
    const swapped = `${id.slice(0, i)}${id.slice(i + 1, i + 2)}${id[i]}${id.slice(i + 2)}`;
    expect(isSnomedConceptId(swapped), swapped).toBe(swapped === id);
  }
});
