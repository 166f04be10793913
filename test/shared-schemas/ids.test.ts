import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DOCUMENT_TYPES, isReferenceType, REFERENCE_TYPES } from '../../shared-schemas/document-types.ts';
import {
  clinicDocId,
  isClinicSlug,
  isPatientId,
  newDocumentId,
  newPatientId,
  newUlid,
  parseId,
  patientDocId,
} from '../../shared-schemas/ids.ts';
import { PROPERTY_SEED, runs } from '../property/seed.ts';

const ALPHABET = [...'0123456789abcdefghjkmnpqrstvwxyz'];
const letters = (alphabet: readonly string[], length: number) =>
  fc.array(fc.constantFrom(...alphabet), { minLength: length, maxLength: length }).map((list) => list.join(''));
const ulids = letters(ALPHABET, 26);
const slugs = fc
  .tuple(letters([...'abcxyz'], 1), fc.array(fc.constantFrom(...'abz09-'), { maxLength: 39 }))
  .map(([first, rest]) => first + rest.join(''));

const ids = fc.oneof(
  ulids.map((ulid) => ({
    id: patientDocId(`p${ulid}`),
    type: 'patient',
    partition: `p${ulid}`,
    patientId: `p${ulid}`,
  })),
  fc
    .tuple(
      ulids,
      ulids,
      fc.constantFrom(...DOCUMENT_TYPES.filter((type) => type !== 'patient' && !isReferenceType(type))),
    )
    .map(([patient, ulid, type]) => ({
      id: `p${patient}:${type}:${ulid}`,
      type,
      partition: `p${patient}`,
      patientId: `p${patient}`,
    })),
  fc
    .tuple(ulids, fc.constantFrom('drug', 'staff'))
    .map(([ulid, type]) => ({ id: `${type}:${type}:${ulid}`, type, partition: type })),
  slugs.map((slug) => ({ id: clinicDocId(slug), type: 'clinic', partition: 'clinic' })),
);
const options = { seed: PROPERTY_SEED, numRuns: runs(1_000) };

describe('ids', () => {
  it('say to which partition, type and patient a document belongs', () => {
    fc.assert(
      fc.property(ids, ({ id, ...parts }) => {
        expect(parseId(id)).toEqual(parts);
      }),
      options,
    );
  });

  it('with one character more, less or other than they may have are none', () => {
    const spoilt = fc.tuple(ids, fc.nat(), fc.constantFrom('%', '/', 'U', ' ', '\n', ':', '\u0000', 'é', '.'));
    fc.assert(
      fc.property(spoilt, ([{ id }, position, character]) => {
        const at = position % (id.length + 1);
        const [longer, other] = [at, at + 1].map((rest) => id.slice(0, at) + character + id.slice(rest)) as [
          string,
          string,
        ];
        expect(parseId(longer)).toBeUndefined();
        if (other !== id) expect(parseId(other)).toBeUndefined();
      }),
      options,
    );
  });

  it('are not made of whatever text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseId(text)).toBeUndefined();
      }),
      options,
    );
  });

  it.each([
    '',
    ':',
    '::',
    'patient',
    '_design/x',
    '_local/x',
    'p01h2xcejqtf2nbrexx3vqjhp41',
    'p01h2xcejqtf2nbrexx3vqjhp41:',
    'p01h2xcejqtf2nbrexx3vqjhp41:patient:',
    'p01h2xcejqtf2nbrexx3vqjhp41:patient:01h2xcejqtf2nbrexx3vqjhp41',
    'p01h2xcejqtf2nbrexx3vqjhp41:record',
    'p01h2xcejqtf2nbrexx3vqjhp41:record:',
    'p01h2xcejqtf2nbrexx3vqjhp41:drug:01h2xcejqtf2nbrexx3vqjhp41',
    'P01H2XCEJQTF2NBREXX3VQJHP41:patient',
    'drug:record:01h2xcejqtf2nbrexx3vqjhp41',
    'drug:drug',
    'drug:staff:01h2xcejqtf2nbrexx3vqjhp41',
    'staff:staff:north',
    'clinic:clinic:',
    'clinic:clinic:North',
    'clinic:clinic:-north',
    'clinic:clinic:1north',
    `clinic:clinic:${'n'.repeat(41)}`,
    'p01h2xcejqtf2nbrexx3vqjhp41:constructor:01h2xcejqtf2nbrexx3vqjhp41',
    'p01h2xcejqtf2nbrexx3vqjhp41:__proto__:01h2xcejqtf2nbrexx3vqjhp41',
  ])('are not %j', (id) => {
    expect(parseId(id)).toBeUndefined();
  });

  it('that are made here are ids, each once, in the order of time', () => {
    for (const type of DOCUMENT_TYPES.filter((one) => one !== 'clinic')) {
      const patientId = newPatientId();
      const made = parseId(newDocumentId(type, patientId));
      expect(made?.type).toBe(type);
      expect(made?.patientId).toBe(isReferenceType(type) ? undefined : patientId);
    }
    expect(isPatientId(newPatientId())).toBe(true);
    expect(new Set(Array.from({ length: 1_000 }, () => newUlid())).size).toBe(1_000);
    expect(newUlid(1_000) < newUlid(2_000)).toBe(true);
    expect(newUlid(Date.parse('2099-01-01')) < newUlid(Date.parse('2100-01-01'))).toBe(true);
  });

  it('are not made of what is missing', () => {
    expect(() => newDocumentId('clinic')).toThrow(RangeError);
    for (const type of DOCUMENT_TYPES.filter((one) => one !== 'patient' && !isReferenceType(one)))
      expect(() => newDocumentId(type)).toThrow(RangeError);
    expect(parseId(newDocumentId('patient'))?.type).toBe('patient');
  });

  it('of clinics are short and plain', () => {
    fc.assert(
      fc.property(slugs, (slug) => isClinicSlug(slug)),
      options,
    );
    for (const wrong of ['', 'A', 'a_b', 'a b', 'a/b', 'é', `${'a'.repeat(41)}`, 'a\n'])
      expect(isClinicSlug(wrong)).toBe(false);
    expect(REFERENCE_TYPES).toEqual(['drug', 'clinic', 'staff']);
  });
});
