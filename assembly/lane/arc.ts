// asin, acos and atan2, f64x2.
//
// Method: asin and acos as in FreeBSD msun (e_asin.c, e_acos.c, K. C. Ng): asin x = x + x R(x^2) below 1/2, else through
// asin x = pi/2 - 2 asin sqrt((1 - x)/2), the square root as a pair. atan2 as atan (atan.ts): with m <= M the magnitudes of its
// arguments, the angle is a multiple of pi/4 and +- atan z, z = m/M or (m - M)/(m + M) as a pair, |z| <= tan(pi/8).

import { abs, add, and, atLeast, div, eq, gt, lt, mul, or, select, splat, sub } from "./lanes";
import { head, signMask, withSign } from "./bits";
import { mad, poly5, poly6 } from "./poly";
import { fastSumError, quotientHead, quotientTail } from "./dd";
import { atanPolynomial } from "./atan";

/** R with asin x = x + x R(x^2), |x| <= 1/2. */
@inline function asinRatio(z: v128): v128 {
  const p = poly6<f64>(
    z, 1.66666666666666657415e-1, -3.25565818622400915405e-1, 2.01212532134862925881e-1, -4.00555345006794114027e-2,
    7.91534994289814532176e-4, 3.47933107596021167570e-5,
  );
  const q = poly5<f64>(z, 1, -2.40339491173441421878, 2.02094576023350569471, -6.88283971605453293030e-1, 7.70381505559019352791e-2);
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

/** atan2(y, x): 1 ulp, C99's values at zeros and infinities (F.9.1.4), NaN if either is. */
@inline export function atan2(y: v128, x: v128): v128 {
  const zero = splat<f64>(0);
  const one = splat<f64>(1);
  const a = abs<f64>(x);
  const b = abs<f64>(y);
  const most = f64x2.max(a, b);
  const least = f64x2.min(a, b);
  // infinities become 1 and finite numbers beside them 0; M = 0 becomes 1
  const infinite = eq<f64>(most, splat<f64>(Infinity));
  const m1 = select(infinite, and(eq<f64>(least, most), one), least);
  const M1 = select(or(infinite, eq<f64>(most, zero)), one, most);
  // a quotient below 2^-400 is the angle itself; the others are scaled to where nothing over- or underflows
  const ratio = div<f64>(m1, M1);
  const tiny = lt<f64>(ratio, splat<f64>(3.872591914849318e-121));
  const large = gt<f64>(M1, splat<f64>(3.273390607896142e150)); // 2^500
  const small = lt<f64>(M1, splat<f64>(3.872591914849318e-121)); // 2^-400
  const factor = select(large, splat<f64>(2.409919865102884e-181), select(small, splat<f64>(4.149515568880993e180), one)); // 2^-600, 2^600
  const m = mul<f64>(m1, factor);
  const M = mul<f64>(M1, factor);

  const middle = gt<f64>(ratio, splat<f64>(0.4142135623730951)); // tan(pi/8)
  const minus = and(middle, f64x2.neg(M));
  const n = add<f64>(minus, m);
  const nLow = fastSumError<f64>(minus, m, n);
  const plus = and(middle, m);
  const d = add<f64>(M, plus);
  const dHead = head<f64>(d);
  const dTail = add<f64>(sub<f64>(d, dHead), fastSumError<f64>(M, plus, d));
  const recip = div<f64>(one, d);
  const q = quotientHead<f64>(n, nLow, recip);
  const rest = quotientTail<f64>(n, nLow, dHead, dTail, recip, q);
  const pair = sub<f64>(q, rest);
  const z = select(tiny, ratio, pair);
  const zLow = v128.andnot(sub<f64>(sub<f64>(q, pair), rest), tiny);

  // the angle is quarters * pi/2 + sign * atan z: turned about pi/4 where |y| > |x|, about pi/2 where x is negative
  const steep = gt<f64>(b, a);
  const left = i64x2.shr_s(x, 63); // the sign bit, also of -0
  const c0 = and(middle, splat<f64>(0.5));
  const c1 = select(steep, sub<f64>(one, c0), c0);
  const quarters = select(left, sub<f64>(splat<f64>(2), c1), c1);
  const flip = and(v128.xor(steep, left), signMask<f64>());
  const baseHi = mul<f64>(quarters, halfPi()); // exact: three trailing zeros
  const baseLow = mul<f64>(quarters, halfPiLow());
  const zz = mul<f64>(z, z);
  const angle = v128.xor(z, flip);
  const low = v128.xor(mad<f64>(mul<f64>(z, zz), atanPolynomial<f64>(zz), zLow), flip);
  const sum = add<f64>(baseHi, angle);
  return withSign<f64>(add<f64>(sum, add<f64>(fastSumError<f64>(baseHi, angle, sum), add<f64>(low, baseLow))), y);
}
