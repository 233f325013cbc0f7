// A search along a line for a point that satisfies the strong conditions of Wolfe, by values and slopes: J. J. Moré and
// D. J. Thuente, "Line search algorithms with guaranteed sufficient decrease", ACM Transactions on Mathematical
// Software 20 (1994), sections 2 to 4. Beside it, values that are not finite are too far, and rounding may hide a
// decrease.
import { abs, add, div, maximum, minimum, mul, sqrt, sub } from "../ops/arithmetic.ts";
import { and, eq, ge, gt, le, lt, ne, not, or } from "../ops/logic.ts";
import { isfinite } from "../ops/predicates.ts";
import type { Tensor } from "../trace/tracer.ts";
import { noiseOf } from "./progress.ts";
import { type Asked, gradientAt, repeat } from "./requests.ts";
import { count, dot, number, pick, truth, zeros } from "./vectors.ts";

/** Of the decrease that the slope promises, and of the slope: what is enough. */
const [DECREASE, CURVATURE] = [1e-4, 0.9];
/** An interval this narrow, relative to its end, has no better point. */
const CLOSE = 0.1;
/** Evaluations at most: halved as often, a step is lost in rounding. */
const MOST_TRIALS = 50;

/** Where a search goes: from a point of known value and slope. A slope of zero asks for the value there alone. */
export interface Line {
  readonly value: Tensor;
  readonly slope: Tensor;
  readonly p: Tensor;
  /** The first step that is tried, and the longest. */
  readonly first: Tensor;
  readonly most: Tensor;
  readonly at: (alpha: Tensor) => Tensor;
}
/** What a search found: step 0 and no more where nothing is less. */
export interface Found {
  readonly isTaken: Tensor;
  readonly alpha: Tensor;
  readonly value: Tensor;
  readonly grad: Tensor;
  readonly trials: Tensor;
}

/** A step with the value there, or that of another function, and its slope. */
type End = readonly [alpha: Tensor, value: Tensor, slope: Tensor];

export function* moreThuente(line: Line): Asked<Found> {
  const zero = number(0);
  const test = mul(line.slope, DECREASE);
  const init = {
    ...{ trying: truth(true), alpha: line.first, limit: line.most, trials: count(0) },
    ...{ isBracketed: truth(false), isLate: truth(false), lo: zero, hi: mul(line.first, 5) },
    ...{ ax: zero, fx: line.value, dx: line.slope, ay: zero, fy: line.value, dy: line.slope },
    ...{ width: line.most, before: mul(line.most, 2) },
    ...{ isTaken: truth(false), taken: zero, value: line.value, grad: zeros(line.p) },
  };
  const isTrying = (t: typeof init): Tensor => t.trying;
  const found = yield* repeat(init, isTrying, function* (t) {
    const { alpha } = t;
    const x = line.at(alpha);
    const { value: f, grad } = yield* gradientAt(x);
    const d = dot(grad, line.p);
    const bound = add(line.value, mul(alpha, test));
    const isEnough = le(f, add(bound, mul(noiseOf(x, line.value), 2)));
    const isFlat = and(isEnough, le(abs(d), mul(abs(line.slope), CURVATURE)));
    const isFar = and(and(isEnough, ge(alpha, t.limit)), le(d, test));
    const isBottom = eq(f, Number.NEGATIVE_INFINITY);
    const isDone = or(or(isFlat, isFar), or(isBottom, eq(line.slope, 0)));
    const takes = or(isDone, and(isEnough, lt(f, t.value)));
    const isFine = isfinite(add(f, d));
    const next = narrowed(t, [alpha, f, d], bound, test);
    const short = add(t.ax, mul(sub(alpha, t.ax), pick(gt(t.ax, 0), number(0.5), number(0.1))));
    const limit = pick(isFine, t.limit, add(t.ax, mul(sub(alpha, t.ax), 0.9)));
    const trials = add(t.trials, 1);
    const kept = Object.fromEntries(Object.entries(next).map(([k, v]) => [k, pick(isFine, v, t[k as keyof typeof t])]));
    const goesOn = and(not(isDone), and(lt(trials, MOST_TRIALS), not(and(isFine, isNarrow(next)))));
    return {
      ...(kept as typeof next),
      ...{ trying: goesOn, limit, trials },
      alpha: pick(isFine, next.alpha, short),
      isTaken: or(t.isTaken, takes),
      taken: pick(takes, alpha, t.taken),
      value: pick(takes, f, t.value),
      grad: pick(takes, grad, t.grad),
    };
  });
  return { ...found, alpha: found.taken };
}

type Bracket = Readonly<
  Record<"isBracketed" | "isLate" | "lo" | "hi" | "ax" | "fx" | "dx" | "ay" | "fy" | "dy" | "width" | "before", Tensor>
>;

const isNarrow = ({ isBracketed, ax, ay }: Bracket): Tensor =>
  and(isBracketed, le(abs(sub(ax, ay)), mul(maximum(ax, ay), CLOSE)));

/** The interval once a step is known, and the next step in it. */
function narrowed(
  t: Bracket & { readonly limit: Tensor },
  [alpha, f, d]: End,
  bound: Tensor,
  test: Tensor,
): Bracket & { readonly alpha: Tensor } {
  const isLate = or(t.isLate, and(le(f, bound), ge(d, 0)));
  // Early on, the function less what is enough of the decrease guides the search (section 4).
  const slope = pick(and(not(isLate), and(le(f, t.fx), gt(f, bound))), test, number(0));
  const less = ([a, f, d]: End): End => [a, sub(f, mul(a, slope)), sub(d, slope)];
  const p = less([alpha, f, d]);
  const x = less([t.ax, t.fx, t.dx]);
  const y = less([t.ay, t.fy, t.dy]);
  const { step, isBracketed } = trial(x, y, p, t);
  const isWorse = gt(p[1], x[1]);
  const turns = and(not(isWorse), lt(mul(p[2], x[2]), 0));
  const own = (px: Tensor, xx: Tensor, yy: Tensor): Tensor => pick(isWorse, px, pick(turns, xx, yy));
  const [ax, fx, dx] = [pick(isWorse, t.ax, alpha), pick(isWorse, t.fx, f), pick(isWorse, t.dx, d)];
  const [ay, fy, dy] = [own(alpha, t.ax, t.ay), own(f, t.fx, t.fy), own(d, t.dx, t.dy)];
  const width = abs(sub(ay, ax));
  const isSlow = and(isBracketed, ge(width, mul(t.before, 0.66)));
  const inside = pick(isSlow, add(ax, mul(sub(ay, ax), 0.5)), step);
  const lo = pick(isBracketed, minimum(ax, ay), add(inside, mul(sub(inside, ax), 1.1)));
  const hi = pick(isBracketed, maximum(ax, ay), add(inside, mul(sub(inside, ax), 4)));
  return {
    ...{ isBracketed, isLate, ax, fx, dx, ay, fy, dy, lo, hi },
    alpha: minimum(inside, t.limit),
    before: pick(isBracketed, t.width, t.before),
    width: pick(isBracketed, width, t.width),
  };
}

/** The next step by cubic and quadratic interpolation, and whether the interval has a minimum now: section 4. */
function trial([ax, fx, dx]: End, y: End, [ap, fp, dp]: End, t: Bracket) {
  const cubic = ([a, f, d]: End): readonly [r: Tensor, gamma: Tensor] => {
    const theta = add(add(div(mul(sub(f, fp), 3), sub(ap, a)), d), dp);
    const scale = maximum(maximum(abs(theta), abs(d)), abs(dp));
    const root = sub(mul(div(theta, scale), div(theta, scale)), mul(div(d, scale), div(dp, scale)));
    const gamma = mul(mul(scale, sqrt(maximum(root, 0))), pick(gt(a, ap), number(1), number(-1)));
    return [div(add(sub(gamma, dp), theta), add(add(sub(gamma, dp), gamma), d)), gamma];
  };
  const [back, long] = [sub(ax, ap), sub(ap, ax)];
  const [r, gamma] = cubic([ax, fx, dx]);
  const toCubic = add(ap, mul(r, back));
  const secant = add(ap, mul(div(dp, sub(dp, dx)), back));
  const farther = pick(gt(abs(sub(toCubic, ap)), abs(sub(secant, ap))), toCubic, secant);
  const end = pick(gt(ap, ax), t.hi, t.lo);
  // Above the best value: a minimum lies between.
  const parabola = add(ax, mul(mul(div(dx, add(div(sub(fx, fp), long), dx)), 0.5), long));
  const isCubicNear = lt(abs(sub(toCubic, ax)), abs(sub(parabola, ax)));
  const above = pick(isCubicNear, toCubic, add(toCubic, mul(sub(parabola, toCubic), 0.5)));
  // The slope has the same sign and is less steep: the cubic may have no minimum on this side.
  const ahead = pick(and(lt(r, 0), ne(gamma, 0)), toCubic, end);
  const isAheadNear = lt(abs(sub(ahead, ap)), abs(sub(secant, ap)));
  const inner = pick(isAheadNear, ahead, secant);
  const most = add(ap, mul(sub(y[0], ap), 0.66));
  const held = pick(gt(ap, ax), minimum(most, inner), maximum(most, inner));
  const outer = maximum(t.lo, minimum(t.hi, pick(isAheadNear, secant, ahead)));
  const flatter = pick(t.isBracketed, held, outer);
  const steeper = pick(t.isBracketed, add(ap, mul(cubic(y)[0], sub(y[0], ap))), end);
  const isAbove = gt(fp, fx);
  const turns = lt(mul(dp, dx), 0);
  const onward = pick(turns, farther, pick(lt(abs(dp), abs(dx)), flatter, steeper));
  return { step: pick(isAbove, above, onward), isBracketed: or(t.isBracketed, or(isAbove, turns)) };
}
