// lgamma, digamma and polygamma, in f64x2.
//
// Method: the asymptotic series (Abramowitz and Stegun 6.1.41, 6.3.18, 6.4.11) at z = x or, for x < 10, at z = x + 10, from where the
// recurrence (6.1.15, 6.3.6, 6.4.6) leads back. All large terms are pairs, so that what cancels near the zeros of lgamma and digamma
// leaves an absolute error of 2^-57. Negative arguments by reflection (6.1.17, 6.3.7).

import { abs, add, and, any, div, eq, gt, lt, mul, ne, neg, or, select, splat, sub } from "./lanes";
import { head } from "./bits";
import { mad, poly10, poly11 } from "./poly";
import { productError, sumError } from "./dd";
import { exponentOf, log } from "./log";
import { powExponent, powExponentLow } from "./pow";

const STEPS: i32 = 10;

/** A sum as a pair: `accumulate` adds to it. */
let sumHigh: v128 = i64x2(0, 0);
let sumLow: v128 = i64x2(0, 0);

@inline function start(hi: v128, lo: v128): void {
  sumHigh = hi;
  sumLow = lo;
}

@inline function accumulate(hi: v128, lo: v128): void {
  const sum = add<f64>(sumHigh, hi);
  sumLow = add<f64>(sumLow, add<f64>(sumError<f64>(sumHigh, hi, sum), lo));
  sumHigh = sum;
}

/** Lanes below STEPS, which the recurrence lifts. */
@inline function isLow(x: v128): v128 { return lt<f64>(x, splat<f64>(STEPS)); }

/** x + i, and its rounding error, in the lanes of the mask; x elsewhere. */
@inline function step(x: v128, i: v128): v128 { return add<f64>(x, i); }
@inline function stepLow(x: v128, i: v128): v128 { return sumError<f64>(x, i, add<f64>(x, i)); }

/** The part of 1/(hi + lo) that the rounded quotient q lacks; 0 where q is 0. */
@inline function reciprocalLow(hi: v128, lo: v128, q: v128): v128 {
  const product = mul<f64>(q, hi);
  const residual = sub<f64>(sub<f64>(sub<f64>(splat<f64>(1), product), productError<f64>(q, hi, product)), mul<f64>(q, lo));
  return and(mul<f64>(residual, q), ne<f64>(q, splat<f64>(0)));
}

/** y log x as a pair (the low half in powExponentLow()), x positive, subnormal too. */
function logTimes(x: v128, y: v128): v128 {
  const tiny = lt<f64>(x, splat<f64>(2.2250738585072014e-308));
  const scaled = select(tiny, mul<f64>(x, splat<f64>(18014398509481984)), x); // 2^54
  return powExponent(scaled, sub<f64>(exponentOf<f64>(scaled), and(tiny, splat<f64>(54))), y);
}

/** sin(pi d)/d and cos(pi d) for |d| <= 1/2, z = d^2. */
@inline function sinPiSeries(z: v128): v128 {
  return poly10<f64>(
    z, 3.141592653589793, -5.16771278004997, 2.5501640398773455, -0.5992645293207869, 0.08214588661099356, -0.007370430943702136,
    0.0004663027874593273, -2.1915250301851375e-05, 7.94853903737232e-07, -2.228371216069697e-08,
  );
}
@inline function cosPiSeries(z: v128): v128 {
  return poly10<f64>(
    z, 1.0, -4.934802200544679, 4.058712126416768, -1.3352627688545549, 0.235330630357995, -0.025806891376592964,
    0.0019295741872812349, -0.00010463741681752138, 4.300724172734847e-06, -1.34352129509532e-07,
  );
}

/** x - the nearest integer: exact. */
@inline function offset(x: v128): v128 { return sub<f64>(x, v128.nearest<f64>(x)); }

/** lgamma for x > 0, finite. Beyond 1e300 it works on 2^-10 of everything, so that nothing but the result overflows. */
function lgammaPositive(x: v128): v128 {
  const one = splat<f64>(1);
  const low = isLow(x);
  const shift = and(low, splat<f64>(STEPS));
  const z = step(x, shift);
  const zLow = stepLow(x, shift);
  const unit = select(gt<f64>(x, splat<f64>(1e300)), splat<f64>(0.0009765625), one);

  // (z - 1/2) log z - z + log(2 pi)/2 + series
  const factor = mul<f64>(unit, sub<f64>(z, splat<f64>(0.5)));
  const product = logTimes(z, factor);
  start(product, powExponentLow());
  accumulate(mul<f64>(unit, neg<f64>(z)), splat<f64>(0));
  accumulate(splat<f64>(0.9189385332046728), splat<f64>(-3.8782941580672414e-17)); // log(2 pi)/2
  const recip = div<f64>(one, z);
  const series = mul<f64>(recip, poly11<f64>(
    mul<f64>(recip, recip), 0.08333333333333333, -0.002777777777777778, 0.0007936507936507937, -0.0005952380952380953,
    0.0008417508417508417, -0.0019175269175269176, 0.00641025641025641, -0.029550653594771242, 0.17964437236883057,
    -1.3924322169059011, 13.402864044168393,
  ));
  // zLow moves the sum by zLow (log z - 1/(2z))
  const slope = sub<f64>(div<f64>(product, factor), mul<f64>(splat<f64>(0.5), recip));
  accumulate(series, mul<f64>(zLow, slope));
  if (any(low)) {
    // minus log(x (x + 1) … (x + 9))
    let p = select(low, x, one);
    const base = p;
    let pLow = splat<f64>(0);
    for (let i = 1; i < STEPS; i++) {
      const n = splat<f64>(<f64>i);
      const a = step(base, n);
      const next = mul<f64>(p, a);
      pLow = add<f64>(add<f64>(productError<f64>(p, a, next), mul<f64>(p, stepLow(base, n))), mul<f64>(pLow, a));
      p = next;
    }
    const logP = logTimes(p, one);
    accumulate(and(low, neg<f64>(logP)), and(low, neg<f64>(add<f64>(powExponentLow(), div<f64>(pLow, p)))));
  }
  const y = div<f64>(add<f64>(sumHigh, sumLow), unit);
  const isZero = or(eq<f64>(x, one), eq<f64>(x, splat<f64>(2)));
  return select(isZero, splat<f64>(0), y);
}

/** lgamma, log |Gamma(x)|: f64x2, 2 ulp for x > 0 (absolute 2^-57 near 1 and 2); for x < 0 absolute 2^-49 where it is below 2, else 3
 * ulp; +inf at the poles and infinities, NaN stays. */
export function lgamma64(x: v128): v128 {
  const ax = abs<f64>(x);
  const infinity = splat<f64>(Infinity);
  const negative = lt<f64>(x, splat<f64>(0));
  let y = lgammaPositive(ax);
  let pole = or(eq<f64>(x, splat<f64>(0)), eq<f64>(ax, infinity));
  if (any(negative)) {
    const d = abs<f64>(offset(ax));
    const s = mul<f64>(mul<f64>(d, sinPiSeries(mul<f64>(d, d))), ax);
    y = select(negative, sub<f64>(sub<f64>(splat<f64>(1.1447298858494002), log<f64>(s)), y), y); // log pi
    pole = or(pole, and(negative, eq<f64>(d, splat<f64>(0))));
  }
  return select(ne<f64>(x, x), x, select(pole, infinity, y));
}

/** digamma for x > 0, finite. */
function digammaPositive(x: v128): v128 {
  const one = splat<f64>(1);
  const low = isLow(x);
  const shift = and(low, splat<f64>(STEPS));
  const z = step(x, shift);
  const zLow = stepLow(x, shift);
  const logZ = logTimes(z, one);
  start(logZ, powExponentLow());
  // -1/(2z) - series, and what zLow moves log z by
  const recip = div<f64>(one, z);
  const minusHalf = splat<f64>(-0.5);
  const w = mul<f64>(recip, recip);
  const series = mul<f64>(w, poly11<f64>(
    w, -0.08333333333333333, 0.008333333333333333, -0.003968253968253968, 0.004166666666666667, -0.007575757575757576,
    0.021092796092796094, -0.08333333333333333, 0.4432598039215686, -3.0539543303701198, 26.456212121212122, -281.46014492753625,
  ));
  const recipLow = reciprocalLow(z, zLow, recip);
  accumulate(mul<f64>(minusHalf, recip), add<f64>(mul<f64>(minusHalf, recipLow), mul<f64>(zLow, recip)));
  accumulate(series, splat<f64>(0));
  if (any(low)) {
    for (let i = STEPS - 1; i >= 0; i--) {
      const n = splat<f64>(<f64>i);
      const a = step(x, n);
      const q = div<f64>(one, a);
      accumulate(and(low, neg<f64>(q)), and(low, neg<f64>(reciprocalLow(a, stepLow(x, n), q))));
    }
  }
  return add<f64>(sumHigh, sumLow);
}

/** digamma: f64x2, 1 ulp for x > 0 (absolute 2^-57 near its zero); for x < 0 within 2^-49 of the largest of |digamma(-x)|,
 * pi |cot(pi x)| and 1; -+inf at +-0, NaN at negative integers and -inf, inf at inf, NaN stays. */
export function digamma64(x: v128): v128 {
  const ax = abs<f64>(x);
  const zero = splat<f64>(0);
  const infinity = splat<f64>(Infinity);
  const negative = lt<f64>(x, zero);
  let y = digammaPositive(ax);
  if (any(negative)) {
    // digamma(-a) = digamma(a) + 1/a + pi cot(pi a)
    const d = offset(ax);
    const z = mul<f64>(d, d);
    const cot = div<f64>(mul<f64>(splat<f64>(3.141592653589793), cosPiSeries(z)), mul<f64>(d, sinPiSeries(z)));
    const sum = add<f64>(cot, add<f64>(y, div<f64>(splat<f64>(1), ax)));
    y = select(negative, select(eq<f64>(d, zero), splat<f64>(NaN), sum), y);
  }
  // 1/x overflows below 2^-1024
  const steep = lt<f64>(ax, splat<f64>(1e-300));
  y = select(steep, div<f64>(splat<f64>(-1), x), y);
  return select(eq<f64>(ax, infinity), select(negative, splat<f64>(NaN), x), y);
}

/** power = (hi + lo)^n, the low half in powerLow; n a whole number in every lane. */
let powerLow: v128 = i64x2(0, 0);
@inline function power(hi: v128, lo: v128, n: v128, most: f64): v128 {
  let p = splat<f64>(1);
  let pLow = splat<f64>(0);
  for (let j: f64 = 0; j < most; j += 1) {
    const used = lt<f64>(splat<f64>(j), n);
    const next = mul<f64>(p, hi);
    const nextLow = add<f64>(add<f64>(productError<f64>(p, hi, next), mul<f64>(p, lo)), mul<f64>(pLow, hi));
    pLow = select(used, nextLow, pLow);
    p = select(used, next, p);
  }
  powerLow = pLow;
  return p;
}

/** B(2k)/(2k)!, k = 12 … 1. */
const BERNOULLI: usize = memory.data<f64>([
  -1.3954464685812522e-19, 5.5090028283602295e-18, -2.174868698558062e-16, 8.586062056277845e-15, -3.3896802963225827e-13,
  1.3382536530684679e-11, -5.284190138687493e-10, 2.08767569878681e-08, -8.267195767195768e-07, 3.306878306878307e-05,
  -0.001388888888888889, 0.08333333333333333,
]);

/** The n-th derivative of digamma, n = 1 … 6 (x > 0 only: NaN below): f64x2, 2 ulp for n <= 3 and results within [1e-290, 1e290];
 * inf at 0 for odd n, -inf for even, 0 at inf, NaN stays. */
export function polygamma64(order: v128, x: v128): v128 {
  const one = splat<f64>(1);
  const n = v128.pmin<f64>(v128.pmax<f64>(order, one), splat<f64>(8));
  const most = max(f64x2.extract_lane(n, 0), f64x2.extract_lane(n, 1));
  const low = isLow(x);
  const shift = and(low, splat<f64>(STEPS));
  const z = step(x, shift);

  // (n - 1)! z^-n (1 + n/(2z) + sum of B(2k)/(2k)! n (n + 1) … (n + 2k - 1) z^-2k), by Horner's rule from the last ratio on
  const recip = div<f64>(one, z);
  const w = mul<f64>(recip, recip);
  let series = splat<f64>(0);
  for (let k = 12; k >= 1; k--) {
    const m = add<f64>(n, splat<f64>(<f64>(2 * k - 2)));
    const ratio = mul<f64>(w, mul<f64>(m, add<f64>(m, one)));
    series = mul<f64>(ratio, add<f64>(series, v128.load64_splat(BERNOULLI + (<usize>(12 - k) << 3))));
  }
  series = mad<f64>(splat<f64>(0.5), mul<f64>(n, recip), series);
  const p = power(z, stepLow(x, shift), n, most);
  const q = div<f64>(one, p);
  const qLow = reciprocalLow(p, powerLow, q);
  // all in units of (n - 1)!: the terms of the recurrence are n x^-(n + 1)
  start(q, mad<f64>(q, series, qLow));
  if (any(low)) {
    const m = add<f64>(n, one);
    for (let i = STEPS - 1; i >= 0; i--) {
      const c = splat<f64>(<f64>i);
      const a = power(step(x, c), stepLow(x, c), m, most + 1);
      const r = div<f64>(one, a);
      const t = mul<f64>(n, r);
      const tLow = add<f64>(productError<f64>(n, r, t), mul<f64>(n, reciprocalLow(a, powerLow, r)));
      accumulate(and(low, t), and(low, tLow));
    }
  }
  let factorial = one;
  for (let j: f64 = 2; j < most; j += 1) factorial = select(lt<f64>(splat<f64>(j), n), mul<f64>(factorial, splat<f64>(j)), factorial);
  const rounded = add<f64>(sumHigh, sumLow);
  const size = mul<f64>(factorial, select(gt<f64>(sumHigh, splat<f64>(1e305)), splat<f64>(Infinity), rounded));
  const half = mul<f64>(splat<f64>(0.5), n);
  const signed = select(eq<f64>(v128.trunc<f64>(half), half), neg<f64>(size), size);
  const limit = select(eq<f64>(v128.trunc<f64>(half), half), splat<f64>(-Infinity), splat<f64>(Infinity));
  const inside = select(lt<f64>(x, splat<f64>(Infinity)), signed, and(eq<f64>(x, x), mul<f64>(signed, splat<f64>(0))));
  const y = select(eq<f64>(x, splat<f64>(0)), limit, inside);
  return select(v128.ge<f64>(x, splat<f64>(0)), y, splat<f64>(NaN));
}
