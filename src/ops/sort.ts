// Sorting along an axis, and what is read off a sorted axis: the largest elements, medians and quantiles. Derivatives
// follow the elements to where they were; equal elements keep their order, so that of several equal ones the first in
// it gets the derivative.
import { fail } from "../errors.ts";
import { showShape } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { withElement } from "../ir/lists.ts";
import { takeAlong } from "../primitives/along.ts";
import { abs, add, mul, sub } from "../primitives/arithmetic.ts";
import { and, eq, select } from "../primitives/logic.ts";
import { concat, reshape, slice, transpose } from "../primitives/shape.ts";
import * as p from "../primitives/sort.ts";
import { full, keptAxes } from "../primitives/spread.ts";
import { show } from "../trace/convert.ts";
import { promote } from "../trace/promote.ts";
import type { Tensor, TensorLike, Value, With } from "../trace/types.ts";
import { apply, axesOf, axisOf, axisOptions, numbersOf, operandsOf, operateAll } from "./apply.ts";
import { type ReduceOptions, type Reduction, reduction, withOnes } from "./reduce.ts";

/**
 * The axis to sort along (the last one unless given, null: the flattened array), and whether the largest come first.
 */
export type SortOptions =
  | number
  | {
      readonly axis?: number | null;
      /** The largest first: false unless given. */
      readonly descending?: boolean;
    };

const along = (
  name: string,
  build: (x: Node, axis: number, descending: boolean) => Node,
): With<[options?: SortOptions]> =>
  ((x: TensorLike, ...options: unknown[]) => {
    const { axis = -1, descending } = axisOptions(name, options, ["axis", "descending"]);
    return apply(name, [x], "any", (node) =>
      axis === null
        ? build(reshape(node, [node.size]), 0, descending === true)
        : build(node, axisOf(name, axis, node.shape.length), descending === true),
    );
  }) as With<[options?: SortOptions]>;

/**
 * The elements in increasing order along `axis` (the last one unless given, null: of the flattened array), or
 * decreasing with `descending`. Stable; NaN last in either order. @shape x → x
 */
export const sort: With<[options?: SortOptions]> = /* @__PURE__ */ along("sort", (x, axis, descending) =>
  takeAlong(x, p.argsort(x, axis, descending), axis),
);
/**
 * The indices along `axis` (the last one unless given, null: of the flattened array) in the order of the elements, as
 * int32. Stable; NaN last in either order. @shape x → x
 */
export const argsort: With<[options?: SortOptions]> = /* @__PURE__ */ along("argsort", p.argsort);

/** The axis to choose along: the last one unless given. */
export type TopKOptions = number | { readonly axis?: number };
export interface TopK {
  (x: Tensor, k: number, options?: TopKOptions): [values: Tensor, indices: Tensor];
  (x: TensorLike, k: number, options?: TopKOptions): [values: Value, indices: Value];
}

/**
 * The `k` largest elements along `axis` (the last one unless given), largest first, and their indices as int32. Of
 * equal elements the first come first; NaN counts as less than any number. @shape x [..., n, ...], k → values and
 * indices [..., k, ...]
 * @throws if `k` is not an integer from 0 to the extent of the axis */
export const topK: TopK = ((x: TensorLike, k: number, ...options: unknown[]) => {
  const { axis = -1 } = axisOptions("topK", options, ["axis"]);
  const operands = operandsOf("topK", [x]);
  const { dtype, weak } = promote(operands, "any");
  return operateAll("topK", operands, [dtype], weak, (node) => {
    const at = axisOf("topK", axis, node.shape.length);
    if (!Number.isInteger(k) || k < 0 || k > (node.shape[at] as number))
      fail(
        "value",
        `topK: k must be an integer from 0 to ${node.shape[at]}, the extent of axis ${at} of shape ` +
          `${showShape(node.shape)}, got ${show(k)}`,
      );
    const places = slice(p.argsort(node, at, true), at, 0, k);
    return [takeAlong(node, places, at), places];
  });
}) as TopK;

/** `x` with `axes` moved to the end and joined to one. */
function joined(x: Node, axes: readonly number[]): Node {
  const kept = keptAxes(x.shape, axes);
  const extents = kept.map((a) => x.shape[a] as number);
  const n = axes.reduce((size, a) => size * (x.shape[a] as number), 1);
  return reshape(transpose(x, [...kept, ...axes]), [...extents, n]);
}

/** Quantiles `qs` over `axes`, side by side along a new last axis: only the elements that count are fetched. */
function quantiles(x: Node, axes: readonly number[], qs: readonly number[]): Node {
  const y = joined(x, axes);
  const axis = y.shape.length - 1;
  const n = y.shape[axis] as number;
  if (n === 0) return full(withElement(y.shape, axis, qs.length), Number.NaN, x.dtype);
  const order = p.argsort(y, axis);
  const ranked = (rank: number): Node => takeAlong(y, slice(order, axis, rank, rank + 1), axis);
  const last = ranked(n - 1); // NaN if there is one
  const parts = qs.map((q) => {
    const place = q * (n - 1);
    const rank = Math.min(Math.floor(place), n - 1);
    const rest = place - rank;
    const low = ranked(rank);
    if (rest === 0) return low;
    const high = ranked(rank + 1);
    if (rest === 0.5) return add(mul(0.5, low), mul(0.5, high));
    // Between two equal infinities there is no way to go.
    const gap = select(and(eq(low, high), eq(abs(low), Infinity)), 0, sub(high, low));
    return add(low, mul(rest, gap));
  });
  const found = parts.map((part) => select(eq(last, last), part, last));
  return concat(found, axis);
}

/**
 * Middle element over `axis` (all axes unless given), or the mean of the two in the middle; NaN if any is, and over
 * nothing.
 * @shape x [..., n, ...] → [..., ...] */
export const median: Reduction = /* @__PURE__ */ reduction("median", "float", (x, axes) => {
  const y = quantiles(x, axes, [0.5]);
  return reshape(y, y.shape.slice(0, -1));
});

export interface Quantile {
  (x: Tensor, q: number | readonly number[], options?: ReduceOptions): Tensor;
  (x: TensorLike, q: number | readonly number[], options?: ReduceOptions): Value;
}

/**
 * The `q`-th quantile over `axis` (all axes unless given), 0 ≤ q ≤ 1, linear between neighbours; for a list of them
 * along a new first axis. NaN if any element is, and over nothing. @shape x [..., n, ...], q → [..., ...]
 */
export const quantile: Quantile = ((x: TensorLike, q: number | readonly number[], ...options: unknown[]) => {
  const qs = numbersOf("quantile: q", q);
  if (qs.length === 0 || !qs.every((v) => v >= 0 && v <= 1))
    fail("value", `quantile: q must be a number or numbers from 0 to 1, got ${show(q)}`);
  const settings = axisOptions("quantile", options, ["axis", "keepdims"]);
  return apply("quantile", [x], "float", (node) => {
    const axes = axesOf("quantile", settings.axis, node.shape.length);
    const y = quantiles(node, axes, qs);
    const shape = settings.keepdims ? withOnes(node.shape, axes) : y.shape.slice(0, -1);
    if (typeof q === "number") return reshape(y, shape);
    const last = y.shape.length - 1;
    return reshape(transpose(y, [last, ...y.shape.map((_, i) => i).slice(0, last)]), [qs.length, ...shape]);
  });
}) as Quantile;
