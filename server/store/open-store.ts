/** The one place that names the implementations of the store. */
import path from 'node:path';
import { CouchStore } from './couchdb-store.ts';
import { EmbeddedStore } from './embedded-store.ts';
import type { Store } from './store.ts';

export interface StoreOptions {
  /** With the credentials of a CouchDB administrator; absent for the embedded store. */
  readonly couchdbUrl?: URL | undefined;
  /** Holds the databases of the embedded store. */
  readonly dataDir: string;
}

/** The store that the configuration names. Throws StoreUnavailableError where it cannot be used. */
export function openStore({ couchdbUrl, dataDir }: StoreOptions): Promise<Store> {
  return couchdbUrl ? CouchStore.create(couchdbUrl) : EmbeddedStore.create({ folder: path.join(dataDir, 'databases') });
}
