// The subproblem of Levenberg and Marquardt: the shortest q that minimizes ½qᵀAq + gᵀq with ‖q‖ ≤ Δ up to a tenth,
// A a Gram matrix. It solves (A + λI)q = -g for the λ ≥ 0 that gives this length, found by Newton's method on 1/‖q‖
// within bounds: section 5 of Moré, The Levenberg-Marquardt algorithm: implementation and theory (1978).
import { abs, add, div, maximum, minimum, mul, neg, sqrt, sub } from "../ops/arithmetic.ts";
import { eye } from "../ops/create.ts";
import { cholesky, triangularSolve } from "../ops/decompositions.ts";
import { and, gt, le, lt, not, or } from "../ops/logic.ts";
import { isfinite } from "../ops/predicates.ts";
import type { Tensor } from "../trace/tracer.ts";
import { type Asked, nothingAsked, repeat } from "./requests.ts";
import { count, dot, length, number, pick, truth, zeros } from "./vectors.ts";

export interface DampedStep {
  readonly q: Tensor;
  readonly size: Tensor;
  readonly lambda: Tensor;
  /** gᵀA⁻¹g, what the undamped step would gain twice; NaN where A is far from definite. */
  readonly newton: Tensor;
}

/** How far the length of a step may be from the radius. */
const SLACK = 0.1;
/** Matrices that are factored at most: three are enough but for the first steps of bad starts. */
const MOST_FACTORS = 30;
/** The least λ for a singular matrix, whose diagonal is one, and up to which it does not count as damping. */
const [LEAST, SINGULAR] = [1e-15, 1e-12];

export function* dampedStep(gram: Tensor, g: Tensor, radius: Tensor): Asked<DampedStep> {
  const identity = eye(g.size) as unknown as Tensor;
  const init = {
    ...{ q: zeros(g), size: number(0), lambda: number(0), next: number(0), newton: number(Number.NaN) },
    ...{ low: number(0), high: div(length(g), radius), trying: truth(true), factors: count(0) },
  };
  const isTrying = (s: typeof init): Tensor => s.trying;
  return yield* repeat(init, isTrying, (s) => nothingAsked(() => tried(s)));

  function tried(s: typeof init): typeof init {
    const lambda = s.next;
    const l = cholesky(add(gram, mul(lambda, identity)));
    const w = triangularSolve(l, neg(g), { lower: true });
    const q = triangularSolve(l, w, { lower: true, transposeA: true });
    const v = triangularSolve(l, q, { lower: true });
    const size = length(q);
    const excess = sub(size, radius);
    const isDefinite = isfinite(size);
    const isUndamped = le(lambda, SINGULAR);
    const isShort = le(excess, mul(SLACK, radius));
    const fits = and(isDefinite, and(isShort, or(isUndamped, le(abs(excess), mul(SLACK, radius)))));
    const low = pick(and(isDefinite, not(gt(excess, 0))), s.low, lambda);
    const high = pick(lt(excess, 0), minimum(s.high, lambda), maximum(s.high, mul(lambda, 10)));
    const newton = add(lambda, div(mul(excess, mul(size, size)), mul(radius, dot(v, v))));
    const within = maximum(mul(high, 1e-3), sqrt(mul(low, high)));
    const damped = pick(and(gt(newton, low), lt(newton, high)), newton, within);
    const factors = add(s.factors, 1);
    return {
      ...{ q, size, lambda, low, high, factors },
      next: pick(isDefinite, damped, maximum(mul(lambda, 10), LEAST)),
      newton: pick(and(isUndamped, isDefinite), dot(w, w), s.newton),
      trying: and(not(fits), lt(factors, MOST_FACTORS)),
    };
  }
}
