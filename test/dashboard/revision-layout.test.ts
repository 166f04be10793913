/** How revision trees are drawn: any tree, so that nothing lies on anything else. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RevisionView } from '../../server/admin/documents/revision-tree.ts';
import { layoutOf } from '../../server/dashboard/client/pages/document/revision-layout.ts';
import { PROPERTY_SEED, runs, say } from '../property/seed.ts';

/** Each number is the parent, among those that are there already, of one more revision. */
const tree = fc.array(fc.nat(1_000), { maxLength: 40 }).map((choices) => {
  const revisions: { rev: string; parent: string | null; generation: number }[] = [
    { rev: '1-0', parent: null, generation: 1 },
  ];
  for (const [n, choice] of choices.entries()) {
    const parent = revisions[choice % revisions.length];
    const generation = (parent?.generation ?? 0) + 1;
    revisions.push({ rev: `${generation}-${n + 1}`, parent: parent?.rev ?? null, generation });
  }
  const parents = new Set(revisions.map(({ parent }) => parent));
  const winner = revisions.reduce((best, one) => (one.generation >= best.generation ? one : best)).rev;
  return revisions.map(
    (one): RevisionView => ({ ...one, leaf: !parents.has(one.rev), winner: one.rev === winner, kept: true }),
  );
});

describe('the drawing of a revision tree', () => {
  it('has a place of its own for each revision, parents on the left, and the present document in a straight line', () => {
    say('layout of revision trees');
    const property = fc.property(tree, (revisions) => {
      const { placed, edges, columns, lanes } = layoutOf(revisions);
      expect(new Set(placed.map(({ column, lane }) => `${column} ${lane}`)).size).toBe(revisions.length);
      expect(edges).toHaveLength(revisions.length - 1);
      for (const { from, to } of edges) expect(to.column).toBe(from.column + 1);
      expect(placed.every(({ column, lane }) => column < columns && lane < lanes)).toBe(true);
      const laneOf = new Map(placed.map(({ revision, lane }) => [revision.rev, lane]));
      let at = revisions.find(({ winner }) => winner);
      while (at) {
        expect(laneOf.get(at.rev)).toBe(0);
        const parent: string | null = at.parent;
        at = revisions.find(({ rev }) => rev === parent);
      }
    });
    fc.assert(property, { seed: PROPERTY_SEED, numRuns: runs(300) });
  });

  it('joins the sides of a merge, and draws what is cut off from its history', () => {
    const usual = { leaf: false, winner: false, kept: true };
    const { edges, columns, placed } = layoutOf([
      { ...usual, rev: '9-c', parent: '8-b', generation: 9, leaf: true, winner: true, mergedFrom: ['9-d'] },
      { ...usual, rev: '9-d', parent: '8-a', generation: 9, leaf: true },
      { ...usual, rev: '8-b', parent: null, generation: 8 },
      { ...usual, rev: '8-a', parent: null, generation: 8 },
    ]);
    expect(columns).toBe(2);
    expect(edges.filter(({ merged }) => merged).map(({ from, to }) => [from.revision.rev, to.revision.rev])).toEqual([
      ['9-d', '9-c'],
    ]);
    expect(placed.map(({ revision, lane }) => [revision.rev, lane])).toEqual([
      ...[['8-b', 0] as const, ['8-a', 1] as const, ['9-c', 0] as const, ['9-d', 1] as const],
    ]);
  });
});
