// Seeds: the unit vectors that whole Jacobians and Hessians are derivatives along. They are masks, not numbers: the
// words of derivative rules (`by`, `per`) draw a mask out of products, so that a seed's zeros stay zero beside
// infinities and NaN.
import type { DType } from "../ir/aval.ts";
import type { MaybeNode, Node } from "../ir/graph.ts";
import { by } from "./arithmetic.ts";
import { diagonal } from "./diagonal.ts";
import { iota } from "./leaf.ts";
import { eq, select } from "./logic.ts";
import { reshape, transpose } from "./shape.ts";
import { broadcast, full, isMasked } from "./spread.ts";

/** Ones where `here`, structural zeros elsewhere. */
const masked = (here: Node, dtype: DType): Node => select(here, full(here.shape, 1, dtype), 0);

/** All unit vectors of `n` elements, one a row. A user's `eye` has the same numbers, but its zeros are IEEE's. */
export const unitVectors = (n: number, dtype: DType): Node =>
  n === 1 ? full([n, n], 1, dtype) : masked(identity(n), dtype);
const identity = (n: number): Node => eq(iota([n, n], 0, "int32"), iota([n, n], 1, "int32"));

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

/** For each element r · columns + c of a matrix, row r of `x`, or row c of it. */
function rowsFor(rows: number, columns: number, of: "row" | "column", x: Node): Node {
  const width = x.shape[1] as number;
  return reshape(broadcast(x, [rows, columns, width], [of === "row" ? 0 : 1, 2]), [rows * columns, width]);
}

/**
 * Products of `other`, a matrix, with the unit vectors of all elements of a matrix, which come first or second: rows or
 * columns of `other`, each behind a mask that leaves one. Undefined unless `units` is that.
 */
export function timesUnits(units: Node, other: Node, isFirst: boolean): MaybeNode {
  const [size, rows, columns] = units.shape as [number, number, number];
  const isNarrow = (isFirst ? rows : columns) === 1; // then they are the unit vectors of a vector
  if (other.shape.length !== 2 || isNarrow || size !== rows * columns || !isMasked(units)) return undefined;
  if (units !== reshape(unitVectors(size, units.dtype), units.shape)) return undefined;
  const shape = isFirst ? [size, rows, other.shape[1] as number] : [size, other.shape[0] as number, columns];
  const mask = isFirst ? rowsFor(rows, columns, "row", identity(rows)) : columnMask(rows, columns);
  const value = rowsFor(rows, columns, isFirst ? "column" : "row", isFirst ? other : transpose(other, [1, 0]));
  const [across, along] = isFirst ? [1, 2] : [2, 1];
  return select(broadcast(mask, shape, [0, across as number]), broadcast(value, shape, [0, along as number]), 0);
}
/** Of unit vector r · columns + c, column c. */
const columnMask = (rows: number, columns: number): Node => rowsFor(rows, columns, "column", identity(columns));

/**
 * The product of matrices `x`, made of products with unit vectors by operations on elements, and the matrix `y`: of
 * each row of `x` one element is not masked out. Undefined unless `x` is that.
 */
export function timesPicked(x: Node, y: Node): MaybeNode {
  const [size, rows, columns] = x.shape as [number, number, number];
  const count = size / columns;
  if (!isMasked(x) || columns === 1 || !Number.isInteger(count)) return undefined;
  const [mask, all] = x.inputs as [Node, Node];
  if (mask !== broadcast(columnMask(count, columns), x.shape, [0, 2])) return undefined;
  const picked = transpose(diagonal(reshape(all, [count, columns, rows, columns]), 1, 3), [0, 2, 1]);
  const shape = [size, rows, y.shape[1] as number];
  const factor = rowsFor(count, columns, "column", y);
  return by(broadcast(reshape(picked, [size, rows]), shape, [0, 1]), broadcast(factor, shape, [0, 2]));
}

/** The unit vector of `n` elements whose 1 is at `index`, an int32 scalar; zero where that is out of range. */
export const unitVector = (n: number, index: Node, dtype: DType): Node =>
  masked(eq(iota([n], 0, "int32"), broadcast(index, [n], [])), dtype);
