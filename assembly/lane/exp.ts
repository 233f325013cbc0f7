// exp and expm1, and the pieces of exp that the hyperbolic and logistic kernels build on.
//
// Method (Cody and Waite, "Software Manual for the Elementary Functions", 1980): x = k ln2 + r with |r| <= ln2/2, then
// e^x = 2^k e^r. Writing e^r = 1 + r + v keeps the large terms exact: 1 + r is split into a sum and its rounding error, so only
// the small v = r^2 q(r) + (what r lost) is rounded before the last addition.

import { add, and, any, atLeast, atMost, mul, splat, sub, width } from "./lanes";
import { bitsGt, magnitude, pattern, pow2, roundingShift, scale, scaleNormal, withSign } from "./bits";
import { mad, poly11, poly6 } from "./poly";
import { fastSumError, sumError } from "./dd";

/** x / ln2 rounded to the nearest integer k, as k + roundingShift: the low bits of the pattern are k. */
@inline export function shiftedExponent<T>(x: v128): v128 {
  return mad<T>(x, width<T>(1.4426950408889634, 1.442695), roundingShift<T>()); // 1/ln2
}

/** x - k * (leading bits of ln2): exact. */
@inline function reduceCoarse<T>(x: v128, k: v128): v128 {
  return sub<T>(x, mul<T>(k, width<T>(0.6931471805598903, 0.693145751953125))); // ln2 to 2^-42, 2^-15
}

/** k * (the rest of ln2). */
@inline function reduceFine<T>(k: v128): v128 {
  return mul<T>(k, width<T>(5.497923018708371e-14, 1.428606765330187e-6)); // ln2 minus the above
}

/** r = x - k ln2, rounded; |r| <= 0.3467. */
@inline export function reduced<T>(x: v128, k: v128): v128 {
  return sub<T>(reduceCoarse<T>(x, k), reduceFine<T>(k));
}

/** What `reduced` lost to rounding. */
@inline export function reducedLow<T>(x: v128, k: v128, r: v128): v128 {
  return sub<T>(sub<T>(reduceCoarse<T>(x, k), r), reduceFine<T>(k));
}

/** q with e^r = 1 + r + r^2 q(r), relative to e^r - 1 good to 2^-61 (f64), 2^-31 (f32) for |r| <= 0.3467; weighted minimax fit. */
@inline function expPolynomial<T>(r: v128): v128 {
  if (sizeof<T>() == 8) {
    return poly11<T>(
      r, 0.5, 0.16666666666666677, 0.041666666666666685, 0.008333333333321445, 0.0013888888888872952, 0.00019841269886554237,
      2.4801587350404927e-5, 2.7557243807496767e-6, 2.755725043785758e-7, 2.5109169552369492e-8, 2.0922279028711465e-9,
    );
  }
  return poly6<T>(
    r, 0.5, 0.1666666716337204, 0.041666481643915176, 0.00833318941295147, 0.0013933352893218398, 0.00019961065845564008,
  );
}

/** e^(r + rLow) for |r| <= 0.3467, within 0.6 ulp. */
@inline export function expReduced<T>(r: v128, rLow: v128): v128 {
  const one = splat<T>(1);
  const s = add<T>(one, r);
  return add<T>(s, mad<T>(mul<T>(r, r), expPolynomial<T>(r), add<T>(fastSumError<T>(one, r, s), rLow)));
}

/** The pair e^x = expHi + expLo, not normalized (|lo| < 0.07 hi): this is the leading half, 2^k (1 + r). For |x| <= 708 (f64), 87 (f32). */
@inline export function expHi<T>(r: v128, shifted: v128): v128 {
  return mul<T>(add<T>(splat<T>(1), r), pow2<T>(shifted));
}

/** Second half of the pair: 2^k ((rounding error of 1 + r) + v). */
@inline export function expLo<T>(r: v128, rLow: v128, shifted: v128): v128 {
  const one = splat<T>(1);
  const lost = add<T>(fastSumError<T>(one, r, add<T>(one, r)), rLow);
  return mul<T>(mad<T>(mul<T>(r, r), expPolynomial<T>(r), lost), pow2<T>(shifted));
}

/** True in lanes where e^x or e^-x may leave the normal range: |x| above 708 (f64) or 87 (f32), or NaN. */
@inline export function expIsExtreme<T>(x: v128): v128 {
  return bitsGt<T>(magnitude<T>(x), width<T>(708, 87));
}

/** exp over the whole range, two scaling steps: gradual underflow, overflow to infinity, NaN stays. */
export function expAnywhere<T>(x: v128): v128 {
  const y = atLeast<T>(atMost<T>(x, width<T>(710, 89)), width<T>(-746, -104));
  const k = sub<T>(shiftedExponent<T>(y), roundingShift<T>());
  const r = reduced<T>(y, k);
  return scale<T>(expReduced<T>(r, reducedLow<T>(y, k, r)), k);
}

@inline export function exp<T>(x: v128): v128 {
  return any(expIsExtreme<T>(x)) ? expAnywhere<T>(x) : expOrdinary<T>(x);
}

@inline function expOrdinary<T>(x: v128): v128 {
  const shifted = shiftedExponent<T>(x);
  const k = sub<T>(shifted, roundingShift<T>());
  const r = reduced<T>(x, k);
  return scaleNormal<T>(expReduced<T>(r, reducedLow<T>(x, k, r)), shifted);
}

/** e^x - 1 from the pair of e^x; x lends its sign to a zero. */
@inline export function expm1FromPair<T>(hi: v128, lo: v128, x: v128): v128 {
  const minusOne = splat<T>(-1);
  const h = add<T>(hi, minusOne);
  return withSign<T>(add<T>(h, add<T>(sumError<T>(hi, minusOne, h), lo)), x);
}

/** expm1 over the whole range: below -708 it is -1, above it is exp. */
export function expm1Anywhere<T>(x: v128): v128 {
  const ordinary = expm1Ordinary<T>(atLeast<T>(atMost<T>(x, width<T>(708, 87)), width<T>(-708, -87)));
  return v128.bitselect(expAnywhere<T>(x), ordinary, bitsGt<T>(x, width<T>(708, 87)));
}

@inline function expm1Ordinary<T>(x: v128): v128 {
  const shifted = shiftedExponent<T>(x);
  const k = sub<T>(shifted, roundingShift<T>());
  const r = reduced<T>(x, k);
  const rLow = reducedLow<T>(x, k, r);
  return expm1FromPair<T>(expHi<T>(r, shifted), expLo<T>(r, rLow, shifted), x);
}

@inline export function expm1<T>(x: v128): v128 {
  return any(expIsExtreme<T>(x)) ? expm1Anywhere<T>(x) : expm1Ordinary<T>(x);
}
