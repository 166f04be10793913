/** A tablet with stock PouchDB: a local database and replication through the gateway. */
import { randomBytes } from 'node:crypto';
import httpAdapter from 'pouchdb-adapter-http';
import memoryAdapter from 'pouchdb-adapter-memory';
import PouchCore, { type PouchDocument } from 'pouchdb-core';
import replication from 'pouchdb-replication';
import type { Login } from './api-client.ts';

export const StockPouch = PouchCore.plugin(memoryAdapter).plugin(httpAdapter).plugin(replication);

/** The remote database as a tablet names it, with its token on every request; `onRequest` is told of each. */
export function remoteOf(
  url: string,
  accessToken: string,
  onRequest: (address: string, answer: Promise<Response>) => void = () => {},
) {
  return new StockPouch(url, {
    adapter: 'http',
    skip_setup: true,
    fetch: (address: string, options: RequestInit = {}) => {
      const headers = new Headers(options.headers);
      headers.set('authorization', `Bearer ${accessToken}`);
      const answer = fetch(address, { ...options, headers });
      onRequest(address, answer);
      return answer;
    },
  });
}

export interface Denied {
  readonly id: string;
  readonly code?: string;
  readonly reason?: string;
}

export class PouchDevice {
  readonly login: Login;
  readonly local: InstanceType<typeof StockPouch>;
  readonly remote: InstanceType<typeof StockPouch>;
  readonly denied: Denied[] = [];
  /** Requests that are not answered yet. */
  readonly #underWay = new Map<Promise<Response>, string>();

  /** `which`: 0 for the role database, 1 for the reference database. */
  constructor(login: Login, which: 0 | 1 = 0) {
    this.login = login;
    this.local = new StockPouch(`device-${randomBytes(8).toString('hex')}`, { adapter: 'memory' });
    const url = login.databases[which]?.url;
    if (!url) throw new Error('this login has no such database');
    this.remote = remoteOf(url, login.accessToken, (address, answer) => {
      this.#underWay.set(answer, address);
      const end = () => this.#underWay.delete(answer);
      answer.then(end, end);
    });
  }

  async pull(): Promise<void> {
    await this.local.replicate.from(this.remote);
  }

  async push(): Promise<void> {
    await this.local.replicate
      .to(this.remote)
      .on('denied', (event: { doc?: Denied } & Denied) => this.denied.push(event.doc ?? event));
  }

  /** What a tablet does when it has a connection: first its own work, then everyone else's. */
  async sync(): Promise<void> {
    await this.push();
    await this.pull();
  }

  /** Whether a live tablet only waits for changes: PouchDB takes a connection that ends in the middle of more than that badly. */
  get onlyWaits(): boolean {
    const addresses = [...this.#underWay.values()];
    return addresses.length > 0 && addresses.every((address) => address.includes('feed=longpoll'));
  }

  /** Pushes and pulls as it happens, until the returned function is called. */
  live(): () => void {
    const running = this.local.sync(this.remote, { live: true, retry: true });
    running.catch(() => {});
    return () => running.cancel();
  }

  async put(document: Record<string, unknown>): Promise<void> {
    await this.local.put(document as unknown as PouchDocument);
  }

  async get(id: string): Promise<PouchDocument> {
    return this.local.get(id);
  }

  /** Live documents by id, without revisions. */
  async documents(): Promise<Map<string, Record<string, unknown>>> {
    const { rows } = await this.local.allDocs({ include_docs: true });
    return new Map(
      rows.map(({ id, doc }) => [
        id,
        Object.fromEntries(Object.entries(doc ?? {}).filter(([field]) => field !== '_rev')),
      ]),
    );
  }

  async ids(): Promise<string[]> {
    return [...(await this.documents()).keys()].sort();
  }
}
