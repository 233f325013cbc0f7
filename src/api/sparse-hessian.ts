// Sparse Hessians: products of an objective along the colors of its pattern.
import { checkCount } from "../errors.ts";
import { requireFunction } from "../trace/trace.ts";
import type { TensorLike, Traced } from "../trace/types.ts";
import type { AnyFn } from "./common.ts";
import { CompiledObjective } from "./compiled-objective.ts";
import { compiledOf } from "./compiled-of.ts";
import type { Objective } from "./objective-types.ts";
import { SparseFace } from "./sparse-derivative.ts";
import { checkOptions, symmetricPlan } from "./sparse-plan.ts";
import { SparsePrograms } from "./sparse-programs.ts";
import type { SparseDerivative, SparseHessianOptions } from "./sparse-types.ts";

const NAME = "sparseHessian";

/**
 * The Hessian of the scalar function `f` of arrays like `x0`, its lower triangle in compressed columns. Where entries
 * are is found in the graph, exactly, once: never by trying numbers. Columns that share no product are colored alike
 * (Gebremedhin, Tarafdar, Manne, Pothen 2007), so an evaluation takes a few products, however many columns there are:
 * 3 for a tridiagonal matrix, 9 for a grid of 9 points. It is taken to be symmetric; entries that are not finite may
 * spoil others of their row. `f` may be an objective: they share programs and data, and `bind` is seen; what is bound
 * is not known when the pattern is made.
 * @shape f [n] → [], x0 [n] → entries [nnz], dense [n, n]
 * @throws HvpError if `f` does not return a scalar, `x0` is not made of floating-point arrays, or settings are wrong
 */
export function sparseHessian<const X>(
  f: ((x: Traced<X>) => TensorLike) | Objective<X>,
  x0: X,
  options?: SparseHessianOptions,
): SparseDerivative<X>;
export function sparseHessian(
  f: unknown,
  x0: unknown,
  options: SparseHessianOptions = {},
  ...extra: unknown[]
): unknown {
  checkCount(NAME, extra, `write ${NAME}(f, x0, options); for data arguments ${NAME}(objective(f, x0, …data), x0)`);
  checkOptions(NAME, options, ["coloring", "ordering", "pattern"]);
  const shared = compiledOf(f);
  if (!shared) requireFunction(NAME, f);
  const of = shared ?? new CompiledObjective(f as AnyFn, x0, [], false, NAME);
  const { graph, captured } = of;
  if (shared) graph.x.leaves(x0, `${NAME}: x0`);
  const { outputs, parameters } = graph.formula("hvp");
  const directions = parameters.slice(graph.x.nodes.length);
  const tangents = { outputs, directions, points: graph.x.nodes, captured, facts: graph.facts };
  const plan = graph.open(() => symmetricPlan(NAME, tangents, options));
  const programs = new SparsePrograms(NAME, graph.x, tangents, plan, (make) => graph.open(make));
  return new SparseFace({ what: "Hessian", plan, programs, dispose: () => shared || of.dispose() });
}
