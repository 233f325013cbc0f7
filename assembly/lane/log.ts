// log and log1p, and the pieces of log that softplus and pow build on.
//
// Method (FreeBSD msun, e_log.c, K. C. Ng): x = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)); with s = f / (2 + f),
// log(1 + f) = 2 atanh(s) = f - (f^2/2 - s (f^2/2 + R(s^2))). The large terms k ln2 + f are added with their rounding
// error.

import { add, and, andnot, any, div, eq, gt, lt, mul, or, select, splat, sub, width } from "./lanes";
import { bitsAdd, bitsSub, fromExponentField, notPositiveNormal, pattern, withSign } from "./bits";
import { mad, poly4, poly7 } from "./poly";
import { fastSumError, sumError } from "./dd";

/**
 * Bits of x moved so that the exponent field is k + bias, where x = 2^k m and sqrt(1/2) <= m < sqrt(2). x positive,
 * normal.
 */
@inline function centred<T>(x: v128): v128 {
  return bitsAdd<T>(x, pattern<T>(0x3ff0000000000000 - 0x3fe6a09e667f3bcd, 0x3f800000 - 0x3f3504f3)); // 1 - sqrt(1/2)
}

/** k, as a number. */
@inline export function exponentOf<T>(x: v128): v128 {
  // the biased exponent in the low bits of 2^52 (2^23) is that number plus 2^52 (2^23)
  const field = or(fromExponentField<T>(centred<T>(x)), width<T>(4503599627370496, 8388608));
  return sub<T>(field, width<T>(4503599627370496 + 1023, 8388608 + 127));
}

/** m, in [sqrt(1/2), sqrt(2)). */
@inline export function mantissaOf<T>(x: v128): v128 {
  const fraction = and(centred<T>(x), pattern<T>(0x000fffffffffffff, 0x007fffff));
  return bitsAdd<T>(fraction, pattern<T>(0x3fe6a09e667f3bcd, 0x3f3504f3));
}

/** 2^-k, for |k| < 1022. */
@inline export function inversePowerOf<T>(x: v128): v128 {
  const field = and(centred<T>(x), pattern<T>(0x7ff0000000000000, 0x7f800000));
  return bitsSub<T>(pattern<T>(0x7fe0000000000000, 0x7f000000), field);
}

/**
 * R with log((1 + s)/(1 - s)) = 2 s + s R(s^2), |s| <= 0.1716: relative to 2 s good to 2^-59 (f64), 2^-35 (f32);
 * minimax fit.
 */
@inline function logPolynomial<T>(z: v128): v128 {
  if (sizeof<T>() == 8) {
    return mul<T>(z, poly7<T>(
      z, 0.6666666666666735, 0.39999999999410835, 0.28571428743127486, 0.22222198504858467, 0.18183567601631015,
      0.15313971935837564, 0.1479669665525789,
    ));
  }
  return logPolynomialShort<T>(z);
}

/** The same to 2^-35. */
@inline function logPolynomialShort<T>(z: v128): v128 {
  return mul<T>(z, poly4<T>(z, 0.6666666269302368, 0.4000096321105957, 0.28499627113342285, 0.24260582029819489));
}

/** s = f / (2 + f) */
@inline export function logRatio<T>(f: v128): v128 { return div<T>(f, add<T>(splat<T>(2), f)); }

/** f - log(1 + f), from f in [-0.2929, 0.4143] and s = logRatio(f). */
@inline export function logTail<T>(f: v128, s: v128): v128 {
  const halfSquare = mul<T>(splat<T>(0.5), mul<T>(f, f));
  return sub<T>(halfSquare, mul<T>(s, add<T>(halfSquare, logPolynomial<T>(mul<T>(s, s)))));
}

/** k * (leading bits of ln2): exact. */
@inline export function kLn2Hi<T>(k: v128): v128 { return mul<T>(k, width<T>(0.6931471805598903, 0.693145751953125)); }
/** k * (the rest of ln2). */
@inline export function kLn2Lo<T>(k: v128): v128 {
  return mul<T>(k, width<T>(5.497923018708371e-14, 1.428606765330187e-6));
}

/** k ln2 + log(1 + f), with kLn2Lo(k) and any further correction in low; |k ln2| > |f| or k = 0. */
@inline function logCombine<T>(k: v128, f: v128, low: v128): v128 {
  const hi = kLn2Hi<T>(k);
  const sum = add<T>(hi, f);
  const rest = sub<T>(low, logTail<T>(f, logRatio<T>(f)));
  return add<T>(sum, add<T>(fastSumError<T>(hi, f, sum), rest));
}

/** The same for 2^k (1 + f + fLow), where fLow is about as small as the rounding error of f. */
@inline export function logOfPair<T>(k: v128, f: v128, fLow: v128): v128 {
  // fLow moves the logarithm by fLow / (1 + f) = fLow (1 - s)/(1 + s), and 1 - 2 s + 2 s^2 is that factor to a
  // hundredth
  const s = logRatio<T>(f);
  const slope = mad<T>(add<T>(s, s), sub<T>(s, splat<T>(1)), splat<T>(1));
  return logCombine<T>(k, f, mad<T>(fLow, slope, kLn2Lo<T>(k)));
}

/**
 * Logarithms to the base b for single precision, in f64x2: x positive and normal, to 2^-34. `unit` is log_b 2,
 * `factor` log_b e.
 */
@inline export function logShort(x: v128, unit: f64, factor: f64): v128 {
  const f = sub<f64>(mantissaOf<f64>(x), splat<f64>(1));
  const s = logRatio<f64>(f);
  const y = mad<f64>(s, logPolynomialShort<f64>(mul<f64>(s, s)), add<f64>(s, s));
  return mad<f64>(y, splat<f64>(factor), mul<f64>(exponentOf<f64>(x), splat<f64>(unit)));
}

/** log of 2^k (1 + f), from x = 2^(k + shift) (1 + f) positive and normal. */
@inline function logOrdinary<T>(x: v128, k: v128): v128 {
  return logCombine<T>(k, sub<T>(mantissaOf<T>(x), splat<T>(1)), kLn2Lo<T>(k));
}

/** log for any x. */
export function logAnywhere<T>(x: v128): v128 {
  const tiny = lt<T>(x, pattern<T>(0x0010000000000000, 0x00800000)); // below the least normal number
  const scaled = select(tiny, mul<T>(x, width<T>(18014398509481984, 33554432)), x); // 2^54, 2^25
  const y = logOrdinary<T>(scaled, sub<T>(exponentOf<T>(scaled), and(tiny, width<T>(54, 25))));
  const infinite = eq<T>(x, splat<T>(Infinity));
  const zero = eq<T>(x, splat<T>(0));
  const positive = gt<T>(x, splat<T>(0));
  const finite = select(infinite, x, select(zero, splat<T>(-Infinity), y));
  return select(or(positive, zero), finite, splat<T>(NaN));
}

/**
 * log: f64x2 and f32x4, 1 ulp for every positive x, subnormals included; log(+-0) = -inf, log(inf) = inf, NaN for x <
 * 0 and NaN.
 */
@inline export function log<T>(x: v128): v128 {
  return any(notPositiveNormal<T>(x)) ? logAnywhere<T>(x) : logOrdinary<T>(x, exponentOf<T>(x));
}

/**
 * log1p for x > -1, finite: u = 1 + x with its rounding error c, log1p(x) = log(u) + c/u; exact f = x where u needs
 * no scaling.
 */
@inline function log1pOrdinary<T>(x: v128): v128 {
  const one = splat<T>(1);
  const u = add<T>(one, x);
  const k = exponentOf<T>(u);
  const near = eq<T>(k, splat<T>(0));
  const f = select(near, x, sub<T>(mantissaOf<T>(u), one));
  const c = andnot(div<T>(sumError<T>(one, x, u), u), near);
  return withSign<T>(logCombine<T>(k, f, add<T>(kLn2Lo<T>(k), c)), x);
}

/** log1p for any x. */
export function log1pAnywhere<T>(x: v128): v128 {
  const inside = and(gt<T>(x, splat<T>(-1)), lt<T>(x, splat<T>(Infinity)));
  const y = log1pOrdinary<T>(and(x, inside));
  const infinite = eq<T>(x, splat<T>(Infinity));
  const pole = eq<T>(x, splat<T>(-1));
  const outside = select(infinite, x, select(pole, splat<T>(-Infinity), splat<T>(NaN)));
  return select(inside, y, outside);
}

/**
 * log1p: f64x2 and f32x4, 1 ulp for every x > -1, log1p(-0) = -0; log1p(-1) = -inf, log1p(inf) = inf, NaN below -1
 * and for NaN.
 */
@inline export function log1p<T>(x: v128): v128 {
  const inside = and(gt<T>(x, splat<T>(-1)), lt<T>(x, splat<T>(Infinity)));
  return any(v128.not(inside)) ? log1pAnywhere<T>(x) : log1pOrdinary<T>(x);
}
