// erfinv and erfcinv, and the size of their derivatives, in f64x2.
//
// Method: a rational function of s = sqrt(4 - log(1 - x^2)) gives y to 2^-14 and better (a fit of our own by multiple
// precision over 1 - x >= 2^-1074); then three terms of the series of the inverse function about y (fourth order), y
// + v + y v^2 + (1 + 4 y^2) v^3/3, where v = (x - erf y)/erf'(y). Near 0 the residual is that of the series x + x
// Y(x^2); beyond, with d = 1 - x and erfc y = e^(-y^2) Q(y), v = (e^(-y^2) Q(y) - d)/(2/sqrt(pi) e^(-y^2)), numerator
// and quotient as pairs, all scaled by a power of two. The derivative sqrt(pi)/2 e^(y^2) is sqrt(pi)/2 Q(y)/d: the
// error of y is not multiplied by y^2.

import { abs, add, and, any, div, eq, gt, lt, mul, select, splat, sub } from "./lanes";
import { head, scale, signMask, withSign } from "./bits";
import { mad, poly6, poly7 } from "./poly";
import { productError, quotientHead, quotientTail } from "./dd";
import {
  decayExponent, decayHigh, decayLow, nearSeries, tailDenominator, tailDenominatorTail, tailNumerator, tailNumeratorLow,
  twoOverRootPi,
} from "./erf";
import { log } from "./log";

/** Up to this y the series in y^2 is used; x is 0.5205 there. */
@inline function nearLimit(): v128 { return splat<f64>(0.5); }

/** What `approximate` lacks. */
let correction: v128 = i64x2(0, 0);

/**
 * An approximation, and its correction, of y with erf(y) = x + xLow = 1 - d for x in [0, 1), d in (0, 1]; xLow
 * matters up to the limit, where d may be rounded.
 */
function approximate(x: v128, xLow: v128, d: v128): v128 {
  const one = splat<f64>(1);
  const s = f64x2.sqrt(sub<f64>(splat<f64>(4), log<f64>(mul<f64>(d, add<f64>(one, x)))));
  const n = poly7<f64>(
    s, -0.7336457665128693, 2.030482855518695, -1.866671789676801, 0.6953042867384714, -0.010252678403124698,
    -0.05829080414934758, 0.011680370024108513,
  );
  const m = poly6<f64>(
    s, 1, -1.1092538637666352, 0.42727031907954705, 0.027995439155143277, -0.05805400517326362, 0.011678660392364117,
  );
  const y = mul<f64>(x, div<f64>(n, m));
  const square = mul<f64>(y, y);
  const k = decayExponent(square);
  const e = decayHigh(square, k);
  const slope = mul<f64>(twoOverRootPi(), e);
  // to be scaled by 2^-k, and k is 0
  const near = add<f64>(sub<f64>(x, y), sub<f64>(xLow, mul<f64>(y, nearSeries(square))));
  const far = gt<f64>(y, nearLimit());
  const residual = any(far)
    ? select(far, residualFar(y, d, k, e, decayLow(square, productError<f64>(y, y, square), k, e)), near)
    : near;
  const v = div<f64>(residual, slope);
  const c = mad<f64>(splat<f64>(1.3333333333333333), square, splat<f64>(0.3333333333333333));
  correction = mul<f64>(v, mad<f64>(v, mad<f64>(v, c, y), one));
  return y;
}

@inline export function inverse(x: v128, xLow: v128, d: v128): v128 {
  return add<f64>(approximate(x, xLow, d), correction);
}

/** 2^-k (erfc y - d) */
function residualFar(y: v128, d: v128, k: v128, e: v128, eLow: v128): v128 {
  const n = tailNumerator(y, e, eLow);
  const nLow = tailNumeratorLow();
  const m = tailDenominator(y);
  const mHead = head<f64>(m);
  const recip = div<f64>(splat<f64>(1), m);
  const q = quotientHead<f64>(n, nLow, recip);
  const rest = quotientTail<f64>(n, nLow, mHead, tailDenominatorTail(y, mHead), recip, q);
  return sub<f64>(sub<f64>(q, scale<f64>(d, sub<f64>(splat<f64>(0), k))), rest);
}

/** sqrt(pi)/2 e^(y^2) where erf(y) = 1 - d. */
export function slopeAt(y: v128, d: v128): v128 {
  const zero = splat<f64>(0);
  const near = decayHigh(mul<f64>(y, y), zero);
  const q = div<f64>(tailNumerator(y, splat<f64>(1), zero), tailDenominator(y));
  const far = gt<f64>(y, nearLimit());
  // sqrt(pi)/2
  return div<f64>(mul<f64>(splat<f64>(0.886226925452758), select(far, q, splat<f64>(1))), select(far, d, near));
}

/** f where it is defined, inf at the limits, NaN elsewhere. */
@inline export function bounded(f: v128, inside: v128, limit: v128): v128 {
  return select(inside, f, select(limit, splat<f64>(Infinity), splat<f64>(NaN)));
}

// erfinv: x in (-1, 1), d = 1 - |x| is exact from 1/2 on, where it is used

@inline export function isInside(x: v128): v128 { return lt<f64>(abs<f64>(x), splat<f64>(1)); }
@inline export function isLimit(x: v128): v128 { return eq<f64>(abs<f64>(x), splat<f64>(1)); }
@inline export function insideOf(x: v128): v128 { return and(abs<f64>(x), isInside(x)); }
@inline export function complement(a: v128): v128 { return sub<f64>(splat<f64>(1), a); }

/** erfinv: f64x2, 1 ulp in (-1, 1), erfinv(-0) = -0; +-inf at +-1, NaN beyond and for NaN. */
export function erfinv64(x: v128): v128 {
  const a = insideOf(x);
  return withSign<f64>(bounded(inverse(a, splat<f64>(0), complement(a)), isInside(x), isLimit(x)), x);
}

/**
 * The derivative of erfinv, sqrt(pi)/2 e^(erfinv(x)^2): f64x2, 4 ulp in (-1, 1); inf at +-1, NaN beyond and for NaN.
 */
export function erfinvSlope64(x: v128): v128 {
  const a = insideOf(x);
  const d = complement(a);
  return bounded(slopeAt(inverse(a, splat<f64>(0), d), d), isInside(x), isLimit(x));
}

// erfcinv: c in (0, 2), d the distance from the nearer end, exact; x = 1 - d with its rounding error

@inline export function complementLow(d: v128): v128 { return sub<f64>(sub<f64>(splat<f64>(1), complement(d)), d); }

@inline function isUpper(c: v128): v128 { return gt<f64>(c, splat<f64>(1)); }
@inline export function fromEnd(c: v128): v128 { return select(isUpper(c), sub<f64>(splat<f64>(2), c), c); }
@inline export function isBetween(d: v128): v128 { return gt<f64>(d, splat<f64>(0)); }
@inline export function isEnd(d: v128): v128 { return eq<f64>(d, splat<f64>(0)); }
@inline export function betweenOf(d: v128): v128 { return select(isBetween(d), d, splat<f64>(1)); }
@inline export function mirrored(y: v128, c: v128): v128 { return v128.xor(y, and(isUpper(c), signMask<f64>())); }

/** erfcinv: f64x2, 1 ulp in (0, 2) down to the least subnormal c; inf at 0, -inf at 2, NaN outside and for NaN. */
export function erfcinv64(c: v128): v128 {
  const d = fromEnd(c);
  const inner = betweenOf(d);
  return mirrored(bounded(inverse(complement(inner), complementLow(inner), inner), isBetween(d), isEnd(d)), c);
}

/**
 * ndtri, the inverse of the normal distribution function: -sqrt(2) erfcinv(2 p), rounded once: f64x2, 1 ulp in (0,
 * 1); -inf at 0, inf at 1, NaN outside and for NaN.
 */
export function ndtri64(p: v128): v128 {
  const c = add<f64>(p, p);
  const d = fromEnd(c);
  const inner = betweenOf(d);
  const y = approximate(complement(inner), complementLow(inner), inner);
  const root = splat<f64>(1.4142135623730951);
  const product = mul<f64>(y, root);
  const low = mad<f64>(
    correction, root, mad<f64>(y, splat<f64>(-9.667293313452913e-17), productError<f64>(y, root, product)),
  );
  const sign = and(lt<f64>(c, splat<f64>(1)), signMask<f64>());
  return v128.xor(bounded(add<f64>(product, low), isBetween(d), isEnd(d)), sign);
}

/** Minus the derivative of erfcinv: f64x2, 4 ulp in (0, 2); inf at 0 and 2, NaN outside and for NaN. */
export function erfcinvSlope64(c: v128): v128 {
  const d = fromEnd(c);
  const inner = betweenOf(d);
  return bounded(slopeAt(inverse(complement(inner), complementLow(inner), inner), inner), isBetween(d), isEnd(d));
}
