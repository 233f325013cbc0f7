// Sparse Jacobians: products of forward mode along the colors of the columns.

import { requireFloats } from "../ad/jvp.ts";
import { linearMap } from "../ad/linearize.ts";
import { checkCount, fail } from "../errors.ts";
import { isFloat, showAval } from "../ir/aval.ts";
import { inSession, newSession } from "../ir/build.ts";
import { runGraph } from "../opt/pipeline.ts";
import { isLiteral } from "../primitives/leaf.ts";
import { Captured } from "../run/captured.ts";
import { compiled, passesHere } from "../run/passes.ts";
import { factsOf } from "../run/program.ts";
import { requireFunction, trace } from "../trace/trace.ts";
import { Tensor } from "../trace/tracer.ts";
import { flatten, place } from "../trace/tree.ts";
import type { Traced } from "../trace/types.ts";
import { type AnyFn, dense } from "./common.ts";
import { parameterLike } from "./objective-graph.ts";
import { PointShape } from "./point-shape.ts";
import { SparseFace } from "./sparse-derivative.ts";
import { checkOptions, columnPlan, type Tangents } from "./sparse-plan.ts";
import { SparsePrograms } from "./sparse-programs.ts";
import type { SparseDerivative, SparseOptions } from "./sparse-types.ts";

const NAME = "sparseJacobian";

/**
 * The Jacobian of `f`, a function of arrays like `x0`, in compressed columns: rows are elements of the result. Where
 * entries are is found in the graph, exactly, once. Columns without a common row are colored alike (Gebremedhin, Manne,
 * Pothen 2005), so an evaluation takes a few products; a full row makes it one for every column.
 * @shape f [n] → [m], x0 [n] → entries [nnz], dense [m, n]
 * @throws HvpError if `x0` or the result is not made of floating-point arrays, or settings are wrong
 */
export function sparseJacobian<const X>(
  f: (x: Traced<X>) => unknown,
  x0: X,
  options?: SparseOptions,
): SparseDerivative<X>;
export function sparseJacobian(f: AnyFn, x0: unknown, options: SparseOptions = {}, ...extra: unknown[]): unknown {
  checkCount(NAME, extra, `write ${NAME}(f, x0, options)`);
  checkOptions(NAME, options, ["ordering", "pattern"]);
  requireFunction(NAME, f);
  const session = newSession();
  const open = <T>(make: () => T): T => inSession(make, session);
  return open(() => {
    const x = pointOf(x0);
    const captured = new Captured();
    const tangents = { ...tangentsOf(f, x), captured, facts: factsOf(isLiteral, false) };
    const plan = columnPlan(NAME, tangents, options);
    const programs = new SparsePrograms(NAME, x, tangents, plan, open);
    return new SparseFace({ what: "Jacobian", plan, programs, dispose: () => captured.dispose() });
  });
}

function pointOf(x0: unknown): PointShape {
  const where = `${NAME}: x0`;
  const { leaves, paths, structure } = flatten(where, x0);
  const nodes = leaves.map((leaf, i) => parameterLike(place(where, paths[i] as string), leaf));
  requireFloats(NAME, nodes);
  return new PointShape(nodes, structure, paths);
}

function tangentsOf(f: AnyFn, x: PointShape): Pick<Tangents, "outputs" | "directions" | "points"> {
  const result = trace(NAME, f, [x.tree(x.nodes.map((n) => new Tensor(n)))]);
  for (const y of result.nodes)
    if (!isFloat(y.dtype)) fail("dtype", `${NAME}: the function must return floating-point arrays, got ${showAval(y)}`);
  const traced = runGraph("traced", result.nodes, passesHere(compiled).list, factsOf(isLiteral, false));
  const { directions, tangents } = linearMap(traced, x.nodes);
  return { outputs: traced.map((y, i) => dense(tangents[i], y)), directions, points: x.nodes };
}
