// exp and expm1, and the pieces of exp that the hyperbolic and logistic kernels build on.
//
// Method (W. J. Cody and W. Waite, "Software Manual for the Elementary Functions", 1980): x = k ln2 + r with |r| <=
// ln2/2, then e^x = 2^k e^r. Writing e^r = (1 + r) + v keeps the large terms exact: the rounding error of 1 + r and
// what r itself lost go into the small v, and only v is rounded before the last addition.

import { add, atLeast, atMost, gt, mul, neg, select, splat, sub, width } from "./lanes";
import { beyond, head, pow2, roundingShift, scale, scaleNormal, withSign } from "./bits";
import { mad, poly10, poly5 } from "./poly";
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

/**
 * p with e^r = 1 + r + r^2/2 + r^3 p(r), relative to e^r - 1 good to 2^-61 (f64), 2^-31 (f32) for |r| <= 0.3467;
 * weighted minimax fit.
 */
@inline function expPolynomial<T>(r: v128): v128 {
  if (sizeof<T>() == 8) {
    return poly10<T>(
      r, 0.16666666666666677, 0.041666666666666685, 0.008333333333321445, 0.0013888888888872952, 0.00019841269886554237,
      2.4801587350404927e-5, 2.7557243807496767e-6, 2.755725043785758e-7, 2.5109169552369492e-8, 2.0922279028711465e-9,
    );
  }
  return poly5<T>(
    r, 0.1666666716337204, 0.041666481643915176, 0.00833318941295147, 0.0013933352893218398, 0.00019961065845564008,
  );
}

/** The cubic and higher terms of e^r. */
@inline function expCubic<T>(r: v128): v128 { return mul<T>(mul<T>(r, mul<T>(r, r)), expPolynomial<T>(r)); }

/** v with e^(r + rLow) = 1 + r + v, the sum 1 + r being rounded: v has its error too. */
@inline export function expTail<T>(r: v128, rLow: v128): v128 {
  const one = splat<T>(1);
  const lost = add<T>(fastSumError<T>(one, r, add<T>(one, r)), rLow);
  return add<T>(expCubic<T>(r), mad<T>(splat<T>(0.5), mul<T>(r, r), lost));
}

/** e^(r + rLow) for |r| <= 0.3467, within 0.7 ulp. */
@inline export function expReduced<T>(r: v128, rLow: v128): v128 {
  return add<T>(add<T>(splat<T>(1), r), expTail<T>(r, rLow));
}

/**
 * The pair e^x = expHi + expLo, not normalized (|lo| < 0.1 hi): this is the leading part, 2^k (1 + r). For |x| <= 708
 * (f64), 87 (f32).
 */
@inline export function expHi<T>(r: v128, shifted: v128): v128 {
  return mul<T>(add<T>(splat<T>(1), r), pow2<T>(shifted));
}

/** The rest of the pair. */
@inline export function expLo<T>(r: v128, rLow: v128, shifted: v128): v128 {
  return mul<T>(expTail<T>(r, rLow), pow2<T>(shifted));
}

/**
 * True if some lane has |k| above 511 (f64) or 63 (f32), that is |x| above 354 or 44, or is not finite: e^x may not
 * be normal.
 */
@inline export function expIsExtreme<T>(shifted: v128): bool {
  return v128.any_true(beyond<T>(shifted, sizeof<T>() == 8 ? 10 : 7));
}

/**
 * 2^exponent e^x over the whole range, |exponent| <= 2; scaled in two steps: gradual underflow, overflow to infinity,
 * NaN stays.
 */
@inline export function expTimesPow2<T>(x: v128, exponent: v128): v128 {
  const y = atLeast<T>(atMost<T>(x, width<T>(712, 91)), width<T>(-748, -106));
  const k = sub<T>(shiftedExponent<T>(y), roundingShift<T>());
  const r = reduced<T>(y, k);
  return scale<T>(expReduced<T>(r, reducedLow<T>(y, k, r)), add<T>(k, exponent));
}

/** exp for any x. */
export function expAnywhere<T>(x: v128): v128 { return expTimesPow2<T>(x, splat<T>(0)); }

/** exp: f64x2 and f32x4, 1 ulp everywhere, subnormal results included; 0 and inf at the infinities, NaN stays. */
@inline export function exp<T>(x: v128): v128 {
  const shifted = shiftedExponent<T>(x);
  return expIsExtreme<T>(shifted) ? expAnywhere<T>(x) : expOrdinary<T>(x, shifted);
}

@inline function expOrdinary<T>(x: v128, shifted: v128): v128 {
  const k = sub<T>(shifted, roundingShift<T>());
  const r = reduced<T>(x, k);
  return scaleNormal<T>(expReduced<T>(r, reducedLow<T>(x, k, r)), shifted);
}

/**
 * expm1 from the reduced argument; x lends its sign to a zero. r^2/2 is split, its leading part joins 1 + r exactly.
 */
@inline export function expm1Reduced<T>(r: v128, rLow: v128, shifted: v128, x: v128): v128 {
  const one = splat<T>(1);
  const half = splat<T>(0.5);
  const rHead = head<T>(r);
  const square = mul<T>(half, mul<T>(rHead, rHead));
  const squareRest = mul<T>(mul<T>(half, sub<T>(r, rHead)), add<T>(r, rHead));
  const s = add<T>(one, r);
  const t = add<T>(s, square);
  // e^rLow = 1 + rLow
  const lost = add<T>(add<T>(fastSumError<T>(one, r, s), fastSumError<T>(s, square, t)), mul<T>(rLow, s));
  const power = pow2<T>(shifted);
  const hi = mul<T>(t, power);
  const lo = mul<T>(add<T>(expCubic<T>(r), add<T>(squareRest, lost)), power);

  const minusOne = splat<T>(-1);
  const h = add<T>(hi, minusOne);
  return withSign<T>(add<T>(h, add<T>(sumError<T>(hi, minusOne, h), lo)), x);
}

/** expm1: f64x2 and f32x4, 1 ulp everywhere, expm1(-0) = -0; -1 and inf at the infinities, NaN stays. */
@inline export function expm1<T>(x: v128): v128 {
  const shifted = shiftedExponent<T>(x);
  return expIsExtreme<T>(shifted) ? expm1Anywhere<T>(x) : expm1Ordinary<T>(x, shifted);
}

@inline function expm1Ordinary<T>(x: v128, shifted: v128): v128 {
  const k = sub<T>(shifted, roundingShift<T>());
  const r = reduced<T>(x, k);
  return expm1Reduced<T>(r, reducedLow<T>(x, k, r), shifted, x);
}

/** expm1 for any x: below -708 it is -1, above 708 it is exp. */
export function expm1Anywhere<T>(x: v128): v128 {
  const limit = width<T>(708, 87);
  const inside = atLeast<T>(atMost<T>(x, limit), neg<T>(limit));
  return select(gt<T>(x, limit), expAnywhere<T>(x), expm1Ordinary<T>(inside, shiftedExponent<T>(inside)));
}
