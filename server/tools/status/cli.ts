/** The command `vitasync`: its arguments, what it shows, and its exit status. */
import { Command, CommanderError } from 'commander';
import type { Overview } from '../../admin/overview/overview.ts';
import { VERSION } from '../../lib/version.ts';
import { overviewText } from './overview-text.ts';
import { CannotAskError, readOverview } from './read-overview.ts';

const WELL = 0;
const WRONG = 1;
const CANNOT_ASK = 2;
const DEFAULT_URL = 'http://localhost:3000';

interface TextOutput {
  write(text: string): unknown;
}

/** What the command needs of the process it runs in. */
export interface StatusHost {
  readonly env: NodeJS.ProcessEnv;
  readonly output: TextOutput;
  readonly errors: TextOutput;
  /** Asks for the password; undefined where nobody can be asked. */
  readonly askSecret: () => Promise<string | undefined>;
}

interface StatusOptions {
  readonly url: string;
  readonly username: string;
  readonly json?: true;
}

/**
 * Runs the command.
 * @param args the arguments after the command's own name
 * @returns the exit status: 0 where all is well, 1 where something is wrong, 2 where the server could not be asked
 */
export async function vitasyncCommand(args: readonly string[], host: StatusHost): Promise<number> {
  let status = WELL;
  try {
    await program(host, (result) => {
      status = result;
    }).parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? WELL : CANNOT_ASK;
    if (!(error instanceof CannotAskError)) throw error;
    host.errors.write(`The server could not be asked: ${error.message}\n`);
    return CANNOT_ASK;
  }
  return status;
}

function program(host: StatusHost, onResult: (status: number) => void): Command {
  const { env } = host;
  const command = new Command('vitasync')
    .description('The sync backend for networks of clinics. `npm start` starts the server.')
    .version(VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void host.output.write(text),
      writeErr: (text) => void host.errors.write(text),
    });
  command
    .command('status')
    .description(
      'Prints the overview of the dashboard: what is wrong, and what to do. The password is read from VITASYNC_PASSWORD, or asked for. ' +
        'Ends with status 0 where all is well, 1 where something is wrong, 2 where the server could not be asked.',
    )
    .option('--url <address>', 'of the server', env.VITASYNC_URL ?? DEFAULT_URL)
    .option('--username <name>', 'of an administrator', env.VITASYNC_USERNAME ?? 'admin')
    .option('--json', 'print the answer of the API as it is')
    .action(async (options: StatusOptions) => {
      const overview = await ask(options, host);
      host.output.write(options.json ? `${JSON.stringify(overview, undefined, 2)}\n` : overviewText(overview));
      onResult(overview.health.state === 'ok' ? WELL : WRONG);
    });
  return command;
}

async function ask({ url, username }: StatusOptions, { env, askSecret }: StatusHost): Promise<Overview> {
  const password = env.VITASYNC_PASSWORD || (await askSecret());
  if (password === undefined) throw new CannotAskError('there is no password: set VITASYNC_PASSWORD');
  return readOverview({ url, username, password });
}
