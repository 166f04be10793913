/**
 * Exclusion between all servers that share a store: one at a time for work on several documents, and one edit of a document
 * at a revision. test/store/exclusion-contract.ts proves it for both stores.
 *
 * On the embedded store there is one process: locks in it are enough, and claims are not kept at all. Where servers share a
 * CouchDB, leases and claims are documents of a database of their own, which nothing but `replace` changes.
 */
import { UnavailableError } from '../lib/unavailable-error.ts';
import type { StoredRevision } from './store.ts';

export interface Exclusion {
  /**
   * Runs `work` while no other work under any of the names is under way, on whichever server. Work must not ask for further
   * names. It waits for as long as others work; a server that dies at work delays it by LEASE_MS at most, a little more where
   * several names are taken from it one after the other.
   *
   * The guarantee has a limit that no lease gets rid of. A server that stands still for longer than LEASE_MS, and then goes on,
   * goes on while another one works. So: call `check` just before the commit. Between the check and the commit there is still a
   * moment, and what is written in it comes too late: it is judged by what was read before somebody else's work. Where
   * the commit is a `replace` of what was read, it loses, and nothing is wrong. Where the work rests on other documents than
   * it writes, both may be stored though each alone was right; whoever uses `alone` for that says how the next reader finds and
   * mends it.
   * @throws LeaseLostError by `check`; whatever `work` throws
   */
  alone<T>(names: Iterable<string>, work: (lease: Lease) => Promise<T>): Promise<T>;
  readonly claims: Claims;
}

/** How long a lease is kept for a holder that says nothing. */
export const LEASE_MS = 10_000;

export interface Lease {
  /**
   * Renews the lease: when it resolves, nobody else can have it for nearly LEASE_MS, unless this server stands still.
   * @throws LeaseLostError where somebody else may have it by now
   */
  check(): Promise<void>;
}

/** Too long without a word to the store: others may be at the same work already. Nothing must be written any more. */
export class LeaseLostError extends UnavailableError {
  override readonly name = 'LeaseLostError';
}

/** What a server is about to write to a document. */
export interface Claim {
  readonly documentId: string;
  /** As they were judged, to be written as they are; none where the claim is finished. */
  readonly revisions: readonly StoredRevision[];
  /** Names this claim: any later one of the document has another. */
  readonly token: string;
}

/**
 * One claim a document, which only one of several servers can take. How an edit at a revision that was read is made by one of
 * them only:
 *
 * 1. `last` or `read` the claim, and only then the document. Where the claim has revisions, write those first: its server may
 *    have stopped, or is about to write the same, which changes nothing.
 * 2. Judge the edit by the document as it then is.
 * 3. `take` the claim after the one of step 1. Where somebody else did, start again with `read`.
 * 4. Write the revisions of the claim, answer, and `clear` it without waiting.
 *
 * Whoever takes a claim has seen everything that earlier claims wrote, as a claim is taken after a named one, which is finished
 * first. So the edit is judged by what it follows. Revisions that devices push need no claim: they make a conflict, and are merged.
 *
 * A claim that nobody finishes was never answered: its edit is made when the next one comes, or not at all.
 */
export interface Claims {
  /**
   * The claim as this server last saw it, from memory: good enough to begin with, as `take` fails where it is old. Undefined,
   * which says that there never was one, where this server knows none.
   */
  last(documentId: string): Claim | undefined;
  /** The newest claim of each document, where there ever was one. */
  read(documentIds: readonly string[]): Promise<ReadonlyMap<string, Claim>>;
  /** Answers the claim, durable, or undefined where `previous` is not the newest one any more. */
  take(
    documentId: string,
    previous: Claim | undefined,
    revisions: readonly StoredRevision[],
  ): Promise<Claim | undefined>;
  /**
   * What was claimed is written: the claim's revisions go, in the background, and never those of a later claim. Where that
   * fails, or the server stops, they stay until the next claim, and somebody may write them again, which changes nothing.
   */
  clear(claim: Claim): void;
  /**
   * For an erasure: nothing that was ever claimed for these documents can be read any more, nor is it in a file of the
   * database, and whoever judged an edit before it can't take a claim. On CouchDB it compacts the database. What stays is
   * that there was a claim.
   */
  forget(documentIds: readonly string[]): Promise<void>;
  /** Resolves when no claim is being cleared any more. */
  idle(): Promise<void>;
}
