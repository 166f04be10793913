/** Circles in a directed graph. */

/** From each node the nodes that it points to, each with what makes it point there. */
export type Graph<T> = ReadonlyMap<string, ReadonlyMap<string, T>>;

/** Circles, as the edges that make them, each one short; no node is in two of them. Without circles there are none. */
export function circlesIn<T>(graph: Graph<T>): T[][] {
  const seen = new Set<string>();
  return [...graph.keys()].flatMap((start) => {
    const circle = seen.has(start) ? undefined : circleFrom(graph, start);
    for (const node of circle?.nodes ?? []) seen.add(node);
    return circle ? [circle.edges] : [];
  });
}

interface Way<T> {
  readonly nodes: readonly string[];
  readonly edges: T[];
}

/** The shortest way from a node back to itself. */
function circleFrom<T>(graph: Graph<T>, start: string): Way<T> | undefined {
  let ways: Way<T>[] = [{ nodes: [start], edges: [] }];
  const reached = new Set<string>();
  while (ways.length > 0) {
    const next: Way<T>[] = [];
    for (const { nodes, edges } of ways) {
      for (const [to, edge] of graph.get(nodes.at(-1) ?? start) ?? []) {
        if (to === start) return { nodes, edges: [...edges, edge] };
        if (reached.has(to)) continue;
        reached.add(to);
        next.push({ nodes: [...nodes, to], edges: [...edges, edge] });
      }
    }
    ways = next;
  }
  return undefined;
}
