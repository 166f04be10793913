import type { RuleDocument } from '../../../sync-rules/document.ts';

/** What became of the documents that were handed over; the three add up to their number. */
export interface WriteCounts {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
}

/** Where an import puts its documents. */
export interface ImportWriter {
  /**
   * Writes whole documents by id; a document whose content is stored already is left alone. Fields that the server keeps
   * itself (`formerClinicIds`) never come with an imported document and do not make its content another one.
   */
  put(documents: readonly RuleDocument[]): Promise<WriteCounts>;
}
