// Residuals: what a linear map at a point needs of the point, computed once and kept in memory.
import type { Node } from "../../ir/graph.ts";
import { residualsIn } from "../../ir/residuals.ts";
import { reachable, rewrite } from "../../ir/walk.ts";
import { RESIDUAL_BYTES } from "../cost.ts";
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
  const residuals = residualsIn(outputs, directions);
  const bytes = residuals.reduce((n, x) => n + byteSize(x), 0);
  return bytes > RESIDUAL_BYTES && visitsPairsOnce(outputs, passes, facts) ? [] : residuals;
}

/** `outputs` with the part of every loop that does not depend on `directions` as a loop of its own. */
export const splitControl = (outputs: readonly Node[], directions: readonly Node[]): readonly Node[] =>
  reachable(outputs).some((n) => n.prim.lower.kind === "control")
    ? rewrite(outputs, (n) => {
        const { lower } = n.prim;
        return lower.kind === "control" ? lower.rules(n).apart(n, directions) : undefined;
      })
    : outputs;

/** Whether one of the loops of `outputs` will visit every pair once. */
const visitsPairsOnce = (outputs: readonly Node[], passes: readonly Pass[], facts: Facts): boolean =>
  passes.some((p) => p.list === "steps" && p.makes === "triangle") &&
  pairSums(outputs).length > 0 &&
  schedule(outputs, passes, facts).steps.some((s) => s.kind === "loop" && s.form.kind === "triangle");
