// Sums of exponentials relative to the largest one, for logsumexp and logSoftmax.
import type { Node } from "../ir/graph.ts";
import { add, eq, select, sub } from "../primitives/arithmetic.ts";
import { expDifference } from "../primitives/exp-difference.ts";
import { broadcast, keptAxes, reduceSum } from "../primitives/leaf.ts";
import { convert } from "../primitives/shape.ts";

/** `Σ exp(x - top) - 1` over `axes`, `top` the largest element there and a constant to derivatives: with full relative accuracy where the
 * others hardly count, since the largest enters as 0, not as 1. Its derivative is that of the sum. */
export function sumOfOthers(x: Node, top: Node, axes: readonly number[]): Node {
  const spread = broadcast(top, x.shape, keptAxes(x.shape, axes));
  const isTop = eq(x, spread);
  const weights = expDifference(x, spread);
  const others = reduceSum(select(isTop, sub(weights, 1), weights), axes);
  return add(others, sub(reduceSum(convert(isTop, x.dtype), axes), 1));
}
