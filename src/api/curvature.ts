// A function along a line, to second order: its value, slope and curvature in one forward pass.
import { requireFloats } from "../ad/jvp.ts";
import { secondOrder } from "../ad/taylor.ts";
import { checkCount, fail } from "../errors.ts";
import type { MaybeNode, Node } from "../ir/graph.ts";
import { requireFunction, trace } from "../trace/trace.ts";
import { unflatten } from "../trace/tree.ts";
import type { Input, Result, Traced } from "../trace/types.ts";
import { type AnyFn, argumentOf, dense, run, tangentOf } from "./common.ts";

/**
 * `[f(x), ∇f(x)·v, vᵀ∂²f(x)·v]`: value, slope and curvature of `f` at `x` along `v`, in one forward pass. `x` and `v`
 * are arrays of one shape, or trees of them. Where `f` returns an array or a tree, all three are like it; results
 * that are not of floating point have zero derivatives. It costs one to four evaluations of `f`, and no memory that
 * grows with the length of the computation.
 * @shape f [n] → [m], x [n], v [n] → [[m], [m], [m]]
 * @throws HvpError if `v` differs from `x` in structure or shape, or if `x` is not of floating point
 */
export function curvature<
  const A,
  R,
  const V extends Input<Traced<A>> = Input<Traced<A>>,
  O extends Result<R, readonly [A, V]> = Result<R, readonly [A, V]>,
>(f: (x: Traced<A>) => R, x: A, v: V): [value: O, slope: O, curvature: O];
export function curvature<
  X,
  R,
  const A extends Input<X> = Input<X>,
  const V extends Input<X> = Input<X>,
  O extends Result<R, readonly [A, V]> = Result<R, readonly [A, V]>,
>(f: (x: X) => R, x: A, v: V): [value: O, slope: O, curvature: O];
export function curvature(f: AnyFn, x: unknown, v: unknown, ...extra: unknown[]): unknown {
  requireFunction("curvature", f);
  checkCount("curvature", extra, "write curvature(f, x, v), with a tree of arrays for several arguments");
  if (v === undefined)
    fail("value", "curvature: v is undefined; write curvature(f, x, v), v a direction with the shapes of x");
  return run(() => {
    const point = argumentOf("curvature: x", x, true);
    const direction = tangentOf("curvature: v", v, point);
    requireFloats("curvature", point.parameters);
    const y = trace("curvature", f, [point.traced]);
    const { slopes, bends } = secondOrder(y.nodes, point.parameters, direction.parameters);
    const all = (list: readonly MaybeNode[]): Node[] => y.nodes.map((n, i) => dense(list[i], n));
    return {
      args: [point, direction],
      nodes: [...y.nodes, ...all(slopes), ...all(bends)],
      weak: [...y.weak, ...y.weak, ...y.weak],
      assemble: (leaves) => [0, 1, 2].map((k) => unflatten(y.structure, leaves, k * y.nodes.length)),
    };
  });
}
