/** Drives an import: reads a source, hands its documents to a writer in batches, and accounts for every row. */
import type { DocumentType } from '../../../shared-schemas/document-types.ts';
import type { RuleDocument } from '../../../sync-rules/document.ts';
import type { DocumentGroup, ImportProgress, ImportSource } from './import-source.ts';
import { type ImportSummary, summarize } from './import-summary.ts';
import type { ImportWriter } from './import-writer.ts';

/** Large enough that a write's fixed cost does not count, small enough to be one request to CouchDB. */
const BATCH_DOCUMENTS = 500;

export interface ImportRun {
  readonly source: ImportSource;
  readonly writer: ImportWriter;
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined;
  /** Milliseconds since 1970; the wall clock where it is left out. Rows of a later time are row errors. */
  readonly nowMs?: number | undefined;
  /** Stops the import between two batches. What was written stays, and a further run completes it. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Imports everything that can be. A row that cannot be mapped is an error in the summary and stops nothing.
 * Importing the same source again maps to the same documents, so that the writer finds nothing to change.
 * Throws ImportSourceError where the source is no such source at all, and whatever the writer throws.
 */
export async function runImport({ source, writer, onProgress, nowMs, signal }: ImportRun): Promise<ImportSummary> {
  const read = await source.read({ nowMs: nowMs ?? Date.now(), onProgress, signal });
  const written = { created: 0, updated: 0, unchanged: 0 };
  const types = new Map<DocumentType, number>();
  let documents = 0;
  for (const batch of batchesOf(read.groups())) {
    signal?.throwIfAborted();
    const counts = await writer.put(batch.documents);
    written.created += counts.created;
    written.updated += counts.updated;
    written.unchanged += counts.unchanged;
    documents += batch.documents.length;
    for (const { type } of batch.documents) types.set(type, (types.get(type) ?? 0) + 1);
    onProgress?.({ stage: 'writing', done: batch.patientsDone, total: read.patientCount });
  }
  read.ledger.assertBalanced(documents);
  return summarize(read.ledger, written, types);
}

interface Batch {
  readonly documents: readonly RuleDocument[];
  /** Patients all of whose documents are in this batch or an earlier one. */
  readonly patientsDone: number;
}

/** Documents keep their order, so that those of one patient stay together, at most across neighbouring batches. */
function* batchesOf(groups: Iterable<DocumentGroup>): Generator<Batch> {
  let pending: RuleDocument[] = [];
  let patientsDone = 0;
  for (const group of groups) {
    pending = pending.concat(group.documents);
    while (pending.length > BATCH_DOCUMENTS) {
      yield { documents: pending.slice(0, BATCH_DOCUMENTS), patientsDone };
      pending = pending.slice(BATCH_DOCUMENTS);
    }
    patientsDone += group.patients;
  }
  if (pending.length > 0) yield { documents: pending, patientsDone };
}
