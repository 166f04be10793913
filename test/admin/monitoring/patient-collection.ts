/** One collection of stock RxDB in this process, whose stored documents can be lost and damaged behind its back. */
import { createRxDatabase, type RxCollection, type RxDatabase, type RxJsonSchema } from 'rxdb';
import { type RxCouchDBReplicationState, replicateCouchDB } from 'rxdb/plugins/replication-couchdb';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import { schemas } from '../../../shared-schemas/document-types.ts';
import type { Login } from '../../support/api-client.ts';
import { DeviceNetwork } from '../../support/rxdb-device-network.ts';

type Document = Record<string, unknown>;
type Stored = Map<string, Document>;

/** Of the memory storage. */
interface Internals {
  readonly documents: Stored;
  readonly byIndexArray: readonly { docsWithIndex: [string, Document, string][] }[];
}

export class PatientCollection {
  readonly #database: RxDatabase;
  readonly #network: DeviceNetwork;
  readonly #replication: RxCouchDBReplicationState<Document>;
  readonly #internals: Internals;

  private constructor(database: RxDatabase, login: Login) {
    this.#database = database;
    this.#network = new DeviceNetwork(login.accessToken);
    const collection = database.collections.patient as unknown as RxCollection<Document>;
    this.#internals = (collection.internalStorageInstance as unknown as { internals: Internals }).internals;
    const url = `${login.databases[0]?.url}/patient/`;
    this.#replication = replicateCouchDB<Document>({
      replicationIdentifier: url,
      collection,
      url,
      fetch: this.#network.fetch,
      live: true,
      waitForLeadership: false,
      retryTime: 100,
      pull: { batchSize: 5 },
      push: { batchSize: 5 },
    });
  }

  static async open(login: Login): Promise<PatientCollection> {
    const database = await createRxDatabase({ name: 'tablet', storage: getRxStorageMemory(), multiInstance: false });
    await database.addCollections({ patient: { schema: schemas.patient as unknown as RxJsonSchema<Document> } });
    return new PatientCollection(database, login);
  }

  /** What lies in its storage. */
  get stored(): ReadonlyMap<string, Document> {
    return this.#internals.documents;
  }

  async inSync(): Promise<void> {
    await this.#replication.awaitInitialReplication();
    await this.#replication.awaitInSync();
  }

  /** As a file that is gone: nothing is told of it. */
  lose(id: string): void {
    const lost = this.#internals.documents.get(id);
    this.#internals.documents.delete(id);
    for (const index of this.#internals.byIndexArray) {
      index.docsWithIndex = index.docsWithIndex.filter(([, document]) => document !== lost);
    }
  }

  /** As a file that was written to: nothing is told of it. */
  damage(id: string, fields: Document): void {
    const before = this.#internals.documents.get(id);
    const after = { ...before, ...fields };
    this.#internals.documents.set(id, after);
    for (const { docsWithIndex } of this.#internals.byIndexArray) {
      for (const entry of docsWithIndex) if (entry[1] === before) entry[1] = after;
    }
  }

  async close(): Promise<void> {
    await this.#replication.cancel();
    this.#network.setOnline(false);
    await this.#database.close();
  }
}
