/** A tablet's connection: the `fetch` of its session, which fails while there is no connection. */
import { sessionFetch } from '../../tablet/session-fetch.ts';
import type { TabletOptions } from './tablet.ts';

export class Connection {
  readonly fetch: typeof fetch;
  #link = new AbortController();

  constructor({ server, login: { accessToken, refreshToken } }: Pick<TabletOptions, 'server' | 'login'>) {
    const connection: typeof fetch = async (input, init) => {
      const { signal } = this.#link;
      signal.throwIfAborted();
      return fetch(input, { ...init, signal: init?.signal ? AbortSignal.any([init.signal, signal]) : signal });
    };
    // A tablet of the demo is never started again, so that it has nothing to keep.
    this.fetch = sessionFetch({ server, tokens: { accessToken, refreshToken }, keep: () => {}, connection });
    this.cut();
  }

  /** Requests that wait for an answer fail as well. */
  cut(): void {
    this.#link.abort(new TypeError('fetch failed: no connection'));
  }

  restore(): void {
    if (this.#link.signal.aborted) this.#link = new AbortController();
  }
}
