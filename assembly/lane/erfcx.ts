// erfcx(x) = e^(x^2) erfc(x), log Phi(x), the inverse Mills ratio r(x) = phi(x)/Phi(x) that is its derivative, and
// their derivatives, in f64x2.
//
// Method: polynomials by pieces (piecewise.ts) on the side where a formula of other functions would cancel, in powers
// of 1/x^2 far out. On the other side the formula: erfcx(-x) = 2 e^(x^2) - erfcx(x), erfcx' = 2 x erfcx - 2/sqrt(pi),
// erfcx'' = 2 erfcx + 2 x erfcx', r' = -r (x + r), r'' = r ((x + r)(x + 2r) - 1).

import { abs, add, and, any, atMost, div, gt, lt, mul, neg, select, splat, sub } from "./lanes";
import { roundingShift, scale } from "./bits";
import { fastSumError, productError, sumError } from "./dd";
import { logNdtrRight, ndtr64, normalDensity64, twoOverRootPi } from "./erf";
import { expTail, reduced, reducedLow, shiftedExponent } from "./exp";
import { exponentOf, inversePowerOf, kLn2Hi, kLn2Lo, logRatio, logTail, mantissaOf } from "./log";
import { mad } from "./poly";
import { inverseSquare, piecewise, piecewiseLow, series } from "./piecewise";
import {
  ERFCX, ERFCX1, ERFCX1_FAR, ERFCX2, ERFCX2_FAR, ERFCX_FAR, MILLS, MILLS1, MILLS1_FAR, MILLS2, MILLS2_FAR, MILLS_FAR,
} from "./erfcx-tables";

/** From here on the series in 1/x^2. */
const END: f64 = 8;
@inline function isFar(x: v128): v128 { return v128.ge<f64>(x, splat<f64>(END)); }
@inline function isLeft(x: v128): v128 { return lt<f64>(x, splat<f64>(0)); }

// Left of 0, and at NaN, what comes from the tables is replaced or NaN.

function erfcxRight(x: v128): v128 {
  const near = piecewise(ERFCX, 17, END, x);
  const far = isFar(x);
  return any(far) ? select(far, div<f64>(series(ERFCX_FAR, 11, inverseSquare(x)), x), near) : near;
}

/** 2 e^(x^2) - erfcx(-x), x < 0 */
function erfcxLeft(x: v128): v128 {
  const ax = atMost<f64>(abs<f64>(x), splat<f64>(27)); // beyond, infinity
  const square = mul<f64>(ax, ax);
  const k = sub<f64>(shiftedExponent<f64>(square), roundingShift<f64>());
  const r = reduced<f64>(square, k);
  const tail = expTail<f64>(r, reducedLow<f64>(square, k, r));
  const head = add<f64>(splat<f64>(1), r);
  const e = add<f64>(head, tail);
  const eLow = add<f64>(fastSumError<f64>(head, tail, e), mul<f64>(e, productError<f64>(ax, ax, square)));
  const twice = add<f64>(k, splat<f64>(1));
  const big = scale<f64>(e, twice);
  const y = sub<f64>(big, erfcxRight(ax));
  return add<f64>(y, scale<f64>(eLow, twice));
}

/** erfcx: f64x2, 2 ulp everywhere; infinity below -26.7, 0 at infinity, NaN stays. */
export function erfcx64(x: v128): v128 {
  const y = erfcxRight(abs<f64>(x));
  const left = isLeft(x);
  return any(left) ? select(left, erfcxLeft(x), y) : y;
}

/** The derivative of erfcx: f64x2, 3 ulp everywhere; -infinity far left, -0 at infinity, NaN stays. */
export function erfcxSlope64(x: v128): v128 {
  const near = piecewise(ERFCX1, 18, END, x);
  const far = isFar(x);
  let y = any(far) ? select(far, div<f64>(div<f64>(series(ERFCX1_FAR, 11, inverseSquare(x)), x), x), near) : near;
  y = neg<f64>(y);
  const left = isLeft(x);
  return any(left) ? select(left, sub<f64>(mul<f64>(add<f64>(x, x), erfcx64(x)), twoOverRootPi()), y) : y;
}

/** The second derivative of erfcx: f64x2, 4 ulp everywhere; infinity far left, 0 at infinity, NaN stays. */
export function erfcxCurvature64(x: v128): v128 {
  const near = piecewise(ERFCX2, 19, END, x);
  const far = isFar(x);
  const third = any(far) ? div<f64>(div<f64>(div<f64>(series(ERFCX2_FAR, 12, inverseSquare(x)), x), x), x) : near;
  const y = select(far, third, near);
  const left = isLeft(x);
  if (!any(left)) return y;
  const half = mad<f64>(x, erfcxSlope64(x), erfcx64(x));
  return select(left, add<f64>(half, half), y);
}

/** What `millsLeft` lost to rounding. */
let millsLow: v128 = i64x2(0, 0);

/** r(-t) for t >= 0 */
@inline function millsLeft(t: v128): v128 {
  const near = piecewise(MILLS, 15, END, t);
  millsLow = piecewiseLow();
  const far = isFar(t);
  if (!any(far)) return near;
  const rest = div<f64>(series(MILLS_FAR, 15, inverseSquare(t)), t);
  const y = add<f64>(t, rest);
  millsLow = select(far, fastSumError<f64>(t, rest, y), millsLow);
  return select(far, y, near);
}

/** r(x) for x > 0 */
@inline function millsRight(x: v128): v128 { return div<f64>(normalDensity64(x), ndtr64(x)); }

/**
 * The inverse Mills ratio phi(x)/Phi(x), the derivative of log Phi: f64x2, 2 ulp (3 where x > 0); 0 at infinity,
 * infinity at -infinity, NaN stays.
 */
export function inverseMills64(x: v128): v128 {
  const y = millsLeft(neg<f64>(x));
  const right = gt<f64>(x, splat<f64>(0));
  return any(right) ? select(right, millsRight(x), y) : y;
}

/**
 * Its derivative -r (x + r), within (-1, 0): f64x2, 2 ulp (4 where x > 0); -0 at infinity, -1 at -infinity, NaN
 * stays.
 */
export function inverseMillsSlope64(x: v128): v128 {
  const t = neg<f64>(x);
  const near = piecewise(MILLS1, 15, END, t);
  const far = isFar(t);
  let y = neg<f64>(any(far) ? select(far, series(MILLS1_FAR, 15, inverseSquare(t)), near) : near);
  const right = gt<f64>(x, splat<f64>(0));
  if (any(right)) {
    const c = atMost<f64>(x, splat<f64>(40)); // r is 0 from there on
    const r = millsRight(c);
    y = select(right, neg<f64>(mul<f64>(r, add<f64>(c, r))), y);
  }
  return y;
}

/** Its second derivative r ((x + r)(x + 2r) - 1): f64x2, 4 ulp (16 where x > 0); 0 at the infinities, NaN stays. */
export function inverseMillsCurvature64(x: v128): v128 {
  const t = neg<f64>(x);
  const near = piecewise(MILLS2, 17, END, t);
  const far = isFar(t);
  let y = any(far)
    ? select(far, div<f64>(div<f64>(div<f64>(series(MILLS2_FAR, 16, inverseSquare(t)), t), t), t), near)
    : near;
  const right = gt<f64>(x, splat<f64>(0));
  if (any(right)) {
    const c = atMost<f64>(x, splat<f64>(40));
    const r = millsRight(c);
    const s = add<f64>(c, r);
    y = select(right, mul<f64>(r, sub<f64>(mul<f64>(s, add<f64>(s, r)), splat<f64>(1))), y);
  }
  return y;
}

/** log Phi(-t), t >= 0: -(t^2/2 + log(2 pi)/2 + log r(-t)) */
function logNdtrLeft(t: v128): v128 {
  const r = millsLeft(t);
  const k = exponentOf<f64>(r);
  const f = sub<f64>(mantissaOf<f64>(r), splat<f64>(1));
  const s = logRatio<f64>(f);
  const slope = mad<f64>(add<f64>(s, s), sub<f64>(s, splat<f64>(1)), splat<f64>(1)); // as in logOfPair
  const half = splat<f64>(0.5);
  const square = mul<f64>(t, t);
  const quadratic = mul<f64>(half, square);
  // beyond 1e10 the other terms have no say
  const squareLow = and(mul<f64>(half, productError<f64>(t, t, square)), lt<f64>(t, splat<f64>(1e10)));
  const constant = splat<f64>(0.9189385332046728); // log(2 pi)/2
  const a = add<f64>(quadratic, constant);
  const shift = kLn2Hi<f64>(k);
  const b = add<f64>(a, shift);
  const c = add<f64>(b, f);
  let low = add<f64>(
    sumError<f64>(quadratic, constant, a), add<f64>(sumError<f64>(a, shift, b), sumError<f64>(b, f, c)),
  );
  low = add<f64>(low, add<f64>(squareLow, add<f64>(splat<f64>(-3.8782941580672414e-17), kLn2Lo<f64>(k))));
  low = add<f64>(low, sub<f64>(mul<f64>(mul<f64>(millsLow, inversePowerOf<f64>(r)), slope), logTail<f64>(f, s)));
  return neg<f64>(select(lt<f64>(t, splat<f64>(1e10)), add<f64>(c, low), quadratic));
}

/**
 * log Phi(x), the logarithm of the normal distribution function: f64x2, 2 ulp everywhere, down to subnormal results
 * on the right; -0 at infinity, -infinity at -infinity, NaN stays.
 */
export function logNdtr64(x: v128): v128 {
  const right = gt<f64>(x, splat<f64>(0));
  const y = select(v128.ne<f64>(x, x), x, logNdtrLeft(neg<f64>(x)));
  return any(right) ? select(right, neg<f64>(abs<f64>(logNdtrRight(x))), y) : y; // -0, too
}
