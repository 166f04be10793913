/** Damage done to a role database behind the server's back. */
import { childRevision, winnerOf } from '../../server/store/revisions.ts';
import type { Database, StoredRevision } from '../../server/store/store.ts';

const leafOf = async (database: Database, id: string): Promise<StoredRevision> => {
  const winner = winnerOf((await database.leaves([id])).get(id) ?? []);
  if (!winner) throw new Error(`${database.name} has no ${id}`);
  return winner;
};

/** A deletion that nobody made. */
export async function removeFrom(database: Database, id: string): Promise<void> {
  await database.write([childRevision(await leafOf(database, id), id, {}, { deleted: true, purpose: 'damage' })]);
}

/** A successor that nobody wrote. */
export async function alterIn(database: Database, id: string, changes: Record<string, unknown>): Promise<void> {
  const leaf = await leafOf(database, id);
  await database.write([childRevision(leaf, id, { ...leaf.body, ...changes }, { purpose: 'damage' })]);
}

/** A document that belongs elsewhere, or nowhere. */
export async function addTo(database: Database, revision: StoredRevision): Promise<void> {
  await database.write([revision]);
}
