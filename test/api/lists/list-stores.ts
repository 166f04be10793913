/** Stores for the tests of lists: embedded, and CouchDB where COUCHDB_URL is set. Each has a folder for indexes. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ListIndexesOptions } from '../../../server/api/lists/level-index.ts';
import { ListIndexes } from '../../../server/api/lists/list-index.ts';
import { createLogger } from '../../../server/lib/logger.ts';
import { CouchStore } from '../../../server/store/couchdb-store.ts';
import { EmbeddedStore } from '../../../server/store/embedded-store.ts';
import type { Database, Store } from '../../../server/store/store.ts';
import { COUCHDB_URL } from '../../support/environment.ts';

const logger = createLogger({ level: 'error', pretty: false });

export class ListStore {
  readonly store: Store;
  readonly folder: string;
  readonly #prefix = `lists${randomBytes(4).toString('hex')}`;
  #made = 0;

  private constructor(store: Store, folder: string) {
    this.store = store;
    this.folder = folder;
  }

  static async create(kind: Store['kind']): Promise<ListStore> {
    const folder = await mkdtemp(path.join(tmpdir(), 'vitasync-lists-'));
    const store =
      kind === 'couchdb'
        ? await CouchStore.create(new URL(COUCHDB_URL ?? ''))
        : await EmbeddedStore.create({ folder: path.join(folder, 'databases') });
    return new ListStore(store, folder);
  }

  get listsFolder(): string {
    return path.join(this.folder, 'lists');
  }

  /** A new database. */
  newDatabase(): Promise<Database> {
    return this.store.open(`${this.#prefix}-${this.#made++}`);
  }

  openLists(options: Partial<ListIndexesOptions> = {}): Promise<ListIndexes> {
    return ListIndexes.open({ folder: this.listsFolder, store: this.store, logger, ...options });
  }

  async remove(): Promise<void> {
    const names = this.store.kind === 'couchdb' ? await this.store.list() : [];
    for (const name of names) if (name.startsWith(this.#prefix)) await this.store.destroy(name);
    await this.store.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export const STORE_KINDS: readonly Store['kind'][] = COUCHDB_URL ? ['embedded', 'couchdb'] : ['embedded'];
if (!COUCHDB_URL)
  process.stderr.write('\nCOUCHDB_URL is not set: lists are tested on the embedded store only, NOT on CouchDB.\n\n');
