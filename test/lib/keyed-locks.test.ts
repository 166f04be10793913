import { describe, expect, it } from 'vitest';
import { KeyedLocks } from '../../server/lib/keyed-locks.ts';

/** Work that goes on until it is told to end. */
function work(locks: KeyedLocks, keys: readonly string[], shared: readonly string[] = []) {
  let end = () => {};
  const state = { running: false };
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  const done = locks.run(
    keys,
    async () => {
      state.running = true;
      await over;
      state.running = false;
    },
    shared,
  );
  return {
    state,
    end: async () => {
      end();
      await done;
    },
  };
}

/** Everything that can begin has begun. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('work on one key', () => {
  it('waits for earlier work that has it alone, and other keys do not', async () => {
    const locks = new KeyedLocks();
    const [one, two, other] = [work(locks, ['a']), work(locks, ['a', 'b']), work(locks, ['c'])];
    await settled();
    expect([one, two, other].map(({ state }) => state.running)).toEqual([true, false, true]);
    await one.end();
    await settled();
    expect(two.state.running).toBe(true);
    await Promise.all([two.end(), other.end()]);
  });

  it('goes on together where it is shared, and not beside who has it alone', async () => {
    const locks = new KeyedLocks();
    const [one, two] = [work(locks, ['a'], ['clinic']), work(locks, ['b'], ['clinic'])];
    const alone = work(locks, ['clinic']);
    const late = work(locks, ['c'], ['clinic']);
    const running = async () => {
      await settled();
      return [one, two, alone, late].map(({ state }) => state.running);
    };
    expect(await running()).toEqual([true, true, false, false]);
    await one.end();
    expect(await running()).toEqual([false, true, false, false]);
    await two.end();
    expect(await running()).toEqual([false, false, true, false]);
    await alone.end();
    expect(await running()).toEqual([false, false, false, true]);
    await late.end();
  });

  it('may ask for the same key alone and shared, which is alone', async () => {
    const locks = new KeyedLocks();
    const both = work(locks, ['a'], ['a']);
    const after = work(locks, [], ['a']);
    await settled();
    expect([both.state.running, after.state.running]).toEqual([true, false]);
    await both.end();
    await after.end();
  });

  it('goes on after work that failed', async () => {
    const locks = new KeyedLocks();
    await expect(locks.run(['a'], () => Promise.reject(new Error('no')), ['b'])).rejects.toThrow('no');
    expect(await locks.run(['a', 'b'], async () => 'done')).toBe('done');
  });
});
