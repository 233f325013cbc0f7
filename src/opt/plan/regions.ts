// Closed graphs that are steps of their own. In the graph that is planned, the body of each stands between views of
// its arguments and its results, so that the plan sees one graph, and in it regions that it plans one by one.
import { inline } from "../../ir/closed.ts";
import type { Node } from "../../ir/graph.ts";
import { dependents, reachable, rewrite } from "../../ir/walk.ts";
import { enter, leave } from "../../primitives/boundary.ts";
import { isStored } from "../../primitives/leaf.ts";
import { constValue } from "../../primitives/spread.ts";

/** A step: its results are computed of its arguments alone, all of which lie in memory before. */
export interface Region {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
}

/** The regions, by each of their outputs. */
const regions: WeakMap<Node, Region> = /* @__PURE__ */ new WeakMap();
/** The region that computes `n`. */
export const regionOf = (n: Node): Region | undefined => regions.get(n);

/** A node without the views that keep its row-major order: they share its memory. */
export function stripFlat(node: Node): Node {
  let n = node;
  while (n.prim.lower.kind === "view" && n.prim.lower.flat) n = n.inputs[0] as Node;
  return n;
}

/** `outputs` with every closed graph in it opened as a region. */
export const openRegions = (outputs: readonly Node[]): readonly Node[] =>
  reachable(outputs).some(isStep) ? rewrite(outputs, (n) => (isStep(n) ? opened(n) : undefined)) : outputs;

const isStep = (n: Node): boolean => n.prim.lower.kind === "closed";

/** The results of the step `node`, in nodes of its own. */
function opened(node: Node): Node[] {
  const { lower } = node.prim;
  if (lower.kind !== "closed") return [];
  const entries: Node[] = [];
  const args = node.inputs.map((x, i) => {
    if (constValue(x) !== undefined) return x;
    const entry = enter(x, node.id, i);
    entries.push(entry);
    return entry;
  });
  const results = openRegions(inline(lower.body(node), args));
  const own = dependents(reachable(results), entries);
  const outputs = new Set<Node>();
  const exits = results.map((y, i) => {
    const at = stripFlat(y);
    const alone = own.has(at) && !entries.includes(at) && !isStored(at) && !outputs.has(at) && !regions.has(at);
    const exit = alone ? y : leave(y, node.id, i);
    outputs.add(stripFlat(exit));
    return exit;
  });
  const region = { inputs: entries.flatMap((e) => e.inputs), outputs: [...outputs] };
  for (const y of outputs) regions.set(y, region);
  return exits;
}
