// The Hessian that pairs of steps and differences of gradients stand for, B = θI - WᵀMW with 2m rows W: the compact
// representation, R. H. Byrd, J. Nocedal and R. B. Schnabel, "Representations of quasi-Newton matrices and their use in
// limited memory methods", Mathematical Programming 63 (1994), theorem 2.3.
import { add, div, mul, neg, sub } from "../ops/arithmetic.ts";
import { inv, solve } from "../ops/decompositions.ts";
import { slice } from "../ops/indexing.ts";
import { matmul } from "../ops/linalg.ts";
import { and, eq, gt, lt, not, where } from "../ops/logic.ts";
import { max } from "../ops/reduce.ts";
import { dynamicSlice } from "../ops/scatter.ts";
import { astype, concat, reshape, transpose } from "../ops/shape.ts";
import type { Tensor } from "../trace/tracer.ts";
import { times, timesTransposed } from "./exact.ts";
import type { Gram } from "./pairs.ts";
import { type Asked, nothingAsked, when } from "./requests.ts";
import { indices, isolated, number, pick, scaled, zerosOf } from "./vectors.ts";

export interface Compact {
  readonly pairs: Gram;
  readonly theta: Tensor;
  /** M, of 2m rows: those of differences of gradients first, then those of steps. */
  readonly middle: Tensor;
  /** W times a vector, and Wᵀ times one of 2m numbers. */
  readonly down: (x: Tensor) => Tensor;
  readonly up: (u: Tensor) => Tensor;
  /** The column of W for a variable. */
  readonly column: (i: Tensor) => Tensor;
}

const wide = (x: Tensor): Tensor => astype(x, "float64") as Tensor;
const joined = (a: Tensor, b: Tensor): Tensor => concat([a, b]) as Tensor;

export function compact(pairs: Gram): Compact {
  const { steps, changes, curvature: theta, inner } = pairs;
  const m = inner.size;
  const dtype = steps.node.dtype;
  const isKept = joined(gt(inner, 0), gt(inner, 0));
  const kept = (u: Tensor): Tensor => where(isKept, u, 0) as Tensor;
  return {
    pairs,
    theta,
    middle: isolated([middleInverse(pairs, theta)], (a) => [inv(a as Tensor) as Tensor])[0] as Tensor,
    down: (x) => kept(joined(wide(times(changes, x)), mul(wide(times(steps, x)), theta))),
    column(i) {
      const of = (rows: Tensor): Tensor => wide(reshape(dynamicSlice(rows, [0, i], [m, 1]) as Tensor, [m]) as Tensor);
      return kept(joined(of(changes), mul(of(steps), theta)));
    },
    up(u) {
      const v = kept(u);
      const [y, s] = [slice(v, [0, m]) as Tensor, mul(slice(v, [m]) as Tensor, theta)];
      return add(
        timesTransposed(changes, astype(y, dtype) as Tensor),
        timesTransposed(steps, astype(s, dtype) as Tensor),
      );
    },
  };
}

/** [[a, bᵀ], [b, c]] with rows of the unit matrix, its first half negative, for pairs that there are not. */
function blocks(isKept: Tensor, a: Tensor, b: Tensor, c: Tensor): Tensor {
  const m = isKept.size;
  const areKept = and(isKept, reshape(isKept, [m, 1]));
  const isDiagonal = eq(indices(m), reshape(indices(m), [m, 1]));
  const kept = (x: Tensor, otherwise: number): Tensor =>
    where(areKept, x, where(isDiagonal, otherwise, number(0))) as Tensor;
  const below = kept(b, 0);
  return concat([concat([kept(a, -1), transpose(below)], 1), concat([below, kept(c, 1)], 1)], 0) as Tensor;
}

/** Whether the pair of a row is newer than that of a column. */
function isNewer(place: Tensor, m: number): Tensor {
  // The oldest pair is where the next one comes.
  const age = pick(lt(indices(m), place), add(indices(m), m), indices(m));
  return gt(reshape(age, [m, 1]), age);
}
const diagonal = (x: Tensor): Tensor =>
  where(eq(indices(x.size), reshape(indices(x.size), [x.size, 1])), x, number(0)) as Tensor;

/** M⁻¹ = [[-D, Lᵀ], [L, θSᵀS]]. */
const middleInverse = ({ mixed, squares, inner, place }: Gram, theta: Tensor): Tensor =>
  blocks(
    gt(inner, 0),
    neg(diagonal(inner)),
    where(isNewer(place, inner.size), mixed, 0) as Tensor,
    mul(squares, theta),
  );

/**
 * From the Cauchy point, `z` away from x, to the least value of the model in the variables that are free there: the
 * direct method of section 5.1 of Byrd, Lu, Nocedal and Zhu (1995). Its matrix M⁻¹ - WZZᵀWᵀ/θ is put together from
 * what variables at bounds add to [[-D - YᵀY/θ, -Rᵀ], [-R, 0]], so that nothing cancels where there are none.
 */
export function* subspaceStep(
  { theta, middle, pairs, down, up }: Compact,
  z: Tensor,
  grad: Tensor,
  isFree: Tensor,
): Asked<Tensor> {
  const free = (x: Tensor): Tensor => where(isFree, x, 0) as Tensor;
  const r = free(sub(add(grad, scaled(theta, z)), up(times(middle, down(z)))));
  const m = pairs.inner.size;
  const isHeld = not(isFree);
  const none = { held: zerosOf([2 * m, 2 * m], "float64") };
  const { held } = yield* when(gt(max(astype(isHeld, "int32")), 0), none, () =>
    nothingAsked(() => ({ held: productsOf(pairs, isHeld) })),
  );
  const part = (i: number, k: number): Tensor => slice(held, [i * m, (i + 1) * m], [k * m, (k + 1) * m]) as Tensor;
  const isOlder = not(isNewer(pairs.place, m));
  const matrix = blocks(
    gt(pairs.inner, 0),
    sub(neg(diagonal(pairs.inner)), div(sub(pairs.bends, part(0, 0)), theta)),
    sub(part(1, 0), where(isOlder, pairs.mixed, 0)),
    mul(part(1, 1), theta),
  );
  const [v] = isolated([matrix, down(r)], (a, wr) => [solve(a as Tensor, wr as Tensor) as Tensor]) as [Tensor];
  return neg(free(add(scaled(div(1, theta), r), scaled(div(1, mul(theta, theta)), up(v)))));
}

/** The inner products of all differences and steps, of the variables that are held. */
function productsOf({ steps, changes }: Gram, isHeld: Tensor): Tensor {
  const part = (rows: Tensor): Tensor => where(isHeld, rows, 0) as Tensor;
  return isolated([concat([part(changes), part(steps)], 0) as Tensor], (w) => [
    wide(matmul(w as Tensor, transpose(w as Tensor)) as Tensor),
  ])[0] as Tensor;
}
