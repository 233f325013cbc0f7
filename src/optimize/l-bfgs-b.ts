// `l-bfgs-b`: quasi-Newton steps of limited memory within bounds. R. H. Byrd, P. Lu, J. Nocedal and C. Zhu, "A limited
// memory algorithm for bound constrained optimization", SIAM Journal on Scientific Computing 16 (1995): the Cauchy
// point of section 4, the subspace of section 5.1; the projection of the result after J. L. Morales and J. Nocedal,
// "Remark on algorithm 778", ACM Transactions on Mathematical Software 38 (2011).
import { add, div, minimum, neg, sub } from "../ops/arithmetic.ts";
import { and, gt, lt, where } from "../ops/logic.ts";
import { min } from "../ops/reduce.ts";
import { astype } from "../ops/shape.ts";
import type { Tensor } from "../trace/tracer.ts";
import { clipped, projectedStep } from "./bounds.ts";
import { breaksAlong, cauchyTime } from "./cauchy.ts";
import { compact, subspaceStep } from "./compact.ts";
import { type Gram, noGram, remembered, withGram } from "./pairs.ts";
import type { Bounds, Method, Settings } from "./progress.ts";
import { quasiNewton, type Searching } from "./quasi-newton.ts";
import type { Asked } from "./requests.ts";
import { axpy, dot, pick } from "./vectors.ts";

export const lBfgsB = (memory: number): Method<Searching & Gram> =>
  quasiNewton({
    name: `l-bfgs-b ${memory}`,
    bounded: true,
    begin: (x) => noGram(x, memory),
    remember: (before, step, change) => withGram(remembered(before, step, change), before, before.place),
    place: clipped,
    downhill: ({ x, grad }, settings) => projectedStep(x, grad, settings),
    direction,
    most: longest,
  });

/** From x to the least value of the quadratic model on the face of the Cauchy point, as far as bounds let it. */
function* direction({ x, grad, ...pairs }: Searching & Gram, bounds: Settings): Asked<Tensor> {
  const model = compact(pairs);
  const breaks = breaksAlong(x, grad, bounds);
  const time = yield* cauchyTime(model, grad, breaks);
  const isOnWay = gt(breaks.times, time);
  const end = where(lt(grad, 0), bounds.upper, bounds.lower) as Tensor;
  const cauchy = where(isOnWay, clipped(axpy(neg(time), grad, x), bounds), end) as Tensor;
  const isFree = and(isOnWay, and(gt(cauchy, bounds.lower), lt(cauchy, bounds.upper)));
  const inside = yield* subspaceStep(model, sub(cauchy, x), grad, isFree);
  const projected = sub(clipped(add(cauchy, inside), bounds), x);
  const part = minimum(longest(cauchy, inside, bounds), 1);
  const shortened = sub(clipped(axpy(part, inside, cauchy), bounds), x);
  return pick(lt(dot(grad, projected), 0), projected, shortened);
}

/** How far along `p` no bound is met; not less than 1 for a `p` that ends within. */
export function longest(x: Tensor, p: Tensor, { lower, upper }: Bounds): Tensor {
  const room = where(gt(p, 0), div(sub(upper, x), p), where(lt(p, 0), div(sub(lower, x), p), Number.POSITIVE_INFINITY));
  return astype(min(room as Tensor), "float64") as Tensor;
}
