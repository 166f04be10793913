/** `npm run fuzz`: inputs of every kind to every sync endpoint, until one of them does harm. */
import { Command } from 'commander';
import { newSeed } from '../support/random.ts';
import { runFuzz } from './fuzz.ts';
import { FuzzFault } from './fuzz-run.ts';
import { ENDPOINT_NAMES } from './grammar/grammar.ts';
import { barOf, linesOf } from './progress.ts';
import { Tally } from './tally.ts';

const command = new Command('fuzz')
  .description('Sends the sync gateway whatever a grammar makes, and checks each answer and what is stored')
  .option('--inputs <number>', 'how many', '100000')
  .option('--seed <number>', 'repeats a run')
  .option('--from <number>', 'the first input, to send one again, or a range', '0')
  .option('--seconds <number>', 'ends earlier where this time is over')
  .option('--servers <number>', 'how many are fuzzed beside each other', '2')
  .option('--endpoints <names>', `comma-separated: ${ENDPOINT_NAMES.join(', ')}`)
  .parse();
const given = command.opts<{
  inputs: string;
  seed?: string;
  from: string;
  servers: string;
  seconds?: string;
  endpoints?: string;
}>();

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,10}$/.test(text)) command.error(`--${name} must be a whole number`);
  return Number(text);
}

const seed = given.seed === undefined ? newSeed() : wholeNumber('seed', given.seed);
const inputs = wholeNumber('inputs', given.inputs);
const endpoints = given.endpoints?.split(',');
const unknown = endpoints?.filter((name) => !ENDPOINT_NAMES.includes(name)) ?? [];
if (unknown.length > 0) command.error(`there is no endpoint ${unknown.join(', ')}`);

const { stdout, stderr } = process;
const startedMs = performance.now();
stdout.write(`fuzz: --seed ${seed}\n`);
const progress = stderr.isTTY ? barOf(inputs) : linesOf(inputs);
const tally = new Tally();
try {
  await runFuzz({
    seed,
    from: wholeNumber('from', given.from),
    inputs,
    servers: wholeNumber('servers', given.servers),
    ...(given.seconds !== undefined && { untilMs: startedMs + 1_000 * wholeNumber('seconds', given.seconds) }),
    ...(endpoints && { endpoints }),
    tally,
    onInput: () => progress.step(),
  });
} catch (error) {
  if (!(error instanceof FuzzFault)) throw error;
  progress.end();
  stdout.write(`\nFAULT: ${error.message}\n`);
  process.exitCode = 1;
} finally {
  progress.end();
}
const seconds = (performance.now() - startedMs) / 1_000;
stdout.write(`${tally.toString()}\n${tally.inputs} inputs, --seed ${seed}, ${seconds.toFixed(0)} s\n`);
