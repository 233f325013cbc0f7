// Newton's equations by truncated conjugate gradients. Within a trust region, min gᵀp + ½pᵀHp with ‖p‖ ≤ Δ, it is the
// method of Steihaug and Toint as algorithm 7.5.1 of Conn, Gould and Toint, Trust-Region Methods (2000): it ends inside
// where the residual is small, and at the boundary where a step leaves the region or meets negative curvature. Without
// a region it is the inner loop of algorithm 7.1 of Nocedal and Wright, Numerical Optimization (2006).
import { abs, add, div, mul, neg, sqrt, sub } from "../ops/arithmetic.ts";
import { and, ge, gt, lt, not, or } from "../ops/logic.ts";
import { isfinite } from "../ops/predicates.ts";
import type { Tensor } from "../trace/tracer.ts";
import { type Asked, repeat } from "./requests.ts";
import type { Step } from "./trust-region.ts";
import { axpy, count, dot, number, pick, truth, zeros } from "./vectors.ts";

/** The matrix times a vector. */
export type Multiply = (v: Tensor) => Asked<Tensor>;

/** A step for a gradient `g`, its residual at most `tol` long, or after `most` products. */
export function* steihaug(
  multiply: Multiply,
  g: Tensor,
  radius: Tensor | undefined,
  tol: Tensor,
  most: number,
): Asked<Step & { readonly isNegative: Tensor }> {
  const rr = dot(g, g);
  const limit = mul(tol, tol);
  const init = {
    ...{ p: zeros(g), r: g, d: neg(g), rr, pp: number(0), pd: number(0), dd: rr },
    ...{ products: count(0), onBoundary: truth(false), isNegative: truth(false) },
  };
  const goesOn = (s: typeof init): Tensor => and(and(not(s.onBoundary), gt(s.rr, limit)), lt(s.products, most));
  const s = yield* repeat(init, goesOn, function* (s) {
    const hd = yield* multiply(s.d);
    const curvature = dot(s.d, hd);
    const isNegative = not(gt(curvature, 0));
    const alpha = div(s.rr, curvature);
    const length2 = add(s.pp, mul(alpha, add(mul(s.pd, 2), mul(alpha, s.dd))));
    const leaves = radius ? or(isNegative, ge(length2, mul(radius, radius))) : isNegative;
    const step = pick(leaves, radius ? toBoundary(s, radius) : asIfPositive(alpha), alpha);
    const p = axpy(step, s.d, s.p);
    const r = axpy(step, hd, s.r);
    const next = dot(r, r);
    const beta = div(next, s.rr);
    return {
      ...{ p, r, d: sub(axpy(beta, s.d, zeros(r)), r), rr: next, pp: length2 },
      pd: mul(beta, add(s.pd, mul(alpha, s.dd))),
      dd: add(next, mul(mul(beta, beta), s.dd)),
      ...{ products: add(s.products, 1), onBoundary: leaves, isNegative },
    };
  });
  // gᵀp + ½pᵀHp where r = g + Hp.
  const decrease = mul(dot(s.p, add(g, s.r)), -0.5);
  return { step: s.p, decrease, onBoundary: s.onBoundary, isNegative: s.isNegative, products: s.products };
}

/** The τ > 0 with ‖p + τd‖ = Δ; pᵀd is never negative. */
function toBoundary({ pp, pd, dd }: Readonly<Record<"pp" | "pd" | "dd", Tensor>>, radius: Tensor): Tensor {
  const rest = sub(mul(radius, radius), pp);
  return div(rest, add(pd, sqrt(add(mul(pd, pd), mul(dd, rest)))));
}
/**
 * How far along a direction of negative curvature, where nothing bounds the step: as far as to the minimum if the
 * curvature had the other sign. Stopping before it instead, as the book does, takes 60 times as many iterations in
 * curved valleys.
 */
const asIfPositive = (alpha: Tensor): Tensor => pick(isfinite(alpha), abs(alpha), number(1));
