/** A list that the server answers page by page: the pages that were scrolled to, kept fresh where they are looked at. */
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { fetchJson, withQuery } from './api.ts';
import { type Topic, useLive } from './live.ts';
import { Asking } from './resource.ts';

export interface Page<T> {
  readonly items: readonly T[];
  readonly total?: number;
  readonly nextCursor?: string;
}

export interface PagedList<T> {
  /** While the list changes, an item may stand on two pages, and so be here twice. */
  readonly items: readonly T[];
  /** Where the server counts. */
  readonly total: number | undefined;
  readonly loading: boolean;
  readonly error: unknown;
  /** Whether there is more than `items`. */
  readonly hasMore: boolean;
  /** Tells which items are looked at: more are asked for where they end. */
  readonly show: (first: number, last: number) => void;
  /** Asks again for what is looked at. */
  readonly refresh: () => void;
}

export const PAGE_SIZE = 100;

interface Held<T> {
  readonly path: string;
  readonly pages: readonly { readonly cursor: string | undefined; readonly page: Page<T> }[];
  readonly error: unknown;
  readonly loading: boolean;
}

const nothing = <T>(path: string): Held<T> => ({ path, pages: [], error: undefined, loading: true });

/** `path`: of the list with its filters, without limit and cursor. */
export function usePagedList<T>(path: string, topics: readonly Topic[] = [], pageSize = PAGE_SIZE): PagedList<T> {
  const [state, setState] = useState<Held<T>>(() => nothing(path));
  const [asking] = useState(() => new Asking());
  const held = state.path === path ? state : nothing<T>(path);
  const latest = useRef(held);
  latest.current = held;
  const shown = useRef({ first: 0, last: 0 });

  const update = (change: (before: Held<T>) => Held<T>) =>
    setState((before) => change(before.path === path ? before : nothing(path)));
  const load = (from: number, to: number) => async (aborted: AbortSignal) => {
    update((before) => ({ ...before, loading: true }));
    try {
      for (let at = from; at <= to; at++) {
        const before = at === 0 ? undefined : latest.current.pages[at - 1]?.page.nextCursor;
        if (at > 0 && before === undefined) break;
        const page = await fetchJson<Page<T>>(withQuery(path, { limit: pageSize, cursor: before }), {
          signal: aborted,
        });
        if (aborted.aborted) return;
        latest.current = withPage(latest.current, at, before, page);
        const next = latest.current;
        update(() => next);
      }
      update((then) => ({ ...then, loading: false, error: undefined }));
    } catch (error) {
      if (!aborted.aborted) update((then) => ({ ...then, loading: false, error }));
    }
  };
  const again = () => {
    const [first, last] = [shown.current.first, shown.current.last].map((item) => pageOf(latest.current, item));
    return load(first ?? 0, last ?? 0);
  };
  // An answer of the list before must not be taken for one of this list.
  useLayoutEffect(() => {
    shown.current = { first: 0, last: 0 };
    asking.now(load(0, 0));
    return () => asking.stop();
  }, [path]);
  useLive(topics, () => asking.soon(again));

  const items = useMemo(() => held.pages.flatMap(({ page }) => page.items), [held.pages]);
  const hasMore = held.pages.length === 0 || held.pages.at(-1)?.page.nextCursor !== undefined;
  return {
    items,
    total: held.pages.at(-1)?.page.total,
    loading: held.loading,
    error: held.error,
    hasMore,
    show: (first, last) => {
      shown.current = { first, last };
      const { pages, loading } = latest.current;
      if (last >= items.length - pageSize / 4 && hasMore && !loading && pages.length > 0) {
        asking.now(load(pages.length, pages.length));
      }
    },
    refresh: () => asking.now(again()),
  };
}

/** A page that goes on elsewhere than before leaves those after it as they are, until they are looked at. */
function withPage<T>(held: Held<T>, at: number, cursor: string | undefined, page: Page<T>): Held<T> {
  const pages = [...held.pages.slice(0, at), { cursor, page }, ...held.pages.slice(at + 1)];
  return { ...held, pages: page.nextCursor === undefined ? pages.slice(0, at + 1) : pages };
}

function pageOf<T>({ pages }: Held<T>, item: number): number {
  let end = 0;
  for (const [at, { page }] of pages.entries()) {
    end += page.items.length;
    if (item < end) return at;
  }
  return Math.max(0, pages.length - 1);
}
