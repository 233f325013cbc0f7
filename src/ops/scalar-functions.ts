// Functions of one number that operations apply and differentiate themselves.
import { scalarFunction } from "../ad/scalar-function.ts";
import { fail } from "../errors.ts";
import { type DType, showShape } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import type { ScalarFunction } from "../ir/scalar-function.ts";
import { convert } from "../primitives/cast.ts";
import { parameter } from "../primitives/leaf.ts";
import { radial as radialNode } from "../primitives/radial.ts";
import { requireFunction, trace } from "../trace/trace.ts";
import { Tensor } from "../trace/tracer.ts";
import type { TensorLike, Value } from "../trace/types.ts";
import { apply, operation } from "./apply.ts";

/** A function of one number, such as `log` or `(x) => mul(x, log(x))`. */
export type ScalarFn = (x: Tensor) => Tensor | number;

/** `f` traced on one number of type `dtype`, and the traced values of enclosing functions that it uses. */
export function scalarOf(
  name: string,
  f: ScalarFn,
  dtype: DType,
  what: string,
): { fn: ScalarFunction; captured: readonly Node[] } {
  const x = parameter([], dtype);
  const nodes = trace(name, f, [new Tensor(x)]).nodes;
  const y = nodes[0];
  if (nodes.length !== 1 || !y || y.shape.length > 0) {
    const got = nodes.length === 1 && y ? `shape ${showShape(y.shape)}` : `${nodes.length} results`;
    return fail(
      "shape",
      `${name}: the function must map a number to a number, got ${got}; it is applied to ${what} by itself`,
    );
  }
  return scalarFunction(convert(y, dtype), x);
}

/** A function of distances, applied to squared ones. */
export interface RadialOp {
  (f: ScalarFn, squared: Tensor): Tensor;
  (f: ScalarFn, squared: TensorLike): Value;
}

/**
 * The function `f(r)` of distances whose squares are given, element by element, f(√s): for kernels, potentials and
 * losses.
 * `radial(f, sum(square(sub(x, y)), { axis: -1 }))` is `f(norm(sub(x, y), -1))`, but with the right first and second
 * derivatives in x also where points coincide: a smooth even function of r has them there, a distance has none. `f`
 * is a function of one number, r ≥ 0, traced and differentiated here; it may use other traced values, such as length
 * scales.
 *
 * At s = 0 the first derivative in s is f''(0)/2 if f'(0) = 0, else infinite, and the second one f⁗(0)/12, both from
 * the right. So Matérn kernels of order 3/2 and 5/2 have their true Hessians there. Negative elements of `squared`,
 * which are rounding errors, count as 0. @shape squared [...] → [...]
 * @throws HvpError if `f` does not return one number
 */
export const radial: RadialOp = /* @__PURE__ */ operation("radial", 2, (f: ScalarFn, squared: TensorLike) => {
  requireFunction("radial", f);
  return apply("radial", [squared], "float", (s) => {
    const { fn, captured } = scalarOf("radial", f, s.dtype, "each distance");
    return radialNode(s, fn, captured);
  });
});
