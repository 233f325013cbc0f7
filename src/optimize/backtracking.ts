// A search along a line for enough decrease: the condition of Armijo by quadratic interpolation, section 3.5 of Nocedal
// and Wright, Numerical Optimization (2006). Where the curvature along the line is negative, it looks further on, too.
import { add, div, minimum, mul, neg, sub } from "../ops/arithmetic.ts";
import { and, eq, ge, gt, lt, not, or } from "../ops/logic.ts";
import type { Tensor } from "../trace/tracer.ts";
import { dueAfter, ENOUGH, isRunning, noiseOf, type Progress, type Settings } from "./progress.ts";
import { type Point, repeat, valueAt } from "./requests.ts";
import { RUNNING } from "./status.ts";
import { axpy, dot, length, number, pick } from "./vectors.ts";

/** By how much a step that was too long becomes shorter: at least, and at most. */
const [LEAST, MOST] = [0.5, 0.1];

/** What a search from `at` along `p` changes, for a state that is running. Step lengths begin at 1. */
export function* backtracking(s: Progress, at: Point, p: Tensor, isNegative: Tensor, settings: Settings) {
  const slope = dot(at.grad, p);
  const [size, reach] = [length(p), length(at.x)];
  const init = {
    ...{ trying: isRunning(s), alpha: number(1), taken: number(0), value: number(Number.POSITIVE_INFINITY) },
    ...{ due: s.due, values: s.values },
  };
  const isTrying = (t: typeof init): Tensor => t.trying;
  const found = yield* repeat(init, isTrying, function* (t) {
    const { alpha } = t;
    const value = yield* valueAt(axpy(alpha, p, at.x));
    const actual = sub(at.value, value);
    // Rounding may hide the decrease of a whole step; to a shorter one that would be no reason to take it.
    const noise = pick(ge(alpha, 1), mul(noiseOf(at.x, at.value), 2), number(0));
    const ratio = div(add(actual, noise), sub(noise, mul(alpha, slope)));
    const isEnough = or(gt(ratio, ENOUGH), eq(value, Number.NEGATIVE_INFINITY));
    const isBetter = and(isEnough, lt(value, t.value));
    const goesOn = and(and(isBetter, isNegative), ge(alpha, 1));
    const isNone = and(not(isBetter), eq(t.taken, 0));
    const step = { taken: isBetter, size: mul(alpha, size), reach, actual, promised: neg(slope) };
    const due = pick(or(isBetter, isNone), dueAfter(at, step, settings), t.due);
    return {
      trying: or(goesOn, and(isNone, eq(due, RUNNING))),
      alpha: pick(goesOn, mul(alpha, 2), shorter(alpha, slope, actual)),
      taken: pick(isBetter, alpha, t.taken),
      value: pick(isBetter, value, t.value),
      due,
      values: add(t.values, 1),
    };
  });
  const isTaken = gt(found.taken, 0);
  return {
    next: pick(isTaken, axpy(found.taken, p, at.x), at.x),
    due: found.due,
    values: found.values,
  };
}

/** Where the parabola through value, slope and the value at `alpha` is least, neither near 0 nor near `alpha`. */
function shorter(alpha: Tensor, slope: Tensor, actual: Tensor): Tensor {
  const rise = neg(add(actual, mul(alpha, slope)));
  const least = div(mul(mul(slope, alpha), mul(alpha, -0.5)), rise);
  // A value that is none gives NaN, and the shortest.
  return pick(gt(least, mul(alpha, MOST)), minimum(least, mul(alpha, LEAST)), mul(alpha, MOST));
}
