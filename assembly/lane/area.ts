// The inverse hyperbolic functions asinh, acosh, atanh, and logit, f64x2.
//
// Method (W. Kahan, "Branch cuts for complex elementary functions", 1987, in real arithmetic): each is log1p(u) with
//   asinh x: u = x + x^2 / (1 + sqrt(1 + x^2)),   acosh x: u = t + sqrt(t (t + 2)), t = x - 1,   2 atanh x: u = 2 x / (1 - x).
// u is kept as a pair, and log1p(hi + lo) = log1p(hi) + lo / (1 + hi). Beyond 2^30 asinh and acosh are log x + ln2.

import { abs, add, and, andnot, any, div, eq, gt, lt, mul, neg, select, splat, sub } from "./lanes";
import { head, magnitude, withSign } from "./bits";
import { log, log1p } from "./log";
import { fastSumError, productError, quotientHead, quotientTail, sumError } from "./dd";

@inline function sqrt(x: v128): v128 { return f64x2.sqrt(x); }

/** log(1 + hi + lo) */
function log1pOfPair(hi: v128, lo: v128): v128 {
  return add<f64>(log1p<f64>(hi), div<f64>(lo, add<f64>(splat<f64>(1), hi)));
}

/** log(2 x) for x > 2^30 */
function logOfTwice(x: v128): v128 { return add<f64>(log<f64>(x), splat<f64>(0.6931471805599453)); }

@inline function beyondSquares(a: v128): v128 { return gt<f64>(a, splat<f64>(1073741824)); }

/** asinh: 2 ulp everywhere, asinh(-0) = -0, infinities and NaN stay. */
@inline export function asinh(x: v128): v128 {
  const one = splat<f64>(1);
  const a = magnitude<f64>(x);
  const far = beyondSquares(a);
  const near = andnot(a, far);
  const square = mul<f64>(near, near);
  const t = div<f64>(square, add<f64>(one, sqrt(add<f64>(one, square))));
  const u = add<f64>(near, t);
  const value = log1pOfPair(u, fastSumError<f64>(near, t, u));
  return withSign<f64>(any(far) ? select(far, logOfTwice(a), value) : value, x);
}

/** acosh: 2 ulp for x >= 1, acosh(1) = 0, acosh(inf) = inf, NaN below 1 and for NaN. */
@inline export function acosh(x: v128): v128 {
  const one = splat<f64>(1);
  const two = splat<f64>(2);
  const far = beyondSquares(x);
  const t = sub<f64>(select(far, one, x), one);
  const t2 = add<f64>(t, two);
  const p = mul<f64>(t, t2);
  const pLow = add<f64>(productError<f64>(t, t2, p), mul<f64>(t, sumError<f64>(t, two, t2)));
  const w = sqrt(p);
  const square = mul<f64>(w, w);
  const residual = add<f64>(sub<f64>(sub<f64>(p, square), productError<f64>(w, w, square)), pLow);
  const wLow = andnot(div<f64>(residual, add<f64>(w, w)), eq<f64>(w, splat<f64>(0)));
  const u = add<f64>(t, w);
  const near = log1pOfPair(u, add<f64>(sumError<f64>(t, w, u), wLow));
  const value = any(far) ? select(far, logOfTwice(x), near) : near;
  return select(lt<f64>(x, one), splat<f64>(NaN), value);
}

/** 2 atanh of a in [0, 1). */
@inline function twiceAtanh(a: v128): v128 {
  const one = splat<f64>(1);
  const n = add<f64>(a, a);
  const d = sub<f64>(one, a);
  const dHead = head<f64>(d);
  const dTail = add<f64>(sub<f64>(d, dHead), sub<f64>(sub<f64>(one, d), a));
  const recip = div<f64>(one, d);
  const zero = splat<f64>(0);
  const q = quotientHead<f64>(n, zero, recip);
  const rest = quotientTail<f64>(n, zero, dHead, dTail, recip, q);
  const u = sub<f64>(q, rest);
  return log1pOfPair(u, sub<f64>(sub<f64>(q, u), rest));
}

/** atanh: 2 ulp inside (-1, 1), atanh(-0) = -0, +-inf at +-1, NaN beyond and for NaN. */
@inline export function atanh(x: v128): v128 {
  const a = magnitude<f64>(x);
  const one = splat<f64>(1);
  const inside = lt<f64>(a, one);
  const value = mul<f64>(splat<f64>(0.5), twiceAtanh(and(a, inside)));
  return withSign<f64>(select(inside, value, select(eq<f64>(a, one), splat<f64>(Infinity), splat<f64>(NaN))), x);
}

/** logit x = log(x / (1 - x)): 2 ulp in (0, 1); -inf at 0, inf at 1, NaN outside and for NaN. In the middle 2 atanh(2x - 1), 2x - 1 exact. */
@inline export function logit(x: v128): v128 {
  const t = sub<f64>(add<f64>(x, x), splat<f64>(1));
  const middle = lt<f64>(abs<f64>(t), splat<f64>(0.5));
  const inner = withSign<f64>(twiceAtanh(and(abs<f64>(t), middle)), t);
  return select(middle, inner, sub<f64>(log<f64>(x), log1p<f64>(neg<f64>(x))));
}
