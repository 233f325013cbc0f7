// The last steps s with the differences y of gradients along them, as rows of a ring: what methods of limited memory
// know of the Hessian.
import { add, div, maximum, mul } from "../ops/arithmetic.ts";
import { zeros as zerosOf } from "../ops/create.ts";
import { eq, gt, lt, where } from "../ops/logic.ts";
import { dynamicSlice, dynamicUpdateSlice } from "../ops/scatter.ts";
import { reshape } from "../ops/shape.ts";
import type { Tensor } from "../trace/tracer.ts";
import { epsilonOf } from "./progress.ts";
import { count, dot, indices, length, number, pick } from "./vectors.ts";

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

export function noPairs({ node: { size: n, dtype } }: Tensor, memory: number): Pairs {
  const zeros = (shape: number[], type = dtype): Tensor => zerosOf(shape, { dtype: type }) as unknown as Tensor;
  return {
    steps: zeros([memory, n]),
    changes: zeros([memory, n]),
    inner: zeros([memory], "float64"),
    place: count(0),
    curvature: number(1),
  };
}

/** `pairs` and one more in the place of the oldest; without it where its curvature is not positive beyond rounding. */
export function remembered(pairs: Pairs, step: Tensor, change: Tensor): Pairs {
  const [memory, n] = pairs.steps.node.shape as [number, number];
  const { place } = pairs;
  const row = (rows: Tensor, x: Tensor): Tensor => dynamicUpdateSlice(rows, reshape(x, [1, n]), [place, 0]) as Tensor;
  const [sy, yy] = [dot(step, change), dot(change, change)];
  const isKept = gt(sy, maximum(mul(length(step), mul(length(change), epsilonOf(step))), 0));
  return {
    steps: row(pairs.steps, step),
    changes: row(pairs.changes, change),
    inner: where(eq(indices(memory), place), pick(isKept, sy, number(0)), pairs.inner) as Tensor,
    place: pick(lt(place, memory - 1), add(place, 1), count(0)),
    curvature: pick(isKept, div(yy, sy), pairs.curvature),
  };
}
/** No pair any more where `condition` holds. */
export const forgotten = (condition: Tensor, pairs: Pairs): Pairs => ({
  ...pairs,
  inner: where(condition, 0, pairs.inner) as Tensor,
  curvature: pick(condition, number(1), pairs.curvature),
});

/** A row of a matrix. */
export const rowOf = (rows: Tensor, place: Tensor): Tensor => {
  const n = rows.node.shape[1] as number;
  return reshape(dynamicSlice(rows, [place, 0], [1, n]) as Tensor, [n]) as Tensor;
};
