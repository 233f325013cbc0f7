// Products of vectors and matrices, with NumPy's rules for ranks and batches.

import { fail } from "../errors.ts";
import { type Shape, sameShape, showShape, sizeOf } from "../ir/aval.ts";
import { bring } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { mul } from "../primitives/arithmetic.ts";
import { matmul as matmulNode } from "../primitives/contraction.ts";
import { reshape, transpose } from "../primitives/shape.ts";
import { reduceSum } from "../primitives/spread.ts";
import { sharing } from "../run/passes.ts";
import type { Product, TensorLike } from "../trace/types.ts";
import { apply, broadcastShapes, expand, nested, operation } from "./apply.ts";

/** The product of two matrices, or of each pair in two batches. */
export function product(a: Node, b: Node): Node {
  bring(sharing);
  return matmulNode(a, b);
}

const contraction = (name: string, build: (a: Node, b: Node) => Node, usage?: string): Product =>
  operation(name, 2, (a: TensorLike, b: TensorLike) => apply(name, [a, b], "number", build), usage);

const inner = (a: Node, b: Node): Node => reduceSum(mul(a, b), [0]);
const isFloat = (x: Node): boolean => x.dtype !== "int32";

function mismatch(name: string, a: Node, b: Node, rule: string): never {
  return fail("shape", `${name}: shapes ${showShape(a.shape)} and ${showShape(b.shape)} do not fit: ${rule}`);
}
const LAST_TWO =
  "the last axis of the first must equal the last but one of the second (its only one, if it is a vector)";

/** [m,k]·[k,n], or [batch,m,k]·[batch,k,n]; integers by broadcast and sum. */
function matrices(a: Node, b: Node): Node {
  if (isFloat(a)) return product(a, b);
  const shape = [...a.shape, b.shape.at(-1) as number];
  const lead = a.shape.slice(0, -2);
  const wide = expand(reshape(a, [...a.shape, 1]), shape);
  return reduceSum(mul(wide, expand(reshape(b, [...lead, 1, ...b.shape.slice(-2)]), shape)), [shape.length - 2]);
}

function matmulNodes(a: Node, b: Node): Node {
  const [ra, rb] = [a.shape.length, b.shape.length];
  if (ra === 0 || rb === 0) mismatch("matmul", a, b, "a scalar is not a matrix; use mul");
  if (a.shape.at(-1) !== b.shape.at(rb === 1 ? -1 : -2)) mismatch("matmul", a, b, LAST_TWO);
  if (ra === 1 && rb === 1) return inner(a, b);
  if (ra === 1) return dropAxis(matmulNodes(reshape(a, [1, a.size]), b), -2);
  if (rb === 1) return dropAxis(matmulNodes(a, reshape(b, [b.size, 1])), -1);
  const [m, k, n] = [a.shape.at(-2), a.shape.at(-1), b.shape.at(-1)] as [number, number, number];
  if (ra === 2 && rb === 2) return matrices(a, b);
  if (rb === 2)
    // one tall product
    return reshape(matrices(reshape(a, [sizeOf(a.shape.slice(0, -1)), k]), b), [...a.shape.slice(0, -1), n]);
  const batch = broadcastShapes("matmul", [a.shape.slice(0, -2), b.shape.slice(0, -2)]);
  const size = sizeOf(batch);
  const flat = (x: Node, rows: number, columns: number): Node =>
    reshape(expand(x, [...batch, rows, columns]), [size, rows, columns]);
  return reshape(matrices(flat(a, m, k), flat(b, k, n)), [...batch, m, n]);
}

const dropAxis = (x: Node, axis: -1 | -2): Node =>
  reshape(
    x,
    x.shape.filter((_, i) => i !== x.shape.length + axis),
  );

/**
 * Matrix product as NumPy's `@`: a vector stands for a row on the left and a column on the right, leading axes are a
 * batch and broadcast. @shape a [..., m, k], b [..., k, n] → [..., m, n]
 */
export const matmul: Product = /* @__PURE__ */ contraction("matmul", matmulNodes, /* @__PURE__ */ nested("matmul"));

/**
 * NumPy's `dot`: the inner product of vectors, the product of matrices, `mul` if one is a scalar; else the sum over
 * the last axis of `a` and the last but one of `b`. @shape a [n], b [n] → []; a [..., k], b [..., k, n] → [..., ...,
 * n]
 */
export const dot: Product = /* @__PURE__ */ contraction("dot", (a, b) => {
  const [ra, rb] = [a.shape.length, b.shape.length];
  if (ra === 0 || rb === 0) {
    const shape: Shape = ra === 0 ? b.shape : a.shape;
    return mul(expand(a, shape), expand(b, shape));
  }
  const k = a.shape.at(-1) as number;
  if (k !== b.shape.at(rb === 1 ? -1 : -2)) mismatch("dot", a, b, LAST_TWO);
  if (ra <= 2 && rb <= 2) return matmulNodes(a, b);
  if (rb === 1) return matmulNodes(a, b);
  const rest = b.shape.filter((_, i) => i !== rb - 2);
  const columns = transpose(b, [rb - 2, ...b.shape.map((_, i) => i).filter((i) => i !== rb - 2)]);
  const y = matrices(reshape(a, [sizeOf(a.shape.slice(0, -1)), k]), reshape(columns, [k, sizeOf(rest)]));
  return reshape(y, [...a.shape.slice(0, -1), ...rest]);
});

/** The inner product of two arrays of one size, whatever their shapes: `Σ aᵢ bᵢ`. @shape a [size n], b [size n] → [] */
export const vdot: Product = /* @__PURE__ */ contraction("vdot", (a, b) => {
  if (a.size !== b.size) mismatch("vdot", a, b, `they have ${a.size} and ${b.size} elements, which must be equal`);
  const axes = (x: Node): number[] => x.shape.map((_, i) => i);
  return sameShape(a.shape, b.shape)
    ? reduceSum(mul(a, b), axes(a))
    : inner(reshape(a, [a.size]), reshape(b, [b.size]));
});

/** All products of an element of `a` and one of `b`: `aᵢ bⱼ`. @shape a [size m], b [size n] → [m, n] */
export const outer: Product = /* @__PURE__ */ contraction("outer", (a, b) => {
  const shape = [a.size, b.size];
  return mul(expand(reshape(a, [a.size, 1]), shape), expand(reshape(b, [1, b.size]), shape));
});
