/**
 * The two feeds that RxDB reads of one type, its pull and its live feed, request by request: so a test can say which of them
 * is asked and answered when.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Login } from './api-client.ts';

export interface FeedPage {
  readonly results: readonly { readonly id: string }[];
  readonly last_seq: string;
}

export interface AskOptions {
  /** Cuts the connection. */
  readonly signal?: AbortSignal | undefined;
  /** After which the server ends a wait from `now`. */
  readonly timeoutMs?: number;
}

/** RxDB's default is 5 s. */
const RETRY_MS = 20;

export class RxdbFeeds {
  readonly #url: string;
  readonly #headers: Record<string, string>;
  readonly #cut = new AbortController();
  /** Where its live feed asked from, in order. */
  readonly asked: string[] = [];
  /** The documents that came live, in order. */
  readonly live: string[] = [];

  constructor({ accessToken, databases }: Login, type: string) {
    this.#url = `${databases[0]?.url}/${type}/_changes?style=all_docs&include_docs=true&limit=1000`;
    this.#headers = { authorization: `Bearer ${accessToken}` };
  }

  /** One page of its pull. */
  pull(since: string, { signal }: AskOptions = {}): Promise<FeedPage> {
    return this.#ask(`&feed=normal&since=${since}`, signal);
  }

  /** One request of its live feed, answered when there is something. */
  wait(since: string, { timeoutMs, signal }: AskOptions = {}): Promise<FeedPage> {
    this.asked.push(since);
    const timeout = timeoutMs === undefined ? '' : `&timeout=${timeoutMs}`;
    return this.#ask(`&feed=longpoll&heartbeat=60000&since=${since}${timeout}`, signal);
  }

  /** Its live feed from `now` on, until it is cut. A request that fails it makes once more. */
  async follow(optionsOf: (request: number) => AskOptions = () => ({})): Promise<void> {
    let since = 'now';
    for (let request = 0; !this.#cut.signal.aborted; request++) {
      try {
        const { results, last_seq } = await this.wait(since, optionsOf(request));
        this.live.push(...results.map(({ id }) => id));
        since = last_seq;
      } catch {
        await wait(RETRY_MS);
      }
    }
  }

  /** Its pull, of one page, which it asks for until it is answered. */
  async pullAtLast(since: string, optionsOf: (request: number) => AskOptions): Promise<FeedPage> {
    for (let request = 0; ; request++) {
      try {
        return await this.pull(since, optionsOf(request));
      } catch (error) {
        if (this.#cut.signal.aborted) throw error;
        await wait(RETRY_MS);
      }
    }
  }

  /** Ends its requests. */
  cut(): void {
    this.#cut.abort();
  }

  async #ask(params: string, signal?: AbortSignal): Promise<FeedPage> {
    const response = await fetch(this.#url + params, {
      headers: this.#headers,
      signal: AbortSignal.any([this.#cut.signal, ...(signal ? [signal] : [])]),
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return (await response.json()) as FeedPage;
  }
}
