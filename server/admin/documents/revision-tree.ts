/** All that is known of a document's revisions: the tree that the primary has, with what the history keeps of each. */
import equal from 'fast-deep-equal';
import { parseId } from '../../../shared-schemas/ids.ts';
import { COUPLED_FIELDS } from '../../../sync-rules/access-table.ts';
import type { KeptVersion } from '../../documents/history.ts';
import { mergeBodies } from '../../documents/write/merge.ts';
import { winnerOf } from '../../store/revisions.ts';
import { generationOf, type StoredRevision } from '../../store/store.ts';
import type { Origin, OriginRequest } from './revision-origin.ts';

type Body = Readonly<Record<string, unknown>>;

/** One revision, without its body. */
export interface RevisionView {
  readonly rev: string;
  /** Null for the first one, and where nothing is known of what was before. */
  readonly parent: string | null;
  /** How many revisions there were up to it, itself included. */
  readonly generation: number;
  /** Whether nothing followed it. */
  readonly leaf: boolean;
  /** Whether it is the document as it is now. */
  readonly winner: boolean;
  /** Absent where its body is forgotten: then it is not known. */
  readonly deleted?: boolean;
  /** Whether its body can be read. */
  readonly kept: boolean;
  readonly origin?: Origin;
  /** Of a merge: the revisions that were merged into its parent, as far as they can be told. */
  readonly mergedFrom?: readonly string[];
  /** User id of the author. */
  readonly author?: string;
  /** When it was written, by the author's clock; ISO 8601. */
  readonly writtenAt?: string;
  /** As the author's client names itself. */
  readonly deviceId?: string;
}

export interface KnownRevision {
  readonly rev: string;
  readonly parent: string | null;
  readonly deleted: boolean;
  readonly body: Body;
}

export interface RevisionTreeOptions {
  readonly id: string;
  readonly leaves: readonly StoredRevision[];
  readonly versions: readonly KeptVersion[];
  /** What online clients of any role may see of a revision. */
  readonly copiesOf: (revision: KnownRevision) => readonly Body[];
  readonly originOf: (request: OriginRequest) => Origin;
}

/** The revisions, the longest history first. */
export function revisionTree({ id, leaves, versions, copiesOf, originOf }: RevisionTreeOptions): RevisionView[] {
  const parents = parentsOf(leaves, versions);
  const known = knownRevisions(leaves, versions, parents);
  const winner = winnerOf(leaves)?.rev;
  const leafRevs = new Set(leaves.map(({ rev }) => rev));
  const nodes = [...parents].map(([rev, parent]): RevisionView => {
    const revision = known.get(rev);
    const place = { rev, parent, generation: generationOf(rev), leaf: leafRevs.has(rev), winner: rev === winner };
    if (!revision) return { ...place, kept: false };
    const parentBody = parent === null ? undefined : known.get(parent);
    const seenOfParent = () => (parentBody ? copiesOf(parentBody) : []);
    const origin = originOf({ id, ...revision, parentBody: parentBody?.body, seenOfParent });
    return { ...place, deleted: revision.deleted, kept: true, origin, ...authorship(revision.body) };
  });
  const sorted = nodes.sort((a, b) => b.generation - a.generation || (a.rev < b.rev ? 1 : -1));
  return withMerges(id, sorted, known);
}

function parentsOf(leaves: readonly StoredRevision[], versions: readonly KeptVersion[]): Map<string, string | null> {
  const parents = new Map<string, string | null>();
  for (const { rev, parent } of versions) parents.set(rev, parent);
  for (const { ancestry } of leaves) {
    for (const [at, rev] of ancestry.entries()) parents.set(rev, ancestry[at + 1] ?? parents.get(rev) ?? null);
  }
  // What the primary no longer remembers, a kept revision may still name.
  for (const parent of [...parents.values()]) if (parent !== null && !parents.has(parent)) parents.set(parent, null);
  return parents;
}

/** A leaf's body is in the primary, whatever the history has of it. */
function knownRevisions(
  leaves: readonly StoredRevision[],
  versions: readonly KeptVersion[],
  parents: ReadonlyMap<string, string | null>,
): Map<string, KnownRevision> {
  return new Map(
    [...versions, ...leaves].map(({ rev, deleted, body }) => [
      rev,
      { rev, parent: parents.get(rev) ?? null, deleted, body },
    ]),
  );
}

function authorship({ updatedBy, updatedAt, deviceId }: Body): Pick<RevisionView, 'author' | 'writtenAt' | 'deviceId'> {
  return {
    ...(typeof updatedBy === 'string' && { author: updatedBy }),
    ...(typeof updatedAt === 'string' && { writtenAt: updatedAt }),
    ...(typeof deviceId === 'string' && { deviceId }),
  };
}

/** A merge has one parent in the tree; the other side ends beside it, with a deletion. Which one is told by the content. */
function withMerges(
  id: string,
  nodes: readonly RevisionView[],
  known: ReadonlyMap<string, KnownRevision>,
): RevisionView[] {
  const ends = nodes.filter(({ origin }) => origin === 'merged_side');
  const parents = new Map(nodes.map(({ rev, parent }) => [rev, parent]));
  const ancestry = (rev: string | null | undefined): string[] => {
    const revs: string[] = [];
    for (let at = rev; at !== null && at !== undefined; at = parents.get(at)) revs.push(at);
    return revs;
  };
  return nodes.map((node) => {
    if (node.origin !== 'merge') return node;
    const before = ancestry(node.parent);
    const mergedFrom = ends.flatMap(({ rev, parent }) =>
      parent !== null && !before.includes(rev) && isMergeOf(id, node, parent, { before, ancestry, known }) ? [rev] : [],
    );
    return mergedFrom.length > 0 ? { ...node, mergedFrom } : node;
  });
}

interface Branches {
  /** The history of the side that won, newest first. */
  readonly before: readonly string[];
  readonly ancestry: (rev: string) => readonly string[];
  readonly known: ReadonlyMap<string, KnownRevision>;
}

function isMergeOf(
  id: string,
  { rev, parent }: RevisionView,
  loser: string,
  { before, ancestry, known }: Branches,
): boolean {
  const [merged, won, lost] = [known.get(rev), known.get(parent ?? ''), known.get(loser)];
  if (!merged || !won || !lost) return false;
  const shared = ancestry(loser).find((one) => before.includes(one));
  const type = parseId(id)?.type;
  const { body } = mergeBodies(
    shared === undefined ? undefined : known.get(shared)?.body,
    won.body,
    lost.body,
    type && COUPLED_FIELDS[type],
  );
  return equal(withoutFormer(body), withoutFormer(merged.body));
}

const withoutFormer = ({ formerClinicIds: _, ...body }: Body): Body => body;
