// erf, erfc and the Gaussian 2/sqrt(pi) e^(-x^2), their derivative up to sign, in f64x2.
//
// Method: for |x| < 1/2, erf(x) = x + x Y(x^2). Beyond, erfc(|x|) = e^(-x^2) P(t)/(1 + 2|x|) with t = (|x| - 4)/(|x| + 4)
// (M. M. Shepherd and J. G. Laframboise, "Chebyshev approximation of (1 + 2x) exp(x^2) erfc x in 0 <= x < inf", Math. Comp. 36,
// 1981; the coefficients are a fit of our own by multiple precision). x^2 is a product with its rounding error, e^(-x^2) and P are
// pairs, and the quotient is rounded once: the tail is as accurate as the middle.

import { abs, add, any, atMost, div, gt, lt, mul, neg, select, splat, sub } from "./lanes";
import { head, roundingShift, scale, withSign } from "./bits";
import { mad, poly10, poly11, poly8 } from "./poly";
import { fastSumError, productError, quotient } from "./dd";
import { expTail, reduced, reducedLow, shiftedExponent } from "./exp";

/** Beyond this |x| the series in x^2 ends. */
@inline function nearLimit(): v128 { return splat<f64>(0.5); }

/** |x|, no larger than where e^(-x^2) has long been 0; NaN stays. */
@inline function clamped(x: v128): v128 { return atMost<f64>(abs<f64>(x), splat<f64>(28)); }

/** Y with erf(x) = x + x Y(x^2), |x| <= 1/2: absolute 2^-57. */
@inline function nearSeries(z: v128): v128 {
  return mad<f64>(z, poly8<f64>(
    z, -0.37612638903183476, 0.11283791670925353, -0.026866170632887928, 0.00522397737302147, -0.0008548297753674966,
    0.00012053335124353741, -1.4845849259707869e-05, 1.4725865480556744e-06,
  ), splat<f64>(0.12837916709551256));
}

/** P(t) - P(0) over t with (1 + 2x) e^(x^2) erfc(x) = P(t), 1/2 <= x <= 28: relative to P, 2^-60. */
@inline function farSeries(t: v128): v128 {
  const low = poly11<f64>(
    t, -0.13962111684056253, 0.015379652102619027, 0.0680970542546948, -0.10103906603625375, 0.09373283499828751,
    -0.06633036581360713, 0.03716751553818893, -0.01619773403826592, 0.0050319699756138135, -0.0007577734486762808,
    -0.00019925671345040716,
  );
  const high = poly10<f64>(
    t, 0.00015062249512264785, -2.4398983809134553e-05, -1.12247322473501e-05, 5.7086428044048145e-06, 2.9955790685567077e-07,
    -8.22559563206072e-07, 6.702452833728971e-08, 1.0568025135820959e-07, -1.2224048303152388e-08, -1.0476718674668371e-08,
  );
  const t2 = mul<f64>(t, t);
  const t4 = mul<f64>(t2, t2);
  return mad<f64>(mul<f64>(mul<f64>(t4, t4), mul<f64>(t2, t)), high, low);
}

/** k of e^(-ax^2) = 2^k (hi + lo). */
@inline function decayExponent(ax: v128): v128 {
  return sub<f64>(shiftedExponent<f64>(neg<f64>(mul<f64>(ax, ax))), roundingShift<f64>());
}

/** hi: 1 + r, rounded together with the tail. */
@inline function decayHigh(ax: v128, k: v128): v128 {
  const y = neg<f64>(mul<f64>(ax, ax));
  const r = reduced<f64>(y, k);
  return add<f64>(add<f64>(splat<f64>(1), r), expTail<f64>(r, reducedLow<f64>(y, k, r)));
}

/** lo: what hi lost, and the rounding error of ax^2. */
@inline function decayLow(ax: v128, k: v128, hi: v128): v128 {
  const square = mul<f64>(ax, ax);
  const y = neg<f64>(square);
  const r = reduced<f64>(y, k);
  const lost = fastSumError<f64>(add<f64>(splat<f64>(1), r), expTail<f64>(r, reducedLow<f64>(y, k, r)), hi);
  return sub<f64>(lost, mul<f64>(hi, productError<f64>(ax, ax, square)));
}

/** erfc(ax), ax = clamped(x) >= 1/2. */
@inline function tail(ax: v128): v128 {
  const k = decayExponent(ax);
  const e = decayHigh(ax, k);
  const eLow = decayLow(ax, k, e);
  const four = splat<f64>(4);
  const t = div<f64>(sub<f64>(ax, four), add<f64>(ax, four));
  const p0 = splat<f64>(1.2329951186255526);
  const pRest = mul<f64>(t, farSeries(t));
  const p = add<f64>(p0, pRest);
  const pLow = fastSumError<f64>(p0, pRest, p);
  const n = mul<f64>(e, p);
  const nLow = add<f64>(productError<f64>(e, p, n), add<f64>(mul<f64>(e, pLow), mul<f64>(eLow, p)));
  const twice = add<f64>(ax, ax);
  const d = add<f64>(splat<f64>(1), twice);
  const dHead = head<f64>(d);
  const dTail = sub<f64>(twice, sub<f64>(dHead, splat<f64>(1)));
  return scale<f64>(quotient<f64>(n, nLow, dHead, dTail, div<f64>(splat<f64>(1), d)), k);
}

function erfFar(x: v128, near: v128): v128 {
  const far = withSign<f64>(sub<f64>(splat<f64>(1), tail(clamped(x))), x);
  return select(gt<f64>(abs<f64>(x), nearLimit()), far, near);
}

function erfcFar(x: v128, near: v128): v128 {
  const right = tail(clamped(x));
  const far = select(lt<f64>(x, splat<f64>(0)), sub<f64>(splat<f64>(2), right), right);
  return select(gt<f64>(abs<f64>(x), nearLimit()), far, near);
}

/** erf: f64x2, 2 ulp everywhere, erf(-0) = -0; +-1 at the infinities, NaN stays. */
@inline export function erf64(x: v128): v128 {
  const near = mad<f64>(x, nearSeries(mul<f64>(x, x)), x);
  return any(gt<f64>(abs<f64>(x), nearLimit())) ? erfFar(x, near) : near;
}

/** erfc: f64x2, 2 ulp everywhere, down to subnormal results; 0 and 2 at the infinities, NaN stays. */
@inline export function erfc64(x: v128): v128 {
  // 1 - x is a pair, so that what is left after cancellation is rounded once
  const one = splat<f64>(1);
  const difference = sub<f64>(one, x);
  const lost = sub<f64>(sub<f64>(one, difference), x);
  const near = add<f64>(difference, sub<f64>(lost, mul<f64>(x, nearSeries(mul<f64>(x, x)))));
  return any(gt<f64>(abs<f64>(x), nearLimit())) ? erfcFar(x, near) : near;
}

/** 2/sqrt(pi) e^(-x^2): f64x2, 1 ulp everywhere, down to subnormal results; 0 at the infinities, NaN stays. */
@inline export function gauss64(x: v128): v128 {
  const ax = clamped(x);
  const k = decayExponent(ax);
  const e = decayHigh(ax, k);
  const c = splat<f64>(1.1283791670955126); // 2/sqrt(pi), and the rest
  const n = mul<f64>(c, e);
  const rest = mad<f64>(c, decayLow(ax, k, e), mul<f64>(splat<f64>(1.533545961316588e-17), e));
  return scale<f64>(add<f64>(n, add<f64>(productError<f64>(c, e, n), rest)), k);
}
