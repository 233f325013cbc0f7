// Variance and standard deviation.
import { fail } from "../errors.ts";
import type { Node } from "../ir/graph.ts";
import { div, square, sub } from "../primitives/arithmetic.ts";
import { stopGradient } from "../primitives/shape.ts";
import { broadcast, keptAxes, reduceSum } from "../primitives/spread.ts";
import { show } from "../trace/convert.ts";
import { euclidean } from "./norm.ts";
import { count, type ReductionWith, reduction } from "./reduce.ts";

export interface VarianceSettings {
  /**
   * Delta degrees of freedom: the divisor is n - ddof. 0 unless given: the variance of the population; 1: the
   * unbiased estimate.
   */
  readonly ddof?: number;
}

const mean = (x: Node, axes: readonly number[]): Node =>
  broadcast(div(reduceSum(x, axes), count(x, axes)), x.shape, keptAxes(x.shape, axes));

/**
 * Differences from the mean over `axes`, centred twice: what rounding of the first mean leaves, which a large mean
 * magnifies, the second takes out (the corrected two-pass algorithm of Chan, Golub and LeVeque, 1983).
 */
function centred(x: Node, axes: readonly number[]): Node {
  const near = sub(x, mean(stopGradient(x), axes));
  return sub(near, mean(near, axes));
}

/** n - ddof, as in NumPy not below 0: then the result is NaN, or Infinity. */
function divisor(name: string, x: Node, axes: readonly number[], { ddof = 0 }: VarianceSettings): number {
  if (typeof ddof !== "number" || Number.isNaN(ddof))
    fail("value", `${name}: ddof must be a number, got ${show(ddof)}; the divisor is n - ddof`);
  return Math.max(0, count(x, axes) - ddof);
}

/**
 * Mean square difference from the mean over `axis` (all axes unless given), with the divisor n - ddof; accurate
 * however large the mean. NaN over nothing. @shape x [..., n, ...] → [..., ...]
 */
export const variance: ReductionWith<VarianceSettings> = /* @__PURE__ */ reduction<VarianceSettings>(
  "variance",
  "float",
  (x, axes, settings) => div(reduceSum(square(centred(x, axes)), axes), divisor("variance", x, axes, settings)),
  ["ddof"],
);

/**
 * Root of the variance over `axis` (all axes unless given), with the divisor n - ddof; neither overflows nor
 * underflows on the way. Where all elements are equal it is 0, and so are all its derivatives. NaN over nothing.
 * @shape x [..., n, ...] → [..., ...]
 */
export const std: ReductionWith<VarianceSettings> = /* @__PURE__ */ reduction<VarianceSettings>(
  "std",
  "float",
  (x, axes, settings) => euclidean(centred(x, axes), axes, divisor("std", x, axes, settings)),
  ["ddof"],
);
