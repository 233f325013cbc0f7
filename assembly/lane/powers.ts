// exp2, log2, log10, cbrt and hypot, f64x2.

import { abs, add, and, any, atLeast, atMost, div, eq, gt, lt, mul, or, select, splat, sub } from "./lanes";
import { head, magnitude, notPositiveNormal, pow2, roundingShift, scale, withSign } from "./bits";
import { expReduced } from "./exp";
import { exponentOf, logRatio, logShort, logTail, mantissaOf } from "./log";
import { mad, poly5 } from "./poly";
import { fastSumError, productError, sumError } from "./dd";

/**
 * 2^x: 1 ulp everywhere, subnormal results included, exact at integers; 0 and inf at the infinities, NaN stays. x = k
 * + r exactly, then e^(r ln2) as in exp.ts with r ln2 as a pair.
 */
@inline export function exp2(x: v128): v128 {
  const y = atLeast<f64>(atMost<f64>(x, splat<f64>(1030)), splat<f64>(-1080));
  const k = sub<f64>(add<f64>(y, roundingShift<f64>()), roundingShift<f64>());
  const r = sub<f64>(y, k);
  const ln2 = splat<f64>(0.6931471805599453);
  const t = mul<f64>(r, ln2);
  const tLow = mad<f64>(r, splat<f64>(2.3190468138462996e-17), productError<f64>(r, ln2, t));
  return scale<f64>(expReduced<f64>(t, tLow), k);
}

/**
 * The logarithm of 2^k (1 + f) to the base b, from x = 2^(k + shift) (1 + f) positive and normal: 1 ulp. x = 2^k (1 +
 * f) as in log.ts, log(1 + f) as a pair times 1/ln b = cHi + cLow as one; k log_b 2 in two parts, the first of which
 * is exact.
 */
@inline function logToBase(x: v128, k: v128, kHi: f64, kLow: f64, cHi: f64, cLow: f64): v128 {
  const f = sub<f64>(mantissaOf<f64>(x), splat<f64>(1));
  const tail = logTail<f64>(f, logRatio<f64>(f));
  const hi = sub<f64>(f, tail);
  const low = sub<f64>(sub<f64>(f, hi), tail);
  const c = splat<f64>(cHi);
  const p = mul<f64>(hi, c);
  const pLow = add<f64>(productError<f64>(hi, c, p), mad<f64>(hi, splat<f64>(cLow), mul<f64>(low, c)));
  const base = mul<f64>(k, splat<f64>(kHi));
  const sum = add<f64>(base, p);
  return add<f64>(sum, add<f64>(fastSumError<f64>(base, p, sum), mad<f64>(k, splat<f64>(kLow), pLow)));
}

/** The same for any x. */
function logToBaseAnywhere(x: v128, kHi: f64, kLow: f64, cHi: f64, cLow: f64): v128 {
  const tiny = lt<f64>(x, splat<f64>(2.2250738585072014e-308));
  const scaled = select(tiny, mul<f64>(x, splat<f64>(18014398509481984)), x); // 2^54
  const y = logToBase(scaled, sub<f64>(exponentOf<f64>(scaled), and(tiny, splat<f64>(54))), kHi, kLow, cHi, cLow);
  const zero = splat<f64>(0);
  const infinite = eq<f64>(x, splat<f64>(Infinity));
  const pole = eq<f64>(x, zero);
  const value = select(infinite, x, select(pole, splat<f64>(-Infinity), y));
  return select(or(gt<f64>(x, zero), pole), value, splat<f64>(NaN));
}

/** log2: see logToBase; exact at powers of two. */
@inline export function log2(x: v128): v128 {
  return any(notPositiveNormal<f64>(x))
    ? logToBaseAnywhere(x, 1, 0, 1.4426950408889634, 2.0355273740931033e-17)
    : logToBase(x, exponentOf<f64>(x), 1, 0, 1.4426950408889634, 2.0355273740931033e-17);
}

/** log2 of single precision, for positive normal numbers. */
@inline export function log2Short(x: v128): v128 { return logShort(x, 1, 1.4426950408889634); }
@inline export function log2ShortFails(x: v128): bool { return any(notPositiveNormal<f32>(x)); }

/** log10: see logToBase; exact at powers of ten. */
@inline export function log10(x: v128): v128 {
  return any(notPositiveNormal<f64>(x))
    ? logToBaseAnywhere(
      x, 3.01029995663611771306e-1, 3.69423907715893078616e-13, 0.4342944819032518, 1.098319650216765e-17,
    )
    : logToBase(
      x, exponentOf<f64>(x), 3.01029995663611771306e-1, 3.69423907715893078616e-13, 0.4342944819032518,
      1.098319650216765e-17,
    );
}

/** log10 of single precision, for positive normal numbers. */
@inline export function log10Short(x: v128): v128 { return logShort(x, 0.3010299956639812, 0.4342944819032518); }
@inline export function log10ShortFails(x: v128): bool { return any(notPositiveNormal<f32>(x)); }

/**
 * Cube root: 1 ulp everywhere, zeros, infinities and NaN stay. A series in the mantissa, Halley's iteration, and a
 * last one from a value of 26 bits whose square is exact (as in FreeBSD msun, s_cbrt.c, B. D. Evans).
 */
@inline export function cbrt(x: v128): v128 {
  const a = magnitude<f64>(x);
  const tiny = lt<f64>(a, splat<f64>(2.2250738585072014e-308));
  const scaled = select(tiny, mul<f64>(a, splat<f64>(18014398509481984)), a); // 2^54
  const k = exponentOf<f64>(scaled);
  const n = f64x2.nearest(mul<f64>(k, splat<f64>(0.3333333333333333)));
  const rest = sub<f64>(k, mul<f64>(splat<f64>(3), n)); // -1, 0 or 1
  const zero = splat<f64>(0);
  const one = splat<f64>(1);
  const up = gt<f64>(rest, zero);
  const down = lt<f64>(rest, zero);
  const mantissa = mantissaOf<f64>(scaled);
  const v = mul<f64>(mantissa, select(up, splat<f64>(2), select(down, splat<f64>(0.5), one)));
  const root = select(up, splat<f64>(1.2599210498948732), select(down, splat<f64>(0.7937005259840998), one));
  const f = sub<f64>(mantissa, one);
  // (1 + f)^(1/3), to 2^-11
  const t0 = mul<f64>(
    root, poly5<f64>(f, 1, 0.3333333333333333, -0.1111111111111111, 0.06172839506172839, -0.0411522633744856),
  );
  const cube = mul<f64>(t0, mul<f64>(t0, t0));
  const t1 = mul<f64>(t0, div<f64>(add<f64>(cube, add<f64>(v, v)), add<f64>(add<f64>(cube, cube), v)));
  const t = head<f64>(t1);
  const r = div<f64>(v, mul<f64>(t, t));
  const y = mad<f64>(t, div<f64>(sub<f64>(r, t), add<f64>(add<f64>(t, t), r)), t);
  const power = pow2<f64>(add<f64>(n, roundingShift<f64>()));
  const value = mul<f64>(y, mul<f64>(power, select(tiny, splat<f64>(3.814697265625e-6), one))); // 2^-18
  const ordinary = and(gt<f64>(a, zero), lt<f64>(a, splat<f64>(Infinity)));
  return select(ordinary, withSign<f64>(value, x), x);
}

/**
 * hypot(x, y) = sqrt(x^2 + y^2): 1 ulp, without overflow or underflow in between; inf if either is infinite, even
 * beside NaN (C99 F.9.4.3). The sum of squares is a pair, which corrects the root.
 */
@inline export function hypot(x: v128, y: v128): v128 {
  const a = abs<f64>(x);
  const b = abs<f64>(y);
  const most = f64x2.max(a, b);
  const one = splat<f64>(1);
  const large = gt<f64>(most, splat<f64>(3.273390607896142e150)); // 2^500
  const small = lt<f64>(most, splat<f64>(3.872591914849318e-121)); // 2^-400
  const down = splat<f64>(2.409919865102884e-181); // 2^-600
  const up = splat<f64>(4.149515568880993e180); // 2^600
  const factor = select(large, down, select(small, up, one));
  const inverse = select(large, up, select(small, down, one));
  const M = mul<f64>(most, factor);
  const m = mul<f64>(f64x2.min(a, b), factor);
  const MM = mul<f64>(M, M);
  const mm = mul<f64>(m, m);
  const s = add<f64>(MM, mm);
  const sLow = add<f64>(sumError<f64>(MM, mm, s), add<f64>(productError<f64>(M, M, MM), productError<f64>(m, m, mm)));
  const h = f64x2.sqrt(s);
  const hh = mul<f64>(h, h);
  const residual = add<f64>(sub<f64>(sub<f64>(s, hh), productError<f64>(h, h, hh)), sLow);
  const root = add<f64>(h, v128.andnot(div<f64>(residual, add<f64>(h, h)), eq<f64>(h, splat<f64>(0))));
  const infinity = splat<f64>(Infinity);
  const infinite = or(eq<f64>(a, infinity), eq<f64>(b, infinity));
  return select(infinite, infinity, mul<f64>(root, inverse));
}
