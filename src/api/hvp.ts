// The Hessian-vector product of a scalar function: forward mode over reverse mode, never forming the Hessian.
import { pushforward, requireFloats } from "../ad/jvp.ts";
import { cotangents } from "../ad/linearize.ts";
import { checkCount, fail } from "../errors.ts";
import { full } from "../primitives/spread.ts";
import { requireFunction, trace } from "../trace/trace.ts";
import { unflatten } from "../trace/tree.ts";
import type { Input, Mirror, Tensor, TensorLike, Traced } from "../trace/types.ts";
import { type AnyFn, argumentOf, dense, looseLeaves, requireScalar, run, tangentOf } from "./common.ts";

/**
 * `∂²f(x)·v`: the Hessian of the scalar function `f` at `x`, times `v`. `x` and `v` are arrays of one shape, or trees
 * of them. In a trace, or called with traced values, it gives traced values.
 * @shape f [n] → [], x [n], v [n] → [n]
 * @throws HvpError if `v` differs from `x` in structure or shape, if `x` is not of floating point, or if `f` does not
 * return a scalar
 */
export function hvp<const A, const V extends Input<Traced<A>> = Input<Traced<A>>>(
  f: (x: Traced<A>) => TensorLike,
  x: A,
  v: V,
): V extends Tensor ? Tensor : Mirror<A>;
export function hvp<X = Tensor, const A extends Input<X> = Input<X>, const V extends Input<X> = Input<X>>(
  f: (x: X) => TensorLike,
  x: A,
  v: V,
): V extends Tensor ? Tensor : Mirror<A>;
export function hvp(f: AnyFn, x: unknown, v: unknown, ...extra: unknown[]): unknown {
  requireFunction("hvp", f);
  checkCount("hvp", extra, "write hvp(f, x, v) or objective(f, x).hvp(x, v, out)");
  if (v === undefined) fail("value", "hvp: v is undefined; write hvp(f, x, v), v a direction with the shapes of x");
  return run(() => {
    const point = argumentOf("hvp: x", x, true);
    const direction = tangentOf("hvp: v", v, point);
    const inputs = point.parameters;
    requireFloats("hvp", inputs);
    const { nodes, structure } = trace("hvp", f, [point.traced]);
    const y = requireScalar("hvp", nodes, structure);
    const gradient = cotangents([y], inputs, [full([], 1, y.dtype)]).map((g, i) =>
      dense(g, inputs[i] as (typeof inputs)[number]),
    );
    const product = pushforward(gradient, inputs, direction.parameters);
    return {
      args: [point, direction],
      nodes: inputs.map((p, i) => dense(product[i], p)),
      weak: looseLeaves(point),
      assemble: (leaves) => unflatten(point.structure, leaves),
    };
  });
}
