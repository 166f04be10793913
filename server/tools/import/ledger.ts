/**
 * The account of an import: every row of every file ends in exactly one of four outcomes. It became a document, was merged
 * into one, was skipped for a reason, or has an error. Derived documents come from no row of their own and are counted apart.
 */
import type { DocumentType } from '../../../shared-schemas/document-types.ts';

export interface RowError {
  readonly file: string;
  /** Line at which the row begins; the header is line 1. */
  readonly line: number;
  /** Column or field path, and rule. Never a value. */
  readonly message: string;
}

export class FileAccount {
  readonly file: string;
  /** Whether the source has the file at all. */
  present = true;
  rows = 0;
  documents = 0;
  merged = 0;
  readonly skipped = new Map<string, number>();
  /** What was left out of rows that were otherwise imported, and how often. */
  readonly notes = new Map<string, number>();
  readonly errors: RowError[] = [];

  constructor(file: string) {
    this.file = file;
  }

  skip(reason: string): void {
    increment(this.skipped, reason);
  }

  note(text: string): void {
    increment(this.notes, text);
  }

  error(line: number, message: string): void {
    this.errors.push({ file: this.file, line, message });
  }

  get skippedRows(): number {
    return sum(this.skipped.values());
  }
}

export class Ledger {
  readonly derived = new Map<DocumentType, number>();
  readonly #accounts = new Map<string, FileAccount>();

  /** The account of a file, opened where it is new. */
  account(file: string): FileAccount {
    const account = this.#accounts.get(file) ?? new FileAccount(file);
    this.#accounts.set(file, account);
    return account;
  }

  accounts(): readonly FileAccount[] {
    return [...this.#accounts.values()];
  }

  derive(type: DocumentType): void {
    increment(this.derived, type);
  }

  /**
   * Throws where a row has no outcome or two, or where documents came from nowhere: a fault of the importer itself.
   * @param documents how many documents were handed to the writer
   */
  assertBalanced(documents: number): void {
    for (const account of this.accounts()) {
      const outcomes = account.documents + account.merged + account.skippedRows + account.errors.length;
      if (outcomes !== account.rows) throw new Error(`${account.file}: ${account.rows} rows, ${outcomes} outcomes`);
    }
    const accounted = sum(this.accounts().map((account) => account.documents)) + sum(this.derived.values());
    if (accounted !== documents) throw new Error(`${documents} documents written, ${accounted} accounted for`);
  }
}

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

function increment<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
