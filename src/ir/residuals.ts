// Residuals: what a linear part of a graph needs of the rest, and which of it is cheap enough to compute again.
import type { Node } from "./graph.ts";
import { dependents, reachable } from "./walk.ts";

/**
 * Nanoseconds an element: values at a point of at most this cost are computed anew in each product. Measured: 4 and 8
 * instead of 2, the Bratu problem four times slower, no row faster.
 */
const RESIDUAL_NS = 2;

/** The point-dependent nodes that the direction-dependent part of `outputs` needs in memory. */
export function residualsIn(outputs: readonly Node[], directions: readonly Node[]): Node[] {
  const nodes = reachable(outputs);
  const moving = dependents(nodes, directions);
  const cost = new Map<Node, number>();
  for (const n of nodes) {
    const { lower } = n.prim;
    const inputs = n.inputs.reduce((s, x) => s + (cost.get(x) as number), 0);
    cost.set(
      n,
      lower.kind === "lane"
        ? lower.cost + inputs
        : lower.kind === "view"
          ? inputs
          : lower.kind === "leaf" || lower.kind === "iota"
            ? 0
            : Number.POSITIVE_INFINITY,
    );
  }
  const residuals = new Set<Node>();
  const seen = new Set<Node>();
  const stack = frontier(outputs, nodes, moving);
  for (let n = stack.pop(); n; n = stack.pop()) {
    if (seen.has(n)) continue;
    seen.add(n);
    const { kind } = n.prim.lower;
    if (kind === "leaf" || kind === "iota") continue;
    // What grows is nothing to keep: the loop that fills it runs again.
    const grows = !Number.isFinite(n.size) || n.prim.several !== undefined;
    if (kind === "view" || grows || (cost.get(n) as number) <= RESIDUAL_NS) stack.push(...n.inputs);
    else residuals.add(n);
  }
  return [...residuals].sort((a, b) => a.id - b.id);
}

/** Where what does not move meets what does, or is asked for. */
const frontier = (outputs: readonly Node[], nodes: readonly Node[], moving: ReadonlySet<Node>): Node[] => [
  ...nodes.filter((n) => moving.has(n)).flatMap((n) => n.inputs.filter((x) => !moving.has(x))),
  ...outputs.filter((y) => !moving.has(y)),
];
