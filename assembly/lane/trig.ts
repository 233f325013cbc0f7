// sin, cos, tan: reduction modulo pi/2, the two polynomials on [-pi/4, pi/4], and their choice by quadrant.
//
// Method: Cody and Waite's reduction in three parts up to |x| = 1e5, Payne and Hanek's above; then sin and cos of the
// pair (r, rLow) as in FreeBSD msun (k_sin.c, k_cos.c). In f32x4 the work is done in f64x2 halves, where one part of
// pi/2 more than suffices and short polynomials do: for sin and cos one on [-pi/2, pi/2] after reduction modulo pi.

import { add, and, any, div, highHalf, joined, lowHalf, mul, neg, select, splat, sub } from "./lanes";
import { beyond, bitsGt, head, magnitude, roundingShift } from "./bits";
import { mad, poly3, poly4, poly6 } from "./poly";
import { quotient } from "./dd";
import { hugeLow, hugeQuadrant, reduceHuge } from "./payne-hanek";

// ---- reduction ----

/** Non-zero in lanes that need the slow reduction: |x| > 2^16 pi/2, about 1e5, or not finite. */
@inline export function hugeAngle(quadrant: v128): v128 { return beyond<f64>(quadrant, 17); }

/** The lanes of `huge` by Payne and Hanek, the others as they are. */
@inline export function patched(huge: v128, slow: v128, y: v128): v128 {
  return select(i64x2.eq(huge, i64x2.splat(0)), y, slow);
}

/** x / (pi/2) rounded to the nearest integer n, as n + roundingShift: the low bits of the pattern are the quadrant. */
@inline export function shiftedQuadrant(x: v128): v128 {
  return mad<f64>(x, splat<f64>(0.6366197723675814), roundingShift<f64>()); // 2/pi
}

// pi/2 = 37 bits + 36 bits + 53 bits: n times the first two is exact for |n| < 2^16.
@inline function minusLeading(x: v128, n: v128): v128 {
  return sub<f64>(x, mul<f64>(n, splat<f64>(1.5707963267923333)));
}
@inline function timesMiddle(n: v128): v128 { return mul<f64>(n, splat<f64>(2.5633441515839558e-12)); }
@inline function timesLast(n: v128): v128 { return mul<f64>(n, splat<f64>(1.0562999066987428e-23)); }

/** r = x - n pi/2 rounded. */
@inline export function reducedAngle(x: v128, n: v128): v128 {
  return sub<f64>(sub<f64>(minusLeading(x, n), timesMiddle(n)), timesLast(n));
}

/** What `reducedAngle` lost. */
@inline export function reducedAngleLow(x: v128, n: v128, r: v128): v128 {
  const coarse = minusLeading(x, n);
  const middle = timesMiddle(n);
  const fine = sub<f64>(coarse, middle);
  return add<f64>(sub<f64>(sub<f64>(fine, r), timesLast(n)), sub<f64>(sub<f64>(coarse, fine), middle));
}

// ---- kernels on [-pi/4, pi/4] ----

/** u with sin(r + rLow) = r - u; minimax fit, 2^-58 relative. */
@inline export function sineTail(r: v128, rLow: v128): v128 {
  const z = mul<f64>(r, r);
  const p = poly6<f64>(
    z, 0.16666666666666632, -0.008333333333322491, 0.00019841269829859586, -2.7557313707652818e-6,
    2.5050760341405093e-8, -1.589691480159609e-10,
  );
  return add<f64>(mul<f64>(mul<f64>(z, r), p), sub<f64>(mul<f64>(mul<f64>(splat<f64>(0.5), z), rLow), rLow));
}

@inline export function sineReduced(r: v128, rLow: v128): v128 { return sub<f64>(r, sineTail(r, rLow)); }

/** The leading part of cos(r): 1 - r^2/2 rounded. */
@inline function cosineHead(r: v128): v128 {
  return sub<f64>(splat<f64>(1), mul<f64>(splat<f64>(0.5), mul<f64>(r, r)));
}

/** The rest of cos(r + rLow); minimax fit, 2^-64. */
@inline function cosineTail(r: v128, rLow: v128): v128 {
  const z = mul<f64>(r, r);
  const halfSquare = mul<f64>(splat<f64>(0.5), z);
  const p = poly6<f64>(
    z, 0.0416666666666666, -0.001388888888887448, 2.480158728967761e-5, -2.7557314403080706e-7, 2.087572957992218e-9,
    -1.1359950162386975e-11,
  );
  const lost = sub<f64>(sub<f64>(splat<f64>(1), cosineHead(r)), halfSquare);
  return add<f64>(lost, sub<f64>(mul<f64>(mul<f64>(z, z), p), mul<f64>(r, rLow)));
}

@inline export function cosineReduced(r: v128, rLow: v128): v128 {
  return add<f64>(cosineHead(r), cosineTail(r, rLow));
}

// ---- quadrants ----

/** All ones in lanes of an odd quadrant. */
@inline function isOdd(quadrant: v128): v128 {
  return i64x2.sub(splat<f64>(0), and(quadrant, i64x2.splat(1)));
}

/** sin(x) from sin and cos of the reduced angle; with quadrant + 1, cos(x). */
@inline function turned(quadrant: v128, sine: v128, cosine: v128): v128 {
  const sign = i64x2.shl(and(quadrant, i64x2.splat(2)), 62);
  return v128.xor(select(isOdd(quadrant), cosine, sine), sign);
}

@inline export function sineTurned(quadrant: v128, sine: v128, cosine: v128): v128 {
  return turned(quadrant, sine, cosine);
}

@inline export function cosineTurned(quadrant: v128, sine: v128, cosine: v128): v128 {
  return turned(i64x2.add(quadrant, i64x2.splat(1)), sine, cosine);
}

/**
 * tan = (sine pair) / (cosine pair), turned by a quadrant: s/c or -c/s; each pair kept to more than working
 * precision.
 */
@inline function tangentReduced(quadrant: v128, r: v128, rLow: v128): v128 {
  const odd = isOdd(quadrant);
  const sLo = neg<f64>(sineTail(r, rLow));
  const cHi = cosineHead(r);
  const cLo = cosineTail(r, rLow);
  const nHi = select(odd, neg<f64>(cHi), r);
  const nLo = select(odd, neg<f64>(cLo), sLo);
  const dHi = select(odd, r, cHi);
  const dLo = select(odd, sLo, cLo);
  const d = add<f64>(dHi, dLo);
  const dHead = head<f64>(d);
  const dTail = add<f64>(sub<f64>(dHi, dHead), dLo);
  return quotient<f64>(nHi, nLo, dHead, dTail, div<f64>(splat<f64>(1), d));
}

// ---- f64x2 ----

/** sin: f64x2, 1 ulp for every finite x, sin(-0) = -0, NaN for infinities and NaN. */
@inline export function sin64(x: v128): v128 {
  const quadrant = shiftedQuadrant(x);
  const n = sub<f64>(quadrant, roundingShift<f64>());
  const r = reducedAngle(x, n);
  const rLow = reducedAngleLow(x, n, r);
  const y = sineTurned(quadrant, sineReduced(r, rLow), cosineReduced(r, rLow));
  const huge = hugeAngle(quadrant);
  return v128.any_true(huge) ? patched(huge, sinHuge(x), y) : y;
}

/** cos: f64x2, 1 ulp for every finite x, NaN for infinities and NaN. */
@inline export function cos64(x: v128): v128 {
  const quadrant = shiftedQuadrant(x);
  const n = sub<f64>(quadrant, roundingShift<f64>());
  const r = reducedAngle(x, n);
  const rLow = reducedAngleLow(x, n, r);
  const y = cosineTurned(quadrant, sineReduced(r, rLow), cosineReduced(r, rLow));
  const huge = hugeAngle(quadrant);
  return v128.any_true(huge) ? patched(huge, cosHuge(x), y) : y;
}

/** tan: f64x2, 1 ulp for every finite x, tan(-0) = -0, NaN for infinities and NaN. */
@inline export function tan64(x: v128): v128 {
  const quadrant = shiftedQuadrant(x);
  const n = sub<f64>(quadrant, roundingShift<f64>());
  const r = reducedAngle(x, n);
  const y = tangentReduced(quadrant, r, reducedAngleLow(x, n, r));
  const huge = hugeAngle(quadrant);
  return v128.any_true(huge) ? patched(huge, tanHuge(x), y) : y;
}

export function sinHuge(x: v128): v128 {
  const r = reduceHuge(x);
  return sineTurned(hugeQuadrant, sineReduced(r, hugeLow), cosineReduced(r, hugeLow));
}

export function cosHuge(x: v128): v128 {
  const r = reduceHuge(x);
  return cosineTurned(hugeQuadrant, sineReduced(r, hugeLow), cosineReduced(r, hugeLow));
}

function tanHuge(x: v128): v128 {
  const r = reduceHuge(x);
  return tangentReduced(hugeQuadrant, r, hugeLow);
}

// ---- f32x4, in f64x2 halves ----

@inline export function angleIsHuge32(x: v128): v128 { return bitsGt<f32>(magnitude<f32>(x), splat<f32>(1e5)); }

/**
 * r = x - n pi/2 for x and n of single precision: the product with the second part of pi/2 is rounded 2^-74 below
 * one.
 */
@inline function reducedAngleShort(x: v128, quadrant: v128): v128 {
  const n = sub<f64>(quadrant, roundingShift<f64>());
  return sub<f64>(minusLeading(x, n), mul<f64>(n, splat<f64>(2.563344151594519e-12)));
}

/** sin(r), 2^-28 relative. */
@inline function sineShort(r: v128): v128 {
  const z = mul<f64>(r, r);
  const p = poly3<f64>(z, -0.16666654918695245, 0.008332176961658323, -0.0001951716860954223);
  return mul<f64>(r, mad<f64>(z, p, splat<f64>(1)));
}

/** cos(r), 2^-33 relative. */
@inline function cosineShort(r: v128): v128 {
  const z = mul<f64>(r, r);
  const p = poly3<f64>(z, 0.04166664681191766, -0.0013887365246379657, 2.443822350734359e-5);
  return mad<f64>(z, mad<f64>(z, p, splat<f64>(-0.5)), splat<f64>(1));
}

// sin and cos need no second polynomial where one covers [-pi/2, pi/2].

/** n half turns from x to 0, as in `reducedAngleShort`. */
@inline function minusHalfTurns(x: v128, n: v128): v128 {
  return sub<f64>(
    sub<f64>(x, mul<f64>(n, splat<f64>(3.1415926535846666))), mul<f64>(n, splat<f64>(5.126688303189038e-12)),
  );
}

/**
 * sin(r) for |r| <= pi/2, 2^-27 relative, with the sign of the half turns, whose parity is the lowest bit of `turns`.
 */
@inline function sineOfHalfTurn(r: v128, turns: v128): v128 {
  const z = mul<f64>(r, r);
  const p = poly4<f64>(z, -0.16666659550400753, 0.008333066245315306, -0.00019809602841377546, 2.605780495709662e-6);
  return v128.xor(mul<f64>(r, mad<f64>(z, p, splat<f64>(1))), i64x2.shl(turns, 63));
}

/** sin of single precision in f64x2. */
@inline export function sineShortOf(x: v128): v128 {
  const turns = mad<f64>(x, splat<f64>(0.3183098861837907), roundingShift<f64>()); // 1/pi
  return sineOfHalfTurn(minusHalfTurns(x, sub<f64>(turns, roundingShift<f64>())), turns);
}

/** cos of single precision in f64x2: with x = (m + 1/2) pi + r, it is (-1)^m sin(-r). */
@inline export function cosineShortOf(x: v128): v128 {
  const half = splat<f64>(0.5);
  const turns = add<f64>(sub<f64>(mul<f64>(x, splat<f64>(0.3183098861837907)), half), roundingShift<f64>());
  const n = add<f64>(sub<f64>(turns, roundingShift<f64>()), half);
  return sineOfHalfTurn(neg<f64>(minusHalfTurns(x, n)), turns);
}

@inline function tanHalf(x: v128): v128 {
  const quadrant = shiftedQuadrant(x);
  const r = reducedAngleShort(x, quadrant);
  const s = sineShort(r);
  const c = cosineShort(r);
  const odd = isOdd(quadrant);
  return div<f64>(select(odd, neg<f64>(c), s), select(odd, s, c));
}

/** sin: f32x4, 1 ulp for every finite x, sin(-0) = -0, NaN for infinities and NaN. */
@inline export function sin32(x: v128): v128 {
  const y = joined(sineShortOf(lowHalf(x)), sineShortOf(highHalf(x)));
  const huge = angleIsHuge32(x);
  return any(huge) ? select(huge, joined(sinHuge(lowHalf(x)), sinHuge(highHalf(x))), y) : y;
}

/** cos: f32x4, 1 ulp for every finite x, NaN for infinities and NaN. */
@inline export function cos32(x: v128): v128 {
  const y = joined(cosineShortOf(lowHalf(x)), cosineShortOf(highHalf(x)));
  const huge = angleIsHuge32(x);
  return any(huge) ? select(huge, joined(cosHuge(lowHalf(x)), cosHuge(highHalf(x))), y) : y;
}

/** tan: f32x4, 1 ulp for every finite x, tan(-0) = -0, NaN for infinities and NaN. */
@inline export function tan32(x: v128): v128 {
  const y = joined(tanHalf(lowHalf(x)), tanHalf(highHalf(x)));
  const huge = angleIsHuge32(x);
  return any(huge) ? select(huge, joined(tanHuge(lowHalf(x)), tanHuge(highHalf(x))), y) : y;
}
