/** What the server says has changed, while the page is looked at. */
import { signal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { StoreNews } from '../../admin/events/events-routes.ts';
import type { Topic } from '../../admin/events/live-changes.ts';
import { sessionLost } from './api.ts';

export type { Topic };

/** `connecting` at first, and while the connection is gone; the browser tries again by itself. */
export const liveState = signal<'connecting' | 'open' | 'resting'>('connecting');

/** As the server last told. */
export const storeNews = signal<StoreNews>({ reachable: true });

/** A browser opens few connections to one host: a page that nobody looks at gives its own back. */
const REST_AFTER_MS = 60_000;
const RETRY_MS = 5_000;

type Listener = (topics: ReadonlySet<Topic> | 'all') => void;
const listeners = new Set<Listener>();
let source: EventSource | undefined;
let restTimer: ReturnType<typeof setTimeout> | undefined;
let running = false;

/** Follows until the function that it answers is called. */
export function startLive(): () => void {
  running = true;
  connect();
  document.addEventListener('visibilitychange', onVisibility);
  return () => {
    running = false;
    document.removeEventListener('visibilitychange', onVisibility);
    clearTimeout(restTimer);
    disconnect('connecting');
  };
}

/** Calls `onChange` when something of the topics changed, or may have while nobody could tell. */
export function useLive(topics: readonly Topic[], onChange: () => void): void {
  const latest = useRef(onChange);
  latest.current = onChange;
  const key = topics.join();
  useLayoutEffect(() => {
    const listener: Listener = (changed) => {
      if (changed === 'all' || topics.some((topic) => changed.has(topic))) latest.current();
    };
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }, [key]);
}

function tell(topics: ReadonlySet<Topic> | 'all'): void {
  for (const listener of [...listeners]) listener(topics);
}

function connect(): void {
  if (source || !running) return;
  const opened = new EventSource('/api/admin/events');
  source = opened;
  opened.addEventListener('hello', () => {
    liveState.value = 'open';
    tell('all');
  });
  opened.addEventListener('changed', (event) => {
    const { topics } = JSON.parse(event.data as string) as { topics: Topic[] };
    tell(new Set(topics));
  });
  opened.addEventListener('store', (event) => {
    storeNews.value = JSON.parse(event.data as string) as StoreNews;
  });
  opened.addEventListener('ended', () => {
    disconnect('connecting');
    sessionLost.value = true;
  });
  opened.onerror = () => {
    if (source !== opened) return;
    liveState.value = 'connecting';
    // An answer that is no stream (the session is over, the server starts) ends it for good: whoever asks next learns why.
    if (opened.readyState === EventSource.CLOSED) {
      disconnect('connecting');
      tell('all');
      setTimeout(connect, RETRY_MS);
    }
  };
}

function disconnect(state: 'connecting' | 'resting'): void {
  source?.close();
  source = undefined;
  liveState.value = state;
}

function onVisibility(): void {
  clearTimeout(restTimer);
  if (document.visibilityState === 'visible') connect();
  else restTimer = setTimeout(() => disconnect('resting'), REST_AFTER_MS);
}
