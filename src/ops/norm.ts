// Norms of vectors and matrices. The Euclidean norm neither overflows nor underflows: elements are scaled by a power of two where
// their squares would leave the range of their type (the three ranges of Blue, ACM TOMS 4, 1978; the scaling is exact).
import { fail } from "../errors.ts";
import { showShape } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { abs, div, gt, lt, mul, ne, select, sqrt, square } from "../primitives/arithmetic.ts";
import { broadcast, full, keptAxes, reduceSum } from "../primitives/leaf.ts";
import { normOf } from "../primitives/norm.ts";
import { reduceMax, reduceMin } from "../primitives/reduction.ts";
import { reshape, stopGradient } from "../primitives/shape.ts";
import { show } from "../trace/convert.ts";
import type { TensorLike } from "../trace/types.ts";
import { apply, axisList, axisOptions } from "./apply.ts";
import { count, type ReductionWith, withOnes } from "./reduce.ts";

/** Sums of squares beyond `big` or below `small` are taken again of scaled elements, of which no square that counts leaves the normal range. */
const rangeOf = (wide: boolean): { big: number; down: number; small: number; up: number } =>
  wide
    ? { big: 2 ** 1000, down: 2 ** -600, small: 2 ** -800, up: 2 ** 600 }
    : { big: 2 ** 100, down: 2 ** -90, small: 2 ** -100, up: 2 ** 100 };

/** `√(Σ x² / divisor)` over `axes`. At 0 the derivative is 0, and so are all further ones: 0 is the least element of the subdifferential. */
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
  const scale = select(gt(plain, big), full(plain.shape, down, x.dtype), select(lt(plain, small), full(plain.shape, up, x.dtype), 1));
  const squares = reduceSum(square(mul(fixed, broadcast(scale, x.shape, kept))), axes);
  return normOf(select(ne(squares, 0), div(sqrt(div(squares, divisor)), scale), 0 / divisor), x, { axes, divisor });
}

export interface NormSettings {
  /** Of a vector: 2 (the default), 1, Infinity or -Infinity. Of a matrix (two axes): "fro" (the default), 1, -1, Infinity, -Infinity. */
  readonly ord?: number | "fro";
}

/** Norm over `axis`, as NumPy's `linalg.norm`. One axis: of vectors, `ord` 2 (Euclidean, the default), 1 (sum of magnitudes), Infinity
 * or -Infinity (largest and smallest magnitude). Two axes: of matrices, "fro" (Frobenius, the default), 1 or -1 (largest and
 * smallest sum of magnitudes of a column), Infinity or -Infinity (of a row). No axis: that of all elements in one vector; with
 * `ord`, of the array as a vector or matrix.
 *
 * The Euclidean norm does not overflow or underflow on the way; at 0 all its derivatives are 0. Those of magnitudes are `sign(x)`,
 * 0 at 0; ties of the largest or smallest share theirs. @shape x [..., n, ...] → [..., ...] */
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
        `norm: ${ord === undefined ? "a norm" : `ord ${show(ord)}`} is over one axis (vectors) or two (matrices), got ${axes.length} of shape ${showShape(node.shape)}; pass axis, or ravel the array`,
      );
    const y = whole ? euclidean(node, axes) : axes.length === 1 ? vectorNorm(node, axes, ord) : matrixNorm(node, axes, ord);
    return settings.keepdims ? reshape(y, withOnes(node.shape, axes)) : y;
  });
}) as ReductionWith<NormSettings>;

function vectorNorm(x: Node, axes: readonly number[], ord: unknown): Node {
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
      return fail("value", `norm: unknown ord ${show(ord)} of a vector; the norms are 1, 2, Infinity and -Infinity`);
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
    default:
      return fail(
        "value",
        ord === 2 || ord === -2 || ord === "nuc"
          ? `norm: ord ${ord} of a matrix is one of its singular values; take those, or the Frobenius norm, ord "fro"`
          : `norm: unknown ord ${show(ord)} of a matrix; the norms are "fro", 1, -1, Infinity and -Infinity`,
      );
  }
}
