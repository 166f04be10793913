/** All that is known of a document's revisions: the tree that the primary has, with what the history keeps of each. */
import type { KeptVersion } from '../../documents/history.ts';
import type { Made, Origin } from '../../documents/write/made-revision.ts';
import { winnerOf } from '../../store/revisions.ts';
import { generationOf, type StoredRevision } from '../../store/store.ts';

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
  /** How it came about. Absent where that was not written down: version 0.1.0 did not. */
  readonly origin?: Origin;
  /** Of a merge: the ends of the branches that were merged into its parent. */
  readonly mergedFrom?: readonly string[];
  /** User id of the author. */
  readonly author?: string;
  /** When it was written, by the author's clock; ISO 8601. */
  readonly writtenAt?: string;
  /** As the author's client names itself. */
  readonly deviceId?: string;
}

export interface RevisionTreeOptions {
  readonly leaves: readonly StoredRevision[];
  readonly versions: readonly KeptVersion[];
}

interface KnownRevision extends Partial<Made> {
  readonly deleted: boolean;
  readonly body: Body;
}

/** The revisions, the longest history first. */
export function revisionTree({ leaves, versions }: RevisionTreeOptions): RevisionView[] {
  const parents = parentsOf(leaves, versions);
  const known = knownRevisions(leaves, versions);
  const winner = winnerOf(leaves)?.rev;
  const leafRevs = new Set(leaves.map(({ rev }) => rev));
  const nodes = [...parents].map(([rev, parent]): RevisionView => {
    const revision = known.get(rev);
    const place = { rev, parent, generation: generationOf(rev), leaf: leafRevs.has(rev), winner: rev === winner };
    if (!revision) return { ...place, kept: false };
    const { deleted, body, origin, mergedFrom } = revision;
    const made = { ...(origin && { origin }), ...(mergedFrom && { mergedFrom }) };
    return { ...place, deleted, kept: true, ...made, ...authorship(body) };
  });
  return nodes.sort((a, b) => b.generation - a.generation || (a.rev < b.rev ? 1 : -1));
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

/** A leaf's body is in the primary, whatever the history has of it; how it came about is in the history only. */
function knownRevisions(
  leaves: readonly StoredRevision[],
  versions: readonly KeptVersion[],
): Map<string, KnownRevision> {
  const known = new Map<string, KnownRevision>(versions.map((version) => [version.rev, version]));
  for (const { rev, deleted, body } of leaves) known.set(rev, { ...known.get(rev), deleted, body });
  return known;
}

function authorship({ updatedBy, updatedAt, deviceId }: Body): Pick<RevisionView, 'author' | 'writtenAt' | 'deviceId'> {
  return {
    ...(typeof updatedBy === 'string' && { author: updatedBy }),
    ...(typeof updatedAt === 'string' && { writtenAt: updatedAt }),
    ...(typeof deviceId === 'string' && { deviceId }),
  };
}
