// Residuals: what a linear map at a point needs of the point, computed once and kept in memory.
import type { Node } from "../../ir/graph.ts";
import { residualsIn } from "../../ir/residuals.ts";
import type { Facts } from "../facts.ts";
import type { Pass } from "../pass.ts";
import { schedule } from "../pipeline.ts";
import { byteSize } from "../steps/layout.ts";
import { pairSums } from "./pair-sums.ts";

/**
 * Beyond so many bytes of residuals, a loop over pairs that computes them anew, once a pair, is faster than reading
 * them at both places (Lennard-Jones: a product for 64 points in 18 µs instead of 22, the point in 12 instead of 19;
 * for 512 points 0.64 ms instead of 1.8).
 */
const FAR = 16384;

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
  return bytes > FAR && visitsPairsOnce(outputs, passes, facts) ? [] : residuals;
}

/** Whether one of the loops of `outputs` will visit every pair once. */
const visitsPairsOnce = (outputs: readonly Node[], passes: readonly Pass[], facts: Facts): boolean =>
  passes.some((p) => p.list === "steps" && p.makes === "triangle") &&
  pairSums(outputs).length > 0 &&
  schedule(outputs, passes, facts).steps.some((s) => s.kind === "loop" && s.form.kind === "triangle");
