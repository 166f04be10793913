/** What a page shows, asked for again whenever the server says that it changed. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { fetchJson } from './api.ts';
import { type Topic, useLive } from './live.ts';

export interface Resource<T> {
  /** The last that was answered, also while it is asked for again. */
  readonly data: T | undefined;
  /** Of the last time; what was answered before stays. */
  readonly error: unknown;
  readonly loading: boolean;
  /** When `data` came, milliseconds since 1970. */
  readonly atMs: number | undefined;
  readonly refresh: () => void;
}

/** What changes all the time is not asked for more often. */
const MIN_INTERVAL_MS = 1_000;

interface State<T> {
  readonly path: string | undefined;
  readonly data: T | undefined;
  readonly error: unknown;
  readonly loading: boolean;
  readonly atMs: number | undefined;
}

/** `path`: below `/api`; undefined asks for nothing. */
export function useResource<T>(path: string | undefined, topics: readonly Topic[] = []): Resource<T> {
  const [state, setState] = useState<State<T>>(() => emptyState(path));
  const [asking] = useState(() => new Asking());
  const load = async (aborted: AbortSignal) => {
    if (path === undefined) return;
    setState((before) => ({ ...of(before, path), loading: true }));
    try {
      const data = await fetchJson<T>(path, { signal: aborted });
      if (!aborted.aborted) setState({ path, data, error: undefined, loading: false, atMs: Date.now() });
    } catch (error) {
      if (!aborted.aborted) setState((before) => ({ ...of(before, path), error, loading: false }));
    }
  };
  const latest = useRef(load);
  latest.current = load;
  // What was asked for another path is given up before its answer can come.
  useLayoutEffect(() => {
    asking.now(load);
    return () => asking.stop();
  }, [path]);
  useLive(topics, () => asking.soon(() => latest.current));
  return { ...of(state, path), refresh: () => asking.now(latest.current) };
}

const emptyState = <T>(path: string | undefined): State<T> => ({
  path,
  data: undefined,
  error: undefined,
  loading: path !== undefined,
  atMs: undefined,
});

/** What is known of another path is nothing of this one. */
const of = <T>(state: State<T>, path: string | undefined): State<T> => (state.path === path ? state : emptyState(path));

type Load = (aborted: AbortSignal) => Promise<void>;

/** Asks one thing at a time, after news at most once in a while. */
export class Asking {
  #aborting: AbortController | undefined;
  #startedMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** At once; what is under way is given up. */
  now(load: Load): void {
    this.stop();
    const aborting = new AbortController();
    this.#aborting = aborting;
    this.#startedMs = Date.now();
    void load(aborting.signal).finally(() => {
      if (this.#aborting === aborting) this.#aborting = undefined;
    });
  }

  /** What is under way ends first: it may have been read before the news. */
  soon(load: () => Load): void {
    if (this.#timer !== undefined) return;
    const waitMs = Math.max(this.#startedMs + MIN_INTERVAL_MS - Date.now(), this.#aborting ? MIN_INTERVAL_MS / 4 : 0);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#aborting) this.soon(load);
      else this.now(load());
    }, waitMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#aborting?.abort();
    this.#aborting = undefined;
  }
}
