/**
 * What everything above the store may use. Two implementations: PouchDB on LevelDB in a data folder, and CouchDB. One
 * contract suite (test/store/store-contract.ts) proves both.
 *
 * Guarantees:
 * - A promise of `write`, `putLocal` or `removeLocal` resolves only when the change survives SIGKILL and a power cut.
 * - One `write` to one database is atomic on the embedded store. On CouchDB each revision is; a failed `write` may have
 *   stored some of its revisions, and writing them again is harmless.
 * - A revision is written once: writing it again, with whatever body, changes nothing.
 * - Of any number of `replace` of one document over the same revision, on however many servers, at most one wins; where all
 *   copies of the database can be reached and nobody stops half-way, exactly one does. Whoever lost has changed nothing. What
 *   `write` stores meanwhile is not excluded: it makes a conflict, as replication does.
 * - Sequences are opaque, URL-safe strings. Reading changes `since` one of another life of the database (it was destroyed
 *   and made anew, or restored from a backup) starts from the beginning.
 * - A listener of `onUpdate` is called after a change can be read, at least once, possibly for nothing, and on CouchDB also
 *   for changes that another server made.
 */
import { UnavailableError } from '../lib/unavailable-error.ts';
import type { StoreStatus } from './store-status.ts';

/** One revision of one document. */
export interface StoredRevision {
  readonly id: string;
  readonly rev: string;
  /** Itself and its ancestors, newest first, as far as the store knows them. Never empty. */
  readonly ancestry: readonly string[];
  readonly deleted: boolean;
  /** The document's own fields; none begins with an underscore. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Change {
  readonly id: string;
  readonly seq: string;
  /** All leaves, the winner first. */
  readonly revs: readonly string[];
  /** Whether the winner is a deletion. */
  readonly deleted: boolean;
}

export interface ChangesPage {
  readonly results: readonly Change[];
  /** Where to go on from. */
  readonly lastSeq: string;
  /** How many more changes there are; more than that where documents changed several times meanwhile. */
  readonly pending: number;
}

export interface ChangesRequest {
  /** `0`, `now` or a sequence. */
  readonly since: string;
  readonly limit: number;
  /** Newest first, from the end; `since` is then ignored. */
  readonly descending?: boolean;
}

export interface RangeRequest {
  /** Only ids that begin so; `startKey` and `endKey` are then not given. */
  readonly prefix?: string;
  readonly startKey?: string;
  readonly endKey?: string;
  /** Goes on behind this id, whether there is a document of that id or not. */
  readonly after?: string;
  readonly limit: number;
  /** Not together with `after`. */
  readonly skip?: number;
  readonly descending?: boolean;
  readonly inclusiveEnd?: boolean;
}

export interface WalkRequest extends Omit<RangeRequest, 'limit'> {
  /** Rows read at a time, 500 where nothing is said. */
  readonly pageSize?: number;
}

/** A winner that is not a deletion. */
export interface RangeRow {
  readonly id: string;
  readonly rev: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface DatabaseInfo {
  readonly docCount: number;
  readonly updateSeq: string;
}

/** A document that is not replicated; `_rev` is the store's, a counter. */
export type LocalDocument = Readonly<Record<string, unknown>>;

export type Replaced = { readonly won: true; readonly rev: string } | { readonly won: false };

export interface Database {
  readonly name: string;
  info(): Promise<DatabaseInfo>;
  /** Each document at most once, at its latest change. */
  changes(request: ChangesRequest): Promise<ChangesPage>;
  /** All leaves of each document, the winner first; a document that the database does not know has none. */
  leaves(ids: readonly string[]): Promise<ReadonlyMap<string, readonly StoredRevision[]>>;
  /** Those of the ids that the database has a document of, deleted ones included. */
  known(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Single revisions, leaves or not, in the order asked; undefined where the body is not (or no longer) there. */
  revisions(
    wanted: readonly { readonly id: string; readonly rev: string }[],
  ): Promise<readonly (StoredRevision | undefined)[]>;
  /** Those of the revisions that the database does not know, not as ancestors either. */
  missing(revs: ReadonlyMap<string, readonly string[]>): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Stores revisions under the ids they come with, as replication does. */
  write(revisions: readonly StoredRevision[]): Promise<void>;
  /**
   * Compares and sets: stores the next revision of a document, durably, where `baseRev`, the winner that was read, is still a
   * leaf. Undefined says that there was no document, or a deleted one; it is never the revision of a deletion. Other leaves
   * stay, but for a cluster of CouchDB, which ends them.
   *
   * The store names the new revision by what it holds and what it follows: on a cluster two who write the same may both win the
   * one revision, so whoever must know that it was they puts something of their own into the body. Where it throws, it is
   * stored or not.
   * @throws StoreUndecidedError where most copies of the document cannot be reached
   */
  replace(id: string, baseRev: string | undefined, body: StoredRevision['body'] | 'deleted'): Promise<Replaced>;
  /** Winners in the order of their ids, by the bytes of UTF-8. */
  range(request: RangeRequest): Promise<readonly RangeRow[]>;
  /**
   * As `range`, to its end: pages, none of them empty, each read when the caller asks for it. A document that is there all the
   * time is in exactly one of them, also where the one before it is removed between two pages. What is written or removed
   * meanwhile may be seen or not, and no document is seen twice.
   */
  walk(request: WalkRequest): AsyncGenerator<readonly RangeRow[]>;
  /** The winner of each id, in the order asked; undefined where there is none or it is a deletion. */
  winners(ids: readonly string[]): Promise<readonly (RangeRow | undefined)[]>;
  /**
   * Removes the bodies of all revisions of these documents that are not leaves; the revision tree stays, and no change is
   * told of. When it resolves they can't be read, and are in no file of the database. The files are written anew for that,
   * beside other work, which takes as long as they are big (on CouchDB it is a compaction: the files shrink, and other
   * documents' old bodies go as well). Doing it again is harmless; a forgotten revision that is written again may come back.
   */
  forgetOldBodies(ids: readonly string[]): Promise<void>;
  getLocal(id: string): Promise<LocalDocument | undefined>;
  /** Replaces the local document whatever its `_rev` was; answers the new one. */
  putLocal(id: string, body: Readonly<Record<string, unknown>>): Promise<string>;
  removeLocal(id: string): Promise<void>;
}

export interface Store {
  readonly kind: 'embedded' | 'couchdb';
  /** Whether other servers may write to it at the same time. */
  readonly shared: boolean;
  /** Opens a database, creating it where there is none. `partitioned` holds for ids of the form `<partition>:…`. */
  open(name: string, options?: { readonly partitioned?: boolean }): Promise<Database>;
  list(): Promise<readonly string[]>;
  destroy(name: string): Promise<void>;
  /** What a database takes on disk, in bytes, without opening it; 0 where there is none. */
  sizeBytes(name: string): Promise<number>;
  /** Throws where the store cannot be reached. */
  ping(): Promise<void>;
  /** What can be told of the machine it runs on. Never throws: a part that cannot be read says so. */
  status(): Promise<StoreStatus>;
  onUpdate(listener: (databaseName: string) => void): () => void;
  /** Nothing can be opened afterwards, and nobody is told of anything. */
  close(): Promise<void>;
}

/** The store cannot be used at all, for a reason the engineer can mend. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}

/** Too few nodes of a cluster answered to know whether a write was stored. */
export class StoreUndecidedError extends UnavailableError {
  override readonly name = 'StoreUndecidedError';
}

/** CouchDB's rule for the winner: live before deleted, then the longer history, then the greater hash. */
export function compareWinner(
  a: { readonly rev: string; readonly deleted: boolean },
  b: { readonly rev: string; readonly deleted: boolean },
): number {
  if (a.deleted !== b.deleted) return a.deleted ? 1 : -1;
  const generations = generationOf(b.rev) - generationOf(a.rev);
  if (generations !== 0) return generations;
  return a.rev < b.rev ? 1 : a.rev > b.rev ? -1 : 0;
}

export const generationOf = (rev: string): number => Number.parseInt(rev, 10);
