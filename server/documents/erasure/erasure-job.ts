/** How far the erasure of a patient is, kept so that the next process goes on where this one stopped. */
import type { AuditStamp } from '../../audit/audit-log.ts';

export interface ErasureReport {
  readonly patientId: string;
  readonly documents: number;
  /** Earlier and last versions of the documents that the history had. */
  readonly revisions: number;
  readonly heldWrites: number;
  /** Role databases that held any of the documents. */
  readonly roleDatabases: number;
}

export interface ErasureJob {
  readonly patientId: string;
  /** User id of the administrator. */
  readonly by: string;
  readonly reason?: string;
  /** Of the audit entry that says so. */
  readonly begun: AuditStamp;
  /** Entries of held writes; noted before they are removed, as nothing else tells afterwards which they were. */
  readonly held: readonly string[];
  /** Set when everything is removed. */
  readonly result?: { readonly report: ErasureReport; readonly completed: AuditStamp };
  /** Whether the audit log says so as well. */
  readonly closed: boolean;
}

/** Two servers may have worked on it at once: the one that was further is right. */
export const furtherJob = (winner: ErasureJob, others: readonly ErasureJob[]): ErasureJob =>
  [winner, ...others].find(({ closed }) => closed) ?? [winner, ...others].find(({ result }) => result) ?? winner;
