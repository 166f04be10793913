/** Writes documents into the role databases they belong to. */
import type { RoleDatabase } from '../../../sync-rules/role-database.ts';
import type { SyncRules } from '../../../sync-rules/sync-rules.ts';
import type { Database, StoredRevision } from '../../store/store.ts';
import { asRuleRevision, storedBody } from '../write/document-policy.ts';

export type LeavesOf = ReadonlyMap<string, readonly StoredRevision[]>;

/** What one role database is to be given. */
export interface DatabasePlan {
  readonly database: RoleDatabase;
  /** Every leaf of documents that are seen here, whole, with fields left out, or as a tombstone. */
  readonly visible: readonly StoredRevision[];
  /** Tombstones of documents that are not seen here: due only where the database holds the document. */
  readonly gone: readonly StoredRevision[];
}

export const tombstoneOf = ({ id, rev, ancestry }: StoredRevision): StoredRevision => ({
  id,
  rev,
  ancestry,
  deleted: true,
  body: {},
});

/** Pure: where the leaves of some documents go. */
export function planProjection(rules: SyncRules, leaves: LeavesOf): DatabasePlan[] {
  const plans = new Map<string, { database: RoleDatabase; visible: StoredRevision[]; gone: StoredRevision[] }>();
  for (const [, current] of leaves) {
    const placed = current.map((leaf) => ({
      leaf,
      at: new Map(rules.placement(asRuleRevision(leaf)).map((p) => [p.database.name, p])),
    }));
    const databases = new Map(placed.flatMap(({ at }) => [...at.values()].map((p) => [p.database.name, p.database])));
    for (const [name, database] of databases) {
      const plan = plans.get(name) ?? { database, visible: [], gone: [] };
      plans.set(name, plan);
      const seen = placed.some(({ at }) => at.get(name)?.body !== undefined);
      for (const { leaf, at } of placed) {
        const body = at.get(name)?.body;
        (seen ? plan.visible : plan.gone).push(body ? { ...leaf, body: storedBody(body) } : tombstoneOf(leaf));
      }
    }
  }
  return [...plans.values()];
}

/**
 * Writes a plan to one physical database. `predecessor`: the one that devices read until now; what it holds, they may hold,
 * and must be told of as well.
 */
export async function applyPlan(
  { visible, gone }: DatabasePlan,
  target: Database,
  predecessor?: Database,
): Promise<void> {
  const ids = gone.map(({ id }) => id);
  const held = await target.known(ids);
  const before = predecessor && predecessor !== target ? await predecessor.known(ids) : held;
  await target.write([...visible, ...gone.filter(({ id }) => held.has(id) || before.has(id))]);
}
