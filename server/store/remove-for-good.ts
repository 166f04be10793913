/** Removes documents of a database so that nothing of their content is left, not in earlier revisions either. */
import { childRevision } from './revisions.ts';
import type { Database } from './store.ts';

const PAGE = 500;

/** Doing it again, also where it was stopped half-way, is harmless. Ids that the database does not know are passed over. */
export async function removeForGood(database: Database, ids: readonly string[]): Promise<void> {
  for (let at = 0; at < ids.length; at += PAGE) {
    const leaves = [...(await database.leaves(ids.slice(at, at + PAGE))).values()].flat();
    const live = leaves.filter(({ deleted }) => !deleted);
    await database.write(live.map((leaf) => childRevision(leaf, leaf.id, {}, { deleted: true, purpose: 'erased' })));
  }
  await database.forgetOldBodies(ids);
}
