/** What a store tells of itself to who runs it: facts about the machine, none about a patient. */

/** One part of it, with its age; a part that could not be read says why, and the others are there all the same. */
export type StatusPart<T> =
  | {
      readonly value: T;
      /** ISO 8601. */
      readonly readAt: string;
    }
  | { readonly problem: string };

export interface EmbeddedStatus {
  readonly kind: 'embedded';
  readonly engine: string;
  readonly folder: string;
  readonly databases: StatusPart<number>;
  /** Of them, how many are open right now. */
  readonly openDatabases: number;
  /** Bytes of all files in the folder. */
  readonly bytes: StatusPart<number>;
}

export interface CouchNodes {
  /** Those that this node is connected to, itself included. */
  readonly connected: readonly string[];
  /** Those that belong to the cluster. */
  readonly expected: readonly string[];
}

export interface CouchTask {
  readonly type: string;
  readonly node: string;
  readonly database?: string;
  /** Percent, where CouchDB knows it. */
  readonly progress?: number;
  readonly startedAt?: string;
}

export interface CouchStatus {
  readonly kind: 'couchdb';
  /** Host and port, without credentials. */
  readonly address: string;
  readonly version: StatusPart<string>;
  readonly nodes: StatusPart<CouchNodes>;
  readonly tasks: StatusPart<readonly CouchTask[]>;
  readonly databases: StatusPart<number>;
}

export type StoreStatus = EmbeddedStatus | CouchStatus;

/** `reasonOf` puts into words why a part could not be read. */
export async function readPart<T>(
  read: () => Promise<T>,
  reasonOf: (error: unknown) => string = (error) => (error instanceof Error ? error.message : String(error)),
): Promise<StatusPart<T>> {
  try {
    return { value: await read(), readAt: new Date().toISOString() };
  } catch (error) {
    return { problem: reasonOf(error) };
  }
}
