// The inverse hyperbolic functions asinh, acosh, atanh, and logit, f64x2.
//
// Method (W. Kahan, "Branch cuts for complex elementary functions", 1987, in real arithmetic): the first three are
// log1p(u) with
//   asinh x: u = x + x^2 / (1 + sqrt(1 + x^2)),   acosh x: u = t + sqrt(x^2 - 1), t = x - 1,
//   2 atanh x: u = 2 x / (1 - x),
// u a pair of numbers; beyond 2^30 asinh and acosh are log x + ln2. logit x is k ln2 + log1p(f) with f = x / (2^k (1
// - x)) - 1, whose numerator x / 2^k - (1 - x) is exact. Logarithms of pairs: log.ts.

import { add, and, andnot, any, div, eq, gt, lt, mul, neg, select, splat, sub } from "./lanes";
import { head, magnitude, withSign } from "./bits";
import { exponentOf, inversePowerOf, log, logOfPair, logShort, mantissaOf } from "./log";
import { fastSumError, productError, quotientHead, quotientTail, sumError } from "./dd";

@inline function sqrt(x: v128): v128 { return f64x2.sqrt(x); }

/** log(1 + hi + lo) for hi >= 0, finite */
@inline function log1pOfPair(hi: v128, lo: v128): v128 {
  const one = splat<f64>(1);
  const u = add<f64>(one, hi);
  const k = exponentOf<f64>(u);
  // where 1 + hi needs no scaling, f = hi; else its rounding error belongs to the pair
  const near = eq<f64>(k, splat<f64>(0));
  const f = select(near, hi, sub<f64>(mantissaOf<f64>(u), one));
  const rest = add<f64>(andnot(sumError<f64>(one, hi, u), near), lo);
  return logOfPair<f64>(k, f, mul<f64>(rest, inversePowerOf<f64>(u)));
}

/** log(2 x) for x > 2^30, NaN for NaN */
function logOfTwice(x: v128): v128 { return add<f64>(log<f64>(x), splat<f64>(0.6931471805599453)); }

/** Up to 2^30, where squares are exact enough. */
@inline function withinSquares(a: v128): v128 { return v128.le<f64>(a, splat<f64>(1073741824)); }

/** asinh a for 0 <= a <= 2^30 */
@inline function asinhOrdinary(a: v128): v128 {
  const one = splat<f64>(1);
  const square = mul<f64>(a, a);
  const t = div<f64>(square, add<f64>(one, sqrt(add<f64>(one, square))));
  const u = add<f64>(a, t);
  return log1pOfPair(u, fastSumError<f64>(a, t, u));
}

function asinhAnywhere(a: v128): v128 {
  const near = withinSquares(a);
  return select(near, asinhOrdinary(and(a, near)), logOfTwice(a));
}

/** asinh: 2 ulp everywhere, asinh(-0) = -0, infinities and NaN stay. */
@inline export function asinh(x: v128): v128 {
  const a = magnitude<f64>(x);
  return withSign<f64>(any(v128.not(withinSquares(a))) ? asinhAnywhere(a) : asinhOrdinary(a), x);
}

/** acosh x for 1 <= x <= 2^30 */
@inline function acoshOrdinary(x: v128): v128 {
  const one = splat<f64>(1);
  const t = sub<f64>(x, one);
  // x^2 - 1 as a pair, and its root as one
  const square = mul<f64>(x, x);
  const p = sub<f64>(square, one);
  const pLow = add<f64>(productError<f64>(x, x, square), sub<f64>(sub<f64>(square, p), one));
  const w = sqrt(p);
  const ww = mul<f64>(w, w);
  const residual = add<f64>(sub<f64>(sub<f64>(p, ww), productError<f64>(w, w, ww)), pLow);
  const wLow = andnot(div<f64>(residual, add<f64>(w, w)), eq<f64>(w, splat<f64>(0)));
  const u = add<f64>(w, t);
  return log1pOfPair(u, add<f64>(fastSumError<f64>(w, t, u), wLow));
}

@inline function acoshDomain(x: v128): v128 { return and(v128.ge<f64>(x, splat<f64>(1)), withinSquares(x)); }

function acoshAnywhere(x: v128): v128 {
  const one = splat<f64>(1);
  const near = acoshDomain(x);
  const value = select(near, acoshOrdinary(select(near, x, one)), logOfTwice(x));
  return select(lt<f64>(x, one), splat<f64>(NaN), value);
}

/** acosh: 2 ulp for x >= 1, acosh(1) = 0, acosh(inf) = inf, NaN below 1 and for NaN. */
@inline export function acosh(x: v128): v128 {
  return any(v128.not(acoshDomain(x))) ? acoshAnywhere(x) : acoshOrdinary(x);
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

/** logit x for 2^-60 < x < 1 */
@inline function logitOrdinary(x: v128): v128 {
  const one = splat<f64>(1);
  const d = sub<f64>(one, x);
  const dLow = fastSumError<f64>(one, neg<f64>(x), d);
  const recip = div<f64>(one, d);
  const ratio = mul<f64>(x, recip);
  const n0 = sub<f64>(mul<f64>(x, inversePowerOf<f64>(ratio)), d); // exact: within a factor of 2
  const n = sub<f64>(n0, dLow);
  const nLow = fastSumError<f64>(n0, neg<f64>(dLow), n);
  const f = mul<f64>(n, recip);
  const p = mul<f64>(f, d);
  const residual = add<f64>(sub<f64>(sub<f64>(n, p), productError<f64>(f, d, p)), sub<f64>(nLow, mul<f64>(f, dLow)));
  return logOfPair<f64>(exponentOf<f64>(ratio), f, mul<f64>(residual, recip));
}

@inline function logitDomain(x: v128): v128 {
  return and(gt<f64>(x, splat<f64>(8.673617379884035e-19)), lt<f64>(x, splat<f64>(1)));
}

/** Below 2^-60, where 1 - x counts for nothing, the logarithm; it is -inf at 0 and NaN for what is negative or NaN. */
function logitAnywhere(x: v128): v128 {
  const inside = logitDomain(x);
  const one = splat<f64>(1);
  const outside = select(lt<f64>(x, one), log<f64>(x), select(eq<f64>(x, one), splat<f64>(Infinity), splat<f64>(NaN)));
  return select(inside, logitOrdinary(select(inside, x, splat<f64>(0.5))), outside);
}

/** logit x = log(x / (1 - x)): 2 ulp in (0, 1); -inf at 0, inf at 1, NaN outside and for NaN. */
@inline export function logit(x: v128): v128 {
  return any(v128.not(logitDomain(x))) ? logitAnywhere(x) : logitOrdinary(x);
}

/** Whether a number of single precision is not in (0, 1). */
@inline export function logitShortFails(x: v128): bool {
  return any(v128.not(and(gt<f32>(x, splat<f32>(0)), lt<f32>(x, splat<f32>(1)))));
}

/** logit of single precision in (0, 1). */
@inline export function logitShort(x: v128): v128 {
  return logShort(div<f64>(x, sub<f64>(splat<f64>(1), x)), 0.6931471805599453, 1);
}
