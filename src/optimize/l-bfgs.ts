// `l-bfgs`: the method of Broyden, Fletcher, Goldfarb and Shanno of limited memory, algorithms 7.4 and 7.5 of Nocedal
// and Wright, Numerical Optimization (2006).
import { add, div, mul, neg, sub } from "../ops/arithmetic.ts";
import { at as item } from "../ops/indexing.ts";
import { eq, gt, lt, where } from "../ops/logic.ts";
import type { Tensor } from "../trace/tracer.ts";
import { noPairs, type Pairs, remembered, rowOf } from "./pairs.ts";
import type { Method } from "./progress.ts";
import { quasiNewton, type Searching } from "./quasi-newton.ts";
import { type Asked, iterate } from "./requests.ts";
import { axpy, count, dot, indices, number, pick, scaled } from "./vectors.ts";

export const lBfgs = (memory: number): Method<Searching & Pairs> =>
  quasiNewton({
    name: `l-bfgs ${memory}`,
    bounded: false,
    begin: (x) => noPairs(x, memory),
    remember: remembered,
    place: (x) => x,
    downhill: ({ grad }) => neg(grad),
    direction: (s) => solved(s, neg(s.grad)),
    most: () => number(Number.POSITIVE_INFINITY),
  });

/** The inverse of the Hessian that the pairs stand for, times `v`: algorithm 7.4. */
export function* solved({ steps, changes, inner, place: next, curvature }: Pairs, v: Tensor): Asked<Tensor> {
  const memory = inner.size;
  const ages = indices(memory);
  // Of the pair that came as the j-th before the next one.
  const pairOf = (j: Tensor) => {
    const before = sub(sub(next, 1), j);
    const place = pick(lt(before, 0), add(before, memory), before);
    const sy = item(inner, place) as Tensor;
    const along = (x: Tensor, y: Tensor): Tensor => pick(gt(sy, 0), div(dot(x, y), sy), number(0));
    return { step: rowOf(steps, place), change: rowOf(changes, place), along };
  };
  const back = { j: count(0), q: v, alphas: mul(inner, 0) };
  const newest = yield* iterate(
    back,
    (s) => lt(s.j, memory),
    ({ j, q, alphas }) => {
      const { step, change, along } = pairOf(j);
      const alpha = along(step, q);
      return { j: add(j, 1), q: axpy(neg(alpha), change, q), alphas: where(eq(ages, j), alpha, alphas) as Tensor };
    },
  );
  const forth = { j: count(memory - 1), r: scaled(div(1, curvature), newest.q) };
  const oldest = yield* iterate(
    forth,
    (s) => gt(s.j, -1),
    ({ j, r }) => {
      const { step, change, along } = pairOf(j);
      return { j: sub(j, 1), r: axpy(sub(item(newest.alphas, j) as Tensor, along(change, r)), step, r) };
    },
  );
  return oldest.r;
}
