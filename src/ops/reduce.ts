// Reductions over axes: sum, mean, max, min, prod, logsumexp.
import { fail } from "../errors.ts";
import { type DType, type Shape, sizeOf } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { add, div, eq } from "../primitives/arithmetic.ts";
import { full, keptAxes, reduceSum } from "../primitives/leaf.ts";
import { reduceMax, reduceMin, reduceProd } from "../primitives/reduction.ts";
import { convert, reshape, stopGradient } from "../primitives/shape.ts";
import { log1p } from "../primitives/transcendental.ts";
import { NdArray } from "../trace/ndarray.ts";
import type { Kind } from "../trace/promote.ts";
import { Tensor } from "../trace/tracer.ts";
import type { Concrete, TensorLike, Value } from "../trace/types.ts";
import { apply, axesOf, axisOptions } from "./apply.ts";
import { sumOfOthers } from "./exp-sum.ts";

/** Which axes to reduce (all of them unless given), and whether they stay, with extent 1. An axis or list of axes may stand for `{ axis }`. */
export type ReduceOptions = number | readonly number[] | { readonly axis?: number | readonly number[] | null; readonly keepdims?: boolean };

/** A reduction; of a whole array it is a `Whole`. */
export interface Reduction<Whole = number> extends ReductionWith<object, Whole> {}
/** A reduction with settings of its own beside the axes. */
export interface ReductionWith<Settings, Whole = number> {
  (x: Tensor, options?: ReduceOptions | (ReduceSettings & Settings)): Tensor;
  (x: Concrete): Whole;
  <O extends Value = Value>(x: TensorLike, options?: ReduceOptions | (ReduceSettings & Settings)): O;
}
interface ReduceSettings {
  readonly axis?: number | readonly number[] | null;
  readonly keepdims?: boolean;
}

/** A reduction from what it does to the increasing `axes` of a node; `more` names its own settings. */
export function reduction<Settings extends object = object, Whole = number>(
  name: string,
  kind: Kind,
  reduce: (x: Node, axes: readonly number[], settings: Settings) => Node,
  more: readonly (keyof Settings & string)[] = [],
  ofTwo?: string,
): ReductionWith<Settings, Whole> {
  return ((x: TensorLike, ...options: unknown[]) => {
    if (ofTwo && isSecond(x, options[0])) fail("value", `${name}: reduces one array; of two it is ${ofTwo}(a, b)`);
    const settings = axisOptions(name, options, ["axis", "keepdims", ...more]);
    return apply(name, [x], kind, (node) => {
      const axes = axesOf(name, settings.axis, node.shape.length);
      const y = reduce(node, axes, settings as Settings);
      return settings.keepdims ? reshape(y, withOnes(node.shape, axes)) : y;
    });
  }) as ReductionWith<Settings, Whole>;
}

/** Whether `y`, given to a reduction of `x`, is a second operand and no axis. */
const isSecond = (x: unknown, y: unknown): boolean =>
  y instanceof Tensor || ArrayBuffer.isView(y) || y instanceof NdArray || (typeof x === "number" && typeof y === "number");

/** `shape` with extent 1 at `axes`. */
export const withOnes = (shape: Shape, axes: readonly number[]): number[] => shape.map((d, i) => (axes.includes(i) ? 1 : d));
/** Elements of `x` that each result over `axes` is made of. */
export const count = (x: Node, axes: readonly number[]): number => sizeOf(axes.map((a) => x.shape[a] as number));

/** Applies a reduction of numbers to booleans too. */
const asInt =
  (reduce: typeof reduceMax) =>
  (x: Node, axes: readonly number[]): Node =>
    x.dtype === "bool" ? convert(reduce(convert(x, "int32"), axes), "bool") : reduce(x, axes);

/** Sum over `axis` (all axes unless given); 0 over nothing, booleans are counted. @shape x [..., n, ...] → [..., ...] */
export const sum: Reduction = /* @__PURE__ */ reduction("sum", "number", reduceSum, [], "add");
/** Arithmetic mean over `axis` (all axes unless given); NaN over nothing. @shape x [..., n, ...] → [..., ...] */
export const mean: Reduction = /* @__PURE__ */ reduction("mean", "float", (x, axes) => div(reduceSum(x, axes), count(x, axes)));
/** Largest element over `axis` (all axes unless given), NaN if any is; ties (and NaNs) share the derivative. Fails over nothing. @shape x [..., n, ...] → [..., ...] */
export const max: Reduction<number | boolean> = /* @__PURE__ */ reduction("max", "any", /* @__PURE__ */ asInt(reduceMax), [], "maximum");
/** Smallest element over `axis` (all axes unless given), NaN if any is; ties (and NaNs) share the derivative. Fails over nothing. @shape x [..., n, ...] → [..., ...] */
export const min: Reduction<number | boolean> = /* @__PURE__ */ reduction("min", "any", /* @__PURE__ */ asInt(reduceMin), [], "minimum");
/** Product over `axis` (all axes unless given), 1 over nothing; derivatives are right when elements are 0. @shape x [..., n, ...] → [..., ...] */
export const prod: Reduction = /* @__PURE__ */ reduction("prod", "number", reduceProd, [], "mul");

/** `log Σ exp(x)` over `axis` (all axes unless given), without overflow, and accurate where it is close to the largest element. The derivative is
 * `softmax`: exactly 0 at -Infinity, shared by the elements that are +Infinity. -Infinity over nothing and where all elements are
 * -Infinity (derivative 0 there). @shape x [..., n, ...] → [..., ...] */
export const logsumexp: Reduction = /* @__PURE__ */ reduction("logsumexp", "float", (x, axes) => {
  if (count(x, axes) === 0)
    return full(
      keptAxes(x.shape, axes).map((a) => x.shape[a] as number),
      -Infinity,
      x.dtype,
    );
  const top = reduceMax(stopGradient(x), axes);
  // Where all are -Infinity nothing is left: adding 1 keeps the derivative 0/1, and `top` makes the value -Infinity.
  const none = convert(eq(top, -Infinity), x.dtype as DType);
  return add(log1p(add(sumOfOthers(x, top, axes), none)), top);
});
