// Whether a graph is linear, beyond that every operation in it has a transpose: an affine function has one everywhere
// too.
import { isFloat, sameShape } from "../ir/aval.ts";
import { sameParams } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { dependents, reachable } from "../ir/walk.ts";
import { constValue } from "../primitives/spread.ts";

/**
 * The first node that adds something not depending on `inputs` to something that does, or an output that does not
 * depend on them and is not 0. `outputs` have transposes, and functions with rules of their own are inlined.
 */
export function affineNode(outputs: readonly Node[], inputs: readonly Node[]): Node | undefined {
  const nodes = reachable(outputs);
  const active = dependents(nodes, inputs);
  const given = new Set(inputs);
  for (const n of nodes) {
    const still = n.inputs.filter((x) => !active.has(x));
    if (!active.has(n) || given.has(n) || !isFloat(n.dtype) || !n.prim.jvp || still.length === 0) continue;
    if (!n.prim.homogeneous && !isLinear(n, active)) return n;
  }
  return outputs.find((y) => !active.has(y) && constValue(y) !== 0);
}

/** Whether `n` is linear in its inputs that are `moving`: then it is its own derivative along them. */
export function isLinear(n: Node, moving: ReadonlySet<Node>): boolean {
  const own = n.prim.jvp?.(
    n,
    n.inputs.map((x) => (moving.has(x) ? x : undefined)),
  );
  return own !== undefined && same(own, n);
}

/**
 * Whether two nodes are one but for the session that made their zeros: a linear function keeps those of the trace it
 * was made in, where rules make new ones.
 */
const same = (a: Node, b: Node): boolean =>
  a === b ||
  (a.prim === b.prim &&
    a.inputs.length === b.inputs.length &&
    sameParams(a.params, b.params) &&
    a.inputs.every((x, i) => x === b.inputs[i] || areZeros(x, b.inputs[i] as Node)));

const areZeros = (a: Node, b: Node): boolean =>
  constValue(a) === 0 && constValue(b) === 0 && a.dtype === b.dtype && sameShape(a.shape, b.shape);
