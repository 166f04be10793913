/**
 * Erases patients: nothing that anyone wrote of them can be read any more, in whatever database or earlier revision; devices
 * are told to delete what they hold. What is left are ids, clinics, and who erased the patient when.
 */
import { isPatientId } from '../../../shared-schemas/ids.ts';
import type { AuditLog } from '../../audit/audit-log.ts';
import { KeyedLocks } from '../../lib/keyed-locks.ts';
import { DocumentTable } from '../../store/document-table.ts';
import type { Database } from '../../store/store.ts';
import { type ErasureJob, type ErasureReport, furtherJob } from './erasure-job.ts';
import { PatientData, type PatientDataOptions } from './patient-data.ts';

/** More than one is needed only where another server wrote something at the same time. */
const MAX_ROUNDS = 5;

export interface ErasureOptions extends PatientDataOptions {
  /** Where the jobs are kept. */
  readonly registry: Database;
  readonly auditLog: Pick<AuditLog, 'record' | 'stamp'>;
  /** Removes what others keep of the patient. Done again after a crash. */
  readonly onErased?: (patientId: string) => Promise<void>;
}

export interface ErasureRequest {
  readonly patientId: string;
  /** User id of the administrator. */
  readonly by: string;
  /** For the audit log; must not name the patient. */
  readonly reason?: string;
}

/** The server ends; the erasure goes on at the next start. */
export class ErasureInterrupted extends Error {
  override readonly name = 'ErasureInterrupted';
}

export class Erasure {
  readonly #options: ErasureOptions;
  readonly #data: PatientData;
  readonly #jobs: DocumentTable<ErasureJob>;
  /** One at a time: each writes the files of whole databases anew. */
  readonly #turns = new KeyedLocks();
  #stopping = false;

  constructor(options: ErasureOptions) {
    this.#options = options;
    this.#data = new PatientData(options);
    this.#jobs = new DocumentTable(options.registry, 'erasure:', furtherJob);
  }

  /** Whether there is anything to erase of the patient, or was: any other id is a mistake. */
  async isKnown(patientId: string): Promise<boolean> {
    return isPatientId(patientId) && this.#data.isKnown(patientId);
  }

  /**
   * Resolves when it is done; the report of an earlier erasure of the same patient is answered again. Where it fails, or the
   * process stops, it is finished by asking again, or by `resume`.
   */
  async erase({ patientId, by, reason }: ErasureRequest): Promise<ErasureReport> {
    if (!isPatientId(patientId)) throw new RangeError(`${patientId} is not the id of a patient`);
    await this.#jobs.update(patientId, (known) => {
      if (known) return known;
      const begun = this.#options.auditLog.stamp();
      return { patientId, by, ...(reason !== undefined && { reason }), begun, held: [], closed: false };
    });
    return this.#inTurn(patientId);
  }

  /** Finishes what a stopped process left undone. One that fails does not keep the others from being finished. */
  async resume(): Promise<void> {
    const unfinished = (await this.#jobs.list()).filter(({ closed }) => !closed);
    const results = await Promise.allSettled(unfinished.map(({ patientId }) => this.#inTurn(patientId)));
    const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    if (errors.length > 0)
      throw new AggregateError(errors, `${errors.length} patients are not erased yet; it goes on at the next start`);
  }

  /** Ends after the step under way. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#turns.run(['turn'], () => Promise.resolve());
  }

  #inTurn(patientId: string): Promise<ErasureReport> {
    return this.#turns.run(['turn'], async () => {
      const job = await this.#jobs.get(patientId);
      if (!job) throw new RangeError(`there is no erasure of ${patientId}`);
      if (job.closed && job.result && !(await this.#data.isLeft(patientId))) return job.result.report;
      return this.#run(job);
    });
  }

  async #run(job: ErasureJob): Promise<ErasureReport> {
    const { auditLog, onErased } = this.#options;
    const { patientId, by, reason, begun } = job;
    await auditLog.record({ kind: 'erasure_begun', patientId, by, ...(reason !== undefined && { reason }) }, begun);
    let roleDatabases = 0;
    let rounds = 0;
    do {
      if (rounds++ === MAX_ROUNDS)
        throw new Error(`documents of ${patientId} are still being written by another server: erase the patient again`);
      roleDatabases = await this.#removeEverything(job);
    } while (await this.#step(() => this.#data.isLeft(patientId)));
    await this.#step(async () => onErased?.(patientId));
    return this.#close(patientId, roleDatabases);
  }

  /** Answers how many role databases held something. */
  async #removeEverything({ patientId, by, begun }: ErasureJob): Promise<number> {
    const data = this.#data;
    const ids = await this.#step(() => data.documentIds(patientId));
    await this.#step(() => data.endDocuments(ids, { by, at: begun.at }));
    const roleDatabases = await this.#step(() => data.forgetInRoleDatabases(patientId, ids));
    await this.#step(() => data.forgetInPrimary(ids));
    await this.#step(() => data.eraseHistory(patientId, ids));
    const held = await this.#step(() => data.heldWrites(patientId));
    const noted = await this.#jobs.update(patientId, (job) => job && withHeld(job, held));
    await this.#step(() => data.eraseHeldWrites(noted?.held ?? held));
    return roleDatabases;
  }

  async #close(patientId: string, roleDatabases: number): Promise<ErasureReport> {
    const { auditLog } = this.#options;
    const counts = await this.#data.count(await this.#data.documentIds(patientId));
    const job = await this.#jobs.update(patientId, (known) => {
      if (!known || known.result) return known;
      const report = { patientId, ...counts, heldWrites: known.held.length, roleDatabases };
      return { ...known, result: { report, completed: auditLog.stamp() } };
    });
    if (!job?.result) throw new Error(`the erasure of ${patientId} was removed from the registry while it went on`);
    const { report, completed } = job.result;
    await auditLog.record({ kind: 'erasure_completed', by: job.by, ...report }, completed);
    await this.#jobs.update(patientId, (known) => known && (known.closed ? known : { ...known, closed: true }));
    return report;
  }

  async #step<T>(work: () => Promise<T>): Promise<T> {
    if (this.#stopping) throw new ErasureInterrupted('the server ends; the erasure goes on at the next start');
    return work();
  }
}

function withHeld(job: ErasureJob, found: readonly string[]): ErasureJob {
  const held = [...new Set([...job.held, ...found])];
  return held.length > job.held.length ? { ...job, held } : job;
}
