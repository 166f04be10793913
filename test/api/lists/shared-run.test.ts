import { describe, expect, it } from 'vitest';
import { SharedRun } from '../../../server/api/lists/shared-run.ts';

/** Work that ends when it is told to. */
function manual() {
  const running: { readonly end: (error?: Error) => void }[] = [];
  let runs = 0;
  const run = new SharedRun(async () => {
    const number = ++runs;
    await new Promise<void>((resolve, reject) => {
      running.push({ end: (error) => (error ? reject(error) : resolve()) });
    });
    return number;
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { run, running, settle, runs: () => runs };
}

describe('SharedRun', () => {
  it('gives who comes while a run is under way the next one, and all of them the same', async () => {
    const { run, running, settle, runs } = manual();
    const first = run.join();
    await settle();
    const [second, third] = [run.join(), run.join()];
    await settle();
    expect(runs()).toBe(1);
    running[0]?.end();
    expect(await first).toBe(1);
    await settle();
    running[1]?.end();
    expect(await Promise.all([second, third])).toEqual([2, 2]);
    expect(runs()).toBe(2);
  });

  it('runs again after a run that failed, which fails only for those who shared it', async () => {
    const { run, running, settle } = manual();
    const first = run.join();
    const outcome = expect(first).rejects.toThrow('broken');
    await settle();
    const second = run.join();
    running[0]?.end(new Error('broken'));
    await outcome;
    await settle();
    running[1]?.end();
    expect(await second).toBe(2);
  });

  it('is idle when nothing is under way or waits, whatever became of it', async () => {
    const { run, running, settle } = manual();
    await run.idle();
    const failing = run.join();
    const outcome = expect(failing).rejects.toThrow('broken');
    let idle = false;
    const waiting = run.idle().then(() => {
      idle = true;
    });
    await settle();
    expect(idle).toBe(false);
    running[0]?.end(new Error('broken'));
    await waiting;
    await outcome;
  });
});
