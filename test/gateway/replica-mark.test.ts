import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { positionFrom, replicaMark, withMark } from '../../server/gateway/replica-mark.ts';

const order = fc
  .date({ min: new Date('2020-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());
/** As either store makes them. */
const position = fc.oneof(
  fc.tuple(fc.nat(), fc.stringMatching(/^[0-9a-f]{8}$/)).map(([seq, instance]) => `${seq}-${instance}`),
  fc.tuple(fc.nat(), fc.stringMatching(/^[A-Za-z0-9_-]{20,200}$/)).map(([seq, opaque]) => `${seq}-${opaque}`),
);

describe('a position that a device brings', () => {
  it('is what it was given, where it was given after the newest order', () => {
    fc.assert(
      fc.property(position, fc.option(order, { nil: undefined }), (given, ordered) => {
        const mark = ordered === undefined ? undefined : replicaMark(ordered);
        const sent = withMark(given, mark);
        expect(positionFrom(sent, mark)).toBe(given);
        expect(encodeURI(sent)).toBe(sent);
      }),
    );
  });

  it('is the beginning, where it was given before it, or by a server that knew of another one', () => {
    fc.assert(
      fc.property(position, order, order, (given, one, other) => {
        fc.pre(one !== other);
        expect(positionFrom(given, replicaMark(one))).toBe('0');
        expect(positionFrom(withMark(given, replicaMark(one)), replicaMark(other))).toBe('0');
        expect(positionFrom(withMark(given, replicaMark(one)), undefined)).toBe('0');
      }),
    );
  });

  it('is now where it says so, and the beginning stays the beginning', () => {
    for (const mark of [undefined, replicaMark('2026-03-01T00:00:00.000Z')]) {
      expect(positionFrom('now', mark)).toBe('now');
      expect(positionFrom('0', mark)).toBe('0');
    }
  });
});
