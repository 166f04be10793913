import { DOCUMENT_TYPES, type DocumentType } from '../../../shared-schemas/document-types.ts';
import type { WriteCounts } from './import-writer.ts';
import type { FileAccount, Ledger, RowError } from './ledger.ts';

export interface ReasonCount {
  readonly reason: string;
  readonly count: number;
}

/** `rows` = `documents` + `merged` + the counts of `skipped` + `errors`. */
export interface FileSummary {
  readonly file: string;
  readonly present: boolean;
  readonly rows: number;
  readonly documents: number;
  readonly merged: number;
  readonly skipped: readonly ReasonCount[];
  readonly errors: number;
  /** What was left out of rows that were otherwise imported. */
  readonly notes: readonly ReasonCount[];
}

export interface TypeSummary {
  readonly type: DocumentType;
  readonly documents: number;
  /** How many of them come from no row of their own. */
  readonly derived: number;
}

export interface ImportSummary {
  readonly files: readonly FileSummary[];
  readonly types: readonly TypeSummary[];
  readonly written: WriteCounts;
  /** Every row error, by file and line. */
  readonly errors: readonly RowError[];
}

export function summarize(
  ledger: Ledger,
  written: WriteCounts,
  documents: ReadonlyMap<DocumentType, number>,
): ImportSummary {
  const accounts = ledger.accounts();
  return {
    files: accounts.map(summarizeFile),
    types: DOCUMENT_TYPES.map((type) => ({
      type,
      documents: documents.get(type) ?? 0,
      derived: ledger.derived.get(type) ?? 0,
    })),
    written,
    errors: accounts.flatMap(({ errors }) => errors.toSorted((a, b) => a.line - b.line)),
  };
}

function summarizeFile(account: FileAccount): FileSummary {
  const { file, present, rows, documents, merged, errors } = account;
  return {
    file,
    present,
    rows,
    documents,
    merged,
    skipped: mostFirst(account.skipped),
    errors: errors.length,
    notes: mostFirst(account.notes),
  };
}

const mostFirst = (counts: ReadonlyMap<string, number>): ReasonCount[] =>
  [...counts].map(([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count);
