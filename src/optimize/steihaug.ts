// Systems (H + shift)·p = -g by conjugate gradients, within a radius: the method of Steihaug and Toint as algorithm
// 7.5.1 of Conn, Gould and Toint, Trust-Region Methods (2000). It ends inside where the residual is small, and at the
// boundary where a step leaves the region or meets negative curvature. Without a radius it is the inner loop of
// algorithm 7.1 of Nocedal and Wright, Numerical Optimization (2006).
import { abs, add, div, mul, neg, sqrt, sub } from "../ops/arithmetic.ts";
import { and, ge, gt, lt, not, or } from "../ops/logic.ts";
import { isfinite } from "../ops/predicates.ts";
import type { Tensor } from "../trace/tracer.ts";
import { type Asked, repeat } from "./requests.ts";
import { axpy, count, dot, number, pick, truth, zeros } from "./vectors.ts";

/** A system, and when its solution is good enough. */
export interface System {
  /** The product with the matrix. */
  readonly apply: (v: Tensor) => Asked<Tensor>;
  readonly g: Tensor;
  /** How long the solution may be; with a preconditioner M⁻¹, in the norm of M. */
  readonly radius?: Tensor;
  /** How long the residual may be. */
  readonly tol: Tensor;
  /** Products at most. */
  readonly most: Tensor | number;
  /** Whether negative curvature ends the search where it stands, if there is no radius; else it goes on along it. */
  readonly stopsAtNegative?: boolean;
  /** A product with M⁻¹, for an M near the matrix. */
  readonly precondition?: ((r: Tensor) => Tensor) | undefined;
}

/** A solution, and how the search for it ended. */
export interface Solved {
  readonly step: Tensor;
  /** By how much gᵀp + ½pᵀHp decreases. */
  readonly decrease: Tensor;
  readonly onBoundary: Tensor;
  readonly isNegative: Tensor;
  readonly products: Tensor;
  /** Length of g + (H + shift)·p. */
  readonly residual: Tensor;
}

export function* steihaug(system: System): Asked<Solved> {
  const { apply, g, radius, tol, most, precondition = (r: Tensor) => r } = system;
  const z = precondition(g);
  const rz = dot(g, z);
  const limit = mul(tol, tol);
  const init = {
    ...{ p: zeros(g), r: g, d: neg(z), rz, rr: dot(g, g), pp: number(0), pd: number(0), dd: rz },
    ...{ products: count(0), onBoundary: truth(false), isNegative: truth(false) },
  };
  const goesOn = (s: typeof init): Tensor => and(and(not(s.onBoundary), gt(s.rr, limit)), lt(s.products, most));
  const s = yield* repeat(init, goesOn, function* (s) {
    const hd = yield* apply(s.d);
    const curvature = dot(s.d, hd);
    const isNegative = not(gt(curvature, 0));
    const alpha = div(s.rz, curvature);
    // ‖p + αd‖², by products that are known.
    const length2 = add(s.pp, mul(alpha, add(mul(s.pd, 2), mul(alpha, s.dd))));
    const leaves = radius ? or(isNegative, ge(length2, mul(radius, radius))) : isNegative;
    const beyond = system.stopsAtNegative ? number(0) : asIfPositive(alpha);
    const step = pick(leaves, radius ? toBoundary(s, radius) : beyond, alpha);
    const r = axpy(step, hd, s.r);
    const z = precondition(r);
    const next = dot(r, z);
    const beta = div(next, s.rz);
    return {
      ...{ p: axpy(step, s.d, s.p), r, d: sub(axpy(beta, s.d, zeros(r)), z), rz: next, rr: dot(r, r), pp: length2 },
      pd: mul(beta, add(s.pd, mul(alpha, s.dd))),
      dd: add(next, mul(mul(beta, beta), s.dd)),
      ...{ products: add(s.products, 1), onBoundary: leaves, isNegative },
    };
  });
  // gᵀp + ½pᵀHp where r = g + Hp.
  const decrease = mul(dot(s.p, add(g, s.r)), -0.5);
  const { p: step, onBoundary, isNegative, products } = s;
  return { step, decrease, onBoundary, isNegative, products, residual: sqrt(s.rr) };
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
