// Reductions over axes: sum, mean, max, min, prod, logsumexp, logmeanexp.
import { fail } from "../errors.ts";
import { type Shape, sameShape, showShape, sizeOf } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { div } from "../primitives/arithmetic.ts";
import { convert } from "../primitives/cast.ts";
import { reduceMax, reduceMin, reduceProd } from "../primitives/reduction.ts";
import { reshape } from "../primitives/shape.ts";
import { full, keptAxes, reduceSum } from "../primitives/spread.ts";
import { NdArray } from "../trace/ndarray.ts";
import type { Kind } from "../trace/promote.ts";
import { Tensor } from "../trace/tracer.ts";
import type { Concrete, TensorLike, Value } from "../trace/types.ts";
import { apply, axesOf, axisOptions, broadcastShapes, expand } from "./apply.ts";
import { logMean, logSum, weightedLogSum } from "./exp-sum.ts";

/**
 * Which axes to reduce (all of them unless given), and whether they stay, with extent 1. An axis or list of axes may
 * stand for `{ axis }`.
 */
export type ReduceOptions =
  | number
  | readonly number[]
  | { readonly axis?: number | readonly number[] | null; readonly keepdims?: boolean };

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
  y instanceof Tensor ||
  ArrayBuffer.isView(y) ||
  y instanceof NdArray ||
  (typeof x === "number" && typeof y === "number");

/** `shape` with extent 1 at `axes`. */
export const withOnes = (shape: Shape, axes: readonly number[]): number[] =>
  shape.map((d, i) => (axes.includes(i) ? 1 : d));
/** Elements of `x` that each result over `axes` is made of. */
export const count = (x: Node, axes: readonly number[]): number => sizeOf(axes.map((a) => x.shape[a] as number));

/** Applies a reduction of numbers to booleans too. */
const asInt =
  (reduce: typeof reduceMax) =>
  (x: Node, axes: readonly number[]): Node =>
    x.dtype === "bool" ? convert(reduce(convert(x, "int32"), axes), "bool") : reduce(x, axes);

/**
 * Sum over `axis` (all axes unless given); 0 over nothing, booleans are counted. @shape x [..., n, ...] → [..., ...]
 */
export const sum: Reduction = /* @__PURE__ */ reduction("sum", "number", reduceSum, [], "add");
/** Arithmetic mean over `axis` (all axes unless given); NaN over nothing. @shape x [..., n, ...] → [..., ...] */
export const mean: Reduction = /* @__PURE__ */ reduction("mean", "float", (x, axes) =>
  div(reduceSum(x, axes), count(x, axes)),
);
/**
 * Largest element over `axis` (all axes unless given), NaN if any is; ties (and NaNs) share the derivative. Fails
 * over nothing. @shape x [..., n, ...] → [..., ...]
 */
export const max: Reduction<number | boolean> = /* @__PURE__ */ reduction(
  "max",
  "any",
  /* @__PURE__ */ asInt(reduceMax),
  [],
  "maximum",
);
/**
 * Smallest element over `axis` (all axes unless given), NaN if any is; ties (and NaNs) share the derivative. Fails
 * over nothing. @shape x [..., n, ...] → [..., ...]
 */
export const min: Reduction<number | boolean> = /* @__PURE__ */ reduction(
  "min",
  "any",
  /* @__PURE__ */ asInt(reduceMin),
  [],
  "minimum",
);
/**
 * Product over `axis` (all axes unless given), 1 over nothing; derivatives are right when elements are 0. @shape x
 * [..., n, ...] → [..., ...]
 */
export const prod: Reduction = /* @__PURE__ */ reduction("prod", "number", reduceProd, [], "mul");

export interface LogSumExpSettings {
  /**
   * Factors of the exponentials, broadcast to the shape of `x`, as SciPy's and JAX's `b`. Of any sign: where the sum
   * is negative the result is NaN. 0 leaves an element out, also an infinite one. 1 unless
   * given.
   */
  readonly weights?: TensorLike;
}
type LogSumExpOptions =
  | number
  | readonly number[]
  | ({ readonly axis?: number | readonly number[] | null; readonly keepdims?: boolean } & LogSumExpSettings);
export interface LogSumExp {
  (x: Tensor, options?: LogSumExpOptions): Tensor;
  (x: TensorLike, options: Extract<LogSumExpOptions, object> & { readonly weights: Tensor }): Tensor;
  (x: TensorLike, options?: LogSumExpOptions): Value;
}

/**
 * `log Σ exp(x)`, or with `weights` w `log Σ w exp(x)`, over `axis` (all axes unless given), without overflow, and
 * accurate where it is close to the largest element. The derivative in `x` is `softmax`: exactly 0 at -Infinity,
 * shared by the elements that are +Infinity; that in a weight is exp(x - result), where the weight is 0 too.
 * -Infinity over nothing and where all elements are -Infinity (derivative 0 there) or all weights 0. Without weights,
 * what is below 2⁻⁹⁷⁰ (float32: 2⁻¹⁰³) of the largest exponential counts as 0.
 * @shape x [..., n, ...] → [..., ...] */
export const logsumexp: LogSumExp = ((x: TensorLike, ...options: unknown[]) => {
  const settings = axisOptions("logsumexp", options, ["axis", "keepdims", "weights"]);
  const { weights } = settings;
  return apply("logsumexp", weights === undefined ? [x] : [x, weights], "float", (node, w) => {
    const axes = axesOf("logsumexp", settings.axis, node.shape.length);
    const y =
      count(node, axes) === 0
        ? full(
            keptAxes(node.shape, axes).map((a) => node.shape[a] as number),
            -Infinity,
            node.dtype,
          )
        : w
          ? weightedLogSum(node, weightsLike("logsumexp", w, node.shape), axes)
          : logSum(node, axes);
    return settings.keepdims ? reshape(y, withOnes(node.shape, axes)) : y;
  });
}) as LogSumExp;

function weightsLike(name: string, w: Node, shape: Shape): Node {
  if (!sameShape(broadcastShapes(name, [w.shape, shape]), shape))
    fail(
      "shape",
      `${name}: weights of shape ${showShape(w.shape)} do not broadcast to ${showShape(shape)}; broadcast x first`,
    );
  return expand(w, shape);
}

/**
 * `log` of the mean of `exp(x)` over `axis` (all axes unless given), without overflow: exactly `c` where all elements
 * are `c`. Its derivative is
 * `softmax`; infinities as in `logsumexp`. NaN over nothing. @shape x [..., n, ...] → [..., ...] */
export const logmeanexp: Reduction = /* @__PURE__ */ reduction("logmeanexp", "float", (x, axes) => {
  if (count(x, axes) === 0) return div(reduceSum(x, axes), 0);
  return logMean(x, axes);
});
