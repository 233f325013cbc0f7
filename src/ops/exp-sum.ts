// Sums of exponentials relative to the largest one, for logsumexp, logmeanexp and logSoftmax.
import type { Node } from "../ir/graph.ts";
import { abs, add, div, mul, sub } from "../primitives/arithmetic.ts";
import { convert } from "../primitives/cast.ts";
import { expDifference, shareOfLargest } from "../primitives/exp-difference.ts";
import { and, eq, gt, lt, ne, select } from "../primitives/logic.ts";
import { reduceMax } from "../primitives/reduction.ts";
import { stopGradient } from "../primitives/shape.ts";
import { broadcast, keptAxes, reduceSum } from "../primitives/spread.ts";
import { expm1, log, log1p } from "../primitives/transcendental.ts";

/**
 * `Σ exp(x - top) - 1` over `axes`, `top` the largest element there and a constant to derivatives: with full relative
 * accuracy where the others hardly count, since the largest enters as 0, not as 1. Its derivative is that of the sum.
 */
export function sumOfOthers(x: Node, top: Node, axes: readonly number[]): Node {
  const spread = broadcast(top, x.shape, keptAxes(x.shape, axes));
  const isTop = eq(x, spread);
  const weights = shareOfLargest(x, spread);
  const others = reduceSum(select(isTop, sub(weights, 1), weights), axes);
  return add(others, sub(reduceSum(convert(isTop, x.dtype), axes), 1));
}

/** `log Σ exp(x)` over `axes`, of at least one element. */
export function logSum(x: Node, axes: readonly number[]): Node {
  const top = reduceMax(stopGradient(x), axes);
  // Where all are -Infinity nothing is left: adding 1 keeps the derivative 0/1, and `top` makes the value -Infinity.
  const none = convert(eq(top, -Infinity), x.dtype);
  return add(log1p(add(sumOfOthers(x, top, axes), none)), top);
}

/**
 * `log Σ w exp(x)` over `axes`, of at least one element: relative to the largest that counts. Where the sum is about
 * 1 in these units, what it has beyond 1 is summed by itself, so that the result keeps its digits beside `top`.
 */
export function weightedLogSum(given: Node, w: Node, axes: readonly number[]): Node {
  const kept = keptAxes(given.shape, axes);
  const x = select(ne(w, 0), given, -Infinity);
  const top = reduceMax(stopGradient(x), axes);
  const none = eq(top, -Infinity);
  const spread = broadcast(top, x.shape, kept);
  // A weight of 0 leaves its element out of the value, but of the derivative in the weight only where that would
  // overflow.
  const size = expDifference(select(broadcast(none, x.shape, kept), spread, given), spread);
  const terms = mul(w, select(and(eq(w, 0), eq(size, Infinity)), 0, size));
  const total = add(reduceSum(terms, axes), convert(none, x.dtype));
  // Of the largest, those whose weights are about 1: from others it cannot be subtracted exactly.
  const lead = and(eq(x, spread), and(gt(w, 0.5), lt(w, 2)));
  const beyond = add(
    reduceSum(select(lead, sub(terms, 1), terms), axes),
    add(sub(reduceSum(convert(lead, x.dtype), axes), 1), convert(none, x.dtype)),
  );
  return add(select(lt(abs(beyond), 0.5), log1p(beyond), log(total)), top);
}

/**
 * `log` of the mean of `exp(x)` over `axes`, of at least one element. Near the largest the mean of exp(x - top) - 1
 * keeps the digits that the mean of exp(x - top) would lose.
 */
export function logMean(x: Node, axes: readonly number[]): Node {
  const kept = keptAxes(x.shape, axes);
  const top = reduceMax(stopGradient(x), axes);
  const n = x.size / top.size;
  const finite = lt(abs(top), Infinity);
  const spread = broadcast(select(finite, top, 0), x.shape, kept);
  const near = div(reduceSum(expm1(select(broadcast(finite, x.shape, kept), sub(x, spread), 0)), axes), n);
  return select(gt(near, -0.5), select(finite, add(log1p(near), top), far()), far());
  function far(): Node {
    return sub(logSum(x, axes), Math.log(n));
  }
}
