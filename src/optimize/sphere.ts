// The trust-region subproblem min ĝᵀp + ½pᵀΛp, ‖p‖ ≤ Δ, where Λ is diagonal: exact, also where the matrix is
// indefinite, and in the hard case, where no shift of it leads to the boundary. Newton's method on the secular
// equation 1/‖p(λ)‖ = 1/Δ from the left of its root, where it converges monotonically: sections 7.3.1 to 7.3.4 of Conn,
// Gould and Toint, Trust-Region Methods (2000).
import { abs, add, div, maximum, mul, neg, sqrt, sub } from "../ops/arithmetic.ts";
import { at } from "../ops/indexing.ts";
import { and, eq, gt, le, lt, not, where } from "../ops/logic.ts";
import { max } from "../ops/reduce.ts";
import { astype } from "../ops/shape.ts";
import type { Tensor } from "../trace/tracer.ts";
import { type Asked, iterate } from "./requests.ts";
import { count, dot, indices, length, loose, number, pick } from "./vectors.ts";

/** A step in the coordinates of eigenvectors. */
export interface OnSphere {
  readonly step: Tensor;
  readonly decrease: Tensor;
  readonly onBoundary: Tensor;
}

/** How far, relatively, a step may be beyond the boundary before it is drawn back to it. */
const BEYOND = 1e-10;
/** Newton's method converges in a few iterations; rounding ends it here at the latest. */
const MOST = 60;

/** The step for eigenvalues `lambda`, ascending, and the gradient `g` in the coordinates of their eigenvectors. */
export function* onSphere(lambda: Tensor, g: Tensor, radius: Tensor): Asked<OnSphere> {
  const least = astype(at(lambda, 0), "float64");
  const shifted = (shift: Tensor): Tensor => {
    const d = add(lambda, loose(shift));
    return where(gt(d, 0), div(neg(g), where(gt(d, 0), d, 1)), 0);
  };
  const isInside = and(gt(least, 0), le(length(shifted(number(0))), radius));
  // ‖p‖ is at least as large as any of its elements, which bounds the shift from below.
  const bound = astype(max(sub(div(abs(g), loose(radius)), lambda)), "float64");
  const from = pick(isInside, number(0), maximum(maximum(bound, neg(least)), 0));
  const limit = mul(radius, 1 + BEYOND);
  const init = { shift: from, size: length(shifted(from)), iterations: count(0) };
  const goesOn = (s: typeof init): Tensor => and(and(not(isInside), gt(s.size, limit)), lt(s.iterations, MOST));
  const { shift, size } = yield* iterate(init, goesOn, (s) => {
    const p = shifted(s.shift);
    const d = add(lambda, loose(s.shift));
    const slope = dot(p, where(gt(d, 0), div(p, where(gt(d, 0), d, 1)), 0));
    const next = add(s.shift, mul(div(mul(s.size, s.size), slope), div(sub(s.size, radius), radius)));
    return { shift: next, size: length(shifted(next)), iterations: add(s.iterations, 1) };
  });
  const p = shifted(shift);
  const drawn = mul(p, loose(pick(gt(size, radius), div(radius, size), number(1))));
  const first = astype(at(drawn, 0), "float64");
  // What is left to the boundary goes along the eigenvector of the least eigenvalue, in the direction of descent.
  const rest = maximum(sub(mul(radius, radius), dot(drawn, drawn)), 0);
  const along = sqrt(add(mul(first, first), rest));
  const signed = pick(gt(at(g, 0), 0), neg(along), along);
  const onFirst = and(eq(indices(g.size), 0), not(isInside));
  const step = where(onFirst, loose(signed), drawn);
  const decrease = neg(add(dot(g, step), mul(dot(step, mul(lambda, step)), 0.5)));
  return { step, decrease, onBoundary: not(isInside) };
}
