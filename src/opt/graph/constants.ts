// What kernels make of captured arrays alone: computed once, when a function is compiled, and captured itself.
import { isFloat } from "../../ir/aval.ts";
import type { Node } from "../../ir/graph.ts";
import { reachable, substitute } from "../../ir/walk.ts";
import { isLiteral, isParameter, literal } from "../../primitives/leaf.ts";
import { CONSTANT_ELEMENTS } from "../cost.ts";
import type { Facts } from "../facts.ts";
import type { GraphPass } from "../pass.ts";

/** The nodes of `outputs` that depend on arrays that stay as they are and on numbers alone. */
function constantsOf(outputs: readonly Node[], isFixed: Facts["isFixed"]): Set<Node> {
  const found = new Set<Node>();
  for (const n of reachable(outputs)) {
    const moves = isParameter(n) || (isLiteral(n) && !isFixed(n)) || n.prim.several !== undefined;
    if (!moves && n.inputs.every((x) => found.has(x))) found.add(n);
  }
  return found;
}

/** Whether `n` is the result of a kernel, of some size but not of any. */
function isDear(n: Node): boolean {
  const [least, most] = CONSTANT_ELEMENTS;
  const touched = n.inputs.reduce((sum, x) => sum + x.size, n.size);
  return n.prim.lower.kind === "call" && n.size <= most && touched >= least;
}

/** Those of `constants` that are dear, as far as others read them: operations on elements in between stay. */
function worth(outputs: readonly Node[], constants: ReadonlySet<Node>): Node[] {
  const isRead = new Set(outputs);
  for (const n of [...reachable(outputs)].reverse()) {
    const passes = !constants.has(n) || (isRead.has(n) && n.prim.lower.kind !== "call");
    if (passes) for (const x of n.inputs) isRead.add(x);
  }
  return [...isRead].filter((n) => constants.has(n) && isDear(n));
}

export const constants: GraphPass = {
  name: "constants",
  list: "traced",
  run(outputs, { isFixed, evaluate }) {
    if (!evaluate) return outputs;
    const chosen = worth(outputs, constantsOf(outputs, isFixed));
    const known = chosen.flatMap((n) => {
      const data = evaluate(n);
      // What is not finite stays, so that whoever looks for its origin finds it.
      return isFloat(n.dtype) && !data.every(Number.isFinite) ? [] : [[n, literal(data, n.shape, n.dtype)] as const];
    });
    return substitute(
      outputs,
      known.map(([n]) => n),
      known.map(([, y]) => y),
    );
  },
};
