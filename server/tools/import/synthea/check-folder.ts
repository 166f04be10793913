import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { ImportSourceError } from '../import-source.ts';
import { csvName, FILE_NAMES, FILES, type FileName } from './files.ts';

/** A file that is there, and its size in bytes. */
export type PresentFiles = ReadonlyMap<FileName, number>;

/**
 * Which files the folder has. Throws ImportSourceError, with every reason at once, where a required file or a column of a
 * file that is there is missing.
 */
export async function checkFolder(folder: string): Promise<PresentFiles> {
  const present = new Map<FileName, number>();
  const faults: string[] = [];
  for (const file of FILE_NAMES) {
    const sizeBytes = await sizeOf(join(folder, csvName(file)));
    if (sizeBytes === undefined) {
      if (FILES[file].required) faults.push(`${csvName(file)}: there is no such file in the folder`);
      continue;
    }
    present.set(file, sizeBytes);
    faults.push(...(await headerFaults(folder, file)));
  }
  if (faults.length > 0) throw new ImportSourceError(faults.join('\n'));
  return present;
}

async function sizeOf(path: string): Promise<number | undefined> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  return found?.isFile() ? found.size : undefined;
}

async function headerFaults(folder: string, file: FileName): Promise<string[]> {
  const header = await readHeader(join(folder, csvName(file)));
  if (!header) return [`${csvName(file)}: there is no header line`];
  return FILES[file].columns
    .filter((column) => !header.includes(column))
    .map((column) => `${csvName(file)}: the column ${column} is missing`);
}

async function readHeader(path: string): Promise<readonly string[] | undefined> {
  const parser = parse({ bom: true, skip_empty_lines: true, relax_quotes: true, to: 1 });
  // Ending the parser early closes the file; its errors reach the reader through the parser.
  pipeline(createReadStream(path), parser, () => {});
  try {
    for await (const header of parser) return header as string[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
  }
  return undefined;
}
