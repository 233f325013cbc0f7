// Laplace's approximation: a distribution as the normal one that agrees with it to second order at its mode.
import { decompose } from "../curvature/dense.ts";
import { allFinite, dot } from "../curvature/product.ts";
import { checkCount, fail } from "../errors.ts";
import { tracing } from "../ir/build.ts";
import { cholesky, choSolve } from "../ops/decompositions.ts";
import { log } from "../ops/elementary.ts";
import type { NdArray } from "../trace/ndarray.ts";
import { requireFunction } from "../trace/trace.ts";
import type { Mirror, TensorLike, Traced } from "../trace/types.ts";
import type { AnyFn } from "./common.ts";
import { CompiledObjective } from "./compiled-objective.ts";
import { compiledOf } from "./compiled-of.ts";
import type { Curvature, Objective } from "./objective-types.ts";
import { Operand, requirePositive } from "./operator-methods.ts";
import { Leaves, pointSource } from "./operator-source.ts";

const NAME = "laplaceApproximation";
const HALF_LOG_TWO_PI = 0.9189385332046727;

/** A normal distribution, and what it says of the integral of the density. */
export interface LaplaceApproximation<X> {
  /** The point where it was made. */
  readonly mean: Mirror<X>;
  /** The inverse of the Hessian, in its form: `[n, n]` for a vector, rows of trees for a tree. */
  readonly covariance: Curvature<X>;
  /** Roots of the diagonal of that. */
  readonly standardDeviations: Mirror<X>;
  /** log ∫ exp(-f) = -f(x) + n/2·log(2π) - ½·log det H. */
  readonly logEvidence: number;
  /** log det H. */
  readonly logdet: number;
  /** ½·∇fᵀ·H⁻¹·∇f, about how far f(x) is above the minimum: 0 at one, and all is wrong where it is large. */
  readonly newtonDecrement: number;
}

/**
 * The normal distribution with mean `x` and the inverse Hessian of `f` at `x` as covariance, `f` being the negative
 * logarithm of a density up to a constant, such as that of a posterior, and `x` its minimum. The log evidence is exact
 * for a quadratic `f`. It takes the dense Hessian and its Cholesky factor: n products and n³ operations. `f` may be an
 * objective. @shape f [n] → [], x [n] → mean [n], covariance [n, n]
 * @throws HvpError if the Hessian is not positive definite, which its least eigenvalue tells, or not finite
 */
export function laplaceApproximation<const X>(
  f: ((x: Traced<X>) => TensorLike) | Objective<X>,
  x: X,
): LaplaceApproximation<X>;
export function laplaceApproximation(f: unknown, x: unknown, ...extra: unknown[]): unknown {
  checkCount(NAME, extra, `write ${NAME}(f, x)`);
  if (tracing()) fail("trace", `${NAME}: it is for outside of traced functions; inside use hessian and cholesky`);
  const shared = compiledOf(f);
  if (!shared) requireFunction(NAME, f);
  const of = shared ?? new CompiledObjective(f as AnyFn, x, [], false, NAME);
  try {
    return approximation(of, x);
  } finally {
    if (!shared) of.calls.dispose();
  }
}

function approximation(of: CompiledObjective, x: unknown): LaplaceApproximation<unknown> {
  const point = of.calls.linearize(x, `${NAME}: x`);
  const source = pointSource(of, point, false);
  const operand = new Operand(source);
  const [{ n }, leaves] = [source, new Leaves(of.x)];
  const products = operand.products(NAME);
  const H = operand.dense(products);
  const factor = cholesky({ data: H, shape: [n, n] }) as NdArray;
  const diagonal = Float64Array.from({ length: n }, (_, i) => factor.data[i * n + i] as number);
  if (!allFinite(factor.data as Float64Array)) {
    const least = decompose(H, n).values[0] as number;
    requirePositive(NAME, Math.min(least, 0), 0, "x is no minimum of f");
  }
  // Of a pivot that is rounding beside its element of the diagonal no digit is right: the variance would be noise.
  const rounding = n * products.epsilon;
  if (diagonal.some((d, i) => d * d <= rounding * (H[i * n + i] as number)))
    requirePositive(NAME, decompose(H, n).values[0] as number, Number.POSITIVE_INFINITY, "f leaves a direction open");
  const logdet = 2 * (log(diagonal) as Float64Array).reduce((a, b) => a + b, 0);
  const eye = new Float64Array(n * n);
  for (let i = 0; i < n; i++) eye[i * n + i] = 1;
  const inverse = (choSolve(factor, { data: eye, shape: [n, n] }) as NdArray).data as Float64Array;
  const gradient = leaves.read(of.gradAt(point), `${NAME}: gradient`);
  const step = Float64Array.from({ length: n }, (_, i) => dot(inverse.subarray(i * n, (i + 1) * n), gradient));
  const variances = Float64Array.from({ length: n }, (_, i) => Math.sqrt(inverse[i * n + i] as number));
  return {
    mean: leaves.tree(leaves.join(point.x)),
    covariance: of.x.matrix(leaves.blocks(inverse)),
    standardDeviations: leaves.tree(variances),
    logEvidence: n * HALF_LOG_TWO_PI - of.valueAt(point) - logdet / 2,
    logdet,
    newtonDecrement: dot(gradient, step) / 2,
  } as LaplaceApproximation<unknown>;
}
