/** Writes documents into the role databases they belong to. */
import type { RoleDatabase } from '../../../sync-rules/role-database.ts';
import type { SyncRules } from '../../../sync-rules/sync-rules.ts';
import type { Database, StoredRevision } from '../../store/store.ts';
import { asRuleRevision, storedBody } from '../write/document-policy.ts';

export type LeavesOf = ReadonlyMap<string, readonly StoredRevision[]>;

/** What one role database is to be given. */
export interface DatabasePlan {
  readonly database: RoleDatabase;
  /** Every leaf of documents that are seen here: whole, with fields left out, or as a tombstone. */
  readonly visible: readonly StoredRevision[];
  /** Tombstones of documents that someone who reads this database wrote, and does not see: due in any case. */
  readonly withdrawn: readonly StoredRevision[];
  /** Tombstones of other documents that are not seen here: due only where the database holds the document. */
  readonly gone: readonly StoredRevision[];
}

export const tombstoneOf = ({ id, rev, ancestry }: StoredRevision): StoredRevision => ({
  id,
  rev,
  ancestry,
  deleted: true,
  body: {},
});

type WritablePlan = { readonly database: RoleDatabase } & {
  [part in 'visible' | 'withdrawn' | 'gone']: StoredRevision[];
};

/** What a database is to be given, as far as it holds some documents already. */
export const dueIn = ({ visible, withdrawn, gone }: DatabasePlan, holds: (id: string) => boolean): StoredRevision[] => [
  ...visible,
  ...withdrawn,
  ...gone.filter(({ id }) => holds(id)),
];

/** Pure: where the leaves of some documents go. */
export function planProjection(rules: SyncRules, leaves: LeavesOf): DatabasePlan[] {
  const plans = new Map<string, WritablePlan>();
  for (const [, current] of leaves) {
    const placed = current.map((leaf) => ({
      leaf,
      at: new Map(rules.placement(asRuleRevision(leaf)).map((p) => [p.database.name, p])),
    }));
    const databases = new Map(placed.flatMap(({ at }) => [...at.values()].map((p) => [p.database.name, p.database])));
    for (const [name, database] of databases) {
      const plan = plans.get(name) ?? { database, visible: [], withdrawn: [], gone: [] };
      plans.set(name, plan);
      const here = placed.flatMap(({ at }) => at.get(name) ?? []);
      const part = here.some(({ body }) => body) ? 'visible' : here.some(({ isDue }) => isDue) ? 'withdrawn' : 'gone';
      for (const { leaf, at } of placed) {
        const body = at.get(name)?.body;
        plan[part].push(body ? { ...leaf, body: storedBody(body) } : tombstoneOf(leaf));
      }
    }
  }
  return [...plans.values()];
}

/**
 * Writes a plan to one physical database. `predecessor`: the one that devices read until now; what it holds, they may hold,
 * and must be told of as well.
 */
export async function applyPlan(plan: DatabasePlan, target: Database, predecessor?: Database): Promise<void> {
  const ids = plan.gone.map(({ id }) => id);
  const held = await target.known(ids);
  const before = predecessor && predecessor !== target ? await predecessor.known(ids) : held;
  await target.write(dueIn(plan, (id) => held.has(id) || before.has(id)));
}
