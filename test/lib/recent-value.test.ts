import { expect, it } from 'vitest';
import { RecentValue } from '../../server/lib/recent-value.ts';

it('is read once for everyone who asks within its age, and again after that', async () => {
  let [nowMs, reads] = [0, 0];
  const value = new RecentValue({ read: async () => ++reads, maxAgeMs: 10, maxWaitMs: 1_000, nowMs: () => nowMs });
  expect(await Promise.all([value.get(), value.get()])).toEqual([1, 1]);
  nowMs = 9;
  expect(await value.get()).toBe(1);
  nowMs = 10;
  expect(await value.get()).toBe(2);
});

it('is the last one where it cannot be read, or not in time', async () => {
  let nowMs = 0;
  let read = async (): Promise<string> => Promise.reject(new Error('away'));
  const value = new RecentValue({ read: () => read(), maxAgeMs: 1, maxWaitMs: 5, nowMs: () => nowMs });
  expect(await value.get()).toBeUndefined();
  read = async () => 'known';
  expect(await value.get()).toBe('known');
  nowMs += 1;
  read = () => new Promise(() => {});
  expect(await value.get()).toBe('known');
});
