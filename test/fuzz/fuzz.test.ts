/** As long a run of the fuzzer as the tests can wait for; `npm run fuzz` goes on for longer. */
import { expect, it } from 'vitest';
import { newSeed } from '../support/random.ts';
import { runFuzz } from './fuzz.ts';
import { ROUND } from './fuzz-run.ts';
import { Tally } from './tally.ts';

/** Before it the server starts, and behind it tablets sync. */
const SENDING_MS = 15_000;

it('whatever comes, it is answered, changes nothing that it may not, and stops nothing else', async () => {
  const seed = Number(process.env.FUZZ_SEED ?? newSeed());
  process.stdout.write(`inputs of a grammar begin: FUZZ_SEED=${seed}\n`);
  const tally = new Tally();
  await runFuzz({ seed, from: 0, inputs: ROUND, servers: 1, sendingMs: SENDING_MS, tally });
  process.stdout.write(`${tally.toString()}\n${tally.inputs} inputs\n`);
  expect(tally.inputs).toBeGreaterThan(0);
  expect(tally.tooManyShare).toBeLessThan(0.02);
});
