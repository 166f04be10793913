/** Databases in which everything is allowed, behind the gateway's own interface and the real write path. */

import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { HeldWrites } from '../../server/documents/held-writes.ts';
import { History } from '../../server/documents/history.ts';
import { createCommit } from '../../server/documents/write/commit.ts';
import type { DocumentPolicy, ReadBody } from '../../server/documents/write/document-policy.ts';
import { RevisionMaker } from '../../server/documents/write/made-revision.ts';
import { Settler } from '../../server/documents/write/settle.ts';
import { WritePath } from '../../server/documents/write/write-path.ts';
import { notFound } from '../../server/gateway/couch-error.ts';
import type { SyncDatabase, SyncDirectory } from '../../server/gateway/sync-database.ts';
import type { UpdateSignal } from '../../server/gateway/update-signal.ts';
import { KeyedLocks } from '../../server/lib/keyed-locks.ts';
import { LocalExclusion } from '../../server/store/local-exclusion.ts';
import type { Database, Store } from '../../server/store/store.ts';
import { refuse } from '../../sync-rules/refusal.ts';

const openPolicy: DocumentPolicy = {
  lockKey: (id) => id,
  contextIds: () => [],
  sharedKeys: () => [],
  vouched: (_id, body) => body,
  judge: async (_principal, incoming) => {
    // What the gateway refuses on purpose: special documents, and fields with an underscore, attachments among them.
    if (incoming.id.startsWith('_')) return { refusal: refuse('id_mismatch') };
    const special = Object.keys(incoming.body).filter((field) => field.startsWith('_'));
    return special.length > 0 ? { refusal: refuse('invalid_document', special) } : { accepted: incoming };
  },
};

interface OpenDatabase {
  readonly source: Database;
  readonly writePath: WritePath;
  readonly removed: AbortController;
}

export class OpenDirectory implements SyncDirectory {
  readonly #store: Store;
  readonly #prefix: string;
  readonly #updates: UpdateSignal;
  readonly #held: HeldWrites;
  readonly #databases = new Map<string, Promise<OpenDatabase>>();

  constructor(store: Store, prefix: string, updates: UpdateSignal, held: Database) {
    this.#store = store;
    this.#prefix = prefix;
    this.#updates = updates;
    this.#held = new HeldWrites(held);
  }

  /** False where it exists. */
  async create(name: string): Promise<boolean> {
    if (this.#databases.has(name)) return false;
    const made = this.#make(name);
    this.#databases.set(name, made);
    await made;
    return true;
  }

  async remove(name: string): Promise<boolean> {
    const found = this.#databases.get(name);
    if (!found) return false;
    this.#databases.delete(name);
    const { source, removed } = await found;
    removed.abort();
    for (const part of [source.name, `${source.name}-history`]) await this.#store.destroy(part);
    return true;
  }

  async #make(name: string): Promise<OpenDatabase> {
    const source = await this.#store.open(
      `${this.#prefix}-${createHash('md5').update(name).digest('hex')}-${Date.now()}`,
    );
    const history = new History(await this.#store.open(`${source.name}-history`));
    const readBody: ReadBody = async (id, rev) => (await source.revisions([{ id, rev }]))[0]?.body;
    const maker = new RevisionMaker('open to everybody');
    const settler = new Settler({ maker, primary: source, readBody, nowMs: Date.now });
    const writePath = new WritePath({
      maker,
      primary: source,
      history,
      policy: openPolicy,
      locks: new KeyedLocks(),
      claims: new LocalExclusion().claims,
      readBody,
      // What clients read is the primary itself.
      commit: createCommit({
        primary: source,
        history,
        held: this.#held,
        waiting: { keep: async () => {}, end: async () => {} },
        settler,
        project: async () => {},
      }),
      keepClinics: async () => new Set(),
      nowMs: Date.now,
    });
    return { source, writePath, removed: new AbortController() };
  }

  async open(_principal: unknown, name: string): Promise<SyncDatabase> {
    const found = await this.#databases.get(name);
    if (!found) throw notFound('Database does not exist.');
    const { source, writePath, removed } = found;
    const anyone = { userId: 'anyone', role: 'admin' } as const;
    return {
      name,
      device: 'anyone',
      source,
      shows: (id) => !id.startsWith('_'),
      copy: (revision) => revision,
      missing: (revs) => source.missing(revs),
      push: (rows) => writePath.push(anyone, rows),
      edit: (edits) => writePath.edit(anyone, edits),
      pushAnnounced: () => {},
      pushed: async () => {},
      pushConfirmed: async () => {},
      hold: (rows) => writePath.holdUnread(anyone, rows),
      localKey: (id) => createHash('sha256').update(id).digest('base64url'),
      pullPage: (read) => read(),
      startOfNow: async () => 'now',
      dialect: { refusedRow: 'forbidden', deletedDocs: false },
      giveWay: async () => setImmediate(false),
      ended: removed.signal,
      onUpdate: (listener) => this.#updates.on(source.name, listener),
      release: () => {},
    };
  }
}
