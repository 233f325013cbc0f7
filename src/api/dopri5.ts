// Dormand and Prince's pair of order 5(4) with its interpolant, as DOPRI5 of Hairer, Nørsett and Wanner, Solving
// Ordinary Differential Equations I, II.4 to II.6. Derivatives are those of the steps that were accepted: how long a
// step is, and whether it is accepted, is decided on values without tangents.
import { abs, add, clip, div, maximum, minimum, mul, pow, sqrt, square, sub } from "../ops/arithmetic.ts";
import { full } from "../ops/create.ts";
import { at } from "../ops/indexing.ts";
import { and, ge, gt, le, lt, or, stopGradient, where } from "../ops/logic.ts";
import { isfinite } from "../ops/predicates.ts";
import { sum } from "../ops/reduce.ts";
import { dynamicUpdateSlice } from "../ops/scatter.ts";
import { astype, expandDims } from "../ops/shape.ts";
import type { Tensor } from "../trace/tracer.ts";
import type { TensorLike } from "../trace/types.ts";
import { cond } from "./cond.ts";
import { type Field, moved, scaled, weighted } from "./field.ts";
import { constant, type Leaves, zerosOf } from "./leaves.ts";
import { whileLoop } from "./while.ts";

const NODES = [0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1];
/** The last row is the solution of order 5, at which the next step begins. */
const STAGES = [
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
];
/** The difference of the solutions of order 5 and 4. */
const ERROR = [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40];
/** The part of the interpolant that neither values nor slopes at the ends fix. */
const INSIDE = [
  -12715105075 / 11282082432,
  0,
  87487479700 / 32700410799,
  -10690763975 / 1880347072,
  701980252875 / 199316789632,
  -1453857185 / 822651844,
  69997945 / 29380423,
];
/** A step changes by these factors at most, and aims at less than the tolerance by the first. */
const [SAFETY, SHORTER, LONGER] = [0.9, 0.2, 10];

export interface Tolerances {
  readonly rtol: number;
  readonly atol: number;
  readonly maxSteps: number;
}

/** Where the integration is. Times are lengths since the first one, without tangents and never negative. */
interface Front {
  readonly elapsed: Tensor;
  /** The length of the next step, and by how much the one after may be longer. */
  readonly length: Tensor;
  readonly longer: Tensor;
  readonly steps: Tensor;
  readonly y: Leaves;
  readonly slope: Leaves;
  readonly last: Step;
}

/** The step that was accepted last: how it began, and what its interpolant needs besides. */
interface Step {
  readonly begin: Tensor;
  readonly length: Tensor;
  readonly y: Leaves;
  readonly slope: Leaves;
  readonly inside: Leaves;
}

/** Solutions at `ts`, one array for each leaf. Rows that are not reached are NaN. */
export function dopri5(field: Field, first: Leaves, ts: Tensor, tolerances: Tolerances): Tensor[] {
  const count = ts.length;
  const start = at(ts, 0);
  const lengthTo = (t: Tensor, sign: TensorLike): Tensor => stopGradient(mul(sign, sub(t, start)));
  const sign = where(lt(at(ts, -1), start), -1, 1);
  const total = lengthTo(at(ts, -1), sign);
  // The grid stands at the first time, and moves with it.
  const along: Field = (y, elapsed) => field(y, add(start, mul(sign, elapsed)));
  const zero = constant(0);
  const slope = along(first, zero);
  const front: Front = {
    elapsed: zero,
    length: minimum(firstLength(along, sign, first, slope, tolerances), total),
    longer: constant(LONGER),
    steps: constant(0, "int32"),
    y: first,
    slope,
    last: { begin: zero, length: constant(1), y: first, slope, inside: zerosOf(first) },
  };
  const isReached = (i: Tensor, { elapsed }: Front): Tensor => le(lengthTo(at(ts, i), sign), elapsed);
  const { rows } = whileLoop(
    ({ i, front }) => {
      const { elapsed, length, steps } = front;
      const canStep = and(gt(add(elapsed, length), elapsed), lt(steps, tolerances.maxSteps));
      return and(lt(i, count), or(isReached(i, front), canStep));
    },
    ({ i, front, rows }) => {
      const reached = isReached(i, front);
      const t = at(ts, i);
      const place = div(sub(mul(sign, sub(t, start)), front.last.begin), front.last.length);
      // A time before the last step is none that the interpolant knows.
      const isKnown = and(reached, ge(place, 0));
      const values = interpolated(front, mul(sign, front.last.length), place);
      return {
        i: add(i, astype(reached, "int32")),
        front: cond(
          reached,
          (f) => f,
          (f) => stepped(along, sign, total, f, tolerances),
          front,
        ),
        rows: rows.map((all, k) =>
          dynamicUpdateSlice(all, expandDims(where(isKnown, values[k] as Tensor, Number.NaN), 0), [
            i,
            ...(first[k] as Tensor).shape.map(() => 0),
          ]),
        ),
      };
    },
    {
      i: constant(1, "int32"),
      front,
      rows: first.map((y) =>
        dynamicUpdateSlice(
          full([count, ...y.shape], Number.NaN, { dtype: y.dtype }),
          expandDims(y, 0),
          [0, ...y.shape].map(() => 0),
        ),
      ),
    },
    { maxIterations: Math.min(tolerances.maxSteps + count, 2 ** 31 - 1) },
  );
  return rows;
}

/** One step, and whether it was accepted (II.4, 4.11 to 4.13). */
function stepped(along: Field, sign: Tensor, total: Tensor, front: Front, tolerances: Tolerances): Front {
  const { elapsed, y, slope } = front;
  const length = stopGradient(front.length);
  const h = mul(sign, length);
  const slopes: Leaves[] = [slope];
  let next = y;
  for (const [i, row] of STAGES.entries()) {
    next = moved(y, h, row, slopes);
    slopes.push(along(next, add(elapsed, mul(length, NODES[i + 1] as number))));
  }
  const error = relative(scaled(weighted(ERROR, slopes), h), [y, next], tolerances);
  const accepted = le(error, 1);
  const factor = clip(mul(pow(error, -1 / 5), SAFETY), SHORTER, front.longer);
  const isLast = ge(add(elapsed, length), total);
  const end = where(accepted, where(isLast, total, add(elapsed, length)), elapsed);
  const choose = (a: Leaves, b: Leaves): Tensor[] => a.map((x, i) => where(accepted, x, b[i] as Tensor));
  const { last } = front;
  return {
    elapsed: end,
    length: minimum(mul(length, where(isfinite(error), factor, SHORTER)), sub(total, end)),
    longer: where(accepted, LONGER, 1),
    steps: add(front.steps, 1),
    y: choose(next, y),
    slope: choose(slopes.at(-1) as Leaves, slope),
    last: {
      begin: where(accepted, elapsed, last.begin),
      length: where(accepted, length, last.length),
      y: choose(y, last.y),
      slope: choose(slope, last.slope),
      inside: choose(scaled(weighted(INSIDE, slopes), h), last.inside),
    },
  };
}

/** The solution inside the last step, of length `h`, at a `place` from 0 to 1 (II.6, 6.12). */
function interpolated({ y: end, slope: endSlope, last }: Front, h: Tensor, place: Tensor): Tensor[] {
  const rest = sub(1, place);
  return last.y.map((y, i) => {
    const change = sub(end[i] as Tensor, y);
    const [begins, ends] = [scaled(last.slope, h)[i] as Tensor, scaled(endSlope, h)[i] as Tensor];
    const third = sub(begins, change);
    const fourth = sub(sub(change, ends), third);
    const times = (a: Tensor, b: Tensor): Tensor => scaled([b], a)[0] as Tensor;
    const inner = add(fourth, times(rest, last.inside[i] as Tensor));
    return add(y, times(place, add(change, times(rest, add(third, times(place, inner))))));
  });
}

/** The norm of `error` beside the tolerances at the larger of the values, which are free of tangents (II.4, 4.11). */
function relative(error: Leaves, values: readonly Leaves[], { rtol, atol }: Tolerances): Tensor {
  const exact = (x: Tensor): Tensor => astype(stopGradient(x), "float64");
  const squares = error.map((e, i) => {
    const largest = values.map((y) => abs(exact(y[i] as Tensor))).reduce((a, b) => maximum(a, b));
    return sum(square(div(exact(e), add(mul(largest, rtol), atol))));
  });
  const size = error.reduce((n, e) => n + e.size, 0);
  return sqrt(
    div(
      squares.reduce((a, b) => add(a, b)),
      Math.max(1, size),
    ),
  );
}

/** The length of the first step (II.4, 4.14). */
function firstLength(along: Field, sign: Tensor, y: Leaves, slope: Leaves, tolerances: Tolerances): Tensor {
  const norm = (x: Leaves): Tensor => relative(x, [y], tolerances);
  const [d0, d1] = [norm(y), norm(slope)];
  const short = where(or(lt(d0, 1e-5), lt(d1, 1e-5)), 1e-6, mul(div(d0, d1), 0.01));
  const after = along(moved(y, mul(sign, short), [1], [slope]), short);
  const d2 = div(norm(after.map((k, i) => sub(k, slope[i] as Tensor))), short);
  const steepest = maximum(d1, d2);
  const long = where(le(steepest, 1e-15), maximum(1e-6, mul(short, 1e-3)), pow(div(0.01, steepest), 1 / 5));
  return stopGradient(minimum(mul(short, 100), long));
}
