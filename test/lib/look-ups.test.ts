import { describe, expect, it } from 'vitest';
import { LookUps } from '../../server/lib/look-ups.ts';

/** Counts how often it was loaded, and answers when it is told to. */
function source() {
  const waiting: ((value: string) => void)[] = [];
  return {
    load: () => new Promise<string>((resolve) => waiting.push(resolve)),
    loads: () => waiting.length,
    answer: (load: number, value: string) => waiting[load]?.(value),
  };
}

describe('look-ups', () => {
  it('of one key at the same time are one', async () => {
    const { load, loads, answer } = source();
    const lookUps = new LookUps<string>({ maxEntries: 10 });
    const both = [lookUps.get('a', load), lookUps.get('a', load)];
    answer(0, 'one');
    expect(await Promise.all(both)).toEqual(['one', 'one']);
    expect(await lookUps.get('a', load)).toBe('one');
    expect(loads()).toBe(1);
  });

  it('that began before all was cleared are handed to nobody who comes after', async () => {
    const { load, answer } = source();
    const lookUps = new LookUps<string>({ maxEntries: 10, maxAgeMs: 1_000 });
    const before = lookUps.get('a', load);
    lookUps.clear();
    const after = lookUps.get('a', load);
    answer(1, 'new');
    answer(0, 'old');
    expect([await before, await after, await lookUps.get('a', load)]).toEqual(['old', 'new', 'new']);
  });

  it('that fail are made again, and leave a later one alone', async () => {
    const lookUps = new LookUps<string>({ maxEntries: 10 });
    const failed = lookUps.get('a', () => Promise.reject(new Error('not now')));
    lookUps.clear();
    const next = lookUps.get('a', async () => 'there');
    await expect(failed).rejects.toThrow('not now');
    expect(await next).toBe('there');
    expect(await lookUps.get('a', async () => 'again')).toBe('there');
    await expect(lookUps.get('b', () => Promise.reject(new Error('not now')))).rejects.toThrow();
    expect(await lookUps.get('b', async () => 'there now')).toBe('there now');
  });

  it('are forgotten when they are too old, and the longest unused when they are too many', async () => {
    let nowMs = 1_000;
    const lookUps = new LookUps<string>({ maxEntries: 2, maxAgeMs: 100, now: () => nowMs });
    const get = (key: string, value: string) => lookUps.get(key, async () => value);
    await get('a', '1');
    nowMs += 100;
    expect(await get('a', '2')).toBe('1');
    nowMs += 1;
    expect(await get('a', '3')).toBe('3');
    await get('b', '3');
    await get('a', '4');
    await get('c', '4');
    expect(await get('a', '5')).toBe('3');
    expect(await get('b', '5')).toBe('5');
  });
});
