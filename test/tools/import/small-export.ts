import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runImport } from '../../../server/tools/import/import-run.ts';
import type { FileSummary, ImportSummary } from '../../../server/tools/import/import-summary.ts';
import { csvName, FILES, type FileName } from '../../../server/tools/import/synthea/files.ts';
import { syntheaSource } from '../../../server/tools/import/synthea/source.ts';
import { MemoryWriter } from './memory-writer.ts';

export const NOW_MS = Date.parse('2024-06-01T00:00:00.000Z');

/** A row by its columns; the others are empty. */
export type Cells = Readonly<Record<string, string>>;

/** Files by name: rows by column, or a file's text as it is. */
export type Export = Partial<Record<FileName, readonly Cells[] | string>>;

/** One patient, one clinic, one provider, one visit: what every row that is tried here can refer to. */
export const BASE = {
  organizations: [{ Id: 'o1', NAME: 'North Clinic', PHONE: '555-1000' }],
  providers: [{ Id: 'd1', ORGANIZATION: 'o1', NAME: 'Doctor One', SPECIALITY: 'GENERAL PRACTICE' }],
  patients: [{ Id: 'p1', BIRTHDATE: '1980-02-03', GENDER: 'F', FIRST: 'Ann', LAST: 'Example' }],
  encounters: [
    {
      Id: 'e1',
      START: '2022-03-04T10:00:00Z',
      PATIENT: 'p1',
      ORGANIZATION: 'o1',
      PROVIDER: 'd1',
      ENCOUNTERCLASS: 'wellness',
      DESCRIPTION: 'Check-up',
    },
  ],
} as const satisfies Export;

export const columnsOf = (file: FileName): readonly string[] => [...FILES[file].columns, ...FILES[file].optional];

export function csvText(file: FileName, rows: readonly Cells[]): string {
  const columns = columnsOf(file);
  const quoted = (value: string) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const lines = rows.map((row) => columns.map((column) => quoted(row[column] ?? '')).join(','));
  return [columns.join(','), ...lines, ''].join('\n');
}

/** Writes an export to a folder of its own, and removes it when `use` has ended. */
export async function withExport<T>(files: Export, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'synthea-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      const file = name as FileName;
      await writeFile(join(folder, csvName(file)), typeof content === 'string' ? content : csvText(file, content));
    }
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

export interface Imported {
  readonly summary: ImportSummary;
  readonly writer: MemoryWriter;
}

export async function importFolder(
  folder: string,
  { clinicCount = 3, nowMs = NOW_MS, writer = new MemoryWriter() } = {},
): Promise<Imported> {
  return { summary: await runImport({ source: syntheaSource({ folder, clinicCount }), writer, nowMs }), writer };
}

/** Imports BASE with the given files in the place of its own. */
export const importWith = (files: Export): Promise<Imported> =>
  withExport({ ...BASE, ...files }, (folder) => importFolder(folder));

export function fileSummary({ files }: ImportSummary, file: FileName): FileSummary {
  const found = files.find((summary) => summary.file === csvName(file));
  if (!found) throw new Error(`no summary of ${file}`);
  return found;
}

/** The outcomes of a file's rows, added up. */
export const outcomesOf = ({ documents, merged, skipped, errors }: FileSummary): number =>
  documents + merged + errors + skipped.reduce((sum, { count }) => sum + count, 0);
