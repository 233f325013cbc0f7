// `linearOperator`: a Hessian as a matrix that is known by its products.
import { checkCount, fail } from "../errors.ts";
import { tracing } from "../ir/build.ts";
import { describe } from "../trace/convert.ts";
import { requireFunction } from "../trace/trace.ts";
import type { NdArrayLike, NestedArray, TensorLike, Traced } from "../trace/types.ts";
import type { AnyFn } from "./common.ts";
import { CompiledObjective } from "./compiled-objective.ts";
import { compiledOf } from "./compiled-of.ts";
import type { ExplicitOperator, LinearOperator } from "./linear-operator-types.ts";
import { LinearizedPoint } from "./linearized-point.ts";
import type { Linearization, Objective } from "./objective-types.ts";
import { OperatorFace } from "./operator-face.ts";
import { explicitSource, matrixSource, pointSource, type Source } from "./operator-source.ts";

const NAME = "linearOperator";

/**
 * A symmetric matrix as an operator: eigenvalues, trace, diagonal, log-determinant, spectral density and systems from
 * its products, without forming it. It is the Hessian of the scalar function or objective `f` at `x`; of a point
 * `problem.at(x)`, for many points of one compiled function; a symmetric matrix; or products of your own,
 * `{ shape: [n, n], matvec }`. Estimates come with standard errors, eigenvalues with residuals, all with the number of
 * products spent; random vectors are those of a seed.
 * @shape f [n] → [], x [n] → [n, n]
 * @throws HvpError if `f` does not return a scalar, `x` is not made of floating-point arrays, or the matrix is not
 *   square and symmetric
 */
export function linearOperator<const X>(f: ((x: Traced<X>) => TensorLike) | Objective<X>, x: X): LinearOperator<X>;
export function linearOperator<X>(at: Linearization<X>): LinearOperator<X>;
export function linearOperator(matrix: NdArrayLike | NestedArray): LinearOperator<Float64Array>;
export function linearOperator(products: ExplicitOperator): LinearOperator<Float64Array>;
export function linearOperator(...args: unknown[]): unknown {
  if (tracing())
    fail("trace", `${NAME}: operators are for outside of traced functions; inside use hvp, hessian and eigh`);
  checkCount(NAME, args.slice(2), `write ${NAME}(f, x); for data arguments ${NAME}(objective(f, x0, …data).at(x))`);
  return new OperatorFace(args.length === 2 ? ofFunction(args[0], args[1]) : ofOne(args[0]));
}

function ofFunction(f: unknown, x: unknown): Source {
  const shared = compiledOf(f);
  if (!shared) requireFunction(NAME, f);
  const of = shared ?? new CompiledObjective(f as AnyFn, x, [], false, NAME);
  return pointSource(of, of.calls.linearize(x, `${NAME}: x`), !shared);
}
function ofOne(value: unknown): Source {
  if (value instanceof LinearizedPoint) return pointSource(...LinearizedPoint.parts(value), false);
  if (compiledOf(value) || typeof value === "function")
    fail("value", `${NAME}: no point was given; write ${NAME}(f, x), or ${NAME}(problem.at(x))`);
  if (typeof value === "object" && value !== null && "matvec" in value) {
    const { matvec } = value;
    if (typeof matvec !== "function")
      fail("value", `${NAME}: matvec is ${describe(matvec)}; expected a function of a vector`);
    return explicitSource(NAME, value as ExplicitOperator);
  }
  return matrixSource(NAME, value);
}
