// asin, acos and atan2, f64x2.
//
// Method: asin and acos as in FreeBSD msun (e_asin.c, e_acos.c, K. C. Ng): asin x = x + x R(x^2) below 1/2, else
// through asin x = pi/2 - 2 asin sqrt((1 - x)/2), the square root as a pair. atan2 as atan (atan.ts): with m <= M the
// magnitudes of its arguments, the angle is a multiple of pi/4 and +- atan z, z = m/M or (m - M)/(m + M) as a pair,
// |z| <= tan(pi/8).

import { abs, add, and, any, atLeast, div, eq, gt, lt, mul, ne, or, select, splat, sub } from "./lanes";
import { head, signMask, withSign } from "./bits";
import { mad, poly5, poly6 } from "./poly";
import { fastSumError, quotientHead, quotientTail } from "./dd";
import { atanPolynomial, atanShort } from "./atan";

/** R with asin x = x + x R(x^2), |x| <= 1/2. */
@inline function asinRatio(z: v128): v128 {
  const p = poly6<f64>(
    z, 1.66666666666666657415e-1, -3.25565818622400915405e-1, 2.01212532134862925881e-1, -4.00555345006794114027e-2,
    7.91534994289814532176e-4, 3.47933107596021167570e-5,
  );
  const q = poly5<f64>(
    z, 1, -2.40339491173441421878, 2.02094576023350569471, -6.88283971605453293030e-1, 7.70381505559019352791e-2,
  );
  return div<f64>(mul<f64>(z, p), q);
}

@inline function halfPi(): v128 { return splat<f64>(1.5707963267948966); }
@inline function halfPiLow(): v128 { return splat<f64>(6.123233995736766e-17); }

/** z - f^2 over s + f: what f = head(s) lacks of sqrt(z); 0 where z is. */
@inline function rootRest(z: v128, s: v128, f: v128): v128 {
  return div<f64>(sub<f64>(z, mul<f64>(f, f)), atLeast<f64>(add<f64>(s, f), splat<f64>(1e-300)));
}

/** asin: 1 ulp in [-1, 1], asin(-0) = -0, NaN outside and for NaN. */
@inline export function asin(x: v128): v128 {
  const half = splat<f64>(0.5);
  const two = splat<f64>(2);
  const a = abs<f64>(x);
  const inner = lt<f64>(a, half);
  const z = select(inner, mul<f64>(a, a), mul<f64>(sub<f64>(splat<f64>(1), a), half));
  const r = asinRatio(z);
  const s = f64x2.sqrt(z);
  const f = head<f64>(s);
  const c = rootRest(z, s, f);
  const p = sub<f64>(mul<f64>(mul<f64>(two, s), r), sub<f64>(halfPiLow(), mul<f64>(two, c)));
  const quarterPi = splat<f64>(0.7853981633974483);
  const q = sub<f64>(quarterPi, mul<f64>(two, f));
  return withSign<f64>(select(inner, mad<f64>(a, r, a), sub<f64>(quarterPi, sub<f64>(p, q))), x);
}

/** acos: 1 ulp in [-1, 1], acos(1) = 0, NaN outside and for NaN. */
@inline export function acos(x: v128): v128 {
  const half = splat<f64>(0.5);
  const two = splat<f64>(2);
  const a = abs<f64>(x);
  const inner = lt<f64>(a, half);
  const z = select(inner, mul<f64>(a, a), mul<f64>(sub<f64>(splat<f64>(1), a), half));
  const r = asinRatio(z);
  const s = f64x2.sqrt(z);
  const f = head<f64>(s);
  const near = sub<f64>(halfPi(), sub<f64>(x, sub<f64>(halfPiLow(), mul<f64>(x, r))));
  const rs = mul<f64>(r, s);
  const right = mul<f64>(two, add<f64>(f, add<f64>(rs, rootRest(z, s, f))));
  const left = sub<f64>(splat<f64>(3.141592653589793), mul<f64>(two, add<f64>(s, sub<f64>(rs, halfPiLow()))));
  return select(inner, near, select(gt<f64>(x, splat<f64>(0)), right, left));
}

// With m <= M the magnitudes of x and y, the angle of (x, y) is quarters * pi/2 + sign * atan z, z = m/M or, in the
// `middle`, (m - M)/(m + M): turned about pi/4 there, about pi/4 where |y| > |x| (`steep`), about pi/2 where x is
// negative.

@inline function isLeft(x: v128): v128 { return i64x2.shr_s(x, 63); } // the sign bit, also of -0
@inline function quartersOf(x: v128, steep: v128, middle: v128): v128 {
  const c0 = and(middle, splat<f64>(0.5));
  const c1 = select(steep, sub<f64>(splat<f64>(1), c0), c0);
  return select(isLeft(x), sub<f64>(splat<f64>(2), c1), c1);
}
/** atan z or what is added to it, with the sign that it has in the angle. */
@inline function flipped(x: v128, steep: v128, angle: v128): v128 {
  return v128.xor(angle, and(v128.xor(steep, isLeft(x)), signMask<f64>()));
}

@inline function turnedAngle(y: v128, x: v128, steep: v128, middle: v128, z: v128, tail: v128): v128 {
  const quarters = quartersOf(x, steep, middle);
  const baseHi = mul<f64>(quarters, halfPi()); // exact: three trailing zeros
  const baseLow = mul<f64>(quarters, halfPiLow());
  const angle = flipped(x, steep, z);
  const sum = add<f64>(baseHi, angle);
  const low = add<f64>(flipped(x, steep, tail), baseLow);
  return withSign<f64>(add<f64>(sum, add<f64>(fastSumError<f64>(baseHi, angle, sum), low)), y);
}

// tan(pi/8)
@inline function isMiddle(m: v128, M: v128): v128 { return gt<f64>(m, mul<f64>(M, splat<f64>(0.4142135623730951))); }

/** atan2 where m and M are within 2^+-500. */
@inline function atan2Ordinary(y: v128, x: v128, steep: v128, m: v128, M: v128): v128 {
  const middle = isMiddle(m, M);
  const minus = and(middle, f64x2.neg(M));
  const n = add<f64>(minus, m);
  const nLow = fastSumError<f64>(minus, m, n);
  const plus = and(middle, m);
  const d = add<f64>(M, plus);
  const dHead = head<f64>(d);
  const dTail = add<f64>(sub<f64>(d, dHead), fastSumError<f64>(M, plus, d));
  const recip = div<f64>(splat<f64>(1), d);
  const q = quotientHead<f64>(n, nLow, recip);
  const rest = quotientTail<f64>(n, nLow, dHead, dTail, recip, q);
  const z = sub<f64>(q, rest);
  const zLow = sub<f64>(sub<f64>(q, z), rest);
  const zz = mul<f64>(z, z);
  return turnedAngle(y, x, steep, middle, z, mad<f64>(mul<f64>(z, zz), atanPolynomial<f64>(zz), zLow));
}

@inline function atan2Domain(m: v128, M: v128): v128 {
  // 2^-500, 2^500
  return and(gt<f64>(m, splat<f64>(3.054936363499605e-151)), lt<f64>(M, splat<f64>(3.273390607896142e150)));
}

/** The smaller magnitude, where infinities become 1, numbers beside them 0. */
@inline function leastOf(m: v128, infinite: v128): v128 {
  const beside = or(and(eq<f64>(m, splat<f64>(Infinity)), splat<f64>(1)), and(ne<f64>(m, m), m));
  return select(infinite, beside, m);
}
/** The larger one; two zeros become 0 and 1. */
@inline function mostOf(M: v128, infinite: v128): v128 {
  return select(or(infinite, eq<f64>(M, splat<f64>(0))), splat<f64>(1), M);
}

/** A quotient below 2^-400 is the angle itself; the others are scaled to where nothing over- or underflows. */
function atan2Anywhere(y: v128, x: v128, steep: v128, least: v128, most: v128): v128 {
  const zero = splat<f64>(0);
  const infinite = eq<f64>(most, splat<f64>(Infinity));
  const m = leastOf(least, infinite);
  const M = mostOf(most, infinite);
  const ratio = div<f64>(m, M);
  const tiny = lt<f64>(ratio, splat<f64>(3.872591914849318e-121));
  const large = gt<f64>(M, splat<f64>(3.273390607896142e150)); // 2^500
  const small = lt<f64>(M, splat<f64>(3.872591914849318e-121)); // 2^-400
  const up = select(small, splat<f64>(4.149515568880993e180), splat<f64>(1)); // 2^600
  const factor = select(large, splat<f64>(2.409919865102884e-181), up); // 2^-600
  const value = atan2Ordinary(y, x, steep, mul<f64>(m, factor), mul<f64>(M, factor));
  return select(tiny, turnedAngle(y, x, steep, zero, ratio, zero), value);
}

/** atan2(y, x): 1 ulp, C99's values at zeros and infinities (F.9.1.4), NaN if either is. */
@inline export function atan2(y: v128, x: v128): v128 {
  const a = abs<f64>(x);
  const b = abs<f64>(y);
  const steep = gt<f64>(b, a);
  const M = select(steep, b, a);
  const m = select(steep, a, b);
  return any(v128.not(atan2Domain(m, M))) ? atan2Anywhere(y, x, steep, m, M) : atan2Ordinary(y, x, steep, m, M);
}

/**
 * atan2 of single precision, everywhere: in f64x2 nothing over- or underflows, z is exact enough, and a short
 * polynomial does.
 */
@inline export function atan2Short(y: v128, x: v128): v128 {
  const a = abs<f64>(x);
  const b = abs<f64>(y);
  const steep = gt<f64>(b, a);
  const most = select(steep, b, a);
  const infinite = eq<f64>(most, splat<f64>(Infinity));
  const m = leastOf(select(steep, a, b), infinite);
  const M = mostOf(most, infinite);
  const middle = isMiddle(m, M);
  const z = div<f64>(sub<f64>(m, and(middle, M)), add<f64>(M, and(middle, m)));
  const zz = mul<f64>(z, z);
  const angle = flipped(x, steep, mad<f64>(mul<f64>(z, zz), atanShort(zz), z));
  return withSign<f64>(mad<f64>(quartersOf(x, steep, middle), halfPi(), angle), y);
}
