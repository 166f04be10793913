/** Role databases as the gateway serves them: for whom, under which rules, and what a push does. */
import { createHash } from 'node:crypto';
import { type DocumentType, isDocumentType, isReferenceType } from '../../shared-schemas/document-types.ts';
import { emptyDocument } from '../../shared-schemas/empty-document.ts';
import { typesOfDatabase } from '../../sync-rules/projection.ts';
import { databasesOfPrincipal, type RoleDatabase } from '../../sync-rules/role-database.ts';
import type { SyncRules } from '../../sync-rules/sync-rules.ts';
import { timeOf } from '../../sync-rules/time-of.ts';
import { dueIn, planProjection } from '../documents/projection/projection.ts';
import type { ProjectorPause } from '../documents/projection/projector-pause.ts';
import type { RoleDatabases } from '../documents/projection/role-databases.ts';
import { asDocument, storedBody } from '../documents/write/document-policy.ts';
import type { Outcome, UnreadRow } from '../documents/write/outcome.ts';
import type { Edit, WritePath } from '../documents/write/write-path.ts';
import type { Pace } from '../lib/pace.ts';
import { childRevision } from '../store/revisions.ts';
import type { Database, StoredRevision } from '../store/store.ts';
import { CouchError, notFound } from './couch-error.ts';
import type { FreshReplicas } from './fresh-replicas.ts';
import { PullPositions } from './pull-positions.ts';
import { PushMarks, type Sending } from './push-marks.ts';
import { showsId } from './shown-ids.ts';
import type { Dialect, FeedPage, SyncDatabase, SyncDirectory, SyncPrincipal } from './sync-database.ts';
import type { UpdateSignal } from './update-signal.ts';

const POUCHDB: Dialect = { refusedRow: 'forbidden', deletedDocs: false };
const RXDB: Dialect = { refusedRow: 'conflict', deletedDocs: true };

export interface RoleSyncOptions {
  readonly primary: Database;
  /** Where it is kept what devices have sent. */
  readonly registry: Pick<Database, 'getLocal' | 'putLocal'>;
  readonly roleDatabases: RoleDatabases;
  readonly rules: SyncRules;
  readonly writePath: WritePath;
  readonly updates: UpdateSignal;
  readonly pause: Pick<ProjectorPause, 'paused'>;
  /** Devices that were told to begin anew. */
  readonly replicas: Pick<FreshReplicas, 'markOf' | 'onOrder'>;
  /** Aborted when the server stops: waiting requests end. */
  readonly stopping: AbortSignal;
  /** Calls `listener` when the session ends before its time. */
  readonly onSessionEnd: (sessionId: string, listener: () => void) => () => void;
  readonly nowMs: () => number;
  readonly pace: Pick<Pace, 'worked' | 'giveWay'>;
}

/** What is known of readers from one request to the next. */
interface Remembered {
  readonly positions: PullPositions;
  readonly marks: PushMarks;
}

export class RoleSyncDirectory implements SyncDirectory {
  readonly #options: RoleSyncOptions;
  readonly #remembered: Remembered;

  constructor(options: RoleSyncOptions) {
    this.#options = options;
    this.#remembered = { positions: new PullPositions(), marks: new PushMarks(options.registry, options.nowMs) };
  }

  async open(principal: SyncPrincipal, name: string, type: string | undefined): Promise<SyncDatabase> {
    // Another's database and one that does not exist are answered alike.
    const database = databasesOfPrincipal(principal).find((own) => own.name === name);
    if (!database)
      throw new CouchError(403, 'forbidden', 'This session may not sync this database. Log in again to learn which.');
    // A type that the role may not read is an empty feed: a tablet that makes a collection of each type gets its answer.
    if (type !== undefined && !(isDocumentType(type) && isReferenceType(type) === (database.role === 'reference'))) {
      throw notFound('This database has no documents of this type.');
    }
    const source = await this.#options.roleDatabases.serving(name);
    if (!source) throw new CouchError(503, 'building', 'This database is being built; try again in a moment.');
    return new RoleSyncDatabase(
      principal,
      database,
      source,
      type as DocumentType | undefined,
      this.#options,
      this.#remembered,
    );
  }
}

class RoleSyncDatabase implements SyncDatabase {
  readonly name: string;
  readonly device: string;
  readonly source: Database;
  readonly dialect: Dialect;
  readonly #principal: SyncPrincipal;
  readonly #database: RoleDatabase;
  readonly #types: readonly DocumentType[];
  readonly #typed: boolean;
  readonly #options: RoleSyncOptions;
  readonly #positions: PullPositions;
  readonly #marks: PushMarks;
  readonly #sending: Sending;
  /** The newest time of a change that was stored, by the device's clock. */
  #newestMs = Number.NEGATIVE_INFINITY;
  /** Since when it works at another piece of a request. */
  #pieceMs: number | undefined;
  readonly #reader: string;
  readonly replica: string | undefined;
  readonly #over = new AbortController();
  readonly ended: AbortSignal;
  readonly #subscriptions: (() => void)[];

  constructor(
    principal: SyncPrincipal,
    database: RoleDatabase,
    source: Database,
    type: DocumentType | undefined,
    options: RoleSyncOptions,
    { positions, marks }: Remembered,
  ) {
    const { deviceId } = principal;
    this.#positions = positions;
    this.#marks = marks;
    this.replica = options.replicas.markOf(deviceId);
    // Not the physical database: what is written between a pull and a switch to another one is to come as well.
    this.#reader = JSON.stringify([deviceId ?? principal.userId, database.name, type, this.replica]);
    this.name = database.name;
    this.device = deviceId ?? `user-${principal.userId}`;
    this.source = source;
    // A device that begins anew has sent what it has sent.
    this.#sending = { device: this.device, feed: `${database.name}/${type ?? '*'}` };
    this.dialect = type ? RXDB : POUCHDB;
    this.#principal = principal;
    this.#database = database;
    this.#types = type ? [type] : typesOfDatabase(database);
    this.#typed = type !== undefined;
    this.#options = options;
    this.ended = AbortSignal.any([this.#over.signal, options.stopping]);
    const end = () => this.#over.abort();
    this.#subscriptions = [
      options.roleDatabases.onSwitch((name) => {
        if (name === database.name) end();
      }),
      options.onSessionEnd(principal.sessionId, end),
      // What it would be answered is from before.
      ...(deviceId === undefined ? [] : [options.replicas.onOrder(deviceId, end)]),
    ];
  }

  onUpdate(listener: () => void): () => void {
    return this.#options.updates.on(this.source.name, listener);
  }

  /** The first piece is what every request is; how long it takes tells more of what others do than of this reader. */
  async giveWay(): Promise<boolean> {
    if (this.#pieceMs !== undefined)
      this.#options.pace.worked(this.#principal.userId, performance.now() - this.#pieceMs);
    const isTooMuch = await this.#options.pace.giveWay(this.#principal.userId);
    this.#pieceMs = performance.now();
    return isTooMuch;
  }

  release(): void {
    for (const unsubscribe of this.#subscriptions) unsubscribe();
  }

  pullPage(read: () => Promise<FeedPage>, isLast: (page: FeedPage) => boolean): Promise<FeedPage> {
    return this.#typed ? this.#positions.page(this.#reader, read, isLast) : read();
  }

  pullAnswered(): void {
    this.#positions.answered(this.#reader);
  }

  onPullAnswered(fromNow: boolean, listener: () => void): () => void {
    return this.#typed ? this.#positions.onAnswered(this.#reader, fromNow, listener) : () => {};
  }

  async startOfNow(): Promise<string> {
    if (!this.#typed) return 'now';
    return this.#positions.startOfNow(this.#reader, async () => (await this.source.info()).updateSeq);
  }

  shows(id: string): boolean {
    return showsId(this.#principal, this.#types, id);
  }

  copy(revision: StoredRevision): StoredRevision | undefined {
    if (!this.shows(revision.id)) return undefined;
    if (revision.deleted) return { ...revision, body: this.#typed ? this.#emptyBody(revision.id) : {} };
    const readable = this.#options.rules.readableCopy(this.#principal, asDocument(revision.id, revision.body));
    return readable && { ...revision, body: storedBody(readable) };
  }

  #emptyBody(id: string): Readonly<Record<string, unknown>> {
    const { _id, ...body } = emptyDocument(this.#types[0] ?? 'patient', id);
    return body;
  }

  missing(revs: ReadonlyMap<string, readonly string[]>): Promise<ReadonlyMap<string, readonly string[]>> {
    return this.source.missing(revs);
  }

  pushAnnounced(revisions: number): void {
    this.#marks.asked(this.#sending, revisions);
  }

  async push(rows: readonly StoredRevision[]): Promise<readonly Outcome[]> {
    const outcomes = await this.#options.writePath.push(this.#principal, rows, this.#written);
    this.#noteStored(rows, outcomes);
    return outcomes;
  }

  get #written() {
    return { seenIn: this.#database, sentUpToMs: () => this.#marks.sentUpToMs(this.#sending) };
  }

  #noteStored(rows: readonly Pick<StoredRevision, 'body'>[], outcomes: readonly Outcome[]): void {
    for (const [at, { body }] of rows.entries())
      if (outcomes[at]?.outcome === 'stored' && body.updatedBy === this.#principal.userId)
        this.#newestMs = Math.max(this.#newestMs, timeOf(body.updatedAt) || this.#newestMs);
  }

  async pushed(): Promise<void> {
    if (Number.isFinite(this.#newestMs)) await this.#marks.stored(this.#sending, this.#newestMs);
  }

  pushConfirmed(): Promise<void> {
    return this.#marks.confirmed(this.#sending);
  }

  async edit(edits: readonly Edit[]): Promise<readonly Outcome[]> {
    const onPrimary = await this.#onPrimary(edits);
    const how = { ...this.#written, origin: 'device' } as const;
    const outcomes = await this.#options.writePath.edit(this.#principal, onPrimary, how);
    this.#noteStored(edits, outcomes);
    const refused = outcomes.filter(({ outcome }) => outcome !== 'stored').map(({ id }) => id);
    if (this.dialect.refusedRow === 'conflict') await this.#closeRefused(refused);
    return outcomes;
  }

  async hold(rows: readonly UnreadRow[]): Promise<void> {
    await this.#options.writePath.holdUnread(this.#principal, rows);
    if (this.dialect.refusedRow === 'conflict') await this.#closeRefused(rows.map(({ id }) => id));
  }

  /** After a refusal RxDB reads the document, and breaks where there is none: a refused creation gets a tombstone, here only. */
  async #closeRefused(ids: readonly string[]): Promise<void> {
    const refused = [...new Set(ids)].filter((id) => this.shows(id));
    const known = await this.leavesOf(refused);
    const unknown = refused.filter((id) => (known.get(id) ?? []).length === 0);
    await this.source.write(
      unknown.map((id) => childRevision(undefined, id, {}, { deleted: true, purpose: 'refused' })),
    );
  }

  /** The tombstone of a refused creation exists in this database only: an edit on top of it is a new document. */
  async #onPrimary(edits: readonly Edit[]): Promise<Edit[]> {
    const based = edits.flatMap(({ id, baseRev }) => (baseRev === undefined ? [] : [[id, [baseRev]] as const]));
    const unknown = await this.#options.primary.missing(new Map(based));
    const leaves = await this.source.leaves([...unknown.keys()]);
    return edits.map((edit) => {
      const own = unknown.has(edit.id) ? leaves.get(edit.id)?.find((leaf) => leaf.rev === edit.baseRev) : undefined;
      if (!own?.deleted) return edit;
      const { baseRev: _, ...fresh } = edit;
      return fresh;
    });
  }

  async leavesOf(ids: readonly string[]): Promise<ReadonlyMap<string, readonly StoredRevision[]>> {
    const { pause, rules, primary } = this.#options;
    const held = await this.source.leaves(ids);
    if (!this.#typed || !pause.paused) return held;
    const plan = planProjection(rules, await primary.leaves(ids)).find(({ database }) => database.name === this.name);
    const due = plan ? dueIn(plan, (id) => (held.get(id) ?? []).length > 0) : [];
    const projected = new Map(due.map(({ id }) => [id, due.filter((leaf) => leaf.id === id)]));
    return new Map([...held, ...projected]);
  }

  localKey(id: string): string {
    const owner = this.#principal.deviceId ?? `user-${this.#principal.userId}`;
    // A device that begins anew has other checkpoints: those from before are never found again.
    const keeper = this.replica === undefined ? owner : `${owner}.${this.replica}`;
    return `${keeper}.${createHash('sha256').update(id).digest('base64url')}`;
  }
}
