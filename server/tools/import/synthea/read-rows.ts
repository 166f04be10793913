import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import type { FileAccount } from '../ledger.ts';
import { type Column, csvName, FILES, type FileName, type Row } from './files.ts';

/** A row longer than this is an unclosed quote that swallows the file, not a row. */
const MAX_ROW_BYTES = 1_000_000;

interface ParsedRecord {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/**
 * The rows of a file, one at a time, each counted in `account`. A row with too many or too few fields, or with an `Id` that
 * is missing or was there before, is its error and is left out.
 * @param onBytes told how many bytes of the file were read so far
 */
export async function* readRows<F extends FileName>(
  folder: string,
  file: F,
  account: FileAccount,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Row<F>> {
  const input = createReadStream(join(folder, csvName(file)));
  const parser = parse({
    bom: true,
    info: true,
    skip_empty_lines: true,
    // A quote inside a cell is a character of it; taken for a fault, it would cost the rows after it too.
    relax_quotes: true,
    relax_column_count: true,
    max_record_size: MAX_ROW_BYTES,
  });
  pipeline(input, parser, () => {});
  let toRow: RowMaker<F> | undefined;
  const linesOf = lineFinder();
  let lastLine = 0;
  try {
    for await (const parsed of parser as AsyncIterable<ParsedRecord>) {
      const { first, last } = linesOf(parsed);
      lastLine = last;
      if (toRow) {
        const row = toRow(parsed.record, first);
        if (row) yield row;
      } else toRow = rowMaker(file, parsed.record, account);
      onBytes(input.bytesRead);
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    account.rows += 1;
    account.error(lastLine + 1, 'a quote is opened and not closed: the file is not read from here on');
  }
}

type RowMaker<F extends FileName> = (record: readonly string[], line: number) => Row<F> | undefined;

/** Turns records into rows; knows the header, and which rows there were. */
function rowMaker<F extends FileName>(file: F, header: readonly string[], account: FileAccount): RowMaker<F> {
  const { columns, optional } = FILES[file];
  const positions = [...columns, ...optional].map((column) => [column, header.indexOf(column)] as const);
  const keyOf = keyMaker(file, header);
  return (record, line) => {
    account.rows += 1;
    if (record.length !== header.length) {
      account.error(line, `the row has ${record.length} fields, the header ${header.length}`);
      return undefined;
    }
    const key = keyOf(record, line);
    if (typeof key !== 'string') {
      account.error(line, key.fault);
      return undefined;
    }
    const cells = Object.fromEntries(positions.map(([column, at]) => [column, record[at] ?? '']));
    return { line, key, cells: cells as Record<Column<F>, string> };
  };
}

type KeyMaker = (record: readonly string[], line: number) => string | { readonly fault: string };

function keyMaker(file: FileName, header: readonly string[]): KeyMaker {
  switch (FILES[file].identity) {
    case 'none':
      return () => '';
    case 'columns':
      return keyOfAllColumns();
    case 'id':
      return keyOfId(header.indexOf('Id'));
  }
}

function keyOfId(position: number): KeyMaker {
  const lines = new Map<string, number>();
  return (record, line) => {
    const id = record[position] ?? '';
    if (id === '') return { fault: 'Id is empty' };
    const earlier = lines.get(id);
    if (earlier !== undefined) return { fault: `Id is that of line ${earlier} too` };
    lines.set(id, line);
    return id;
  };
}

/** Rows that are alike in every column are told apart by how many there were before. */
function keyOfAllColumns(): KeyMaker {
  const occurrences = new Map<string, number>();
  return (record) => {
    const hash = createHash('sha256').update(JSON.stringify(record)).digest('base64');
    const occurrence = occurrences.get(hash) ?? 0;
    occurrences.set(hash, occurrence + 1);
    return `${hash}:${occurrence}`;
  };
}

/**
 * The line at which a record begins. The parser tells the line at which it ended, and takes a CR LF inside quotes for two
 * line breaks.
 */
function lineFinder(): (parsed: ParsedRecord) => { readonly first: number; readonly last: number } {
  let countedTwice = 0;
  return ({ record, info }) => {
    const breaks = record.flatMap((cell) => cell.match(/\r\n|\r|\n/g) ?? []);
    countedTwice += breaks.filter((lineBreak) => lineBreak === '\r\n').length;
    const last = info.lines - countedTwice;
    return { first: last - breaks.length, last };
  };
}
