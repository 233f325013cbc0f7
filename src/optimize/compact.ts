// The Hessian that pairs of steps and differences of gradients stand for, B = θI - WᵀMW with 2m rows W: the compact
// representation, R. H. Byrd, J. Nocedal and R. B. Schnabel, "Representations of quasi-Newton matrices and their use in
// limited memory methods", Mathematical Programming 63 (1994), theorem 2.3.
import { add, div, mul, neg, sub } from "../ops/arithmetic.ts";
import { inv, solve } from "../ops/decompositions.ts";
import { slice } from "../ops/indexing.ts";
import { matmul } from "../ops/linalg.ts";
import { and, eq, gt, lt, where } from "../ops/logic.ts";
import { dynamicSlice } from "../ops/scatter.ts";
import { astype, concat, reshape, transpose } from "../ops/shape.ts";
import type { Tensor } from "../trace/tracer.ts";
import { times, timesTransposed } from "./exact.ts";
import type { Gram } from "./pairs.ts";
import { indices, isolated, number, pick, scaled } from "./vectors.ts";

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
    middle: isolated([pairs.mixed, pairs.squares, inner, pairs.place, theta], (...of) => [
      inv(middleInverse(...(of as [Tensor, Tensor, Tensor, Tensor, Tensor]))) as Tensor,
    ])[0] as Tensor,
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

/** [[-D, Lᵀ], [L, θSᵀS]] with a row of the unit matrix for a pair that there is not. */
function middleInverse(mixed: Tensor, squares: Tensor, inner: Tensor, place: Tensor, theta: Tensor): Tensor {
  const m = inner.size;
  const places = indices(m);
  // The oldest pair is where the next one comes.
  const age = pick(lt(places, place), add(places, m), places);
  const column = (x: Tensor): Tensor => reshape(x, [m, 1]) as Tensor;
  const isKept = gt(inner, 0);
  const areKept = and(isKept, column(isKept));
  const below = where(and(areKept, gt(column(age), age)), mixed, 0) as Tensor;
  const isDiagonal = eq(places, column(places));
  const d = where(isDiagonal, neg(pick(isKept, inner, number(1))), 0) as Tensor;
  const s = where(areKept, mul(squares, theta), where(isDiagonal, 1, 0)) as Tensor;
  return concat([concat([d, transpose(below)], 1), concat([below, s], 1)], 0) as Tensor;
}

/**
 * From the Cauchy point, `z` away from x, to the least value of the model in the variables that are free there: the
 * direct method of section 5.1 of Byrd, Lu, Nocedal and Zhu (1995).
 */
export function subspaceStep(
  { theta, middle, pairs, down, up }: Compact,
  z: Tensor,
  grad: Tensor,
  isFree: Tensor,
): Tensor {
  const free = (x: Tensor): Tensor => where(isFree, x, 0) as Tensor;
  const r = free(sub(add(grad, scaled(theta, z)), up(times(middle, down(z)))));
  const rows = joinedRows(pairs, theta, isFree);
  const m = middle.node.shape[0] as number;
  const [v] = isolated([middle, rows, theta, down(r)], (...of) => {
    const [mid, w, t, wr] = of as [Tensor, Tensor, Tensor, Tensor];
    const inside = div(wide(matmul(w, transpose(w)) as Tensor), t);
    const unit = where(eq(indices(m), reshape(indices(m), [m, 1])), 1, 0) as Tensor;
    return [solve(sub(unit, matmul(mid, inside) as Tensor), matmul(mid, wr) as Tensor) as Tensor];
  }) as [Tensor];
  return neg(free(add(scaled(div(1, theta), r), scaled(div(1, mul(theta, theta)), up(v)))));
}

/** The rows of W, of the free variables. */
function joinedRows({ steps, changes, inner }: Gram, theta: Tensor, isFree: Tensor): Tensor {
  const isKept = reshape(gt(inner, 0), [inner.size, 1]) as Tensor;
  const part = (rows: Tensor): Tensor => where(and(isKept, isFree), rows, 0) as Tensor;
  return concat([part(changes), part(scaled(theta, steps))], 0) as Tensor;
}
