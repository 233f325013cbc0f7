// erf, erfc and the Gaussian 2/sqrt(pi) e^(-x^2), their derivative up to sign; the distribution function of the
// normal distribution and its density; in f64x2. In pairs: dual/erf.ts.
//
// Method: for |x| < 1/2, erf(x) = x + x Y(x^2). Beyond, erfc(|x|) = e^(-x^2) P(t)/(1 + 2|x|) with t = (|x| - 4)/(|x|
// + 4) (M. M. Shepherd and J. G. Laframboise, "Chebyshev approximation of (1 + 2x) exp(x^2) erfc x in 0 <= x < inf",
// Math. Comp. 36, 1981; the coefficients are a fit of our own by multiple precision). x^2 is a product with its
// rounding error, e^(-x^2) and P are pairs, and the quotient is rounded once: the tail is as accurate as the middle.

import { abs, add, any, atMost, div, gt, lt, mul, neg, select, splat, sub } from "./lanes";
import { head, roundingShift, scale, withSign } from "./bits";
import { mad, poly10, poly11, poly8 } from "./poly";
import { fastSumError, productError, quotientHead, quotientTail } from "./dd";
import { expTail, reduced, reducedLow, shiftedExponent } from "./exp";
import { exponentOf, inversePowerOf, logOfPair, mantissaOf } from "./log";

/** Beyond this |x| the series in x^2 ends. */
@inline function nearLimit(): v128 { return splat<f64>(0.5); }

/** |x|, no larger than where e^(-x^2) has long been 0; NaN stays. */
@inline export function clamped(x: v128): v128 { return atMost<f64>(abs<f64>(x), splat<f64>(28)); }

/** Y with erf(x) = x + x Y(x^2), |x| <= 1/2: absolute 2^-57. */
@inline export function nearSeries(z: v128): v128 {
  return mad<f64>(z, poly8<f64>(
    z, -0.37612638903183476, 0.11283791670925353, -0.026866170632887928, 0.00522397737302147, -0.0008548297753674966,
    0.00012053335124353741, -1.4845849259707869e-05, 1.4725865480556744e-06,
  ), splat<f64>(0.12837916709551256));
}

/** P(t) - P(0) over t with (1 + 2x) e^(x^2) erfc(x) = P(t), 1/2 <= x <= 28: relative to P, 2^-60. */
@inline function farSeries(t: v128): v128 {
  const low = poly11<f64>(
    t, -0.13962111684056253, 0.015379652102619027, 0.0680970542546948, -0.10103906603625375, 0.09373283499828751,
    -0.06633036581360713, 0.03716751553818893, -0.01619773403826592, 0.0050319699756138135, -0.0007577734486762808,
    -0.00019925671345040716,
  );
  const high = poly10<f64>(
    t, 0.00015062249512264785, -2.4398983809134553e-05, -1.12247322473501e-05, 5.7086428044048145e-06,
    2.9955790685567077e-07, -8.22559563206072e-07, 6.702452833728971e-08, 1.0568025135820959e-07,
    -1.2224048303152388e-08, -1.0476718674668371e-08,
  );
  const t2 = mul<f64>(t, t);
  const t4 = mul<f64>(t2, t2);
  return mad<f64>(mul<f64>(mul<f64>(t4, t4), mul<f64>(t2, t)), high, low);
}

// The exponential of minus a square given as a pair: 2^k (hi + lo).

/** k of e^(-square). */
@inline export function decayExponent(square: v128): v128 {
  return sub<f64>(shiftedExponent<f64>(neg<f64>(square)), roundingShift<f64>());
}

/** hi: 1 + r, rounded together with the tail. */
@inline export function decayHigh(square: v128, k: v128): v128 {
  const y = neg<f64>(square);
  const r = reduced<f64>(y, k);
  return add<f64>(add<f64>(splat<f64>(1), r), expTail<f64>(r, reducedLow<f64>(y, k, r)));
}

/** lo: what hi lost, and what the square did. */
@inline export function decayLow(square: v128, squareLow: v128, k: v128, hi: v128): v128 {
  const y = neg<f64>(square);
  const r = reduced<f64>(y, k);
  const lost = fastSumError<f64>(add<f64>(splat<f64>(1), r), expTail<f64>(r, reducedLow<f64>(y, k, r)), hi);
  return sub<f64>(lost, mul<f64>(hi, squareLow));
}

/** The low half of the numerator of `tailHigh`. */
let numeratorLow: v128 = i64x2(0, 0);
@inline export function tailNumeratorLow(): v128 { return numeratorLow; }

/**
 * (e + eLow) P(t): with 1 + 2 ax as denominator, the pair e^(ax^2) erfc(ax) times e, ax >= 1/2. The low half goes to
 * numeratorLow.
 */
@inline export function tailNumerator(ax: v128, e: v128, eLow: v128): v128 {
  const four = splat<f64>(4);
  const t = div<f64>(sub<f64>(ax, four), add<f64>(ax, four));
  const p0 = splat<f64>(1.2329951186255526);
  const pRest = mul<f64>(t, farSeries(t));
  const p = add<f64>(p0, pRest);
  const pLow = fastSumError<f64>(p0, pRest, p);
  const n = mul<f64>(e, p);
  numeratorLow = add<f64>(productError<f64>(e, p, n), add<f64>(mul<f64>(e, pLow), mul<f64>(eLow, p)));
  return n;
}

@inline export function tailDenominator(ax: v128): v128 { return add<f64>(splat<f64>(1), add<f64>(ax, ax)); }
@inline export function tailDenominatorTail(ax: v128, dHead: v128): v128 {
  return sub<f64>(add<f64>(ax, ax), sub<f64>(dHead, splat<f64>(1)));
}

/** What `tailQuotient` lost to rounding. */
let quotientLow: v128 = i64x2(0, 0);

/** erfc(ax + axLow) 2^-k, ax >= 1/2, from e^(-(ax + axLow)^2) = 2^k (e + eLow). */
@inline function tailQuotient(ax: v128, axLow: v128, e: v128, eLow: v128): v128 {
  const n = tailNumerator(ax, e, eLow);
  const d = tailDenominator(ax);
  const dHead = head<f64>(d);
  const recip = div<f64>(splat<f64>(1), d);
  // log (e^(x^2) erfc x) falls by about 2/(1 + 2x)
  const nLow = sub<f64>(numeratorLow, mul<f64>(mul<f64>(n, recip), add<f64>(axLow, axLow)));
  const q = quotientHead<f64>(n, nLow, recip);
  const rest = quotientTail<f64>(n, nLow, dHead, tailDenominatorTail(ax, dHead), recip, q);
  const y = sub<f64>(q, rest);
  quotientLow = sub<f64>(sub<f64>(q, y), rest);
  return y;
}

/** erfc(ax + axLow), ax >= 1/2. */
export function tailFrom(ax: v128, axLow: v128, k: v128, e: v128, eLow: v128): v128 {
  return scale<f64>(tailQuotient(ax, axLow, e, eLow), k);
}

/** erfc(ax), ax = clamped(x) >= 1/2. */
function tail(ax: v128): v128 {
  const square = mul<f64>(ax, ax);
  const k = decayExponent(square);
  const e = decayHigh(square, k);
  return tailFrom(ax, splat<f64>(0), k, e, decayLow(square, productError<f64>(ax, ax, square), k, e));
}

@inline export function erfOfTail(x: v128, right: v128): v128 {
  return withSign<f64>(sub<f64>(splat<f64>(1), right), x);
}
@inline export function erfcOfTail(x: v128, right: v128): v128 {
  return select(lt<f64>(x, splat<f64>(0)), sub<f64>(splat<f64>(2), right), right);
}

function erfFar(x: v128, near: v128): v128 { return select(isFar(x), erfOfTail(x, tail(clamped(x))), near); }
function erfcFar(x: v128, near: v128): v128 { return select(isFar(x), erfcOfTail(x, tail(clamped(x))), near); }

@inline export function erfNear(x: v128): v128 { return mad<f64>(x, nearSeries(mul<f64>(x, x)), x); }

/** 1 - x is a pair, so that what is left after cancellation is rounded once. */
@inline export function erfcNear(x: v128): v128 {
  const one = splat<f64>(1);
  const difference = sub<f64>(one, x);
  const lost = sub<f64>(sub<f64>(one, difference), x);
  return add<f64>(difference, sub<f64>(lost, mul<f64>(x, nearSeries(mul<f64>(x, x)))));
}

@inline export function isFar(x: v128): v128 { return gt<f64>(abs<f64>(x), nearLimit()); }

/** erf: f64x2, 2 ulp everywhere, erf(-0) = -0; +-1 at the infinities, NaN stays. */
@inline export function erf64(x: v128): v128 {
  const near = erfNear(x);
  return any(isFar(x)) ? erfFar(x, near) : near;
}

/** erfc: f64x2, 2 ulp everywhere, down to subnormal results; 0 and 2 at the infinities, NaN stays. */
@inline export function erfc64(x: v128): v128 {
  const near = erfcNear(x);
  return any(isFar(x)) ? erfcFar(x, near) : near;
}

/** (c + cLow) 2^k (e + eLow) */
@inline export function gaussFrom(k: v128, e: v128, eLow: v128, c: v128, cLow: v128): v128 {
  const n = mul<f64>(c, e);
  const rest = mad<f64>(c, eLow, mul<f64>(cLow, e));
  return scale<f64>(add<f64>(n, add<f64>(productError<f64>(c, e, n), rest)), k);
}

/** 2/sqrt(pi) as a pair. */
@inline export function twoOverRootPi(): v128 { return splat<f64>(1.1283791670955126); }
@inline export function twoOverRootPiLow(): v128 { return splat<f64>(1.533545961316588e-17); }

/** 2/sqrt(pi) e^(-x^2): f64x2, 1 ulp everywhere, down to subnormal results; 0 at the infinities, NaN stays. */
@inline export function gauss64(x: v128): v128 {
  const ax = clamped(x);
  const square = mul<f64>(ax, ax);
  const k = decayExponent(square);
  const e = decayHigh(square, k);
  const eLow = decayLow(square, productError<f64>(ax, ax, square), k, e);
  return gaussFrom(k, e, eLow, twoOverRootPi(), twoOverRootPiLow());
}

// The normal distribution. With u = |x|/sqrt(2), rounded, u^2 is x^2/2, whose rounding error is known without u's.

/** |x|, no larger than where e^(-x^2/2) has long been 0; NaN stays. */
@inline export function clampedNormal(x: v128): v128 { return atMost<f64>(abs<f64>(x), splat<f64>(39.5)); }
@inline export function halfSquare(a: v128): v128 { return mul<f64>(splat<f64>(0.5), mul<f64>(a, a)); }
@inline export function halfSquareLow(a: v128): v128 {
  return mul<f64>(splat<f64>(0.5), productError<f64>(a, a, mul<f64>(a, a)));
}
/** 1/sqrt(2 pi) as a pair. */
@inline export function density0(): v128 { return splat<f64>(0.3989422804014327); }
@inline export function density0Low(): v128 { return splat<f64>(-2.49232720227773e-17); }

/** e^(-x^2/2)/sqrt(2 pi): f64x2, 1 ulp everywhere, down to subnormal results; 0 at the infinities, NaN stays. */
@inline export function normalDensity64(x: v128): v128 {
  const a = clampedNormal(x);
  const square = halfSquare(a);
  const k = decayExponent(square);
  const e = decayHigh(square, k);
  return gaussFrom(k, e, decayLow(square, halfSquareLow(a), k, e), density0(), density0Low());
}

/**
 * Phi(x) = 1/2 + erf(x/sqrt 2)/2 as a pair for |x| <= 1/sqrt(2): 1/2 + h + h Y, h = x/(2 sqrt 2) as a pair, u =
 * |x|/sqrt(2).
 */
@inline function halfOverRoot(x: v128): v128 { return mul<f64>(x, splat<f64>(0.3535533905932738)); }
@inline function ndtrNearHigh(x: v128): v128 { return add<f64>(splat<f64>(0.5), halfOverRoot(x)); }
@inline function ndtrNearLow(x: v128, u: v128): v128 {
  const half = splat<f64>(0.5);
  const h = halfOverRoot(x);
  const hLow = add<f64>(
    productError<f64>(x, splat<f64>(0.3535533905932738), h), mul<f64>(x, splat<f64>(-2.4168233283632284e-17)),
  );
  const sum = add<f64>(half, h);
  return add<f64>(fastSumError<f64>(half, h, sum), add<f64>(hLow, mul<f64>(h, nearSeries(mul<f64>(u, u)))));
}

/** Phi(x) = erfc(-x/sqrt 2)/2 from a = clampedNormal(x) and e^(-a^2/2). */
@inline export function ndtrFrom(x: v128, a: v128, k: v128, e: v128, eLow: v128): v128 {
  const root = splat<f64>(0.7071067811865476);
  const u = mul<f64>(a, root);
  const limit = splat<f64>(0.7071067811865476);
  const near = add<f64>(ndtrNearHigh(x), ndtrNearLow(x, u));
  const far = gt<f64>(a, limit);
  return any(far) ? select(far, ndtrFar(x, a, u, k, e, eLow), near) : near;
}

function ndtrFar(x: v128, a: v128, u: v128, k: v128, e: v128, eLow: v128): v128 {
  const root = splat<f64>(0.7071067811865476);
  const uLow = add<f64>(productError<f64>(a, root, u), mul<f64>(a, splat<f64>(-4.833646656726457e-17)));
  // halved within the scaling, so that subnormal results are rounded once
  const right = tailFrom(u, uLow, sub<f64>(k, splat<f64>(1)), e, eLow);
  return select(gt<f64>(x, splat<f64>(0)), sub<f64>(splat<f64>(1), right), right);
}

/**
 * Phi, the normal distribution function: f64x2, 2 ulp everywhere, down to subnormal results; 0 and 1 at the
 * infinities, NaN stays.
 */
@inline export function ndtr64(x: v128): v128 {
  const a = clampedNormal(x);
  const square = halfSquare(a);
  const k = decayExponent(square);
  const e = decayHigh(square, k);
  return ndtrFrom(x, a, k, e, decayLow(square, halfSquareLow(a), k, e));
}

/** log Phi(x) for x > 0: of Phi as a pair, or of 1 - Q with Q = Phi(-x) as one. */
export function logNdtrRight(x: v128): v128 {
  const a = clampedNormal(x);
  const root = splat<f64>(0.7071067811865476);
  const u = mul<f64>(a, root);
  const square = halfSquare(a);
  const k = decayExponent(square);
  const e = decayHigh(square, k);
  const uLow = add<f64>(productError<f64>(a, root, u), mul<f64>(a, splat<f64>(-4.833646656726457e-17)));
  const q = tailQuotient(u, uLow, e, decayLow(square, halfSquareLow(a), k, e));
  const halved = sub<f64>(k, splat<f64>(1));
  const far = logOfPair<f64>(splat<f64>(0), neg<f64>(scale<f64>(q, halved)), neg<f64>(scale<f64>(quotientLow, halved)));

  const high = ndtrNearHigh(x);
  const low = ndtrNearLow(x, u);
  const p = add<f64>(high, low);
  const pLow = fastSumError<f64>(high, low, p);
  const one = splat<f64>(1);
  const f = sub<f64>(mantissaOf<f64>(p), one);
  const near = logOfPair<f64>(exponentOf<f64>(p), f, mul<f64>(pLow, inversePowerOf<f64>(p)));
  return select(gt<f64>(a, root), far, near);
}
