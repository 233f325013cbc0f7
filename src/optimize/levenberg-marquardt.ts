// The method of Levenberg and Marquardt in the form of Moré, The Levenberg-Marquardt algorithm: implementation and
// theory (1978), as in MINPACK's lmder: parameters are measured in lengths of the columns of the Jacobian, the largest
// met so far, and a step is the shortest in these units that minimizes the linear model within a radius.
//
// Steps are those of normal equations: their columns have length one, and what rounding costs a step of an
// ill-conditioned problem the next one mends. QR factors took as many iterations to as many digits in the runs of NIST.
import { abs, add, div, maximum, minimum, mul, neg, sqrt, sub } from "../ops/arithmetic.ts";
import { diagonal } from "../ops/arrange.ts";
import { eye } from "../ops/create.ts";
import { matmul, outer } from "../ops/linalg.ts";
import { and, eq, ge, gt, le, lt, ne, not, or, where } from "../ops/logic.ts";
import { isfinite } from "../ops/predicates.ts";
import { sum } from "../ops/reduce.ts";

import { astype, expandDims, transpose } from "../ops/shape.ts";
import type { Tensor } from "../trace/tracer.ts";
import { clipped } from "./bounds.ts";
import { dampedStep } from "./damped-step.ts";
import { type Bounds, beginning, decided, ENOUGH, epsilonOf, type Method, type Progress } from "./progress.ts";
import { jacobianAt, residualAt } from "./rare-requests.ts";
import type { Asked } from "./requests.ts";
import { type Loss, scaledRows, totalLoss } from "./robust.ts";
import { RUNNING } from "./status.ts";
import { count, dot, isolated, largest, length, number, pick, truth, zerosOf } from "./vectors.ts";

/** What iterations carry. The value is half the sum of squares; `residual` and `jacobian` are those at `next`. */
export interface Fitting extends Progress {
  readonly residual: Tensor;
  readonly jacobian: Tensor;
  /** JᵀJ at x. */
  readonly gram: Tensor;
  /** Lengths of columns, the largest so far. */
  readonly scales: Tensor;
  /** How long a step may be in these units; 0 before the first one. */
  readonly radius: Tensor;
  /** The length of the last step, by how much the model decreases along it, and its slope at the beginning. */
  readonly size: Tensor;
  readonly predicted: Tensor;
  readonly slope: Tensor;
  readonly isDamped: Tensor;
}

/** What part of the decrease that the model promises is poor, and good. */
const [POOR, GOOD] = [0.25, 0.75];

/** What the method is for: how many residuals, and their loss if it is not the square. */
export interface Residual {
  readonly count: number;
  readonly loss?: Loss | undefined;
  /** Whether there are bounds. */
  readonly bounded?: boolean;
  /** How steps are found that are not to be longer than a radius: those of Moré unless given. */
  readonly steps?: Steps | undefined;
}
/** A way to such steps, which its name tells from others. */
export interface Steps {
  readonly name: string;
  readonly of: typeof dampedStep;
}

/** The method for certain residuals. */
export const levenbergMarquardt = (of: Residual): Method<Fitting> => ({
  name: `lm ${of.steps?.name} ${of.count} ${of.bounded === true} ${of.loss?.name} ${of.loss?.scale}`,
  second: false,
  bounded: of.bounded === true,
  begin(x0, settings) {
    const wide = wideOf(x0.size);
    return {
      ...beginning(of.bounded ? clipped(x0, settings) : x0),
      ...{ grad: wide, scales: wide, gram: wideOf(x0.size, x0.size) },
      ...{ residual: wideOf(of.count), jacobian: wideOf(of.count, x0.size) },
      ...{ radius: settings.trustRadius, size: number(0), predicted: number(0), slope: number(0) },
      isDamped: truth(true),
    };
  },
  *iterate(before, settings) {
    const { s, taken, actual, isHidden, isLast } = yield* arrivedAt(before, of);
    const isFirst = eq(before.iterations, 0);
    const units = where(gt(s.scales, 0), s.scales, 1);
    const model = scaledModel(s, units, of.bounded ? settings : undefined);
    const reach = length(mul(units, s.x));
    const radius = minimum(
      pick(isFirst, firstRadius(s, reach, of.loss), adapted(before, actual, isHidden)),
      settings.maxTrustRadius,
    );
    const { q, size, lambda, newton } = yield* (of.steps?.of ?? dampedStep)(model.gram, model.g, radius);
    const noise = mul(s.value, 2 * epsilonOf(s.x));
    const little = maximum(mul(settings.ftol, s.value), noise);
    const code = decided(
      count(RUNNING),
      [ge(s.iterations, settings.maxIterations), "maxIterations"],
      [not(gt(radius, mul(maximum(settings.xtol, epsilonOf(s.x)), reach))), "xtol"],
      [and(not(isFirst), and(le(abs(actual), little), le(before.predicted, little))), "ftol"],
      [not(isfinite(size)), "stalled"],
      [le(newton, mul(mul(settings.gtol, settings.gtol), mul(s.value, 2))), "gtol"],
      [not(isfinite(add(s.value, mul(largest(s.grad), 0)))), "notFinite"],
    );
    const ends = ne(code, RUNNING);
    const next = add(s.x, astype(div(q, units), s.x.dtype));
    const foreseen = of.bounded
      ? alongAny(model, mul(sub(clipped(next, settings), s.x), units))
      : of.steps
        ? alongAny(model, q)
        : alongStep(model, q, size, lambda);
    return {
      ...s,
      // Residuals are those at the last point that was tried: where it was not taken, x is tried again.
      ...{ status: pick(isLast, s.due, pick(taken, code, count(RUNNING))), due: pick(taken, count(RUNNING), code) },
      next: pick(ends, s.x, of.bounded ? clipped(next, settings) : next),
      iterations: add(s.iterations, pick(or(ends, isLast), count(0), count(1))),
      radius: pick(isFirst, minimum(radius, size), radius),
      ...{ ...foreseen, isDamped: gt(lambda, 0) },
    };
  },
});

/** The quadratic model in units of columns: gᵀq + ½qᵀAq. */
type Model = Readonly<Record<"g" | "gram", Tensor>>;

/**
 * The model at x. Within bounds, it is that of the variables that do not stand at a bound which the gradient pushes
 * them against: projected Newton methods of Bertsekas (1982) for least squares, as in Kanzow, Yamashita and Fukushima
 * (2004).
 */
function scaledModel({ x, grad, gram }: Fitting, units: Tensor, bounds: Bounds | undefined): Model {
  const [g, a] = [div(grad, units), div(gram, outer(units, units))];
  if (!bounds) return { g, gram: a };
  const held = or(and(le(x, bounds.lower), gt(grad, 0)), and(ge(x, bounds.upper), lt(grad, 0)));
  const isHeld = or(expandDims(held, 1), held);
  return { g: where(held, 0, g), gram: where(isHeld, eye(x.size), a) };
}

/** What the model says of a step: its length, its slope at the beginning, and the decrease. */
type Foreseen = Pick<Fitting, "size" | "slope" | "predicted">;
/** Of a damped step, from (A + λI)q = -g, without cancellation. */
function alongStep({ g }: Model, q: Tensor, size: Tensor, lambda: Tensor): Foreseen {
  const slope = dot(g, q);
  return { size, slope, predicted: mul(sub(mul(lambda, mul(size, size)), slope), 0.5) };
}
/** Of any other step, such as one that ends at bounds. */
function alongAny({ g, gram }: Model, q: Tensor): Foreseen {
  const slope = dot(g, q);
  const [bent] = isolated([gram, q], (a, v) => [matmul(a as Tensor, v as Tensor)]) as [Tensor];
  return { size: length(q), slope, predicted: neg(add(slope, mul(dot(q, bent), 0.5))) };
}

/** The state at `next`, if it is better than that at `x`, and what the step there gained. */
function* arrivedAt(
  s: Fitting,
  { loss, bounded }: Residual,
): Asked<Readonly<{ s: Fitting } & Record<"taken" | "actual" | "isHidden" | "isLast", Tensor>>> {
  const at = yield* residualAt(s.next);
  const residual = astype(at.residual, "float64");
  const value = halfSum(residual, loss);
  const actual = sub(s.value, value);
  const isLast = ne(s.due, RUNNING);
  // Steps that end at bounds may promise next to nothing for ever: they are to become shorter.
  const isHidden = bounded ? truth(false) : hiddenBy(s, actual);
  const gains = or(gt(actual, mul(s.predicted, ENOUGH)), isHidden);
  const taken = or(or(eq(s.iterations, 0), isLast), and(gt(s.predicted, 0), gains));
  const rows = astype(yield* jacobianAt(at, taken), "float64");
  const [grad, gram, jacobian] = isolated([residual, rows], (r, j) => {
    const scaled = loss ? scaledRows(r as Tensor, j as Tensor, loss) : ([r, j] as [Tensor, Tensor]);
    return [...normalEquations(...scaled), scaled[1]];
  }) as [Tensor, Tensor, Tensor];
  const columns = sqrt(diagonal(gram));
  const one = count(1);
  return {
    s: {
      ...{ ...s, residual, jacobian },
      ...{ x: pick(taken, at.x, s.x), value: pick(taken, value, s.value), grad: pick(taken, grad, s.grad) },
      ...{ gram: pick(taken, gram, s.gram), scales: pick(taken, maximum(s.scales, columns), s.scales) },
      ...{ values: add(s.values, one), grads: add(s.grads, pick(taken, one, count(0))) },
    },
    ...{ taken, actual, isHidden, isLast },
  };
}

/** Half the sum of squares, or of the loss. */
const halfSum = (residual: Tensor, loss: Loss | undefined): Tensor =>
  loss ? (isolated([residual], (r) => [totalLoss(r as Tensor, loss)])[0] as Tensor) : mul(dot(residual, residual), 0.5);

/** Jᵀr and JᵀJ. */
function normalEquations(r: Tensor, j: Tensor): [Tensor, Tensor] {
  const jt = transpose(j);
  if (j.size > MANY_COLUMNS * r.size) return [matmul(jt, r), matmul(jt, j)];
  return [sum(mul(j, expandDims(r, 1)), 0), sum(mul(expandDims(j, 2), expandDims(j, 1)), 0)];
}
/** Columns beyond which a kernel is faster than sums in one loop over the rows. */
const MANY_COLUMNS = 4;

/** The factor of MINPACK, which has 100: BoxBOD of NIST then goes astray, and with 1 easy fits take two steps more. */
const FIRST = 10;

/**
 * So many times as long as x is in the units of the first point, unless given. Where residuals are so large that
 * rounding hides what a step of that length gains, it is one that shows. Losses that are not squares forget data far
 * away, so that steps are not to go there.
 */
function firstRadius({ radius, value, x }: Fitting, reach: Tensor, loss: Loss | undefined): Tensor {
  const least = mul(sqrt(mul(value, 2)), Math.sqrt(epsilonOf(x)));
  return pick(gt(radius, 0), radius, maximum(pick(gt(reach, 0), mul(reach, loss ? 1 : FIRST), number(1)), least));
}

/** Whether rounding of the value hides what a step gains: then the model is trusted. */
function hiddenBy({ value, predicted, x }: Fitting, actual: Tensor): Tensor {
  const hidden = mul(value, HIDDEN * epsilonOf(x));
  return and(le(predicted, hidden), le(abs(actual), hidden));
}
/** Spacings of numbers by which sums of squares may be wrong. */
const HIDDEN = 256;

/** The radius after a step that gained `actual`: section 4 of Moré. */
function adapted(before: Fitting, actual: Tensor, isHidden: Tensor): Tensor {
  const { size, predicted, slope, radius, isDamped } = before;
  // A projected step may promise nothing: then it was too long.
  const ratio = pick(gt(predicted, 0), pick(isHidden, number(1), div(actual, predicted)), number(-1));
  // Where the parabola with this slope through both values has its minimum.
  const least = div(slope, mul(add(slope, actual), 2));
  const shorter = pick(ge(actual, 0), number(0.5), pick(gt(least, 0.1), minimum(least, 0.5), number(0.1)));
  const shrunk = mul(shorter, minimum(radius, mul(size, 10)));
  const grows = or(not(isDamped), ge(ratio, GOOD));
  return pick(gt(ratio, POOR), pick(grows, mul(size, 2), radius), shrunk);
}

const wideOf = (...shape: number[]): Tensor => zerosOf(shape, "float64");
