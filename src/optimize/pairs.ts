// The last steps s with the differences y of gradients along them, as rows of a ring: what methods of limited memory
// know of the Hessian.
import { add, div, maximum, mul } from "../ops/arithmetic.ts";
import { eq, gt, lt, where } from "../ops/logic.ts";
import { dynamicSlice, dynamicUpdateSlice } from "../ops/scatter.ts";
import { astype, reshape } from "../ops/shape.ts";
import type { Tensor } from "../trace/tracer.ts";
import { times } from "./exact.ts";
import { epsilonOf } from "./progress.ts";
import { count, dot, indices, length, number, pick, scaled, zerosOf } from "./vectors.ts";

/** A type and not an interface, so that states may have its parts. */
export type Pairs = Readonly<{
  steps: Tensor;
  changes: Tensor;
  /** sᵀy of each pair; 0 says that a place has none. */
  inner: Tensor;
  /** Where the next pair comes. */
  place: Tensor;
  /** yᵀy / sᵀy of the last pair, a curvature; 1 before the first. */
  curvature: Tensor;
}>;

/** What belongs to pairs, with the inner products of all. */
export type Gram = Pairs &
  Readonly<{
    /** sᵢᵀyₖ, sᵢᵀsₖ and yᵢᵀyₖ. */
    mixed: Tensor;
    squares: Tensor;
    bends: Tensor;
  }>;

export function noPairs({ node: { size: n, dtype } }: Tensor, memory: number): Pairs {
  return {
    steps: zerosOf([memory, n], dtype),
    changes: zerosOf([memory, n], dtype),
    inner: zerosOf([memory], "float64"),
    place: count(0),
    curvature: number(1),
  };
}

/** `pairs` and one more in the place of the oldest; without it where its curvature is not positive beyond rounding. */
export function remembered(pairs: Pairs, step: Tensor, change: Tensor): Pairs {
  const [memory, n] = pairs.steps.node.shape as [number, number];
  const { place } = pairs;
  const [sy, yy] = [dot(step, change), dot(change, change)];
  const isKept = gt(sy, maximum(mul(length(step), mul(length(change), epsilonOf(step))), 0));
  // Pairs of length 1 stand for the same Hessian, and their products are of one size.
  const scale = pick(isKept, div(1, length(step)), number(0));
  const row = (rows: Tensor, x: Tensor): Tensor =>
    dynamicUpdateSlice(rows, reshape(where(isKept, scaled(scale, x), 0), [1, n]), [place, 0]) as Tensor;
  return {
    steps: row(pairs.steps, step),
    changes: row(pairs.changes, change),
    inner: where(
      eq(indices(memory), place),
      pick(isKept, mul(mul(sy, scale), scale), number(0)),
      pairs.inner,
    ) as Tensor,
    place: pick(lt(place, memory - 1), add(place, 1), count(0)),
    curvature: pick(isKept, div(yy, sy), pairs.curvature),
  };
}
/** No pair any more where `condition` holds. */
export const forgotten = <P extends Pairs>(condition: Tensor, pairs: P): P => ({
  ...pairs,
  inner: where(condition, 0, pairs.inner) as Tensor,
  curvature: pick(condition, number(1), pairs.curvature),
});

/** A row of a matrix. */
export const rowOf = (rows: Tensor, place: Tensor): Tensor => {
  const n = rows.node.shape[1] as number;
  return reshape(dynamicSlice(rows, [place, 0], [1, n]) as Tensor, [n]) as Tensor;
};

export function noGram(x: Tensor, memory: number): Gram {
  const none = zerosOf([memory, memory], "float64");
  return { ...noPairs(x, memory), mixed: none, squares: none, bends: none };
}
/** `pairs` with the inner products of the one that came last to `place`. */
export function withGram(pairs: Pairs, before: Gram, place: Tensor): Gram {
  const [step, change] = [rowOf(pairs.steps, place), rowOf(pairs.changes, place)];
  const wide = (x: Tensor): Tensor => astype(x, "float64") as Tensor;
  const memory = pairs.inner.size;
  const isHere = eq(indices(memory), place);
  const row = reshape(isHere, [memory, 1]);
  const put = (all: Tensor, inRow: Tensor, inColumn: Tensor): Tensor =>
    where(row, reshape(inRow, [1, memory]), where(isHere, reshape(inColumn, [memory, 1]), all)) as Tensor;
  const [ss, yy] = [wide(times(pairs.steps, step)), wide(times(pairs.changes, change))];
  return {
    ...pairs,
    mixed: put(before.mixed, wide(times(pairs.changes, step)), wide(times(pairs.steps, change))),
    squares: put(before.squares, ss, ss),
    bends: put(before.bends, yy, yy),
  };
}
