// Questions: of each element (isnan), of all along axes (any, all, how many), and where an extremum is. None has a
// derivative.
import { fail } from "../errors.ts";
import { showShape } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { abs } from "../primitives/arithmetic.ts";
import { convert } from "../primitives/cast.ts";
import { iota } from "../primitives/leaf.ts";
import { eq, gt, lt, ne, not, or, select } from "../primitives/logic.ts";
import { reduceMax, reduceMin } from "../primitives/reduction.ts";
import { reshape } from "../primitives/shape.ts";
import { broadcast, keptAxes, reduceSum } from "../primitives/spread.ts";
import type { Predicate, TensorLike, With } from "../trace/types.ts";
import { apply, axisOf, axisOptions, unary } from "./apply.ts";
import { type Reduction, reduction, withOnes } from "./reduce.ts";

/** Whether an element is NaN, as booleans. @shape x → x */
export const isnan: Predicate = /* @__PURE__ */ unary("isnan", "float", (x) => ne(x, x));
/** Whether an element is neither infinite nor NaN, as booleans. @shape x → x */
export const isfinite: Predicate = /* @__PURE__ */ unary("isfinite", "float", (x) => lt(abs(x), Infinity));
/** Whether an element is Infinity or -Infinity, as booleans. @shape x → x */
export const isinf: Predicate = /* @__PURE__ */ unary("isinf", "float", (x) => eq(abs(x), Infinity));

/** How many elements are not 0 (true), NaN counted. */
const nonzero = (x: Node, axes: readonly number[]): Node => reduceSum(convert(convert(x, "bool"), "int32"), axes);
const zeros = (x: Node, axes: readonly number[]): Node => reduceSum(convert(not(convert(x, "bool")), "int32"), axes);

/** Whether any element along `axis` (all axes unless given) is true, that is not 0; NaN is true. False over nothing.
 * @shape x [..., n, ...] → [..., ...] */
export const any: Reduction<boolean> = /* @__PURE__ */ reduction("any", "any", (x, axes) => gt(nonzero(x, axes), 0));
/** Whether all elements along `axis` (all axes unless given) are true, that is not 0; NaN is true. True over nothing.
 * @shape x [..., n, ...] → [..., ...] */
export const all: Reduction<boolean> = /* @__PURE__ */ reduction("all", "any", (x, axes) => eq(zeros(x, axes), 0));
/** How many elements along `axis` (all axes unless given) are not 0, as int32. @shape x [..., n, ...] → [..., ...] */
export const countNonzero: Reduction = /* @__PURE__ */ reduction("countNonzero", "any", nonzero);

/** The axis to search along (of the flattened array unless given), and whether it stays, with extent 1. */
export type ArgOptions = number | { readonly axis?: number | null; readonly keepdims?: boolean };

/** First place along `axis` where `x` is its `extremum`, or NaN: the least index of those that hit. */
function placeOf(x: Node, axis: number, extremum: typeof reduceMax): Node {
  const best = broadcast(extremum(x, [axis]), x.shape, keptAxes(x.shape, [axis]));
  return reduceMin(select(or(eq(x, best), ne(x, x)), iota(x.shape, axis, "int32"), x.shape[axis] as number), [axis]);
}

const arg = (name: string, extremum: typeof reduceMax): With<[options?: ArgOptions]> =>
  ((x: TensorLike, ...options: unknown[]) => {
    const { axis, keepdims } = axisOptions(name, options, ["axis", "keepdims"]);
    return apply(name, [x], "number", (node) => {
      const flat = axis === undefined || axis === null;
      const along = flat ? 0 : axisOf(name, axis, node.shape.length);
      if ((flat ? node.size : node.shape[along]) === 0)
        fail(
          "shape",
          `${name}: an array of shape ${showShape(node.shape)} has no element to find along ` +
            `${flat ? "it" : `axis ${along}`}`,
        );
      const y = placeOf(flat ? reshape(node, [node.size]) : node, along, extremum);
      if (!keepdims) return y;
      return reshape(y, flat ? node.shape.map(() => 1) : withOnes(node.shape, [along]));
    });
  }) as With<[options?: ArgOptions]>;

/**
 * Index of the largest element along `axis` (of the flattened array unless given), as int32: the first of equal ones,
 * the first NaN if there is one. Fails over nothing. @shape x [..., n, ...] → [..., ...]
 */
export const argmax: With<[options?: ArgOptions]> = /* @__PURE__ */ arg("argmax", reduceMax);
/**
 * Index of the smallest element along `axis` (of the flattened array unless given), as int32: the first of equal
 * ones, the first NaN if there is one. Fails over nothing. @shape x [..., n, ...] → [..., ...]
 */
export const argmin: With<[options?: ArgOptions]> = /* @__PURE__ */ arg("argmin", reduceMin);
