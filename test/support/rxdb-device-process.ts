/**
 * The process of one RxDB device: stock RxDB with its CouchDB replication plugin and a storage that validates. A device has
 * a process to itself because the free RxDB allows 13 collections in one, and a tablet has ten.
 */
import { addRxPlugin, createRxDatabase, type RxCollection, type RxDatabase, type RxJsonSchema } from 'rxdb';
import { disableWarnings, RxDBDevModePlugin } from 'rxdb/plugins/dev-mode';
import { type RxCouchDBReplicationState, replicateCouchDB } from 'rxdb/plugins/replication-couchdb';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import { wrappedValidateAjvStorage } from 'rxdb/plugins/validate-ajv';
import { type DocumentType, schemas } from '../../shared-schemas/document-types.ts';
import type {
  AnswerMessage,
  CommandMessage,
  DeviceCommands,
  DeviceDocument,
  DeviceError,
  DeviceSettings,
  Transfer,
} from './rxdb-device-messages.ts';
import { DeviceNetwork } from './rxdb-device-network.ts';

type Collection = RxCollection<DeviceDocument>;
type Replication = RxCouchDBReplicationState<DeviceDocument>;

class Device implements Omit<DeviceCommands, 'start' | 'close'> {
  readonly #database: RxDatabase;
  readonly #network: DeviceNetwork;
  readonly #typeAt: ReadonlyMap<string, DocumentType>;
  readonly #replications: readonly Replication[];
  readonly #errors: DeviceError[] = [];
  readonly #pulled: Transfer[] = [];

  constructor(database: RxDatabase, settings: DeviceSettings) {
    this.#database = database;
    this.#network = new DeviceNetwork(settings.accessToken);
    this.#typeAt = new Map(settings.collections.map(({ type, url }) => [url, type]));
    this.#replications = settings.collections.map(({ type, url }) => this.#replicate(type, url, settings));
  }

  static async create(settings: DeviceSettings): Promise<Device> {
    if (settings.devMode) {
      disableWarnings();
      addRxPlugin(RxDBDevModePlugin);
    }
    const database = await createRxDatabase({
      name: 'tablet',
      storage: wrappedValidateAjvStorage({ storage: getRxStorageMemory() }),
      multiInstance: false,
    });
    await database.addCollections(
      Object.fromEntries(
        settings.collections.map(({ type }) => [
          type,
          { schema: schemas[type] as unknown as RxJsonSchema<DeviceDocument> },
        ]),
      ),
    );
    return new Device(database, settings);
  }

  #replicate(type: DocumentType, url: string, settings: DeviceSettings): Replication {
    const replication = replicateCouchDB<DeviceDocument>({
      replicationIdentifier: url,
      collection: this.#collection(type),
      url,
      fetch: this.#network.fetch,
      live: true,
      waitForLeadership: false,
      retryTime: settings.retryTimeMs,
      pull: { batchSize: settings.pullBatchSize },
      push: { batchSize: settings.pushBatchSize },
    });
    replication.error$.subscribe((error) => this.#errors.push(toDeviceError(type, error)));
    replication.received$.subscribe((document) => this.#pulled.push({ type, document }));
    return replication;
  }

  async insert(type: DocumentType, document: Record<string, unknown>): Promise<void> {
    await this.#collection(type).insert(document as DeviceDocument);
  }

  async patch(type: DocumentType, id: string, changes: Record<string, unknown>): Promise<void> {
    await (await this.#existing(type, id)).incrementalPatch(changes);
  }

  async remove(type: DocumentType, id: string): Promise<void> {
    await (await this.#existing(type, id)).incrementalRemove();
  }

  async get(type: DocumentType, id: string): Promise<DeviceDocument | null> {
    return (await this.#collection(type).findOne(id).exec())?.toMutableJSON() ?? null;
  }

  async all(type: DocumentType): Promise<DeviceDocument[]> {
    return (await this.#collection(type).find().exec()).map((document) => document.toMutableJSON());
  }

  async counts(): Promise<Partial<Record<DocumentType, number>>> {
    const types = [...this.#typeAt.values()];
    return Object.fromEntries(
      await Promise.all(types.map(async (type) => [type, await this.#collection(type).count().exec()])),
    );
  }

  async errors(): Promise<DeviceError[]> {
    return this.#errors;
  }

  async pushed(): Promise<Transfer[]> {
    return this.#network.pushed.flatMap(({ database, document }) => {
      const type = this.#typeAt.get(database);
      return type ? [{ type, document }] : [];
    });
  }

  async pulled(): Promise<Transfer[]> {
    return this.#pulled;
  }

  async awaitInSync(): Promise<void> {
    await Promise.all(this.#replications.map((replication) => replication.awaitInitialReplication()));
    await Promise.all(this.#replications.map((replication) => replication.awaitInSync()));
  }

  async setOnline(online: boolean): Promise<void> {
    this.#network.setOnline(online);
  }

  async useToken(accessToken: string): Promise<void> {
    this.#network.useToken(accessToken);
  }

  #collection(type: DocumentType): Collection {
    const collection = this.#database.collections[type] as Collection | undefined;
    if (!collection) throw new RangeError(`this device has no collection "${type}"`);
    return collection;
  }

  async #existing(type: DocumentType, id: string) {
    const document = await this.#collection(type).findOne(id).exec();
    if (!document) throw new RangeError(`this device has no ${type} ${id}`);
    return document;
  }
}

interface ReportedError {
  readonly code?: string;
  readonly parameters?: { readonly writeError?: { readonly status: number; readonly documentId: string } };
}

const UNPROCESSABLE = 422;

function toDeviceError(type: DocumentType, error: Error & ReportedError): DeviceError {
  const { code = error.name, parameters } = error;
  const rejected = parameters?.writeError?.status === UNPROCESSABLE ? parameters.writeError.documentId : undefined;
  const detail = `${error.message} ${JSON.stringify(parameters)}`.slice(0, 4_000);
  return { type, code, detail, ...(rejected !== undefined && { rejectedId: rejected }) };
}

let device: Device | undefined;

async function obey({ name, args }: CommandMessage): Promise<unknown> {
  if (name === 'start') {
    device = await Device.create(args[0] as DeviceSettings);
    return undefined;
  }
  if (name === 'close') return undefined;
  if (!device) throw new Error('the device has not been started');
  const command = device[name] as (...given: readonly unknown[]) => Promise<unknown>;
  return command.apply(device, [...args]);
}

process.on('message', (message: CommandMessage) => {
  const answer = (content: AnswerMessage) => process.send?.(content);
  obey(message).then(
    (value) => {
      answer({ call: message.call, value });
      // Open longpolls would keep the process alive.
      if (message.name === 'close') process.disconnect();
    },
    (error: unknown) => answer({ call: message.call, error: error instanceof Error ? error.message : String(error) }),
  );
});
// Also where the parent is killed.
process.on('disconnect', () => process.exit(0));
