// Methods that solve with the Hessian by conjugate gradients: `trust-ncg` within a trust region, `newton-cg` along a
// line (algorithm 7.1 of Nocedal and Wright, Numerical Optimization, 2006).
import { add, minimum, mul, neg, sqrt } from "../ops/arithmetic.ts";
import { lt } from "../ops/logic.ts";
import type { Tensor } from "../trace/tracer.ts";
import { backtracking } from "./backtracking.ts";
import { arrived, beginning, isRunning, type Method } from "./progress.ts";
import { type Asked, nothingAsked, type Point, pointAt, product } from "./requests.ts";
import { type Solved, type System, steihaug } from "./steihaug.ts";
import { trustRegion } from "./trust-region.ts";
import { count, dot, largest, length, number, pick } from "./vectors.ts";

/** The residual to which a system is solved: Newton's method then converges faster than linearly. */
export function toleranceFor(g: Tensor): Tensor {
  const size = length(g);
  return mul(minimum(number(0.5), sqrt(size)), size);
}
/** Products that a system of n unknowns may take: rounding makes it more than n. */
export const mostProducts = (n: number): number => 2 * n + 20;

/** Newton's equations at a point. */
const newton = (at: Point, system: Pick<System, "radius" | "tol">): Asked<Solved> =>
  steihaug({ apply: (v) => product(at, v), g: at.grad, most: mostProducts(at.grad.size), ...system });

export const trustNcg = /* @__PURE__ */ trustRegion("trust-ncg", (at) =>
  nothingAsked(() => ({
    products: count(0),
    within: (radius) => newton(at, { radius, tol: toleranceFor(at.grad) }),
  })),
);

export const newtonCg: Method = {
  name: "newton-cg",
  second: true,
  begin: beginning,
  *iterate(state, settings) {
    const at = yield* pointAt(state.next);
    const s = arrived({ ...state, grads: add(state.grads, 1) }, at, largest(at.grad), settings);
    const isMoving = isRunning(s);
    // No equation is solved at the end: every residual is small enough there.
    const tol = pick(isMoving, toleranceFor(at.grad), number(Number.POSITIVE_INFINITY));
    const found = yield* newton(at, { tol });
    const p = pick(lt(dot(at.grad, found.step), 0), found.step, neg(at.grad));
    const moved = yield* backtracking(s, at, p, found.isNegative, settings);
    const iterations = add(s.iterations, pick(isMoving, count(1), count(0)));
    return { ...s, ...moved, iterations, products: add(s.products, found.products) };
  },
};
