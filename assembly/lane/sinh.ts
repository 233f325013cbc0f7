// sinh and cosh, f64x2.
//
// Method: with E = e^|x| as a pair (exp.ts), sinh and cosh are (E -+ 1/E)/2; the pair's tail and 1/E are small
// against its head, so their rounding hardly counts. Below 1, where the difference cancels, sinh is its Taylor
// series. Above 708, e^(|x| - ln2).

import { abs, add, any, atMost, div, gt, lt, mul, select, splat, sub } from "./lanes";
import { roundingShift, withSign } from "./bits";
import { expHi, expLo, expTimesPow2, reduced, reducedLow, shiftedExponent } from "./exp";
import { mad, poly10 } from "./poly";
import { sumError } from "./dd";

/** |x|, no larger than e^|x| is finite for; NaN stays. */
@inline export function growthArgument(x: v128): v128 { return atMost<f64>(abs<f64>(x), splat<f64>(708)); }

/** First half of the pair E = e^y, y = growthArgument(x). */
@inline export function growthHi(y: v128): v128 {
  const shifted = shiftedExponent<f64>(y);
  return expHi<f64>(reduced<f64>(y, sub<f64>(shifted, roundingShift<f64>())), shifted);
}

/** Second half of the pair. */
@inline export function growthLo(y: v128): v128 {
  const shifted = shiftedExponent<f64>(y);
  const k = sub<f64>(shifted, roundingShift<f64>());
  const r = reduced<f64>(y, k);
  return expLo<f64>(r, reducedLow<f64>(y, k, r), shifted);
}

/** sinh of |x| < 1: the terms up to x^21/21!, the next one is below 2^-74. */
@inline function sinhShort(x: v128): v128 {
  const z = mul<f64>(x, x);
  const p = poly10<f64>(
    z, 0.16666666666666666, 0.008333333333333333, 0.0001984126984126984, 2.7557319223985893e-6, 2.505210838544172e-8,
    1.6059043836821613e-10, 7.647163731819816e-13, 2.8114572543455206e-15, 8.22063524662433e-18, 1.9572941063391263e-20,
  );
  return mad<f64>(mul<f64>(x, z), p, x);
}

/** sinh from the pair and q = 1/E; x lends its sign. */
@inline export function sinhFrom(x: v128, eHi: v128, eLo: v128, q: v128): v128 {
  const a = abs<f64>(x);
  const far = mul<f64>(splat<f64>(0.5), add<f64>(eHi, sub<f64>(eLo, q)));
  return withSign<f64>(hyperbolicPatched(a, select(lt<f64>(a, splat<f64>(1)), sinhShort(a), far)), x);
}

/** cosh from the pair and q = 1/E. */
@inline export function coshFrom(x: v128, eHi: v128, eLo: v128, q: v128): v128 {
  const sum = add<f64>(eHi, q);
  const value = mul<f64>(splat<f64>(0.5), add<f64>(sum, add<f64>(sumError<f64>(eHi, q, sum), eLo)));
  return hyperbolicPatched(abs<f64>(x), value);
}

/** Replaces lanes above 708, where 1/E is nothing: e^a / 2, infinite from 710.4758600739439 on. */
@inline function hyperbolicPatched(a: v128, value: v128): v128 {
  const far = gt<f64>(a, splat<f64>(708));
  return any(far) ? select(far, hyperbolicFar(a), value) : value;
}

function hyperbolicFar(a: v128): v128 { return expTimesPow2<f64>(a, splat<f64>(-1)); }

/** sinh: 1 ulp everywhere, sinh(-0) = -0, infinities and NaN stay. */
@inline export function sinh(x: v128): v128 {
  const y = growthArgument(x);
  const eHi = growthHi(y);
  const eLo = growthLo(y);
  return sinhFrom(x, eHi, eLo, div<f64>(splat<f64>(1), add<f64>(eHi, eLo)));
}

/** cosh: 1 ulp everywhere, inf at the infinities, NaN stays. */
@inline export function cosh(x: v128): v128 {
  const y = growthArgument(x);
  const eHi = growthHi(y);
  const eLo = growthLo(y);
  return coshFrom(x, eHi, eLo, div<f64>(splat<f64>(1), add<f64>(eHi, eLo)));
}
