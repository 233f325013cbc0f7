// Closed graphs that are steps of their own. In the graph that is planned, the body of each stands between views of
// its arguments and its results (opened.ts), so that the plan sees one graph, and in it regions that it plans one by
// one.
import type { Node } from "../../ir/graph.ts";
import { reachable, rewrite } from "../../ir/walk.ts";

/** A step: its results are computed of its arguments alone, all of which lie in memory before. */
export interface Region {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
  /** The loop or choice whose results the outputs are; without it, they are nodes of the graph that is planned. */
  readonly control?: Node;
}

/** The regions, by each of their outputs. */
const regions: WeakMap<Node, Region> = /* @__PURE__ */ new WeakMap();
/** The region that computes `n`. */
export const regionOf = (n: Node): Region | undefined => regions.get(n);
/** Its outputs are computed by `region`. */
export function addRegion(region: Region): void {
  for (const y of region.outputs) regions.set(y, region);
}

/** A node without the views that keep its row-major order: they share its memory. */
export function stripFlat(node: Node): Node {
  let n = node;
  while (n.prim.lower.kind === "view" && n.prim.lower.flat) n = n.inputs[0] as Node;
  return n;
}

/** The results of a step in the graph that is planned. */
function openedStep(n: Node): readonly Node[] | undefined {
  const { lower } = n.prim;
  if (lower.kind === "control") return lower.rules(n).opened(n);
  return lower.kind === "closed" ? lower.calculus(n).opened(n) : undefined;
}
const isStep = ({ prim: { lower } }: Node): boolean => lower.kind === "closed" || lower.kind === "control";

/** `outputs` with every closed graph in it opened as a region. */
export const openRegions = (outputs: readonly Node[]): readonly Node[] =>
  reachable(outputs).some(isStep) ? rewrite(outputs, openedStep) : outputs;
