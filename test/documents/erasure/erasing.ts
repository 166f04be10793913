/** An erasure made of the parts of a running server, and a look at everything that is stored. */
import { AuditLog } from '../../../server/audit/audit-log.ts';
import type { Core } from '../../../server/documents/core.ts';
import { Erasure, type ErasureOptions } from '../../../server/documents/erasure/erasure.ts';
import type { Database, Store, StoredRevision } from '../../../server/store/store.ts';

export interface Erasing {
  readonly erasure: Erasure;
  readonly auditLog: AuditLog;
}

export async function erasing(
  core: Core,
  databasePrefix: string,
  options: Pick<ErasureOptions, 'onErased'> = {},
): Promise<Erasing> {
  const auditLog = new AuditLog(await core.store.open(`${databasePrefix}-audit`));
  const registry = await core.store.open(`${databasePrefix}-system`);
  return { auditLog, erasure: new Erasure({ ...core, databasePrefix, registry, auditLog, ...options }) };
}

/** Every revision that is stored with a body, leaf or not, of every document of a database. */
async function storedRevisions(database: Database): Promise<StoredRevision[]> {
  const { results } = await database.changes({ since: '0', limit: 100_000 });
  const leaves = [...(await database.leaves(results.map(({ id }) => id))).values()].flat();
  const ancestors = leaves.flatMap(({ id, ancestry }) => ancestry.slice(1).map((rev) => ({ id, rev })));
  const found = await database.revisions(ancestors);
  return [...leaves, ...found.filter((revision) => revision !== undefined)];
}

/** Where a text is in a revision of any database of the server; empty where it can't be read anywhere. */
export async function whereStored(store: Store, databasePrefix: string, text: string): Promise<string[]> {
  const places: string[] = [];
  for (const name of await store.list()) {
    if (!name.startsWith(`${databasePrefix}-`)) continue;
    const revisions = await storedRevisions(await store.open(name));
    const holding = revisions.filter(({ body }) => JSON.stringify(body).includes(text));
    places.push(...holding.map(({ id, rev }) => `${name.slice(databasePrefix.length + 1)} ${id} ${rev}`));
  }
  return places;
}
