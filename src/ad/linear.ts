// Whether a graph is linear, beyond that every operation in it has a transpose: an affine function has one everywhere too.
import { isFloat } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { dependents, reachable, valueInputs } from "../ir/walk.ts";
import { constValue } from "../primitives/leaf.ts";

/** The first node that adds something not depending on `inputs` to something that does, or an output that does not depend on
 * them and is not 0. `outputs` have transposes. */
export function affineNode(outputs: readonly Node[], inputs: readonly Node[]): Node | undefined {
  const nodes = reachable(outputs);
  const active = dependents(nodes, inputs);
  const given = new Set(inputs);
  for (const n of nodes) {
    const from = valueInputs(n);
    if (!active.has(n) || given.has(n) || !isFloat(n.dtype) || !n.prim.jvp || from.every((x) => active.has(x))) continue;
    // Where a node is linear in its moving inputs it is its own derivative along them.
    const own = n.prim.jvp(
      n,
      n.inputs.map((x) => (active.has(x) ? x : undefined)),
    );
    if (own !== n && !n.prim.homogeneous) return n;
  }
  return outputs.find((y) => !active.has(y) && constValue(y) !== 0);
}
