/** A tablet's connection, as the `fetch` that RxDB's CouchDB plugin is given: with a token, and not always there. */
import type { DeviceDocument } from './rxdb-device-messages.ts';

type Fetch = typeof fetch;

export interface Pushed {
  /** The address of the collection's database, ending with a slash. */
  readonly database: string;
  readonly document: DeviceDocument;
}

export class DeviceNetwork {
  #accessToken: string;
  #online = true;
  readonly #open = new Set<AbortController>();
  /** By database: how far its collection has pulled. */
  readonly #pulledTo = new Map<string, string>();
  /** Documents that went out in `_bulk_docs`. */
  readonly pushed: Pushed[] = [];

  constructor(accessToken: string) {
    this.#accessToken = accessToken;
  }

  useToken(accessToken: string): void {
    this.#accessToken = accessToken;
  }

  /** Offline, requests fail, those that wait for an answer too. */
  setOnline(online: boolean): void {
    this.#online = online;
    if (!online) for (const request of this.#open) request.abort(offline());
  }

  /** To be given to `replicateCouchDB`. */
  readonly fetch: Fetch = async (input, init) => {
    if (!this.#online) throw offline();
    const address = String(input);
    const [database, operation] = split(address);
    if (operation === '_bulk_docs') this.#notePushed(database, init?.body);
    const request = new AbortController();
    this.#open.add(request);
    try {
      const response = await fetch(this.#withPlace(database, address), {
        ...init,
        headers: { ...(init?.headers as Record<string, string>), authorization: `Bearer ${this.#accessToken}` },
        signal: request.signal,
      });
      const text = await response.text();
      // RxDB reads whatever it is answered as rows, so an error has to be thrown before it does.
      if (!response.ok) throw new Error(`${response.status} ${text}`);
      if (operation === '_changes' && !address.includes('feed=longpoll')) this.#notePulled(database, text);
      return new Response(text);
    } finally {
      this.#open.delete(request);
    }
  };

  /**
   * RxDB listens from `now` until its first longpoll was answered. Where the connection breaks before that, it would never
   * hear of what is written in between: it has to listen from where it stopped reading.
   */
  #withPlace(database: string, address: string): string {
    const place = this.#pulledTo.get(database);
    return place === undefined ? address : address.replace('since=now', `since=${place}`);
  }

  #notePulled(database: string, page: string): void {
    const { last_seq } = JSON.parse(page) as { readonly last_seq: string };
    this.#pulledTo.set(database, last_seq);
  }

  #notePushed(database: string, body: unknown): void {
    const { docs } = JSON.parse(String(body)) as { readonly docs: readonly DeviceDocument[] };
    this.pushed.push(...docs.map((document) => ({ database, document })));
  }
}

const offline = () => new TypeError('fetch failed: offline');

/** `…/sync/nurse-north/vital/_changes?…` as its database and its operation. */
function split(address: string): [string, string] {
  const path = address.slice(0, address.includes('?') ? address.indexOf('?') : undefined);
  const end = path.lastIndexOf('/') + 1;
  return [path.slice(0, end), path.slice(end)];
}
