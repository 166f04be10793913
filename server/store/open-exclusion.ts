import type { Exclusion } from './exclusion.ts';
import { LocalExclusion } from './local-exclusion.ts';
import { SharedExclusion } from './shared-exclusion.ts';
import type { Store } from './store.ts';

/**
 * To be called once by a server. Where servers share the store, those that name the same database exclude each other: it is made
 * for that, and nothing else may be kept in it. Elsewhere none is made.
 */
export async function openExclusion(store: Pick<Store, 'shared' | 'open'>, databaseName: string): Promise<Exclusion> {
  return store.shared ? new SharedExclusion(await store.open(databaseName)) : new LocalExclusion();
}
