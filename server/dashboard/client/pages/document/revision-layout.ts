/** Where each revision is drawn: a column for each generation, a lane for each branch; the present document's history is straight. */
import type { RevisionView } from '../../../../admin/documents/revision-tree.ts';

export interface PlacedRevision {
  readonly revision: RevisionView;
  readonly column: number;
  readonly lane: number;
}

export interface Edge {
  readonly from: PlacedRevision;
  readonly to: PlacedRevision;
  /** Whether it is a side that was merged in, and not what the revision changed. */
  readonly merged: boolean;
}

export interface RevisionLayout {
  readonly placed: readonly PlacedRevision[];
  readonly edges: readonly Edge[];
  readonly columns: number;
  readonly lanes: number;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

export function layoutOf(revisions: readonly RevisionView[]): RevisionLayout {
  const byRev = new Map(revisions.map((revision) => [revision.rev, revision]));
  const lanes = lanesOf(revisions, byRev);
  const first = Math.min(...revisions.map(({ generation }) => generation));
  const placed = new Map(
    revisions.map((revision) => {
      const lane = lanes.get(revision.rev) ?? 0;
      return [revision.rev, { revision, column: revision.generation - first, lane }] as const;
    }),
  );
  const edges = [...placed.values()].flatMap((to): Edge[] => {
    const from = placed.get(to.revision.parent ?? '');
    const sides = (to.revision.mergedFrom ?? []).flatMap((rev) => placed.get(rev) ?? []);
    return [...(from ? [{ from, to, merged: false }] : []), ...sides.map((side) => ({ from: side, to, merged: true }))];
  });
  const all = [...placed.values()];
  return {
    placed: all.sort((a, b) => a.column - b.column || a.lane - b.lane),
    edges,
    columns: 1 + Math.max(0, ...all.map(({ column }) => column)),
    lanes: 1 + Math.max(0, ...all.map(({ lane }) => lane)),
  };
}

/** Branches from their ends, the present document first; each takes the first lane that is free where it runs. */
function lanesOf(
  revisions: readonly RevisionView[],
  byRev: ReadonlyMap<string, RevisionView>,
): ReadonlyMap<string, number> {
  const lanes = new Map<string, number>();
  const taken: Span[][] = [];
  const parents = new Set(revisions.map(({ parent }) => parent));
  const ends = revisions
    .filter(({ rev }) => !parents.has(rev))
    .sort((a, b) => Number(b.winner) - Number(a.winner) || b.generation - a.generation);
  for (const end of ends) {
    const branch: RevisionView[] = [];
    for (let at: RevisionView | undefined = end; at && !lanes.has(at.rev); at = byRev.get(at.parent ?? ''))
      branch.push(at);
    const span = { from: branch.at(-1)?.generation ?? end.generation, to: end.generation };
    const free = taken.findIndex((spans) => spans.every(({ from, to }) => span.to < from || span.from > to));
    const lane = free < 0 ? taken.length : free;
    taken[lane] = [...(taken[lane] ?? []), span];
    for (const { rev } of branch) lanes.set(rev, lane);
  }
  return lanes;
}
