import type { DocumentType } from '../shared-schemas/document-types.ts';

/** A document as the rules see it: its fields, without the store's own (`_rev`, `_revisions`, `_deleted`). */
export interface RuleDocument {
  readonly _id: string;
  readonly type: DocumentType;
  readonly patientId?: string;
  readonly clinicIds?: readonly string[];
  readonly formerClinicIds?: readonly string[];
  /**
   * The server's: names of the role databases whose reader wrote this revision and may not see it. Of this revision alone; what
   * follows it does not have it.
   */
  readonly withdrawnFrom?: readonly string[];
  readonly createdAt?: string;
  readonly createdBy?: string;
  readonly updatedAt?: string;
  readonly updatedBy?: string;
  readonly [field: string]: unknown;
}

/** One revision of a document: its body, and whether it is a deletion. A deletion's body may hold any of its fields. */
export interface RuleRevision {
  readonly body: RuleDocument;
  readonly deleted: boolean;
}
