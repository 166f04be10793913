/** Writes documents into the role databases they belong to. */
import type { RoleDatabase } from '../../../sync-rules/role-database.ts';
import type { SyncRules } from '../../../sync-rules/sync-rules.ts';
import type { Database, StoredRevision } from '../../store/store.ts';
import type { History } from '../history.ts';
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
 * Whether a database would have shown an earlier revision than this one. Its author's device may hold it, though it was never
 * projected: something else came on top of it before its turn.
 */
export type WasSeen = (later: StoredRevision, database: RoleDatabase) => Promise<boolean>;

/** As far as the earlier revisions are at hand. */
export function seenAmong(rules: SyncRules, earlier: readonly StoredRevision[]): WasSeen {
  return async ({ id, ancestry }, database) =>
    earlier.some((one) => one.id === id && ancestry.includes(one.rev) && isShown(rules, one, database));
}

/** As far as their bodies are kept. */
export function seenInHistory(rules: SyncRules, history: Pick<History, 'bodies'>): WasSeen {
  return async (later, database) => {
    const bodies = await history.bodies(later.id, later.ancestry.slice(1));
    return bodies.some((body) => body && isShown(rules, { ...later, deleted: false, body }, database));
  };
}

const isShown = (rules: SyncRules, revision: StoredRevision, { name }: RoleDatabase): boolean =>
  rules.placement(asRuleRevision(revision)).some(({ database, body }) => database.name === name && body !== undefined);

export interface PlanContext {
  /** The database that devices read until now: what it holds, they may hold, and must be told of as well. */
  readonly predecessor?: Database | undefined;
  readonly wasSeen?: WasSeen | undefined;
}

/** Writes a plan to one physical database. */
export async function applyPlan(
  plan: DatabasePlan,
  target: Database,
  { predecessor, wasSeen }: PlanContext,
): Promise<void> {
  const ids = plan.gone.map(({ id }) => id);
  const held = new Set(await target.known(ids));
  if (predecessor && predecessor !== target) for (const id of await predecessor.known(ids)) held.add(id);
  for (const later of wasSeen ? plan.gone : [])
    if (!held.has(later.id) && (await wasSeen?.(later, plan.database))) held.add(later.id);
  await target.write(dueIn(plan, (id) => held.has(id)));
}
