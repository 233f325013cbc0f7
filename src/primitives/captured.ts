// Values that a scalar function captures, as inputs of the primitives that apply it: their tangents, cotangents and
// batches.
import { make } from "../ir/build.ts";
import type { MaybeNode, Node, Primitive } from "../ir/graph.ts";
import type { ScalarFunction } from "../ir/scalar-function.ts";
import { by } from "./arithmetic.ts";
import { batched } from "./define.ts";
import { iota } from "./leaf.ts";
import { eq, select } from "./logic.ts";
import { concat, reshape } from "./shape.ts";
import { broadcast, full, reduceSum } from "./spread.ts";

/**
 * Parameters of a primitive that applies a scalar function; the values that the function captures are its last
 * inputs.
 */
export interface OfScalar {
  readonly fn: ScalarFunction;
  /** Which captured values carry the batch axis, axis 0 of what the function is applied to. */
  readonly flags: readonly boolean[];
}

/**
 * The tangent where captured value `k` moves along `d`, by the same primitive; captured values begin at input
 * `first`.
 */
export function alongCaptured<P extends OfScalar>(
  prim: Primitive<P>,
  node: Node<P>,
  first: number,
  k: number,
  d: Node,
): MaybeNode {
  const { fn, flags } = node.params;
  if (fn.linearIn(k)) return replaced(prim, node, first + k, d);
  const slope = fn.along(k);
  return (
    slope && make(prim, [...node.inputs, d], { ...node.params, fn: slope, flags: [...flags, flags[k] as boolean] })
  );
}

/** The node with another input `at`. */
export const replaced = <P extends OfScalar>(prim: Primitive<P>, node: Node<P>, at: number, by: Node): Node =>
  make(
    prim,
    node.inputs.map((x, i) => (i === at ? by : x)),
    node.params,
  );

/**
 * The cotangent of captured value `k`, in which the node is linear: the node at each unit direction, times its own
 * cotangent.
 */
export function capturedCotangent<P extends OfScalar>(
  prim: Primitive<P>,
  node: Node<P>,
  first: number,
  k: number,
  ct: Node,
): Node {
  const c = node.inputs[first + k] as Node;
  const lead = node.params.flags[k] ? 1 : 0;
  const shape = c.shape.slice(lead);
  const size = shape.reduce((n, d) => n * d, 1);
  const summed = ct.shape.map((_, i) => i).filter((i) => i >= lead);
  const ones = full([size], 1, c.dtype);
  const parts = Array.from({ length: size }, (_, j) => {
    const one = size === 1 ? ones : select(eq(iota([size], 0, "int32"), j), ones, 0);
    const unit = broadcast(
      reshape(one, shape),
      c.shape,
      shape.map((_, i) => i + lead),
    );
    return reshape(reduceSum(by(ct, replaced(prim, node, first + k, unit)), summed), [...c.shape.slice(0, lead), 1]);
  });
  return reshape(parts.length === 0 ? full(c.shape, 0, c.dtype) : concat(parts, lead), c.shape);
}

/**
 * Captured values for a batch of `size` examples, of which each has `count` (undefined: no batch axis of its own).
 * Values that are the same for all stay single.
 */
export function repeated(
  values: readonly Node[],
  has: readonly boolean[],
  flags: readonly boolean[],
  size: number,
  count: number | undefined,
): { values: Node[]; flags: boolean[] } {
  const moving = flags.map((f, i) => f || (has[i] as boolean));
  return {
    flags: moving,
    values: values.map((c, i) => {
      if (!moving[i]) return c;
      const y = batched(c, has[i] as boolean, size);
      if (count === undefined) return y;
      if (flags[i]) return reshape(y, [size * count, ...y.shape.slice(2)]);
      const rest = y.shape.slice(1);
      return reshape(broadcast(y, [size, count, ...rest], [0, ...rest.map((_, k) => k + 2)]), [size * count, ...rest]);
    }),
  };
}
