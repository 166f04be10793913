/** A tablet's connection: a `fetch` that sends the tablet's token, and fails while there is no connection. */
export class Connection {
  readonly #accessToken: string;
  #link = new AbortController();

  constructor(accessToken: string) {
    this.#accessToken = accessToken;
    this.cut();
  }

  /** Requests that wait for an answer fail as well. */
  cut(): void {
    this.#link.abort(new TypeError('fetch failed: no connection'));
  }

  restore(): void {
    if (this.#link.signal.aborted) this.#link = new AbortController();
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const { signal } = this.#link;
    signal.throwIfAborted();
    const headers = new Headers(init?.headers);
    headers.set('authorization', `Bearer ${this.#accessToken}`);
    return fetch(input, { ...init, headers, signal: init?.signal ? AbortSignal.any([init.signal, signal]) : signal });
  };
}
