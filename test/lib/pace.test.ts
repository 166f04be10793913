import { describe, expect, it } from 'vitest';
import { Pace } from '../../server/lib/pace.ts';

const OPTIONS = { burstMs: 100, share: 0.5, thereForMs: 10_000, longestRestMs: 300 };

/** As many pieces as make so many milliseconds of work. */
function work(pace: Pace, group: string, ms: number): void {
  for (let done = 0; done < ms; done += 20) pace.worked(group, 20);
}

async function restMs(pace: Pace, group: string): Promise<number> {
  const beganMs = performance.now();
  const isTooMuch = await pace.giveWay(group);
  return isTooMuch ? performance.now() - beganMs : 0;
}

describe('who works', () => {
  it('never rests alone', async () => {
    const pace = new Pace(OPTIONS);
    pace.came('a');
    work(pace, 'a', 10_000);
    expect(await restMs(pace, 'a')).toBe(0);
  });

  it('does not rest beside others as long as it is little', async () => {
    const pace = new Pace(OPTIONS);
    for (const group of ['a', 'b', 'a']) pace.came(group);
    work(pace, 'a', 60);
    expect(await restMs(pace, 'a')).toBe(0);
  });

  it('rests beside others until it has its share again, and the others do not', async () => {
    const pace = new Pace(OPTIONS);
    for (const group of ['b', 'a']) pace.came(group);
    work(pace, 'a', 200);
    // 100 too many, at half of the time.
    const ms = await restMs(pace, 'a');
    expect(ms).toBeGreaterThan(150);
    expect(await restMs(pace, 'b')).toBe(0);
    // By now it has rested enough, or nearly so.
    expect(await restMs(pace, 'a')).toBeLessThan(50);
  });

  it('rests no longer at once than is bearable, however much it was', async () => {
    const pace = new Pace(OPTIONS);
    for (const group of ['b', 'a']) pace.came(group);
    work(pace, 'a', 100_000);
    const ms = await restMs(pace, 'a');
    expect(ms).toBeGreaterThan(290);
    // Else a debt of minutes would be left, and the next rest be as long.
    expect(ms).toBeLessThan(30_000);
  });

  it('is charged for its work, and not for waiting', async () => {
    const pace = new Pace(OPTIONS);
    for (const group of ['b', 'a']) pace.came(group);
    pace.worked('a', 60_000);
    expect(await restMs(pace, 'a')).toBe(0);
  });
});
