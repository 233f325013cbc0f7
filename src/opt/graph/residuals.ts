// Residuals: what a linear map at a point needs of the point, computed once and kept in memory.
import type { Node } from "../../ir/graph.ts";
import { dependents, reachable } from "../../ir/walk.ts";
import { RESIDUAL_BYTES, RESIDUAL_NS } from "../cost.ts";
import type { Facts } from "../facts.ts";
import type { Pass } from "../pass.ts";
import { schedule } from "../pipeline.ts";
import { byteSize } from "../steps/layout.ts";
import { pairSums } from "./pair-sums.ts";

/**
 * The point-dependent nodes that the direction-dependent part of `outputs` needs in memory; none where a loop over
 * pairs computes them anew.
 */
export function residualsOf(
  outputs: readonly Node[],
  directions: readonly Node[],
  passes: readonly Pass[],
  facts: Facts,
): readonly Node[] {
  const residuals = candidates(outputs, directions);
  const bytes = residuals.reduce((n, x) => n + byteSize(x), 0);
  return bytes > RESIDUAL_BYTES && visitsPairsOnce(outputs, passes, facts) ? [] : residuals;
}

/** Whether one of the loops of `outputs` will visit every pair once. */
const visitsPairsOnce = (outputs: readonly Node[], passes: readonly Pass[], facts: Facts): boolean =>
  passes.some((p) => p.list === "steps" && p.makes === "triangle") &&
  pairSums(outputs).length > 0 &&
  schedule(outputs, passes, facts).steps.some((s) => s.kind === "loop" && s.form.kind === "triangle");

/** The point-dependent nodes that the direction-dependent part of `outputs` needs in memory. */
function candidates(outputs: readonly Node[], directions: readonly Node[]): Node[] {
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
  const stack = nodes.filter((n) => moving.has(n)).flatMap((n) => n.inputs.filter((x) => !moving.has(x)));
  for (const y of outputs) if (!moving.has(y)) stack.push(y);
  for (let n = stack.pop(); n; n = stack.pop()) {
    if (seen.has(n)) continue;
    seen.add(n);
    const { kind } = n.prim.lower;
    if (kind === "leaf" || kind === "iota") continue;
    if (kind === "view" || (cost.get(n) as number) <= RESIDUAL_NS) stack.push(...n.inputs);
    else residuals.add(n);
  }
  return [...residuals].sort((a, b) => a.id - b.id);
}
