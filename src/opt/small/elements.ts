// Matrices of scalar nodes: what elimination is written in, element by element, where a matrix is small.
import type { Shape } from "../../ir/aval.ts";
import { Box } from "../../ir/box.ts";
import type { Node } from "../../ir/graph.ts";
import type { Affine } from "../../ir/index-map.ts";
import { add } from "../../primitives/arithmetic.ts";
import { concat, reshape, slice } from "../../primitives/shape.ts";
import { full } from "../../primitives/spread.ts";
import { BATCH_LANES } from "../cost.ts";
import { resolve } from "../plan/pull.ts";

/** Rows of scalars. */
export type Matrix = readonly (readonly Node[])[];
export type Rows = Node[][];

export const build = (m: number, n: number, f: (i: number, j: number) => Node): Rows =>
  Array.from({ length: m }, (_, i) => Array.from({ length: n }, (_, j) => f(i, j)));
/** Element (i, j); rows and columns are within the matrix. */
export const at = (x: Matrix, i: number, j: number): Node => (x[i] as readonly Node[])[j] as Node;

/** A number beside the elements of `like`. */
export const number = (value: number, like: Node): Node => full(lanesOf(like), value, like.dtype);

/** The axes of what stands for one element of `matrices`: that of the batch where it is long. */
const lanesOf = ({ shape }: Node): Shape =>
  shape.length === 3 && (shape[0] as number) >= BATCH_LANES ? shape.slice(0, 1) : [];

/** The sum as kernels form it, from 0 on: zeros are +0. */
export const sumFromZero = (terms: readonly Node[]): Node => add(terms.reduce(add), 0);

const NOTHING = /* @__PURE__ */ new Set<Node>();
/** Strides of `x` where a kernel finds it, as far as the graph tells. */
export const stridesIn = (x: Node): readonly number[] => resolve(x, true, NOTHING).strides;

/** No loops: every question about a place has an answer. */
const HERE = /* @__PURE__ */ new Box([]);

/**
 * The element of `x` at `index`, a scalar. Views are followed, so that what one matrix was put together of is what the
 * next one is made of.
 */
export function element(x: Node, index: readonly number[]): Node {
  let node = x;
  let place: readonly Affine[] = index.map((i) => [i]);
  for (let { lower } = node.prim; lower.kind === "view"; { lower } = node.prim) {
    const source = lower.source(node, place, HERE);
    if (source === "zero") return full([], 0, x.dtype);
    node = node.inputs[source.input] as Node;
    place = "flat" in source ? HERE.unravel(source.flat, node.shape) : source.index;
  }
  const one = place.reduce((y, [i], axis) => slice(y, axis, i as number, (i as number) + 1), node);
  return reshape(one, []);
}

/** The array of `shape` with these elements, in row-major order. */
export const assembled = (elements: readonly Node[], shape: Shape): Node =>
  reshape(
    concat(
      elements.map((e) => reshape(e, [1])),
      0,
    ),
    shape,
  );

/** Element (i, j) of all matrices of a batch. */
const along = (x: Node, lanes: Shape, i: number, j: number): Node =>
  reshape(slice(slice(x, 1, i, i + 1), 2, j, j + 1), lanes);

/**
 * What `f` makes of the matrices `inputs`. Of a batch, one after the other, or, where it is long, of all at once: their
 * elements then are vectors.
 */
export function onElements(node: Node, inputs: readonly Node[], f: (matrices: readonly Matrix[]) => Matrix): Node {
  const lanes = lanesOf(node);
  if (lanes.length > 0) {
    const all = f(
      inputs.map((x) => build(x.shape[1] as number, x.shape[2] as number, (i, j) => along(x, lanes, i, j))),
    );
    const columns = all.flat().map((e) => reshape(e, [...lanes, 1]));
    return reshape(concat(columns, 1), node.shape);
  }
  const batch = node.shape.length === 3 ? Array.from({ length: node.shape[0] as number }, (_, b) => [b]) : [[]];
  const results = batch.map((lead) =>
    f(
      inputs.map((x) => {
        const [m, n] = x.shape.slice(-2) as [number, number];
        return build(m, n, (i, j) => element(x, [...lead, i, j]));
      }),
    ),
  );
  return assembled(results.flat(2), node.shape);
}
