/** The command `import`: its arguments, what it shows, and its exit status. */
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { runImport } from './import-run.ts';
import { type ImportSource, ImportSourceError } from './import-source.ts';
import type { ImportWriter } from './import-writer.ts';
import { progressDisplay, type TextOutput } from './progress-display.ts';
import { summaryText } from './summary-text.ts';
import { syntheaSource } from './synthea/source.ts';

const DEFAULT_CLINICS = 3;
/** As many as a patient document can name. */
const MAX_CLINICS = 200;

/** What the command needs of the process it runs in. */
export interface ImportHost {
  /** Called once the source is known to be one; closed in any case. */
  openWriter(): Promise<{ readonly writer: ImportWriter; close(): Promise<void> }>;
  readonly output: TextOutput;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs the command.
 * @param args the arguments after the command's own name
 * @returns the exit status: 0, or 1 where rows had errors, the source is not usable or the arguments are not valid
 * @throws what opening, writing or closing throws
 */
export async function importCommand(args: readonly string[], host: ImportHost): Promise<number> {
  let status = 0;
  const program = importProgram(host, (result) => {
    status = result;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode;
  }
  return status;
}

function importProgram(host: ImportHost, onResult: (status: number) => void): Command {
  const write = (text: string) => void host.output.write(text);
  const program = new Command('import')
    .description('Imports patients and everything about them from the export of another system.')
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: write });
  program
    .command('synthea')
    .description('Imports a folder of Synthea CSV files. Importing it again changes nothing.')
    .argument('<folder>', 'folder with patients.csv, organizations.csv and the other files of the export')
    .option(
      '--clinics <n>',
      'how many of the organizations, the busiest first, become clinics; the others are merged into them',
      clinicCount,
      DEFAULT_CLINICS,
    )
    .action(async (folder: string, { clinics }: { readonly clinics: number }) => {
      onResult(await importFrom(syntheaSource({ folder, clinicCount: clinics }), host));
    });
  return program;
}

function clinicCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > MAX_CLINICS) {
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_CLINICS}.`);
  }
  return count;
}

async function importFrom(source: ImportSource, host: ImportHost): Promise<number> {
  try {
    await source.check();
    return await runWithWriter(source, host);
  } catch (error) {
    if (!(error instanceof ImportSourceError)) throw error;
    host.output.write(`Nothing can be imported from this folder:\n${error.message}\n`);
    return 1;
  }
}

async function runWithWriter(source: ImportSource, { openWriter, output, signal }: ImportHost): Promise<number> {
  const { writer, close } = await openWriter();
  const display = progressDisplay(output);
  try {
    const summary = await runImport({ source, writer, onProgress: display.show, signal });
    display.end();
    output.write(summaryText(summary));
    return summary.errors.length > 0 ? 1 : 0;
  } finally {
    display.end();
    await close();
  }
}
