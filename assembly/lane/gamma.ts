// lgamma, digamma and polygamma, in f64x2.
//
// Method: the asymptotic series (Abramowitz and Stegun 6.1.41, 6.3.18, 6.4.11) at z = x or, for x < 10, at z = x +
// 10, from where the recurrence (6.1.15, 6.3.6, 6.4.6) leads back. All large terms are pairs, so that what cancels
// near the zeros of lgamma and digamma leaves an absolute error of 2^-57. Negative arguments by reflection (6.1.17,
// 6.3.7, 6.4.7), in pairs too.

import { abs, add, and, any, div, eq, gt, lt, mul, ne, neg, or, select, splat, sub } from "./lanes";
import { head } from "./bits";
import { mad, poly11, poly8 } from "./poly";
import { fastSumError, productError, quotientHead, quotientTail, sumError } from "./dd";
import { exponentOf } from "./log";
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
@inline export function step(x: v128, i: v128): v128 { return add<f64>(x, i); }
@inline function stepLow(x: v128, i: v128): v128 { return sumError<f64>(x, i, add<f64>(x, i)); }

/** The part of 1/(hi + lo) that the rounded quotient q lacks; 0 where q is 0. */
@inline function reciprocalLow(hi: v128, lo: v128, q: v128): v128 {
  const product = mul<f64>(q, hi);
  const residual = sub<f64>(
    sub<f64>(sub<f64>(splat<f64>(1), product), productError<f64>(q, hi, product)), mul<f64>(q, lo),
  );
  return and(mul<f64>(residual, q), ne<f64>(q, splat<f64>(0)));
}

/** y log x as a pair (the low half in powExponentLow()), x positive, subnormal too. */
export function logTimes(x: v128, y: v128): v128 {
  const tiny = lt<f64>(x, splat<f64>(2.2250738585072014e-308));
  const scaled = select(tiny, mul<f64>(x, splat<f64>(18014398509481984)), x); // 2^54
  return powExponent(scaled, sub<f64>(exponentOf<f64>(scaled), and(tiny, splat<f64>(54))), y);
}

// Reflection: sinc = sin(pi d)/(pi d) and cos(pi d) as pairs, where x = -a is d from the nearest integer, |d| <= 1/2.

/** x - the nearest integer: exact. */
@inline function offset(x: v128): v128 { return sub<f64>(x, v128.nearest<f64>(x)); }

/** The low half of what `onePlusSeries`, `sinc`, `cosine`, `timesPair` and `overPair` return. */
let low: v128 = i64x2(0, 0);

/** 1 + z (c + z rest), z = d^2 and c as pairs. */
function onePlusSeries(d: v128, c: v128, cLow: v128, rest: v128): v128 {
  const one = splat<f64>(1);
  const z = mul<f64>(d, d);
  const r = mul<f64>(z, rest);
  const a = add<f64>(c, r);
  const aLow = add<f64>(fastSumError<f64>(c, r, a), cLow);
  const t = mul<f64>(z, a);
  const tLow = add<f64>(
    productError<f64>(z, a, t), add<f64>(mul<f64>(z, aLow), mul<f64>(productError<f64>(d, d, z), a)),
  );
  const y = add<f64>(one, t);
  low = add<f64>(sumError<f64>(one, t, y), tLow);
  return y;
}

/** 2^-63 */
function sinc(d: v128): v128 {
  return onePlusSeries(d, splat<f64>(-1.6449340668482264), splat<f64>(-3.040672350398476e-17), poly8<f64>(
    mul<f64>(d, d), 0.8117424252833536, -0.19075182412208416, 0.026147847817651428, -0.002346081035347875,
    0.00014842879133365868, -6.975859161888829e-06, 2.530530694344774e-07, -7.135030952883487e-09,
  ));
}

/** 2^-62 absolute */
function cosine(d: v128): v128 {
  return onePlusSeries(d, splat<f64>(-4.934802200544679), splat<f64>(-3.1326477543698557e-16), poly8<f64>(
    mul<f64>(d, d), 4.0587121264167685, -1.3352627688545886, 0.2353306303588225, -0.025806891387751215,
    0.0019295742738202402, -0.00010463780092867116, 4.301629605263098e-06, -1.3523014253614987e-07,
  ));
}

/** (a + aLow)(b + bLow) */
function timesPair(a: v128, aLow: v128, b: v128, bLow: v128): v128 {
  const p = mul<f64>(a, b);
  low = add<f64>(productError<f64>(a, b, p), add<f64>(mul<f64>(a, bLow), mul<f64>(aLow, b)));
  return p;
}

/** (n + nLow)/(d + dLow) */
function overPair(n: v128, nLow: v128, d: v128, dLow: v128): v128 {
  const dHead = head<f64>(d);
  const dTail = add<f64>(sub<f64>(d, dHead), dLow);
  const recip = div<f64>(splat<f64>(1), d);
  const q = quotientHead<f64>(n, nLow, recip);
  const rest = quotientTail<f64>(n, nLow, dHead, dTail, recip, q);
  const y = sub<f64>(q, rest);
  low = sub<f64>(sub<f64>(q, y), rest);
  return y;
}

/** d sinc(d), which sin(pi x) is pi times but for its sign; the low half in `low`. */
@inline function sinOverPi(d: v128): v128 {
  const s = sinc(d);
  return timesPair(s, low, d, splat<f64>(0));
}

// What lgamma and digamma share: z = x or x + 10, and log z as a pair.

@inline export function liftedBy(x: v128): v128 { return and(isLow(x), splat<f64>(STEPS)); }
@inline export function logOf(z: v128): v128 { return logTimes(z, splat<f64>(1)); }

/** 2^-10 beyond 1e300, else 1: there lgamma works on 2^-10 of everything, so that nothing but the result overflows. */
@inline function unitOf(x: v128): v128 {
  return select(gt<f64>(x, splat<f64>(1e300)), splat<f64>(0.0009765625), splat<f64>(1));
}

// The steps of the recurrence in pairs: (x + i)(x + 9 - i) = y + i (9 - i), y = x (x + 9).
@inline function pairedSteps(x: v128): v128 { return mul<f64>(x, add<f64>(x, splat<f64>(STEPS - 1))); }
@inline function pairedStepsLow(x: v128, y: v128): v128 {
  const nine = splat<f64>(STEPS - 1);
  const last = add<f64>(x, nine);
  return add<f64>(productError<f64>(x, last, y), mul<f64>(x, sumError<f64>(x, nine, last)));
}

/** log Gamma(z) - ((z - 1/2) log z - z + log(2 pi)/2) from 1/z, z >= 10 */
@inline export function stirlingLgamma(recip: v128): v128 {
  return mul<f64>(recip, poly11<f64>(
    mul<f64>(recip, recip), 0.08333333333333333, -0.002777777777777778, 0.0007936507936507937, -0.0005952380952380953,
    0.0008417508417508417, -0.0019175269175269176, 0.00641025641025641, -0.029550653594771242, 0.17964437236883057,
    -1.3924322169059011, 13.402864044168393,
  ));
}

/** digamma(z) - log z + 1/(2z) from w = 1/z^2, z >= 10 */
@inline function stirlingSquares(w: v128): v128 {
  return mul<f64>(w, poly11<f64>(
    w, -0.08333333333333333, 0.008333333333333333, -0.003968253968253968, 0.004166666666666667, -0.007575757575757576,
    0.021092796092796094, -0.08333333333333333, 0.4432598039215686, -3.0539543303701198, 26.456212121212122,
    -281.46014492753625,
  ));
}
/** log z - digamma(z) from 1/z, z >= 10 */
@inline export function stirlingDigamma(recip: v128): v128 {
  return sub<f64>(mul<f64>(splat<f64>(0.5), recip), stirlingSquares(mul<f64>(recip, recip)));
}

/** unitOf(x) lgamma(x) for x > 0, finite, in the sum. */
function sumLgamma(x: v128, logZ: v128, logZLow: v128): void {
  const one = splat<f64>(1);
  const lifted = isLow(x);
  const shift = liftedBy(x);
  const z = step(x, shift);
  const zLow = stepLow(x, shift);
  const unit = unitOf(x);

  // (z - 1/2) log z - z + log(2 pi)/2 + series
  const factor = mul<f64>(unit, sub<f64>(z, splat<f64>(0.5)));
  const product = mul<f64>(factor, logZ);
  start(product, add<f64>(productError<f64>(factor, logZ, product), mul<f64>(factor, logZLow)));
  accumulate(mul<f64>(unit, neg<f64>(z)), splat<f64>(0));
  accumulate(splat<f64>(0.9189385332046728), splat<f64>(-3.8782941580672414e-17)); // log(2 pi)/2
  const recip = div<f64>(one, z);
  const series = stirlingLgamma(recip);
  // zLow moves the sum by zLow (log z - 1/(2z))
  const slope = sub<f64>(logZ, mul<f64>(splat<f64>(0.5), recip));
  accumulate(series, mul<f64>(zLow, slope));
  if (any(lifted)) {
    // minus log(x (x + 1) … (x + 9))
    const base = select(lifted, x, one);
    const y = pairedSteps(base);
    const yLow = pairedStepsLow(base, y);
    let p = y;
    let pLow = yLow;
    for (let i = 1; i < STEPS / 2; i++) {
      const c = splat<f64>(<f64>(i * (STEPS - 1 - i)));
      const a = add<f64>(y, c);
      const aLow = add<f64>(sumError<f64>(y, c, a), yLow);
      const next = mul<f64>(p, a);
      pLow = add<f64>(add<f64>(productError<f64>(p, a, next), mul<f64>(p, aLow)), mul<f64>(pLow, a));
      p = next;
    }
    const logP = logOf(p);
    accumulate(and(lifted, neg<f64>(logP)), and(lifted, neg<f64>(add<f64>(powExponentLow(), div<f64>(pLow, p)))));
  }
}

/** lgamma from log z, z = |x| lifted. */
export function lgammaFrom(x: v128, logZ: v128, logZLow: v128): v128 {
  const zero = splat<f64>(0);
  const one = splat<f64>(1);
  const ax = abs<f64>(x);
  const infinity = splat<f64>(Infinity);
  const negative = lt<f64>(x, zero);
  sumLgamma(ax, logZ, logZLow);
  // over unitOf(ax)
  const rounded = mul<f64>(add<f64>(sumHigh, sumLow), select(gt<f64>(ax, splat<f64>(1e300)), splat<f64>(1024), one));
  let y = select(or(eq<f64>(ax, one), eq<f64>(ax, splat<f64>(2))), zero, rounded);
  let pole = or(eq<f64>(x, zero), eq<f64>(ax, infinity));
  if (any(negative)) {
    // lgamma(-a) = -log(a |sin(pi a)|/pi) - lgamma(a); nearer to 0 than 1e-20 lgamma(a) itself
    const gammaHigh = sumHigh;
    const gammaLow = sumLow;
    const d = abs<f64>(offset(ax));
    const s = sinOverPi(d);
    const p = timesPair(s, low, ax, zero);
    const pLow = low;
    start(neg<f64>(gammaHigh), neg<f64>(gammaLow));
    const logP = logOf(p);
    accumulate(neg<f64>(logP), neg<f64>(add<f64>(powExponentLow(), div<f64>(pLow, p))));
    y = select(and(negative, gt<f64>(ax, splat<f64>(1e-20))), add<f64>(sumHigh, sumLow), y);
    pole = or(pole, and(negative, eq<f64>(d, zero)));
  }
  return select(ne<f64>(x, x), x, select(pole, infinity, y));
}

/**
 * lgamma, log |Gamma(x)|: f64x2, 2 ulp (absolute 2^-57 near its zeros 1 and 2, 2^-55 near those left of 0); +inf at
 * the poles and infinities, NaN stays.
 */
export function lgamma64(x: v128): v128 {
  const ax = abs<f64>(x);
  const logZ = logOf(step(ax, liftedBy(ax)));
  return lgammaFrom(x, logZ, powExponentLow());
}

/** lgamma(x) for 0 < x < 1e300, as a pair. */
export function lgammaPair(x: v128): v128 {
  const logZ = logOf(step(x, liftedBy(x)));
  sumLgamma(x, logZ, powExponentLow());
  return sumHigh;
}
@inline export function lgammaPairLow(): v128 { return sumLow; }

/** digamma(x) for x > 0, finite, in the sum. */
function sumDigamma(x: v128, logZ: v128, logZLow: v128): void {
  const one = splat<f64>(1);
  const lifted = isLow(x);
  const shift = liftedBy(x);
  const z = step(x, shift);
  const zLow = stepLow(x, shift);
  start(logZ, logZLow);
  // -1/(2z) - series, and what zLow moves log z by
  const recip = div<f64>(one, z);
  const minusHalf = splat<f64>(-0.5);
  const series = stirlingSquares(mul<f64>(recip, recip));
  const recipLow = reciprocalLow(z, zLow, recip);
  accumulate(mul<f64>(minusHalf, recip), add<f64>(mul<f64>(minusHalf, recipLow), mul<f64>(zLow, recip)));
  accumulate(series, splat<f64>(0));
  if (any(lifted)) {
    // 1/x + … + 1/(x + 9) = (2x + 9) (1/y + 1/(y + 8) + …)
    const restHigh = sumHigh;
    const restLow = sumLow;
    const y = pairedSteps(x);
    const yLow = pairedStepsLow(x, y);
    start(splat<f64>(0), splat<f64>(0));
    for (let i = STEPS / 2 - 1; i >= 0; i--) {
      const c = splat<f64>(<f64>(i * (STEPS - 1 - i)));
      const a = add<f64>(y, c);
      const q = div<f64>(one, a);
      accumulate(q, reciprocalLow(a, add<f64>(sumError<f64>(y, c, a), yLow), q));
    }
    const nine = splat<f64>(STEPS - 1);
    const twice = add<f64>(x, x);
    const factor = add<f64>(twice, nine);
    const terms = timesPair(sumHigh, sumLow, factor, sumError<f64>(twice, nine, factor));
    const termsLow = low;
    start(restHigh, restLow);
    accumulate(and(lifted, neg<f64>(terms)), and(lifted, neg<f64>(termsLow)));
  }
}

/** digamma from log z, z = |x| lifted. */
export function digammaFrom(x: v128, logZ: v128, logZLow: v128): v128 {
  const ax = abs<f64>(x);
  const zero = splat<f64>(0);
  const one = splat<f64>(1);
  const infinity = splat<f64>(Infinity);
  const negative = lt<f64>(x, zero);
  sumDigamma(ax, logZ, logZLow);
  let y = add<f64>(sumHigh, sumLow);
  if (any(negative)) {
    // digamma(-a) = digamma(a) + 1/a + pi cot(pi a)
    const d = offset(ax);
    const s = sinOverPi(d);
    const sLow = low;
    const c = cosine(d);
    const cot = overPair(c, low, s, sLow);
    accumulate(cot, low);
    const q = div<f64>(one, ax);
    accumulate(q, reciprocalLow(ax, zero, q));
    y = select(negative, select(eq<f64>(d, zero), splat<f64>(NaN), add<f64>(sumHigh, sumLow)), y);
  }
  // 1/x overflows below 2^-1024
  const steep = lt<f64>(ax, splat<f64>(1e-300));
  y = select(steep, div<f64>(splat<f64>(-1), x), y);
  return select(eq<f64>(ax, infinity), select(negative, splat<f64>(NaN), x), y);
}

/**
 * digamma: f64x2, 2 ulp (absolute 2^-57 near its zero right of 0, 2^-54 near those left of it); -+inf at +-0, NaN at
 * negative integers and -inf, inf at inf, NaN stays.
 */
export function digamma64(x: v128): v128 {
  const ax = abs<f64>(x);
  const logZ = logOf(step(ax, liftedBy(ax)));
  return digammaFrom(x, logZ, powExponentLow());
}

/** power = (hi + lo)^n, the low half in powerLow; n = 1, 2 … in every lane, at most `most`. */
let powerLow: v128 = i64x2(0, 0);
@inline function power(hi: v128, lo: v128, n: v128, most: f64): v128 {
  let p = hi;
  let pLow = lo;
  for (let j: f64 = 1; j < most; j += 1) {
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
  -1.3954464685812522e-19, 5.5090028283602295e-18, -2.174868698558062e-16, 8.586062056277845e-15,
  -3.3896802963225827e-13, 1.3382536530684679e-11, -5.284190138687493e-10, 2.08767569878681e-08, -8.267195767195768e-07,
  3.306878306878307e-05, -0.001388888888888889, 0.08333333333333333,
]);

/**
 * F with pi^(n + 1) (d/dt)^n cot(pi t) = -q F for odd n and c q F for even n, c = pi cot(pi t) and q = pi^2/sin^2(pi
 * t): polynomials in q, three coefficients as pairs for each n = 1 … 6.
 */
const COTANGENTS: usize = memory.data<f64>([
  1, 0, 0, 0, 0, 0,
  2, 0, 0, 0, 0, 0,
  -39.47841760435743, -2.5061182034958845e-15, 6, 0, 0, 0,
  -78.95683520871486, -5.012236406991769e-15, 24, 0, 0, 0,
  1558.545456544039, -1.0215168316530679e-13, -1184.352528130723, -1.0360525553528055e-13, 120, 0,
  3117.090913088078, -2.0430336633061358e-13, -4737.410112522892, -4.144210221411222e-13, 720, 0,
]);
@inline function coefficient(n: i32, place: i32): v128 {
  return v128.load64_splat(COTANGENTS + (<usize>(6 * (n - 1) + place) << 3));
}

/**
 * The n-th derivative of digamma at -a, n of the first lane; the sum is its size at a over (n - 1)!, lastTerm is n
 * a^-(n + 1).
 */
function reflected(order: f64, a: v128, factorial: v128, lastTerm: v128, lastTermLow: v128): v128 {
  const zero = splat<f64>(0);
  const one = splat<f64>(1);
  // an overflown sum has no low half
  const near = mul<f64>(
    factorial, select(gt<f64>(sumHigh, splat<f64>(1e305)), splat<f64>(Infinity), add<f64>(sumHigh, sumLow)),
  );
  const n = <i32>max<f64>(1, min<f64>(6, order));
  const d = offset(a);
  const s = sinOverPi(d);
  const sLow = low;
  const r = overPair(one, zero, s, sLow);
  const rLow = low;
  const q = timesPair(r, rLow, r, rLow);
  const qLow = low;
  // Horner's rule in pairs
  let f = coefficient(n, 4);
  let fLow = coefficient(n, 5);
  for (let place = 2; place >= 0; place -= 2) {
    const c = coefficient(n, place);
    const p = timesPair(f, fLow, q, qLow);
    f = add<f64>(p, c);
    fLow = add<f64>(sumError<f64>(p, c, f), add<f64>(low, coefficient(n, place + 1)));
  }
  f = timesPair(f, fLow, q, qLow);
  fLow = low;
  if (!(n & 1)) {
    const c = cosine(d);
    const cot = timesPair(c, low, r, rLow);
    f = timesPair(f, fLow, cot, low);
    fLow = low;
  }
  // minus (n - 1)! times (the sum at a - n a^-(n + 1)): digamma's derivative at a + 1
  start(neg<f64>(sumHigh), neg<f64>(sumLow));
  accumulate(lastTerm, lastTermLow);
  const rest = timesPair(sumHigh, sumLow, factorial, zero);
  start(f, fLow);
  accumulate(rest, low);
  // nearer to 0 than 1e-20 only n!/a^(n + 1) counts
  return select(lt<f64>(a, splat<f64>(1e-20)), near, add<f64>(sumHigh, sumLow));
}

/**
 * The n-th derivative of digamma, n = 1 … 6, n the same in both lanes: f64x2, 2 ulp for n <= 3 and results within
 * [1e-290, 1e290] (left of 0 absolute near the zeros of even n); at 0 and the negative integers inf for odd n, -inf
 * for even, as in SciPy; 0 at inf, NaN at -inf and for NaN.
 */
export function polygamma64(orders: v128, argument: v128): v128 {
  const one = splat<f64>(1);
  const zero = splat<f64>(0);
  const x = abs<f64>(argument);
  const n = v128.pmin<f64>(v128.pmax<f64>(orders, one), splat<f64>(8));
  const most = max(f64x2.extract_lane(n, 0), f64x2.extract_lane(n, 1));
  const lifted = isLow(x);
  const shift = liftedBy(x);
  const z = step(x, shift);

  // (n - 1)! z^-n (1 + n/(2z) + sum of B(2k)/(2k)! n (n + 1) … (n + 2k - 1) z^-2k), by Horner's rule from the last
  // ratio on
  const recip = div<f64>(one, z);
  const w = mul<f64>(recip, recip);
  let series = zero;
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
  const m = add<f64>(n, one);
  if (any(lifted)) {
    for (let i = STEPS - 1; i >= 0; i--) {
      const c = splat<f64>(<f64>i);
      const a = power(step(x, c), stepLow(x, c), m, most + 1);
      const r = div<f64>(one, a);
      const t = mul<f64>(n, r);
      const product = mul<f64>(t, a);
      const residual = sub<f64>(
        sub<f64>(sub<f64>(n, product), productError<f64>(t, a, product)), mul<f64>(t, powerLow),
      );
      accumulate(and(lifted, t), and(and(lifted, ne<f64>(r, splat<f64>(0))), mul<f64>(residual, r)));
    }
  }
  let factorial = one;
  for (let j: f64 = 2; j < most; j += 1)
    factorial = select(lt<f64>(splat<f64>(j), n), mul<f64>(factorial, splat<f64>(j)), factorial);
  const even = eq<f64>(v128.trunc<f64>(mul<f64>(splat<f64>(0.5), n)), mul<f64>(splat<f64>(0.5), n));
  const rounded = add<f64>(sumHigh, sumLow);
  const size = mul<f64>(factorial, select(gt<f64>(sumHigh, splat<f64>(1e305)), splat<f64>(Infinity), rounded));
  const signed = select(even, neg<f64>(size), size);
  const limit = select(even, splat<f64>(-Infinity), splat<f64>(Infinity));
  let y = select(lt<f64>(x, splat<f64>(Infinity)), signed, and(eq<f64>(x, x), mul<f64>(signed, zero)));
  let pole = eq<f64>(x, zero);
  const negative = lt<f64>(argument, zero);
  if (any(negative)) {
    const a = power(x, zero, m, most + 1);
    const r = div<f64>(one, a);
    const t = mul<f64>(n, r);
    const tLow = add<f64>(productError<f64>(n, r, t), mul<f64>(n, reciprocalLow(a, powerLow, r)));
    const left = reflected(f64x2.extract_lane(n, 0), x, factorial, t, tLow);
    y = select(negative, left, y);
    pole = or(pole, and(negative, eq<f64>(offset(x), zero)));
  }
  y = select(pole, limit, y);
  const nowhere = eq<f64>(argument, splat<f64>(-Infinity));
  return select(or(nowhere, ne<f64>(argument, argument)), splat<f64>(NaN), y);
}
