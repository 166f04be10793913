import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBytes } from '../../../server/api/lists/byte-order.ts';
import { LIST_FIELDS, timelineTime } from '../../../server/api/lists/list-fields.ts';
import {
  counterKeys,
  factsOf,
  INDEX_VERSION,
  idOfTail,
  listKeys,
  tailOf,
} from '../../../server/api/lists/list-keys.ts';
import { sortableLimit, sortableTime } from '../../../server/api/lists/sortable-time.ts';
import { DOCUMENT_TYPES, type DocumentType, isReferenceType } from '../../../shared-schemas/document-types.ts';
import { clinicDocId, patientDocId } from '../../../shared-schemas/ids.ts';
import type { RuleDocument } from '../../../sync-rules/document.ts';
import { PROPERTY_SEED, runs } from '../../property/seed.ts';

const bytes = (text: string): Buffer => Buffer.from(text);
const text = fc.string({
  unit: fc.constantFrom('a', 'b', '\u0000', '\u0001', '\u0002', 'é', '\ue000', '\u{1f600}'),
  maxLength: 5,
});

const ULID = '01h2xcejqtf2nbrexx3vqjhp41';
const CONTENT = {
  ...{
    firstName: 'Zoë',
    lastName: "O'Brien-Straße",
    name: 'Łukasz 王小明',
    speciality: 'ENT',
    slug: 'north',
    code: 'A-1',
  },
  ...{ phoneNumber: '+1 555-0100', identityNumber: 'AB 12', status: 'pending', clinicIds: ['north', 'south', 'north'] },
  ...{ createdAt: '2026-03-01T09:30:00.000Z', createdBy: 'u1', updatedAt: '2026-03-01T09:30:00.5Z' },
  ...{
    visitedAt: '2026-03-02T00:00:00Z',
    scheduledFor: '2026-03-03T00:00:00Z',
    administeredAt: '2026-03-04T00:00:00Z',
  },
  ...{ measuredAt: '2026-03-05T00:00:00Z', startsAt: '2026-03-06T00:00:00Z' },
};

function sample(type: DocumentType): RuleDocument {
  const special = { patient: patientDocId(`p${ULID}`), clinic: clinicDocId('north') } as Partial<
    Record<DocumentType, string>
  >;
  return { _id: special[type] ?? `${isReferenceType(type) ? type : `p${ULID}`}:${type}:${ULID}`, type, ...CONTENT };
}

/** All that the index keeps of one document. */
function keptOf(document: RuleDocument) {
  const facts = factsOf(document);
  if (!facts) throw new Error(`${document._id} is not indexed`);
  return { facts, keys: listKeys(document._id, facts), counters: counterKeys(document._id, facts) };
}

describe('what is derived from documents', () => {
  it('changes only together with INDEX_VERSION, so that indexes on disk are made anew', () => {
    const digest = createHash('sha256')
      .update(JSON.stringify(DOCUMENT_TYPES.map((type) => keptOf(sample(type)))))
      .digest('hex')
      .slice(0, 12);
    expect(
      { version: INDEX_VERSION, digest },
      'raise INDEX_VERSION in server/api/lists/list-keys.ts, then write both values here',
    ).toEqual({ version: 1, digest: '9acd2852c99b' });
  });

  it('has a default sort, and a sort by the last change, for every type', () => {
    for (const type of DOCUMENT_TYPES) {
      const { sorts, defaultSort } = LIST_FIELDS[type];
      expect(Object.keys(sorts)).toEqual([defaultSort, 'updatedAt']);
    }
  });

  it('has a place on the timeline for what belongs to a patient, by its main date', () => {
    const at = (fields: object) =>
      timelineTime({ _id: 'x', createdAt: '2026-01-01T00:00:00Z', ...fields } as RuleDocument);
    expect(at({ type: 'record' })).toBe('2026-01-01T00:00:00');
    expect(at({ type: 'record', visitedAt: '2026-01-02T00:00:00.500Z' })).toBe('2026-01-02T00:00:00.5');
    expect(at({ type: 'patient' })).toBe('2026-01-01T00:00:00');
    expect(at({ type: 'vital' })).toBe('');
    expect(at({ type: 'drug' })).toBeUndefined();
  });

  it('has one key for each combination of filters, and none twice', () => {
    const { keys } = keptOf(sample('prescription'));
    // Two sorts, by (no clinic, north, south) × (no status, pending) × (no author, the author), and by patient; a timeline.
    expect(keys).toHaveLength(2 * (3 * 2 * 2 + 1) + 1);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('keys', () => {
  it('sort by the value first, whatever it contains, then by the id', () => {
    const property = fc.property(text, text, text, text, (a, b, idA, idB) => {
      const ids = [idA, idB].map((id) => id.replaceAll('\u0000', ''));
      const [one, other] = [tailOf(a, ids[0] ?? ''), tailOf(b, ids[1] ?? '')];
      const expected = Buffer.compare(bytes(a), bytes(b)) || Buffer.compare(bytes(ids[0] ?? ''), bytes(ids[1] ?? ''));
      expect(Math.sign(compareBytes(one, other))).toBe(expected);
      expect(Buffer.compare(bytes(one), bytes(other))).toBe(expected);
      expect(idOfTail(one)).toBe(ids[0]);
    });
    fc.assert(property, { seed: PROPERTY_SEED, numRuns: runs(1_000) });
  });
});

describe('compareBytes', () => {
  it('orders text as its UTF-8 bytes are', () => {
    const any = fc.string({ unit: fc.constantFrom(...'ab\ud7ff\ue000\uffff\u{10000}\u{10ffff}'), maxLength: 4 });
    const property = fc.property(any, any, (a, b) => {
      expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(bytes(a), bytes(b)));
    });
    fc.assert(property, { seed: PROPERTY_SEED, numRuns: runs(1_000) });
    expect(compareBytes('\u{10000}', '\uffff')).toBeGreaterThan(0);
  });
});

describe('times', () => {
  it('are equal text where they are the same instant, and sort as time goes', () => {
    const inOrder = [
      ['2025-12-31T23:59:59.999999999Z'],
      ['2026-03-01T09:30:00Z', '2026-03-01T09:30:00.000Z', '2026-03-01t09:30:00.0Z', '2026-03-01 09:30:00Z'],
      ['2026-03-01T09:30:00.000000001Z'],
      ['2026-03-01T09:30:00.05Z', '2026-03-01T09:30:00.050Z'],
      ['2026-03-01T09:30:00.5Z', '2026-03-01T09:30:00.500Z'],
      ['2026-03-01T09:30:01Z'],
    ].map((same) => [...new Set(same.map(sortableTime))]);
    expect(inOrder.map(({ length }) => length)).toEqual([1, 1, 1, 1, 1, 1]);
    const flat = inOrder.flat();
    expect([...flat].sort()).toEqual(flat);
  });

  it('are none without UTC, or in another form', () => {
    for (const value of ['2026-03-01', '2026-03-01T09:30:00', '2026-03-01T09:30:00+01:00', '', 5, undefined])
      expect(sortableTime(value)).toBeUndefined();
  });

  it('limit ranges by a day or an instant', () => {
    expect(sortableLimit('2026-03-01')).toBe('2026-03-01');
    expect(sortableLimit('2026-03-01T09:30:00.000Z')).toBe('2026-03-01T09:30:00');
    expect(sortableLimit('1 March')).toBeUndefined();
  });
});
