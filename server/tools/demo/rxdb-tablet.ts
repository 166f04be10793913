/** A tablet with stock RxDB: a collection for each type, with its schema, and live replication both ways. */
import { randomUUID } from 'node:crypto';
import { createRxDatabase, type RxCollection, type RxDatabase, type RxJsonSchema } from 'rxdb';
import { type RxCouchDBReplicationState, replicateCouchDB } from 'rxdb/plugins/replication-couchdb';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import { wrappedValidateAjvStorage } from 'rxdb/plugins/validate-ajv';
import { type DocumentType, isDocumentType, schemas } from '../../../shared-schemas/document-types.ts';
import { parseId } from '../../../shared-schemas/ids.ts';
import type { RuleDocument } from '../../../sync-rules/document.ts';
import { rxdbFetch } from '../../tablet/rxdb-fetch.ts';
import { Connection } from './connection.ts';
import type { Login } from './rest-client.ts';
import type { Tablet, TabletOptions } from './tablet.ts';

/** How long RxDB waits after a request failed. */
const RETRY_MS = 200;

interface Synced {
  readonly type: DocumentType;
  readonly url: string;
}

export class RxdbTablet implements Tablet {
  readonly client = 'RxDB';
  readonly name: string;
  readonly principal: Login['principal'];
  readonly #connection: Connection;
  readonly #database: RxDatabase;
  readonly #synced: readonly Synced[];
  #replications: readonly RxCouchDBReplicationState<RuleDocument>[] = [];

  private constructor(options: TabletOptions, database: RxDatabase, synced: readonly Synced[]) {
    const { name, login } = options;
    this.name = name;
    this.principal = login.principal;
    this.#connection = new Connection(options);
    this.#database = database;
    this.#synced = synced;
  }

  /** The free RxDB allows 13 collections in a process, and a nurse's tablet has 10: one such tablet a process. */
  static async create(options: TabletOptions): Promise<RxdbTablet> {
    const synced = options.login.databases.flatMap(({ url, types }) =>
      types.filter(isDocumentType).map((type) => ({ type, url: `${url}/${type}/` })),
    );
    const database = await createRxDatabase({
      name: `tablet-${randomUUID()}`,
      storage: wrappedValidateAjvStorage({ storage: getRxStorageMemory() }),
      multiInstance: false,
    });
    await database.addCollections(
      Object.fromEntries(
        synced.map(({ type }) => [type, { schema: schemas[type] as unknown as RxJsonSchema<RuleDocument> }]),
      ),
    );
    return new RxdbTablet(options, database, synced);
  }

  /** Replication runs from the first time on; without a connection its requests fail, and are tried again. */
  goOnline(): void {
    this.#connection.restore();
    if (this.#replications.length > 0) for (const replication of this.#replications) replication.reSync();
    else this.#replications = this.#synced.map((synced) => this.#replicate(synced));
  }

  async goOffline(): Promise<void> {
    this.#connection.cut();
  }

  async read(id: string): Promise<RuleDocument | undefined> {
    return (await this.#collectionOf(id).findOne(id).exec())?.toMutableJSON() as RuleDocument | undefined;
  }

  async documents(): Promise<ReadonlyMap<string, RuleDocument>> {
    const found = await Promise.all(this.#synced.map(({ type }) => this.#collection(type).find().exec()));
    return new Map(found.flat().map((document) => [document.primary, document.toMutableJSON() as RuleDocument]));
  }

  async write(document: RuleDocument): Promise<void> {
    await this.#collectionOf(document._id).incrementalUpsert(document);
  }

  async close(): Promise<void> {
    await Promise.all(this.#replications.map((replication) => replication.cancel()));
    // Ends the longpolls, which a cancelled replication leaves open.
    this.#connection.cut();
    await this.#database.close();
  }

  #replicate({ type, url }: Synced): RxCouchDBReplicationState<RuleDocument> {
    return replicateCouchDB<RuleDocument>({
      replicationIdentifier: url,
      collection: this.#collection(type),
      url,
      fetch: rxdbFetch(this.#connection.fetch),
      live: true,
      waitForLeadership: false,
      retryTime: RETRY_MS,
      pull: {},
      push: {},
    });
  }

  #collectionOf(id: string): RxCollection<RuleDocument> {
    const type = parseId(id)?.type;
    if (!type) throw new RangeError('not the id of a document');
    return this.#collection(type);
  }

  #collection(type: DocumentType): RxCollection<RuleDocument> {
    const collection = this.#database.collections[type] as RxCollection<RuleDocument> | undefined;
    if (!collection) throw new RangeError(`this tablet has no collection of ${type} documents`);
    return collection;
  }
}
