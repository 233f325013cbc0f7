// Sparse Jacobians: products of forward mode along the colors of the columns.

import { requireFloats } from "../ad/jvp.ts";
import { linearMap } from "../ad/linearize.ts";
import { checkCount, fail } from "../errors.ts";
import { isFloat, showAval } from "../ir/aval.ts";
import { inSession } from "../ir/build.ts";
import { runGraph } from "../opt/pipeline.ts";
import { isLiteral } from "../primitives/leaf.ts";
import { Captured } from "../run/captured.ts";
import { Linearized } from "../run/linearized.ts";
import { checkedCall } from "../run/nan-check.ts";
import { compiled, passesHere } from "../run/passes.ts";
import { factsOf } from "../run/program.ts";
import { requireFunction, trace } from "../trace/trace.ts";
import { Tensor } from "../trace/tracer.ts";
import { flatten, place } from "../trace/tree.ts";
import type { Traced } from "../trace/types.ts";
import { type AnyFn, dense } from "./common.ts";
import { parameterLike } from "./objective-graph.ts";
import { PointShape } from "./point-shape.ts";
import { type Products, SparseFace } from "./sparse-derivative.ts";
import { checkOptions, columnPlan, type Plan } from "./sparse-plan.ts";
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
  const { plan, products } = inSession(() => compiledProducts(f, x0, options));
  return new SparseFace({ what: "Jacobian", name: NAME, plan, products });
}

function compiledProducts(f: AnyFn, x0: unknown, options: SparseOptions): { plan: Plan; products: Products } {
  const where = `${NAME}: x0`;
  const { leaves, paths, structure } = flatten(where, x0);
  const nodes = leaves.map((leaf, i) => parameterLike(place(where, paths[i] as string), leaf));
  requireFloats(NAME, nodes);
  const x = new PointShape(nodes, structure, paths);
  const result = trace(NAME, f, [x.tree(nodes.map((n) => new Tensor(n)))]);
  for (const y of result.nodes)
    if (!isFloat(y.dtype)) fail("dtype", `${NAME}: the function must return floating-point arrays, got ${showAval(y)}`);
  const facts = factsOf(isLiteral, false);
  const passes = passesHere(compiled);
  const traced = runGraph("traced", result.nodes, passes.list, facts);
  const { directions, tangents } = linearMap(traced, nodes);
  const outputs = traced.map((y, i) => dense(tangents[i], y));
  const captured = new Captured();
  const plan = columnPlan(NAME, { outputs, directions, captured, facts }, options);
  const programs = new Linearized([], outputs, nodes, directions, { captured, passes: passesHere(compiled), facts });
  const parameters = [...nodes, ...directions];
  return {
    plan,
    products: {
      inputs: directions,
      outputs,
      at(value) {
        const point = x.copies(value, `${NAME}: x`);
        programs.prepare.run(point);
        return (seeds, outs) => {
          checkedCall(programs.apply, seeds, (v) => ({ outputs, parameters, values: [...point, ...v] }), outs);
        };
      },
      dispose() {
        programs.dispose();
        captured.dispose();
      },
    },
  };
}
