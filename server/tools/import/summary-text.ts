import Table from 'cli-table3';
import type { FileSummary, ImportSummary, ReasonCount } from './import-summary.ts';

const SHOWN_ERRORS = 20;

/** A summary for a person to read: tables, then reasons, notes and the first errors. */
export function summaryText(summary: ImportSummary): string {
  const { created, updated, unchanged } = summary.written;
  return [
    fileTable(summary.files),
    typeTable(summary),
    `Written: ${created} created, ${updated} updated, ${unchanged} unchanged`,
    section(
      'Skipped',
      reasonLines(summary.files, ({ skipped }) => skipped),
    ),
    section(
      'Left out',
      reasonLines(summary.files, ({ notes }) => notes),
    ),
    section('Not in the folder', missingLines(summary.files)),
    section('Errors', errorLines(summary)),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}

type Cell = string | number;

function tableText(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, column) => (column === 0 ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) table.push([...row]);
  return table.toString();
}

function fileTable(files: readonly FileSummary[]): string {
  const rows = files
    .filter(({ present }) => present)
    .map((file) => [file.file, file.rows, file.documents, file.merged, sumOf(file.skipped), file.errors] as const);
  const totals = [1, 2, 3, 4, 5].map((column) => rows.reduce((sum, row) => sum + Number(row[column]), 0));
  return tableText(['file', 'rows', 'documents', 'merged', 'skipped', 'errors'], [...rows, ['all', ...totals]]);
}

function typeTable({ types }: ImportSummary): string {
  const rows = types.map(({ type, documents, derived }) => [type, documents, derived] as const);
  const totals = [1, 2].map((column) => rows.reduce((sum, row) => sum + Number(row[column]), 0));
  return tableText(['type', 'documents', 'of them derived'], [...rows, ['all', ...totals]]);
}

const sumOf = (reasons: readonly ReasonCount[]): number => reasons.reduce((sum, { count }) => sum + count, 0);

const reasonLines = (
  files: readonly FileSummary[],
  reasonsOf: (file: FileSummary) => readonly ReasonCount[],
): readonly string[] =>
  files.flatMap((file) => reasonsOf(file).map(({ reason, count }) => `${file.file}: ${count} × ${reason}`));

const missingLines = (files: readonly FileSummary[]): readonly string[] =>
  files.filter(({ present }) => !present).map(({ file }) => file);

function errorLines({ errors }: ImportSummary): readonly string[] {
  const lines = errors.slice(0, SHOWN_ERRORS).map(({ file, line, message }) => `${file}:${line} ${message}`);
  const more = errors.length - lines.length;
  return more > 0 ? [...lines, `... and ${more} more`] : lines;
}

const section = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : [`${title}:`, ...lines.map((line) => `  ${line}`)].join('\n');
