// Norms of vectors and matrices. The Euclidean norm neither overflows nor underflows: elements are scaled by a power
// of two where their squares would leave the range of their type (the three ranges of Blue, ACM TOMS 4, 1978; the
// scaling is exact).
import { spectralCalculus } from "../ad/scalar-function.ts";
import { fail } from "../errors.ts";
import { type DType, showShape } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { abs, div, mul, sqrt, square } from "../primitives/arithmetic.ts";
import { convert } from "../primitives/cast.ts";
import { flipMatrix } from "../primitives/factorization.ts";
import { and, gt, lt, ne, select } from "../primitives/logic.ts";
import { normOf } from "../primitives/norm.ts";
import { reduceMax, reduceMin } from "../primitives/reduction.ts";
import { reshape, stopGradient, transpose } from "../primitives/shape.ts";
import { singularSpectrum } from "../primitives/singular-values.ts";
import { broadcast, full, keptAxes, reduceSum } from "../primitives/spread.ts";
import { pow } from "../primitives/transcendental.ts";
import { show } from "../trace/convert.ts";
import type { TensorLike } from "../trace/types.ts";
import { apply, axisList, axisOptions } from "./apply.ts";
import { overBatch } from "./matrices.ts";
import { count, type ReductionWith, withOnes } from "./reduce.ts";

/**
 * Sums of squares beyond `big` or below `small` are taken again of scaled elements, of which no square that counts
 * leaves the normal range.
 */
const rangeOf = (wide: boolean): { big: number; down: number; small: number; up: number } =>
  wide
    ? { big: 2 ** 1000, down: 2 ** -600, small: 2 ** -800, up: 2 ** 600 }
    : { big: 2 ** 100, down: 2 ** -90, small: 2 ** -100, up: 2 ** 100 };

/** Whether a sum of squares in `dtype` is good as it is. */
export function inRange(squares: number, dtype: DType): boolean {
  const { big, small } = rangeOf(dtype === "float64");
  return squares >= small && squares <= big;
}

/**
 * `√(Σ x² / divisor)` over `axes`. At 0 the derivative is 0, and so are all further ones: 0 is the least element of
 * the subdifferential.
 */
export function euclidean(x: Node, axes: readonly number[], divisor = 1): Node {
  const kept = keptAxes(x.shape, axes);
  if (count(x, axes) === 0)
    return full(
      kept.map((a) => x.shape[a] as number),
      0 / divisor,
      x.dtype,
    );
  const { big, down, small, up } = rangeOf(x.dtype === "float64");
  const fixed = stopGradient(x);
  const plain = reduceSum(square(fixed), axes);
  const scale = select(
    gt(plain, big),
    full(plain.shape, down, x.dtype),
    select(lt(plain, small), full(plain.shape, up, x.dtype), 1),
  );
  const squares = reduceSum(square(mul(fixed, broadcast(scale, x.shape, kept))), axes);
  return normOf(select(ne(squares, 0), div(sqrt(div(squares, divisor)), scale), 0 / divisor), x, { axes, divisor });
}

export interface NormSettings {
  /**
   * Of a vector: 2 (the default) or any other number, Infinity and -Infinity too. Of a matrix (two axes): "fro" (the
   * default), "nuc", 2, -2, 1,
   * -1, Infinity, -Infinity. */
  readonly ord?: number | "fro" | "nuc";
}

/**
 * Norm over `axis`, as NumPy's `linalg.norm`. One axis: of vectors, `ord` 2 (Euclidean, the default), 1 (sum of
 * magnitudes), Infinity or -Infinity (largest and smallest magnitude), 0 (how many are not 0), any other p: `(Σ
 * |x|ᵖ)^(1/p)`. Two axes: of matrices, "fro" (Frobenius, the default), 2 or -2 (largest and smallest singular value),
 * "nuc" (their sum), 1 or -1 (largest and smallest sum of magnitudes of a column), Infinity or -Infinity (of a row).
 * No axis: that of all elements in one vector; with
 * `ord`, of the array as a vector or matrix.
 *
 * The Euclidean norm does not overflow or underflow on the way; at 0 all its derivatives are 0. Those of magnitudes
 * are `sign(x)`, 0 at 0; ties of the largest or smallest share theirs. Those of |x|ᵖ are 0 where x is 0 and p > 1,
 * and none where p < 1. Norms of singular values have the derivatives that those of `svd` allow. @shape x [..., n,
 * ...] → [..., ...] */
export const norm: ReductionWith<NormSettings> = ((x: TensorLike, ...options: unknown[]) => {
  const settings = axisOptions("norm", options, ["axis", "keepdims", "ord"]);
  const { ord } = settings;
  return apply("norm", [x], "float", (node) => {
    const rank = node.shape.length;
    const axes = axisList("norm", settings.axis, rank);
    const whole = (settings.axis === undefined || settings.axis === null) && ord === undefined;
    if (!whole && axes.length !== 1 && axes.length !== 2)
      fail(
        "axis",
        `norm: ${ord === undefined ? "a norm" : `ord ${show(ord)}`} is over one axis (vectors) or two ` +
          `(matrices), got ${axes.length} of shape ${showShape(node.shape)}; pass axis, or ravel the array`,
      );
    const y = whole
      ? euclidean(node, axes)
      : axes.length === 1
        ? vectorNorm(node, axes, ord)
        : matrixNorm(node, axes, ord);
    return settings.keepdims ? reshape(y, withOnes(node.shape, axes)) : y;
  });
}) as ReductionWith<NormSettings>;

/**
 * (Σ |x|ᵖ)^(1/p), of magnitudes divided by the largest: that scale is a constant to derivatives, as the value does
 * not depend on it. Where all are 0 so are the value and all derivatives.
 */
function powerNorm(x: Node, axes: readonly number[], p: number): Node {
  const kept = keptAxes(x.shape, axes);
  const magnitudes = abs(x);
  if (p === 0) return reduceSum(convert(ne(x, 0), x.dtype), axes);
  const extremum = p > 0 ? reduceMax : reduceMin;
  const scale =
    count(x, axes) === 0
      ? full(
          kept.map((a) => x.shape[a] as number),
          1,
          x.dtype,
        )
      : extremum(stopGradient(magnitudes), axes);
  const usable = and(gt(scale, 0), lt(scale, Number.POSITIVE_INFINITY));
  const unit = select(usable, scale, 1);
  const sums = reduceSum(pow(div(magnitudes, broadcast(unit, x.shape, kept)), p), axes);
  const y = mul(unit, pow(sums, 1 / p));
  return p > 0 ? select(ne(sums, 0), y, 0) : y;
}

export function vectorNorm(x: Node, axes: readonly number[], ord: unknown): Node {
  switch (ord) {
    case undefined:
    case 2:
      return euclidean(x, axes);
    case 1:
      return reduceSum(abs(x), axes);
    case Infinity:
      return reduceMax(abs(x), axes);
    case -Infinity:
      return reduceMin(abs(x), axes);
    default:
      return typeof ord === "number" && !Number.isNaN(ord)
        ? powerNorm(x, axes, ord)
        : fail(
            "value",
            `norm: unknown ord ${show(ord)} of a vector; the norms are numbers, among them 1, 2, Infinity and ` +
              "-Infinity",
          );
  }
}

/** `axes`: the row index's axis, then the column index's. */
function matrixNorm(x: Node, axes: readonly number[], ord: unknown): Node {
  const [row, column] = axes as [number, number];
  /** Extremum over one axis of the sums of magnitudes over the other. */
  const sums = (over: number, of: number, extremum: typeof reduceMax): Node =>
    extremum(reduceSum(abs(x), [over]), [of > over ? of - 1 : of]);
  switch (ord) {
    case undefined:
    case "fro":
      return euclidean(
        x,
        [...axes].sort((a, b) => a - b),
      );
    case 1:
      return sums(row, column, reduceMax);
    case -1:
      return sums(row, column, reduceMin);
    case Infinity:
      return sums(column, row, reduceMax);
    case -Infinity:
      return sums(column, row, reduceMin);
    case 2:
      return singular(x, axes, reduceMax);
    case -2:
      return singular(x, axes, reduceMin);
    case "nuc":
      return singular(x, axes, reduceSum);
    default:
      return fail(
        "value",
        `norm: unknown ord ${show(ord)} of a matrix; the norms are "fro", "nuc", 2, -2, 1, -1, Infinity and -Infinity`,
      );
  }
}

/** What `of` makes of the singular values of the matrices along `axes`. */
function singular(x: Node, axes: readonly number[], of: typeof reduceMax): Node {
  const rest = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const matrices = transpose(x, [...rest, ...axes]);
  const [m, n] = matrices.shape.slice(-2) as [number, number];
  const values = (a: Node): Node[] => [singularSpectrum(m >= n ? a : flipMatrix(a), spectralCalculus)[1]];
  const batch = matrices.shape.slice(0, -2);
  const least = full([...batch, Math.min(m, n)], 0, x.dtype);
  const s =
    matrices.size === 0
      ? least
      : (overBatch([matrices], (a) => values(a).map((y) => reshape(y, [...y.shape, 1])))[0] as Node);
  return of(reshape(s, least.shape), [batch.length]);
}
