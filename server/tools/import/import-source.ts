/** What can be imported: a format's reader, handed to `runImport`. */
import type { RuleDocument } from '../../../sync-rules/document.ts';
import type { Ledger } from './ledger.ts';

/** How far an import has come: bytes of the source while reading, patients while writing. */
export interface ImportProgress {
  readonly stage: 'reading' | 'writing';
  readonly done: number;
  readonly total: number;
}

export interface ReadOptions {
  /** Milliseconds since 1970. Nothing imported is later than this. */
  readonly nowMs: number;
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Documents that are written together: the reference documents of one kind, or all documents of one patient. */
export interface DocumentGroup {
  readonly documents: readonly RuleDocument[];
  /** How many patients the group completes. */
  readonly patients: 0 | 1;
}

export interface ReadSource {
  readonly patientCount: number;
  /** Clinics, drugs and staff first, so that what the patients' documents refer to is there before them. Once only. */
  groups(): Iterable<DocumentGroup>;
  /** The account of every row; complete when `groups()` has ended. */
  readonly ledger: Ledger;
}

export interface ImportSource {
  /** Throws ImportSourceError where the source cannot be imported at all; reads no more than it needs to know that. */
  check(): Promise<void>;
  /** Reads everything. Throws ImportSourceError as `check` does. */
  read(options: ReadOptions): Promise<ReadSource>;
}

/** The source cannot be imported at all. The message lists every reason, and never a value of a row. */
export class ImportSourceError extends Error {
  override readonly name = 'ImportSourceError';
}
