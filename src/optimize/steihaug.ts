// The trust-region subproblem min gᵀp + ½pᵀHp, ‖p‖ ≤ Δ, by truncated conjugate gradients: the method of Steihaug and
// Toint as algorithm 7.5.1 of Conn, Gould and Toint, Trust-Region Methods (2000). It ends inside where the residual is
// small, and at the boundary where a step leaves the region or meets negative curvature.
import { add, div, mul, neg, sqrt, sub } from "../ops/arithmetic.ts";
import { and, ge, gt, lt, not, or } from "../ops/logic.ts";
import type { Tensor } from "../trace/tracer.ts";
import { type Asked, type Point, product, repeat } from "./requests.ts";
import type { Step } from "./trust-region.ts";
import { axpy, count, dot, number, pick, truth, zeros } from "./vectors.ts";

/** A step for a gradient `g`, its residual at most `tol` long, or after `most` products. */
export function* steihaug(
  at: Point,
  g: Tensor,
  radius: Tensor,
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
    const hd = yield* product(at, s.d);
    const curvature = dot(s.d, hd);
    const isNegative = not(gt(curvature, 0));
    const alpha = div(s.rr, curvature);
    const length2 = add(s.pp, mul(alpha, add(mul(s.pd, 2), mul(alpha, s.dd))));
    const leaves = or(isNegative, ge(length2, mul(radius, radius)));
    const step = pick(leaves, toBoundary(s, radius), alpha);
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
