/** Brings the index up to date in the background, so that the first list after a start, or an import, does not wait for it. */
import type { RoleDatabases } from '../../documents/projection/role-databases.ts';
import type { Database, Store } from '../../store/store.ts';
import type { ListIndexes } from './list-index.ts';

export interface WarmUpOptions {
  readonly lists: Pick<ListIndexes, 'prepare' | 'retain'>;
  readonly store: Pick<Store, 'list'>;
  readonly primary: Database;
  readonly roleDatabases: Pick<RoleDatabases, 'list' | 'serving'>;
  readonly signal: AbortSignal;
}

/** One database after the other, so that a list that is asked for meanwhile is not held up. Where nothing changed it costs a look at each. */
export async function warmUp({ lists, store, primary, roleDatabases, signal }: WarmUpOptions): Promise<void> {
  await lists.retain(await store.list());
  for (const { database } of roleDatabases.list()) {
    if (signal.aborted) return;
    const serving = await roleDatabases.serving(database.name);
    if (serving) await lists.prepare(serving);
  }
  if (!signal.aborted) await lists.prepare(primary);
}
