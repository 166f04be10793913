import { describe, expect, it } from 'vitest';
import {
  epochOf,
  epochOfBuild,
  nextBuild,
  parsePhysicalName,
  physicalName,
} from '../../../server/documents/projection/physical-name.ts';

const EPOCH = epochOf('these rules');
const OTHER = epochOf('other rules');

describe('the name of a physical database', () => {
  it('tells role database and build, with and without a number', () => {
    for (const build of [EPOCH, `${EPOCH}r2`, `${EPOCH}r117`]) {
      const name = physicalName('vita', 'nurse-north', build);
      expect(parsePhysicalName('vita', name)).toMatchObject({ database: { role: 'nurse', scope: 'north' }, build });
      expect(epochOfBuild(build)).toBe(EPOCH);
    }
  });

  it('is none where it is of another kind, prefix or form', () => {
    const others = [
      'vita-primary',
      'vita-system',
      `vita-nurse-north-e${EPOCH}r`,
      `vita-nurse-north-e${EPOCH}r0`,
      `vita-nurse-north-e${EPOCH}x2`,
      `vita-cook-north-e${EPOCH}`,
      `other-nurse-north-e${EPOCH}`,
      `vita2-nurse-north-e${EPOCH}r2`,
    ];
    for (const name of others) expect(parsePhysicalName('vita', name), name).toBeUndefined();
  });

  it('is read from its end, whatever a clinic is called', () => {
    const slug = `e${OTHER}r2`;
    const name = physicalName('vita', `nurse-${slug}`, `${EPOCH}r3`);
    expect(parsePhysicalName('vita', name)).toMatchObject({ database: { scope: slug }, build: `${EPOCH}r3` });
  });
});

describe('the next build', () => {
  it('is named after the epoch, and counts on from what was built under it', () => {
    expect(nextBuild(EPOCH, [])).toBe(EPOCH);
    expect(nextBuild(EPOCH, [undefined, `${OTHER}r7`])).toBe(EPOCH);
    expect(nextBuild(EPOCH, [EPOCH])).toBe(`${EPOCH}r2`);
    expect(nextBuild(EPOCH, [`${EPOCH}r9`, `${EPOCH}r10`])).toBe(`${EPOCH}r11`);
  });
});
