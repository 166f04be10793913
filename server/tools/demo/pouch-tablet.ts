/** A tablet with stock PouchDB: a local database for each of the login's databases, and live replication both ways. */
import { randomUUID } from 'node:crypto';
import httpAdapter from 'pouchdb-adapter-http';
import memoryAdapter from 'pouchdb-adapter-memory';
import PouchCore, { type PouchDocument, type PouchError, type Replication } from 'pouchdb-core';
import replication from 'pouchdb-replication';
import { isReferenceType } from '../../../shared-schemas/document-types.ts';
import type { RuleDocument } from '../../../sync-rules/document.ts';
import { REFERENCE_DATABASE } from '../../../sync-rules/role-database.ts';
import { Connection } from './connection.ts';
import type { Login } from './rest-client.ts';
import type { Tablet, TabletOptions } from './tablet.ts';

const StockPouch = PouchCore.plugin(memoryAdapter).plugin(httpAdapter).plugin(replication);

interface Pair {
  readonly isReference: boolean;
  readonly local: PouchCore;
  readonly remote: PouchCore;
}

export class PouchTablet implements Tablet {
  readonly client = 'PouchDB';
  readonly name: string;
  readonly principal: Login['principal'];
  readonly #connection: Connection;
  readonly #pairs: readonly Pair[];
  #running: Replication[] = [];

  constructor(options: TabletOptions) {
    const { name, login } = options;
    this.name = name;
    this.principal = login.principal;
    this.#connection = new Connection(options);
    this.#pairs = login.databases.map((database) => ({
      isReference: database.name === REFERENCE_DATABASE.name,
      local: new StockPouch(`tablet-${randomUUID()}`, { adapter: 'memory', deterministic_revs: false }),
      remote: new StockPouch(database.url, { adapter: 'http', skip_setup: true, fetch: this.#connection.fetch }),
    }));
  }

  /** Starts replication anew, as an app does when it hears of a connection: PouchDB's own wait grows to ten minutes. */
  goOnline(): void {
    this.#connection.restore();
    this.#running = this.#pairs.map(({ local, remote }) => local.sync(remote, { live: true, retry: true }));
    // Its end, by error too, shows in the documents that do not come.
    for (const running of this.#running) running.catch(() => {});
  }

  async goOffline(): Promise<void> {
    this.#connection.cut();
    const running = this.#running.splice(0);
    for (const one of running) one.cancel();
    await Promise.allSettled(running);
  }

  async read(id: string): Promise<RuleDocument | undefined> {
    const found = await this.#get(id);
    return found && withoutRevision(found);
  }

  async documents(): Promise<ReadonlyMap<string, RuleDocument>> {
    const pages = await Promise.all(this.#pairs.map(({ local }) => local.allDocs({ include_docs: true })));
    return new Map(
      pages.flatMap(({ rows }) => rows.flatMap(({ id, doc }) => (doc ? [[id, withoutRevision(doc)]] : []))),
    );
  }

  async write(document: RuleDocument): Promise<void> {
    const rev = (await this.#get(document._id))?._rev;
    await this.#localOf(document).put({ ...document, ...(rev !== undefined && { _rev: rev }) });
  }

  async close(): Promise<void> {
    await this.goOffline();
    await Promise.all(this.#pairs.flatMap(({ local, remote }) => [local.destroy(), remote.close()]));
  }

  #localOf({ type }: RuleDocument): PouchCore {
    const pair = this.#pairs.find(({ isReference }) => isReference === isReferenceType(type));
    if (!pair) throw new RangeError(`this tablet has no database for ${type} documents`);
    return pair.local;
  }

  async #get(id: string): Promise<PouchDocument | undefined> {
    for (const { local } of this.#pairs) {
      const found = await local.get(id).catch((error: PouchError) => {
        if (error.status === 404) return undefined;
        throw error;
      });
      if (found) return found;
    }
    return undefined;
  }
}

function withoutRevision({ _rev, ...document }: PouchDocument): RuleDocument {
  return document as unknown as RuleDocument;
}
