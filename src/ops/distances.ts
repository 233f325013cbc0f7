// Distances between points, and the cross product of vectors in space.
import { fail } from "../errors.ts";
import { showShape } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { mul, square, sub } from "../primitives/arithmetic.ts";
import { concat, reshape, slice } from "../primitives/shape.ts";
import { reduceSum } from "../primitives/spread.ts";
import { show } from "../trace/convert.ts";
import type { Binary, Tensor, TensorLike, Value } from "../trace/types.ts";
import { apply, axisOf, broadcastShapes, checkOptions, expand, operation } from "./apply.ts";
import { vectorNorm } from "./norm.ts";
import { type AxisOption, axisGiven } from "./shape.ts";

/** xᵢ - yⱼ: [..., m, n, d]. */
function differences(name: string, x: Node, y: Node): Node {
  const d = x.shape.at(-1);
  if (x.shape.length < 2 || y.shape.length < 2 || d !== y.shape.at(-1))
    fail(
      "shape",
      `${name}: shapes ${showShape(x.shape)} and ${showShape(y.shape)}; expected points in rows, [..., m, d] and ` +
        "[..., n, d]: reshape single points to [1, d]",
    );
  const rows = (z: Node): number => z.shape.at(-2) as number;
  const lead = broadcastShapes(name, [x.shape.slice(0, -2), y.shape.slice(0, -2)]);
  const shape = [...lead, rows(x), rows(y), d as number];
  const column = reshape(x, [...x.shape.slice(0, -1), 1, d as number]);
  const row = reshape(y, [...y.shape.slice(0, -2), 1, rows(y), d as number]);
  return sub(expand(column, shape), expand(row, shape));
}

/**
 * `Σ (xᵢₖ - yⱼₖ)²` for every row of `x` and every row of `y`, from the differences: the expanded form |x|² - 2x·y +
 * |y|² would cancel for close points. Smooth. Leading axes are a batch and broadcast. @shape x [..., m, d], y [...,
 * n, d] → [..., m, n]
 */
export const squaredDistances: Binary = /* @__PURE__ */ operation(
  "squaredDistances",
  2,
  (x: TensorLike, y: TensorLike) =>
    apply("squaredDistances", [x, y], "number", (a, b) => {
      const z = differences("squaredDistances", a, b);
      return reduceSum(square(z), [z.shape.length - 1]);
    }),
);

export interface CdistOptions {
  /** The norm: 2 (Euclidean, unless given), 1, Infinity, or any positive p. */
  readonly p?: number;
}
export interface Cdist {
  (x: Tensor, y: TensorLike, options?: CdistOptions): Tensor;
  (x: TensorLike, y: Tensor, options?: CdistOptions): Tensor;
  (x: TensorLike, y: TensorLike, options?: CdistOptions): Value;
}

/**
 * The distance of every row of `x` and every row of `y`, as PyTorch's `cdist` and SciPy's with `metric` "minkowski":
 * from the differences, without overflow. At coincident points, where it is not smooth, its derivatives are those of
 * `norm` at 0; kernels of squared distances are smooth there, with `squaredDistances`. Leading axes are a batch and
 * broadcast.
 * @shape x [..., m, d], y [..., n, d] → [..., m, n] */
export const cdist: Cdist = /* @__PURE__ */ operation(
  "cdist",
  3,
  (x: TensorLike, y: TensorLike, options: CdistOptions = {}) => {
    checkOptions("cdist", options, ["p"]);
    const { p = 2 } = options;
    if (typeof p !== "number" || !(p > 0))
      fail("value", `cdist: p is ${show(p)}; it must be a positive number, or Infinity`);
    return apply("cdist", [x, y], "float", (a, b) => {
      const z = differences("cdist", a, b);
      const lengths = z.shape.slice(0, -1);
      // The largest of no components is 0, as their sum.
      return z.shape.at(-1) === 0 ? reduceSum(z, [lengths.length]) : vectorNorm(z, [lengths.length], p);
    });
  },
);

export interface Cross {
  (a: Tensor, b: TensorLike, axis?: AxisOption): Tensor;
  (a: TensorLike, b: Tensor, axis?: AxisOption): Tensor;
  (a: TensorLike, b: TensorLike, axis?: AxisOption): Value;
}

/**
 * The vector product of vectors of three components along `axis` (the last one unless given) of the broadcast
 * operands: (a₁b₂ - a₂b₁, a₂b₀ - a₀b₂, a₀b₁ - a₁b₀). Vectors of two are refused, as NumPy 2 advises: their product is
 * a number.
 * @shape a, b [..., 3] → broadcast */
export const cross: Cross = /* @__PURE__ */ operation(
  "cross",
  3,
  (a: TensorLike, b: TensorLike, options: AxisOption = -1) => {
    const along = axisGiven("cross", options);
    return apply("cross", [a, b], "number", (x, y) => {
      const shape = broadcastShapes("cross", [x.shape, y.shape]);
      const axis = axisOf("cross", along ?? -1, shape.length);
      const three = (z: Node): boolean => z.shape[axis - (shape.length - z.shape.length)] === 3;
      if (!three(x) || !three(y))
        fail(
          "shape",
          `cross: shapes ${showShape(x.shape)} and ${showShape(y.shape)} along axis ${axis}; expected 3 ` +
            "components in both: of two, the product is the number a[0]·b[1] - a[1]·b[0]",
        );
      const part = (z: Node, i: number): Node => slice(expand(z, shape), axis, i, i + 1);
      const component = (i: number, j: number): Node => sub(mul(part(x, i), part(y, j)), mul(part(x, j), part(y, i)));
      return concat([component(1, 2), component(2, 0), component(0, 1)], axis);
    });
  },
);
