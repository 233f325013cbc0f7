// The Cauchy point: the first minimum of a quadratic model along the path that goes down the gradient and bends where
// it meets a bound. Algorithm CP, section 4 of Byrd, Lu, Nocedal and Zhu (1995).
import { add, div, maximum, minimum, mul, neg, sub } from "../ops/arithmetic.ts";
import { at as item } from "../ops/indexing.ts";
import { and, gt, le, lt, where } from "../ops/logic.ts";
import { min, sum } from "../ops/reduce.ts";
import { astype } from "../ops/shape.ts";
import { argsort } from "../ops/sort.ts";
import type { Tensor } from "../trace/tracer.ts";
import type { Compact } from "./compact.ts";
import { times } from "./exact.ts";
import type { Bounds } from "./progress.ts";
import { type Asked, iterate, nothingAsked, when } from "./requests.ts";
import { axpy, dot, indices, number, pick } from "./vectors.ts";

/** When each variable meets its bound on the way down the gradient; never is infinite. */
export interface Breaks {
  readonly times: Tensor;
  /** The way itself, without variables that stand at their bounds. */
  readonly path: Tensor;
}

export function breaksAlong(x: Tensor, grad: Tensor, { lower, upper }: Bounds): Breaks {
  const time = where(
    lt(grad, 0),
    div(sub(x, upper), grad),
    where(gt(grad, 0), div(sub(x, lower), grad), Number.POSITIVE_INFINITY),
  ) as Tensor;
  return { times: time, path: where(gt(time, 0), neg(grad), 0) as Tensor };
}

/** When the first minimum comes: the Cauchy point is there, each variable at its bound if it met it before. */
export function* cauchyTime({ theta, middle, down, column }: Compact, grad: Tensor, breaks: Breaks): Asked<Tensor> {
  const n = grad.size;
  const p = down(breaks.path);
  const f1 = neg(dot(breaks.path, breaks.path));
  const f2 = sub(neg(mul(theta, f1)), dot(p, times(middle, p)));
  const init = {
    ...{ j: sum(astype(le(breaks.times, 0), "int32")) as Tensor, before: number(0) },
    ...{ f1, f2, p, c: mul(p, 0) },
  };
  const rest = (s: Pick<typeof init, "f1" | "f2">): Tensor => maximum(div(neg(s.f1), s.f2), 0);
  const soonest = astype(min(where(gt(breaks.times, 0), breaks.times, Number.POSITIVE_INFINITY)), "float64") as Tensor;
  const isBent = le(soonest, minimum(rest(init), Number.MAX_VALUE));
  // Sorting costs more than all else, and most paths end before they bend.
  const { order } = yield* when(isBent, { order: indices(n) }, () =>
    nothingAsked(() => ({ order: argsort(breaks.times) as Tensor })),
  );
  const nextOf = (j: Tensor): Tensor => item(order, minimum(j, n - 1)) as Tensor;
  const timeOf = (b: Tensor): Tensor => astype(item(breaks.times, b), "float64") as Tensor;
  const goesOn = (s: typeof init): Tensor =>
    and(and(isBent, lt(s.j, n)), le(sub(timeOf(nextOf(s.j)), s.before), minimum(rest(s), Number.MAX_VALUE)));
  const end = yield* iterate(init, goesOn, ({ j, before, f1, f2, p, c }) => {
    const b = nextOf(j);
    const time = timeOf(b);
    const passed = sub(time, before);
    const g = astype(item(grad, b), "float64") as Tensor;
    const square = mul(g, g);
    const w = column(b);
    const mw = times(middle, w);
    const there = axpy(passed, p, c);
    const slope = sub(mul(square, sub(1, mul(theta, time))), mul(g, dot(mw, there)));
    const bend = add(mul(theta, square), add(mul(mul(g, 2), dot(mw, p)), mul(square, dot(mw, w))));
    return {
      ...{ j: add(j, 1), before: time, p: axpy(g, w, p), c: there },
      f1: add(add(f1, mul(passed, f2)), slope),
      // Rounding leaves no curvature below this.
      f2: maximum(sub(f2, bend), mul(init.f2, 2 ** -52)),
    };
  });
  return add(end.before, pick(lt(end.j, n), rest(end), number(0)));
}
