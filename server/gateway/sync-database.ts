/** What the gateway serves under one name. The gateway knows no roles, types or rules: these are behind this interface. */
import type { Principal } from '../../sync-rules/principal.ts';
import type { Outcome, UnreadRow } from '../documents/write/outcome.ts';
import type { Edit } from '../documents/write/write-path.ts';
import type { Database, StoredRevision } from '../store/store.ts';
import type { WireDocument } from './wire.ts';

/** Of `_changes`. */
export interface FeedRow {
  readonly seq: string;
  /** As it is sent, without its position and its document. */
  readonly row: WireDocument;
  /** As it is sent; where it was asked for and is not here, it is to be read once more. */
  readonly document?: string | undefined;
}

export interface FeedPage {
  readonly results: readonly FeedRow[];
  readonly last_seq: string;
  readonly pending?: number;
}

export interface SyncDatabase {
  readonly name: string;
  /** The device whose quotas count. */
  readonly device: string;
  /** What is read. Its bodies are what devices of this database may see; every row is checked once more by `copy`. */
  readonly source: Database;
  /** Whether a document of this id can be shown at all, as far as the id tells. */
  shows(id: string): boolean;
  /** A revision as it leaves, or undefined where it must not. A deletion leaves without its body. */
  copy(revision: StoredRevision): StoredRevision | undefined;
  /**
   * What a device that reads before it writes (RxDB) holds its edit against, the winner first or not: also where `source` has not
   * come to it, as the projector is paused. Without it, what `source` has.
   */
  leavesOf?(ids: readonly string[]): Promise<ReadonlyMap<string, readonly StoredRevision[]>>;
  /** The device asks which of this many revisions it should send. */
  pushAnnounced(revisions: number): void;
  /** Those of the revisions that a device should send. */
  missing(revs: ReadonlyMap<string, readonly string[]>): Promise<ReadonlyMap<string, readonly string[]>>;
  push(rows: readonly StoredRevision[]): Promise<readonly Outcome[]>;
  edit(edits: readonly Edit[]): Promise<readonly Outcome[]>;
  /** To be called once in a request that pushed or edited, after its last row. */
  pushed(): Promise<void>;
  /** The device keeps a checkpoint of its pushes: what it asked for last is sent. */
  pushConfirmed(): Promise<void>;
  /** Keeps rows that could not be read, refused as they are. */
  hold(rows: readonly UnreadRow[]): Promise<void>;
  /** What stands behind the positions that leave, of a device that was told to begin anew. */
  readonly replica?: string | undefined;
  /** Where a device's checkpoint is kept: another device asking for the same id gets its own. */
  localKey(id: string): string;
  /** Reads a page of this reader's pull with `read`, and notes where the pull ends if that was its last one. */
  pullPage(read: () => Promise<FeedPage>, isLast: (page: FeedPage) => boolean): Promise<FeedPage>;
  /** The last page of a complete pull was written out. */
  pullAnswered?(): void;
  /**
   * To be called when a live feed of this reader begins. Calls `listener` when its pull was answered to its end: the live feed is
   * then to be answered as it is. Where it is not there, live feeds wait whatever is pulled.
   */
  onPullAnswered?(fromNow: boolean, listener: () => void): () => void;
  /** Where a live feed from `now` begins for this reader. */
  startOfNow(): Promise<string>;
  readonly dialect: Dialect;
  /**
   * To be called between two pieces of work: others have their turn. Answers whether this reader is to do less at a time, as it has
   * done much while others wait.
   */
  giveWay(): Promise<boolean>;
  /** Aborted when this must not be read any longer: the session ended, or devices are to read another database. */
  readonly ended: AbortSignal;
  /** Calls `listener` after `source` changed. */
  onUpdate(listener: () => void): () => void;
  /** To be called when the request is over. */
  release(): void;
}

/** Stock clients understand different things. */
export interface Dialect {
  /**
   * The row that says no. PouchDB goes on after `forbidden` and repeats the batch for ever after anything else; RxDB goes on
   * after `conflict`, taking the server's document, and repeats the batch for ever after anything else.
   */
  readonly refusedRow: 'forbidden' | 'conflict';
  /** Deleted documents are sent with a body, in `_changes` and `_all_docs`, also where CouchDB answers none. */
  readonly deletedDocs: boolean;
}

/** Who syncs, with the session that ends what waits for it when it ends itself. */
export type SyncPrincipal = Principal & { readonly sessionId: string };

export interface SyncDirectory {
  /** Throws an error of the sync dialect where there is no such database, or not for this principal. */
  open(principal: SyncPrincipal, name: string, type: string | undefined): Promise<SyncDatabase>;
}
