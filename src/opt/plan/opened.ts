// The body of a step in the graph that is planned, between views of its arguments and its results.
import { inline } from "../../ir/closed.ts";
import type { Calculus, Node } from "../../ir/graph.ts";
import { dependents, reachable } from "../../ir/walk.ts";
import { enter, leave } from "../../primitives/boundary.ts";
import { isStored } from "../../primitives/leaf.ts";
import { constValue } from "../../primitives/spread.ts";
import { addRegion, openRegions, regionOf, stripFlat } from "./regions.ts";

const known: WeakMap<Node, readonly Node[]> = /* @__PURE__ */ new WeakMap();

/** The results of the step `node`, in nodes of its own: the same ones whenever it is planned again. */
export const opened: Calculus["opened"] = (node) => {
  let results = known.get(node);
  if (!results) known.set(node, (results = openedOnce(node)));
  return results;
};

function openedOnce(node: Node): readonly Node[] {
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
    const alone = own.has(at) && !entries.includes(at) && !isStored(at) && !outputs.has(at) && !regionOf(at);
    const exit = alone ? y : leave(y, node.id, i);
    outputs.add(stripFlat(exit));
    // Others see a view: what simplifies them must not look into the step.
    return enter(exit, node.id, args.length + i);
  });
  addRegion({ inputs: entries.flatMap((e) => e.inputs), outputs: [...outputs] });
  return exits;
}
