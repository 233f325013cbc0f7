// What a traced function takes from the traces around it.
import type { Node } from "../ir/graph.ts";
import { dependents, reachable } from "../ir/walk.ts";
import { isParameter } from "../primitives/leaf.ts";

/** Values of enclosing traces that `outputs` take besides `parameters`. */
export function capturedBy(outputs: readonly Node[], parameters: readonly Node[]): Node[] {
  const nodes = reachable(outputs);
  const own = dependents(nodes, parameters);
  const foreign = dependents(
    nodes,
    nodes.filter((n) => isParameter(n) && !parameters.includes(n)),
  );
  const edge = new Set<Node>();
  for (const y of outputs) if (!own.has(y) && foreign.has(y)) edge.add(y);
  for (const n of nodes) if (own.has(n)) for (const x of n.inputs) if (!own.has(x) && foreign.has(x)) edge.add(x);
  return [...edge];
}
