/** The little of PouchDB's API that the store uses, typed narrowly. Source: PouchDB 9's API guide and its adapters. */
declare module 'pouchdb-core' {
  export interface PouchDocument {
    _id: string;
    _rev?: string;
    _deleted?: boolean;
    _revisions?: { start: number; ids: string[] };
    [field: string]: unknown;
  }
  export interface PouchError extends Error {
    status?: number;
    error?: string | boolean;
    reason?: string;
  }
  export interface PouchChange {
    id: string;
    seq: number | string;
    changes: { rev: string }[];
    deleted?: boolean;
    doc?: PouchDocument;
  }
  export type BulkGetRow = { ok: PouchDocument } | { error: unknown };
  export default class PouchDB {
    static plugin(plugin: unknown): typeof PouchDB;
    static defaults(options: Record<string, unknown>): typeof PouchDB;
    constructor(name: string, options?: Record<string, unknown>);
    readonly name: string;
    setMaxListeners(count: number): this;
    id(): Promise<string>;
    info(): Promise<{ doc_count: number; update_seq: number | string; instance_start_time?: string }>;
    get(id: string, options: { open_revs: 'all' | string[]; revs?: boolean }): Promise<BulkGetRow[]>;
    get(id: string, options?: Record<string, unknown>): Promise<PouchDocument>;
    put(document: PouchDocument): Promise<{ id: string; rev: string }>;
    post(document: Record<string, unknown>): Promise<{ id: string; rev: string }>;
    remove(id: string | PouchDocument, rev?: string): Promise<{ id: string; rev: string }>;
    bulkDocs(
      documents: PouchDocument[],
      options?: { new_edits?: boolean },
    ): Promise<(PouchError | { id: string; rev: string })[]>;
    bulkGet(options: {
      docs: { id: string; rev?: string }[];
      revs?: boolean;
    }): Promise<{ results: { id: string; docs: BulkGetRow[] }[] }>;
    revsDiff(revs: Record<string, string[]>): Promise<Record<string, { missing?: string[] }>>;
    allDocs(options: Record<string, unknown>): Promise<{
      rows: {
        id: string;
        key: string;
        value: { rev: string; deleted?: boolean };
        doc?: PouchDocument | null;
        error?: string;
      }[];
      total_rows: number;
    }>;
    changes(
      options: Record<string, unknown>,
    ): Promise<{ results: PouchChange[]; last_seq: number | string; pending?: number }>;
    /** Local databases only. Removes the bodies of revisions that are further than `maxHeight` from a leaf. */
    compactDocument(id: string, maxHeight: number): Promise<unknown>;
    close(): Promise<void>;
    destroy(): Promise<void>;
    sync(other: PouchDB | string, options?: Record<string, unknown>): Replication;
    replicate: {
      to(other: PouchDB | string, options?: Record<string, unknown>): Replication;
      from(other: PouchDB | string, options?: Record<string, unknown>): Replication;
    };
  }
  export interface Replication extends Promise<Record<string, unknown>> {
    on(event: string, listener: (value: never) => void): Replication;
    cancel(): void;
  }
}
declare module 'pouchdb-adapter-leveldb';
declare module 'pouchdb-adapter-memory';
declare module 'pouchdb-adapter-http';
declare module 'pouchdb-replication';
declare module 'leveldown' {
  interface LevelDown {
    _batch(operations: unknown[], options: Record<string, unknown>, callback: (error?: Error) => void): void;
    _put(key: unknown, value: unknown, options: Record<string, unknown>, callback: (error?: Error) => void): void;
    _del(key: unknown, options: Record<string, unknown>, callback: (error?: Error) => void): void;
    compactRange(start: Uint8Array, end: Uint8Array, callback: (error?: Error) => void): void;
  }
  function leveldown(location: string): LevelDown;
  namespace leveldown {
    function destroy(location: string, callback: (error?: Error) => void): void;
  }
  export default leveldown;
}
