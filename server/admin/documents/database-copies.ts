/** What each role database holds of a document, and what the rules say that it should hold. */
import equal from 'fast-deep-equal';
import type { RoleDatabase } from '../../../sync-rules/role-database.ts';
import type { SyncRules } from '../../../sync-rules/sync-rules.ts';
import { planProjection } from '../../documents/projection/projection.ts';
import type { RoleDatabases } from '../../documents/projection/role-databases.ts';
import { asRuleRevision, ROUTING_FIELDS } from '../../documents/write/document-policy.ts';
import { winnerOf } from '../../store/revisions.ts';
import type { StoredRevision } from '../../store/store.ts';

/** `part`: with fields left out; `tombstone`: it tells devices that the document is gone; `nothing`: it never had it. */
export type Held = 'whole' | 'part' | 'tombstone' | 'nothing';

export interface CopyView {
  readonly holds: Held;
  /** Absent where it holds nothing. */
  readonly rev?: string;
  /** Names of the fields that are left out. */
  readonly hiddenFields: readonly string[];
}

export interface DatabaseCopyView {
  readonly database: string;
  readonly role: RoleDatabase['role'];
  /** A clinic's slug, a patient's id, or `all`. */
  readonly scope: string;
  /** `missing`: there is no such database, as for a patient without an account; `building`: its first build is not done. */
  readonly state: 'served' | 'building' | 'missing';
  /** Absent where it is not served. */
  readonly holds?: CopyView;
  /** By the rules, of the document as it is now. */
  readonly shouldHold: CopyView;
  /** Whether it holds what it should, to the last field. Absent where it is not served. */
  readonly right?: boolean;
}

export interface DatabaseCopiesOptions {
  readonly rules: Pick<SyncRules, 'placement'>;
  readonly roleDatabases: Pick<RoleDatabases, 'serving' | 'get'>;
}

interface Wanted {
  readonly database: RoleDatabase;
  readonly leaves: readonly StoredRevision[];
  readonly visible: boolean;
}

/** `earlier`: all revisions whose bodies are known, as a database may hold one that the present document does not lead to. */
export async function databaseCopies(
  { rules, roleDatabases }: DatabaseCopiesOptions,
  id: string,
  leaves: readonly StoredRevision[],
  earlier: readonly StoredRevision[],
): Promise<DatabaseCopyView[]> {
  const wanted = wantedCopies(rules as SyncRules, id, leaves, earlier);
  const winner = winnerOf(leaves);
  return Promise.all(
    wanted.map(async (one) => {
      const { name, role, scope } = one.database;
      const place = { database: name, role, scope };
      const serving = await roleDatabases.serving(name);
      if (!serving) {
        const state = roleDatabases.get(name) ? ('building' as const) : ('missing' as const);
        return { ...place, state, shouldHold: shouldHold(one, winner, false) };
      }
      const held = (await serving.leaves([id])).get(id) ?? [];
      return {
        ...place,
        state: 'served' as const,
        holds: copyOf(held, leaves),
        shouldHold: shouldHold(one, winner, held.length > 0),
        right: isRight(one, held),
      };
    }),
  );
}

function wantedCopies(
  rules: SyncRules,
  id: string,
  leaves: readonly StoredRevision[],
  earlier: readonly StoredRevision[],
): Wanted[] {
  const wanted = new Map<string, Wanted>();
  for (const revision of differentlyRouted(earlier))
    for (const { database } of rules.placement(asRuleRevision(revision)))
      wanted.set(database.name, { database, leaves: [], visible: false });
  for (const { database, visible, withdrawn, gone } of planProjection(rules, new Map([[id, leaves]]))) {
    const isVisible = visible.length > 0;
    wanted.set(database.name, { database, leaves: isVisible ? visible : [...withdrawn, ...gone], visible: isVisible });
  }
  return [...wanted.values()].sort((a, b) => (a.database.name < b.database.name ? -1 : 1));
}

/** One of those that go to the same databases, under whatever projection. */
function differentlyRouted(revisions: readonly StoredRevision[]): Iterable<StoredRevision> {
  const keyOf = ({ body }: StoredRevision) => JSON.stringify(ROUTING_FIELDS.map((field) => body[field]));
  return new Map(revisions.map((revision) => [keyOf(revision), revision])).values();
}

function shouldHold({ leaves, visible }: Wanted, winner: StoredRevision | undefined, isKnown: boolean): CopyView {
  if (visible) return copyOf(leaves, winner ? [winner] : []);
  if (!isKnown) return { holds: 'nothing', hiddenFields: [] };
  const rev = winnerOf(leaves)?.rev;
  return { holds: 'tombstone', hiddenFields: [], ...(rev !== undefined && { rev }) };
}

function copyOf(held: readonly StoredRevision[], originals: readonly StoredRevision[]): CopyView {
  const winner = winnerOf(held);
  if (!winner) return { holds: 'nothing', hiddenFields: [] };
  const { rev, deleted, body } = winner;
  if (deleted) return { holds: 'tombstone', rev, hiddenFields: [] };
  const original = originals.find((leaf) => leaf.rev === rev)?.body ?? body;
  const hiddenFields = Object.keys(original)
    .filter((field) => !(field in body))
    .sort();
  return { holds: hiddenFields.length > 0 ? 'part' : 'whole', rev, hiddenFields };
}

/**
 * Every leaf as it should be, and no other live one. Tombstones that nobody asked for are right: the corrections of refused
 * writes are in the database of their writer only. One that never had the document needs no tombstone.
 */
function isRight({ leaves, visible }: Wanted, held: readonly StoredRevision[]): boolean {
  if (!visible && held.length === 0) return true;
  const isThere = (leaf: StoredRevision) =>
    held.some(
      ({ rev, deleted, body, ancestry }) =>
        (rev === leaf.rev && deleted === leaf.deleted && equal(body, leaf.body)) ||
        (leaf.deleted && ancestry.includes(leaf.rev)),
    );
  const live = held.filter(({ deleted }) => !deleted);
  return leaves.every(isThere) && live.every(({ rev }) => visible && leaves.some((leaf) => leaf.rev === rev));
}
