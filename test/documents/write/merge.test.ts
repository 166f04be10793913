import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeBodies } from '../../../server/documents/write/merge.ts';
import { PROPERTY_SEED, runs } from '../../property/seed.ts';

describe('mergeBodies', () => {
  it('takes from each side what only that side changed', () => {
    const ancestor = { a: 1, b: 1, c: 1 };
    expect(mergeBodies(ancestor, { a: 2, b: 1, c: 1 }, { a: 1, b: 2, c: 1 })).toEqual({
      body: { a: 2, b: 2, c: 1 },
      dropped: [],
    });
  });

  it('keeps the winner where both changed a field, and names the field', () => {
    expect(mergeBodies({ a: 1 }, { a: 2 }, { a: 3 })).toEqual({ body: { a: 2 }, dropped: ['a'] });
  });

  it('drops nothing where both made the same change', () => {
    expect(mergeBodies({ a: [1] }, { a: [1, 2] }, { a: [1, 2] })).toEqual({ body: { a: [1, 2] }, dropped: [] });
  });

  it('takes over fields that a side added or removed', () => {
    expect(mergeBodies({ a: 1, b: 1 }, { a: 1, b: 1, c: 1 }, { a: 1 })).toEqual({ body: { a: 1, c: 1 }, dropped: [] });
    expect(mergeBodies({ a: 1, b: 1 }, { a: 1 }, { a: 1, b: 1, c: 1 })).toEqual({ body: { a: 1, c: 1 }, dropped: [] });
  });

  it('counts removing against changing as a change by both', () => {
    expect(mergeBodies({ a: 1 }, {}, { a: 2 })).toEqual({ body: {}, dropped: ['a'] });
    expect(mergeBodies({ a: 1 }, { a: 2 }, {})).toEqual({ body: { a: 2 }, dropped: ['a'] });
  });

  it('compares lists and objects whole', () => {
    const ancestor = { lines: [{ drugName: 'A', dose: '1' }] };
    const winner = { lines: [{ drugName: 'A', dose: '2' }] };
    const loser = {
      lines: [
        { drugName: 'A', dose: '1' },
        { drugName: 'B', dose: '1' },
      ],
    };
    expect(mergeBodies(ancestor, winner, loser)).toEqual({ body: winner, dropped: ['lines'] });
    expect(mergeBodies(ancestor, ancestor, loser)).toEqual({ body: loser, dropped: [] });
  });

  it('keeps the winner in everything where the ancestor is unknown', () => {
    expect(mergeBodies(undefined, { a: 1, b: 1 }, { a: 1, b: 2, c: 3 })).toEqual({
      body: { a: 1, b: 1 },
      dropped: ['b', 'c'],
    });
  });

  it('takes fields that say something only together from one side', () => {
    const coupled = ['status', 'by', 'note'];
    const ancestor = { status: 'pending', lines: 1 };
    const cancelled = { status: 'cancelled', lines: 1 };
    const filled = { status: 'filled', by: 'u1', lines: 2 };
    expect(mergeBodies(ancestor, cancelled, filled, coupled)).toEqual({
      body: { status: 'cancelled', lines: 2 },
      dropped: ['status', 'by'],
    });
    expect(mergeBodies(ancestor, { ...ancestor, note: 'n' }, filled, coupled)).toEqual({
      body: { status: 'pending', note: 'n', lines: 2 },
      dropped: ['status', 'by'],
    });
    expect(mergeBodies(ancestor, { ...ancestor, lines: 3 }, { ...filled, lines: 1 }, coupled)).toEqual({
      body: { ...filled, lines: 3 },
      dropped: [],
    });
  });

  it('is not led astray by names that every object has', () => {
    const loser = { a: 1, constructor: 'x', toString: 'y' };
    expect(mergeBodies({ a: 1 }, { a: 1 }, loser)).toEqual({ body: loser, dropped: [] });
  });
});

const body = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', 'd'),
  fc.oneof(fc.nat(2), fc.array(fc.nat(1), { maxLength: 2 })),
  {
    noNullPrototype: true,
  },
);
const options = { seed: PROPERTY_SEED, numRuns: runs(2_000) };

describe('any merge', () => {
  it('of a side with an unchanged one is that side', () => {
    fc.assert(
      fc.property(body, body, (ancestor, side) => {
        expect(mergeBodies(ancestor, side, ancestor)).toEqual({ body: side, dropped: [] });
        expect(mergeBodies(ancestor, ancestor, side)).toEqual({ body: side, dropped: [] });
        expect(mergeBodies(ancestor, side, side)).toEqual({ body: side, dropped: [] });
      }),
      options,
    );
  });

  it('has in every field the value of one side, and of the winner where it was dropped', () => {
    fc.assert(
      fc.property(body, body, body, (ancestor, winner, loser) => {
        const merge = mergeBodies(ancestor, winner, loser);
        const fields = new Set([...Object.keys(merge.body), ...Object.keys(winner), ...Object.keys(loser)]);
        for (const field of fields) expect([winner[field], loser[field]]).toContainEqual(merge.body[field]);
        for (const field of merge.dropped) expect(merge.body[field]).toEqual(winner[field]);
      }),
      options,
    );
  });

  it('that drops nothing is the same from both sides, and again with what it came from', () => {
    fc.assert(
      fc.property(body, body, body, (ancestor, winner, loser) => {
        const merge = mergeBodies(ancestor, winner, loser);
        const other = mergeBodies(ancestor, loser, winner);
        expect([...merge.dropped].sort()).toEqual([...other.dropped].sort());
        if (merge.dropped.length === 0) expect(merge.body).toEqual(other.body);
        expect(mergeBodies(loser, merge.body, loser)).toEqual({ body: merge.body, dropped: [] });
      }),
      options,
    );
  });

  it('leaves what it was given alone', () => {
    fc.assert(
      fc.property(body, body, body, (ancestor, winner, loser) => {
        const before = structuredClone([ancestor, winner, loser]);
        mergeBodies(ancestor, winner, loser);
        expect([ancestor, winner, loser]).toEqual(before);
      }),
      options,
    );
  });
});
