/** Where the news of open pages comes from: the store's notices, the gateway, and a look at what nobody tells of. */
import type { SyncObserver } from '../../gateway/sync-observer.ts';
import type { LiveChanges, Topic } from './live-changes.ts';

export interface LiveSourcesOptions {
  readonly changes: LiveChanges;
  readonly store: { onUpdate(listener: (databaseName: string) => void): () => void };
  /** Beginning of the names of all databases. */
  readonly databasePrefix: string;
  /** What may change without a write, as text; must be quick, and not throw. */
  readonly glance: () => string;
}

const TOPICS_OF: Readonly<Record<string, readonly Topic[]>> = {
  primary: ['documents', 'overview'],
  history: ['documents'],
  held: ['held-writes', 'overview'],
  system: ['role-databases', 'overview'],
  accounts: ['accounts', 'devices', 'overview'],
  audit: ['audit'],
  // Written every few seconds whatever happens: what it holds is told of by the gateway.
  monitoring: [],
};
const ROLE_DATABASE: readonly Topic[] = ['role-databases', 'devices', 'overview'];
const GLANCE_MS = 1_000;
/** Memory, disk and ages change all the time. */
const SYSTEM_EVERY = 10;

/** To be handed to the gateway. */
export const liveObserver =
  (changes: LiveChanges): SyncObserver =>
  (_contact, { kind }) => {
    if (kind !== 'request_ended') changes.note('devices', 'overview');
  };

/** Tells of everything until the function that it answers is called. */
export function watchSources({ changes, store, databasePrefix, glance }: LiveSourcesOptions): () => void {
  const prefix = `${databasePrefix}-`;
  const unsubscribe = store.onUpdate((name) => {
    if (name.startsWith(prefix)) changes.note(...(TOPICS_OF[name.slice(prefix.length)] ?? ROLE_DATABASE));
  });
  let seen = '';
  let glances = 0;
  const timer = setInterval(() => {
    if (!changes.isWatched) return;
    const now = glance();
    if (now !== seen) changes.note('overview', 'role-databases');
    seen = now;
    if (++glances % SYSTEM_EVERY === 0) changes.note('system', 'overview');
  }, GLANCE_MS).unref();
  return () => {
    unsubscribe();
    clearInterval(timer);
  };
}
