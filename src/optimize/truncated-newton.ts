// Methods that solve with the Hessian by conjugate gradients: `trust-ncg` within a trust region, `newton-cg` along a
// line.
import { minimum, mul, sqrt } from "../ops/arithmetic.ts";
import type { Tensor } from "../trace/tracer.ts";
import { steihaug } from "./steihaug.ts";
import { trustRegion } from "./trust-region.ts";
import { length, number } from "./vectors.ts";

/** The residual to which a system is solved: Newton's method then converges faster than linearly. */
export function toleranceFor(g: Tensor): Tensor {
  const size = length(g);
  return mul(minimum(number(0.5), sqrt(size)), size);
}
/** Products that a system of n unknowns may take: rounding makes it more than n. */
export const mostProducts = (n: number): number => 2 * n + 20;

export const trustNcg = /* @__PURE__ */ trustRegion("trust-ncg", (at, radius) =>
  steihaug(at, at.grad, radius, toleranceFor(at.grad), mostProducts(at.grad.size)),
);
