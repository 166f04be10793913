/** The order in which a process stops, whatever its parts do. */
import { PassThrough } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import { Lifecycle } from '../../server/lib/lifecycle.ts';
import { createLogger } from '../../server/lib/logger.ts';

const LONG_MS = 60_000;

let events: string[];
let lifecycle: Lifecycle;
let logged: () => { step: string; msg: string }[];

beforeEach(() => {
  events = [];
  const destination = new PassThrough();
  let text = '';
  destination.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  logged = () =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const { step, msg } = JSON.parse(line) as { step: string; msg: string };
        return { step, msg };
      });
  lifecycle = new Lifecycle(createLogger({ level: 'info', pretty: false, destination }));
});

/** A part that takes a while to stop. */
const part = (name: string) => async () => {
  events.push(`${name} stops`);
  await new Promise((resolve) => setImmediate(resolve));
  events.push(`${name} stopped`);
};
const hang = () => new Promise<void>(() => {});

describe('a stop', () => {
  it('tells what waits first, then goes through the parts, the last first, one after the other', async () => {
    lifecycle.stopping.addEventListener('abort', () => events.push('told'));
    lifecycle.onStop('store', part('store'));
    lifecycle.onStop('server', part('server'));
    expect(lifecycle.stopping.aborted).toBe(false);
    await lifecycle.stop({ deadlineMs: LONG_MS });
    expect(events).toEqual(['told', 'server stops', 'server stopped', 'store stops', 'store stopped']);
    expect(logged()).toEqual([]);
  });

  it('happens once, however often it is asked for', async () => {
    lifecycle.onStop('store', part('store'));
    const first = lifecycle.stop({ deadlineMs: LONG_MS });
    await lifecycle.stop({ deadlineMs: LONG_MS });
    expect(events).toEqual(['store stops', 'store stopped']);
    await first;
    await lifecycle.stop({ deadlineMs: LONG_MS });
    expect(events).toHaveLength(2);
  });

  it('goes on when a part fails, and names it', async () => {
    lifecycle.onStop('store', part('store'));
    lifecycle.onStop('rejecting', () => Promise.reject(new Error('away')));
    lifecycle.onStop('throwing', () => {
      throw new Error('at once');
    });
    await lifecycle.stop({ deadlineMs: LONG_MS });
    expect(events).toContain('store stopped');
    expect(logged()).toEqual([
      { step: 'throwing', msg: 'did not stop in order' },
      { step: 'rejecting', msg: 'did not stop in order' },
    ]);
  });

  it('leaves a part behind that takes too long, tells it, and leaves time for the others', async () => {
    const deadlineMs = 2_000;
    lifecycle.onStop('store', part('store'));
    lifecycle.onStop('second', hang);
    let failLate = (_error: Error): void => {};
    lifecycle.onStop('first', (overdue) => {
      overdue.addEventListener('abort', () => events.push('first is overdue'));
      return new Promise<void>((_resolve, reject) => {
        failLate = reject;
      });
    });
    const beganMs = performance.now();
    await lifecycle.stop({ deadlineMs });
    expect(performance.now() - beganMs).toBeLessThan(deadlineMs);
    expect(events).toEqual(['first is overdue', 'store stops', 'store stopped']);
    // That it fails when nobody waits for it any more ends nothing.
    failLate(new Error('too late'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(logged().slice(0, 2)).toEqual([
      { step: 'first', msg: 'did not stop in time' },
      { step: 'second', msg: 'did not stop in time' },
    ]);
  });

  it('without any time left still stops the parts that stop in every case', async () => {
    lifecycle.onStop('store', part('store'), { always: true });
    lifecycle.onStop('cache', part('cache'));
    lifecycle.onStop('lock', hang, { always: true });
    await lifecycle.stop({ deadlineMs: 0 });
    expect(events).toEqual(['store stops', 'store stopped']);
    expect(logged()).toEqual([
      { step: 'lock', msg: 'did not stop in time' },
      { step: 'cache', msg: 'not stopped: no time was left' },
    ]);
  });

  it('takes no new parts', async () => {
    lifecycle.onStop('store', part('store'));
    const stopped = lifecycle.stop({ deadlineMs: LONG_MS });
    expect(() => lifecycle.onStop('server', part('server'))).toThrow('too late for server');
    await stopped;
    expect(() => lifecycle.onStop('server', part('server'))).toThrow('too late for server');
  });
});
