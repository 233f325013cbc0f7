// Seeds: the unit vectors that whole Jacobians and Hessians are derivatives along. They are masks, not numbers: the
// words of derivative rules (`by`, `per`) draw a mask out of products, so that a seed's zeros stay zero beside
// infinities and NaN.
import type { DType } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { iota } from "./leaf.ts";
import { eq, select } from "./logic.ts";
import { broadcast, full, isMasked } from "./spread.ts";

/** Ones where `here`, structural zeros elsewhere. */
const masked = (here: Node, dtype: DType): Node => select(here, full(here.shape, 1, dtype), 0);

/** All unit vectors of `n` elements, one a row. A user's `eye` has the same numbers, but its zeros are IEEE's. */
export const unitVectors = (n: number, dtype: DType): Node => {
  const shape = [n, n];
  return n === 1 ? full(shape, 1, dtype) : masked(eq(iota(shape, 0, "int32"), iota(shape, 1, "int32")), dtype);
};

/** Of each of `count` groups the sum of its unit vectors, one a row; `group` [n] says where an element belongs. */
export const groupVectors = (count: number, group: Node, dtype: DType): Node => {
  const shape = [count, group.size];
  if (count === 1) return full(shape, 1, dtype);
  return masked(eq(iota(shape, 0, "int32"), broadcast(group, shape, [1])), dtype);
};

/** The sum of the unit vectors of the elements whose `group` [n] is `index`, a scalar of its type. */
export const groupVector = (group: Node, index: Node, dtype: DType): Node =>
  masked(eq(group, broadcast(index, group.shape, [])), dtype);

/** Whether `x` is {@link unitVectors}. */
export const isUnits = (x: Node): boolean =>
  isMasked(x) && x.shape.length === 2 && x === unitVectors(x.shape[0] as number, x.dtype);

/** The unit vector of `n` elements whose 1 is at `index`, an int32 scalar; zero where that is out of range. */
export const unitVector = (n: number, index: Node, dtype: DType): Node =>
  masked(eq(iota([n], 0, "int32"), broadcast(index, [n], [])), dtype);
