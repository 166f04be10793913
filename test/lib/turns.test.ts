/** Turns of works that are done beside each other. */
import { expect, it } from 'vitest';
import { Turns } from '../../server/lib/turns.ts';

const options = { perHolder: 2, perGroup: 3, waiting: 2 };

it('each holder has its places, and a group has no more than its own', async () => {
  const turns = new Turns(options);
  const [first] = [await turns.take('a', 'one'), await turns.take('a', 'one')];
  let hasBegun = false;
  const third = turns.take('a', 'one').then((release) => {
    hasBegun = true;
    return release;
  });
  await turns.take('a', 'two');
  expect(await turns.take('b', 'three')).toBeTypeOf('function');
  expect(hasBegun).toBe(false);
  first?.();
  first?.();
  (await third)?.();
  expect(hasBegun).toBe(true);
});

it('who comes when too many wait already is sent away, and one that waits for its own work stops no other', async () => {
  const turns = new Turns(options);
  const one = [await turns.take('a', 'one'), await turns.take('a', 'one')];
  const waiting = turns.take('a', 'one');
  const two = await turns.take('a', 'two');
  const last = turns.take('a', 'two');
  expect(await turns.take('a', 'two')).toBeUndefined();
  two?.();
  (await last)?.();
  for (const release of one) release?.();
  expect(await waiting).toBeTypeOf('function');
});
