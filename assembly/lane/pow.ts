// pow: x^y = e^(y log x).
//
// Method: the logarithm as a pair, good to about 2^-66 relative, from a table of log(j/32) and the series of 2
// atanh(s) with s = (m - j/32)/(m + j/32) as a pair (the plan of FreeBSD msun's e_pow.c, with a finer table); the
// product with y is exact to a pair; the low half enters the exponential. In f32x4 plain f64 log and exp have bits to
// spare.

import {
  abs, add, and, andnot, any, atLeast, atMost, div, eq, gt, highHalf, joined, lowHalf, lt, mul, ne, neg, or, select,
  splat, sub,
} from "./lanes";
import { head, magnitude, notPositiveNormal, pattern, roundingShift, scale, scaleNormal, signMask } from "./bits";
import { mad, poly4 } from "./poly";
import { fastSumError, productError, sumError } from "./dd";
import { exp, expReduced, reduced, reducedLow, shiftedExponent } from "./exp";
import { exponentOf, kLn2Hi, kLn2Lo, log, mantissaOf } from "./log";

/** log(j/32), j = 23 .. 45: a head that is a multiple of 2^-42, so that adding k ln2 to it is exact, and the rest. */
const LOG_TABLE: usize = memory.data<f64>([
  -0.3302416868707496, 1.7276153095331185e-13, // 23
  -0.28768207245184385, 6.292357389008195e-14,
  -0.2468600779316148, 8.899851356560444e-14,
  -0.20763936477828793, 4.3425422595242564e-14,
  -0.16989903679541385, 1.6376276414097503e-14,
  -0.13353139262471814, 1.9551393909415374e-13, // 28
  -0.09844007281344602, 1.9350243441399066e-13,
  -0.0645385211375924, 2.1225608044809997e-14,
  -0.03174869831468641, 1.0610652735224087e-13,
  0.0, 0.0, // 32
  0.03077165866670839, 4.529814257790929e-14,
  0.060624621816259605, 1.7523746905186702e-13,
  0.08961215868953332, 1.5381597324888179e-13,
  0.11778303565620263, 1.808263779672476e-13, // 36
  0.1451820098443477, 1.5019366207495107e-13,
  0.17185025692651834, 1.4088127937111135e-13,
  0.19782574332975855, 1.6132822667240823e-13,
  0.22314355131402408, 1.856757095979601e-13, // 40
  0.2478361639043669, 2.143438782699234e-13,
  0.2719337154835557, 8.604306772808733e-14,
  0.29546421289364844, 1.8743951159935362e-13,
  0.31845373111832487, 2.0974824413105938e-13, // 44
  0.3409265869704541, 1.3912841212197566e-13,
]);

/**
 * The table row for m rounded to j/32, shifted = m + 1.5 * 2^47. The 23 is taken off in a lane: a compiler would take
 * it off the address, which could then be that of other data (scripts/kernel-objects.mjs finds what a function reads
 * by its addresses).
 */
@inline function tableRow(shifted: v128, lane: u8): v128 {
  const row = i64x2.sub(shifted, i64x2.splat(23));
  const j = <usize>(<i32>(lane == 0 ? i64x2.extract_lane(row, 0) : i64x2.extract_lane(row, 1)) & 63);
  return v128.load(LOG_TABLE + (j << 4));
}

/** The low half of y * log(x), whose high half `powExponent` returns. */
let exponentLow: v128 = i64x2(0, 0);
/** That low half, for kernels that build on powExponent. */
@inline export function powExponentLow(): v128 { return exponentLow; }

/**
 * The high half of (y + yLow) * log(2^k m), m the mantissa of a positive normal x; the low half goes to exponentLow.
 */
@inline export function powExponent(x: v128, k: v128, y: v128, yLow: v128 = splat<f64>(0), exact: bool = true): v128 {
  const m = mantissaOf<f64>(x);
  const magic = splat<f64>(211106232532992); // 1.5 * 2^47
  const shifted = add<f64>(m, magic);
  const centre = sub<f64>(shifted, magic);
  const row0 = tableRow(shifted, 0);
  const row1 = tableRow(shifted, 1);
  const tableHi = v128.shuffle<i64>(row0, row1, 0, 2);
  const tableLo = v128.shuffle<i64>(row0, row1, 1, 3);

  // s = sHead + sTail = (m - centre)/(m + centre)
  const n = sub<f64>(m, centre);
  const d = add<f64>(m, centre);
  const dHead = head<f64>(d);
  const dTail = sub<f64>(m, sub<f64>(dHead, centre));
  const recip = div<f64>(splat<f64>(1), d);
  const sHead = head<f64>(mul<f64>(n, recip));
  const sTail = mul<f64>(sub<f64>(sub<f64>(n, mul<f64>(sHead, dHead)), mul<f64>(sHead, dTail)), recip);

  // log x = (k ln2 + log centre + 2 sHead) + (2 sTail + s^3 P(s^2) + low parts)
  const s = add<f64>(sHead, sTail);
  const z = mul<f64>(s, s);
  // minimax, |s| < 0.0111: 2^-73
  const p = poly4<f64>(z, 0.6666666666666666, 0.40000000000190733, 0.2857142565743761, 0.2223761497669918);
  const fixed = add<f64>(kLn2Hi<f64>(k), tableHi);
  const twice = add<f64>(sHead, sHead);
  const sum = add<f64>(fixed, twice);
  const small = add<f64>(add<f64>(kLn2Lo<f64>(k), tableLo), add<f64>(sTail, sTail));
  const rest = add<f64>(fastSumError<f64>(fixed, twice, sum), mad<f64>(mul<f64>(s, z), p, small));
  const logHi = add<f64>(sum, rest);
  const logLo = fastSumError<f64>(sum, rest, logHi);

  const product = mul<f64>(y, logHi);
  exponentLow = add<f64>(productError<f64>(y, logHi, product), mul<f64>(y, logLo));
  if (!exact) exponentLow = add<f64>(exponentLow, mul<f64>(yLow, logHi));
  return product;
}

/** e^(hi + lo) before scaling by 2^k. */
@inline function powMantissa(hi: v128, lo: v128, k: v128): v128 {
  const r = reduced<f64>(hi, k);
  const low = add<f64>(reducedLow<f64>(hi, k, r), lo);
  const rSum = add<f64>(r, low);
  return expReduced<f64>(rSum, fastSumError<f64>(r, low, rSum));
}

/** pow: f64x2, 1 ulp everywhere, special values as in C99 F.9.4.4. */
@inline export function pow64(x: v128, y: v128): v128 {
  const hi = powExponent(x, exponentOf<f64>(x), y);
  const unusual = or(notPositiveNormal<f64>(x), v128.not(v128.le<f64>(abs<f64>(hi), splat<f64>(708))));
  return any(unusual) ? powAnywhere64(x, y) : powOrdinary(hi, exponentLow);
}

@inline function powOrdinary(hi: v128, lo: v128): v128 {
  const shifted = shiftedExponent<f64>(hi);
  return scaleNormal<f64>(powMantissa(hi, lo, sub<f64>(shifted, roundingShift<f64>())), shifted);
}

function powAnywhere64(x: v128, y: v128): v128 {
  return powTimes64(x, y, splat<f64>(0), splat<f64>(1));
}

/**
 * c x^(y + yLow) for any operands; 0 where c is 0. |c| meets the power before the power of two does. A function:
 * slopes share it.
 */
function powTimes64(x: v128, y: v128, yLow: v128, c: v128): v128 {
  const ax = magnitude<f64>(x);
  const tiny = lt<f64>(ax, pattern<f64>(0x0010000000000000, 0)); // below the least normal number
  const scaled = select(tiny, mul<f64>(ax, splat<f64>(18014398509481984)), ax); // 2^54
  const exponent = sub<f64>(exponentOf<f64>(scaled), and(tiny, splat<f64>(54)));
  const hi = powExponent(scaled, exponent, y, yLow, false);
  const clamped = atLeast<f64>(atMost<f64>(hi, splat<f64>(1380)), splat<f64>(-1380));
  const lo = and(exponentLow, eq<f64>(hi, clamped));
  const n = sub<f64>(shiftedExponent<f64>(clamped), roundingShift<f64>());
  const size = scale<f64>(mul<f64>(abs<f64>(c), powMantissa(clamped, lo, n)), n);
  return powSlopeSpecial<f64>(x, y, size, c);
}

/** pow: f32x4, 1 ulp everywhere, special values as in C99 F.9.4.4. */
@inline export function pow32(x: v128, y: v128): v128 {
  const infinity = splat<f32>(Infinity);
  const usual = and(and(gt<f32>(x, splat<f32>(0)), lt<f32>(x, infinity)), lt<f32>(abs<f32>(y), infinity));
  return i32x4.all_true(usual) ? powOrdinary32(x, y) : powAnywhere32(x, y);
}

@inline function powOrdinary32(x: v128, y: v128): v128 {
  return joined(powHalf(lowHalf(x), lowHalf(y)), powHalf(highHalf(x), highHalf(y)));
}

/**
 * Exponents beyond +-600 under- or overflow single precision on rounding back, also times the factor of a slope. A
 * function: inlined, its code would be there six times.
 */
function powHalf(x: v128, y: v128): v128 {
  const z = mul<f64>(y, log<f64>(x));
  return exp<f64>(atLeast<f64>(atMost<f64>(z, splat<f64>(600)), splat<f64>(-600)));
}

function powAnywhere32(x: v128, y: v128): v128 {
  const ax = magnitude<f32>(x);
  return powSpecial<f32>(x, y, powOrdinary32(ax, y));
}

/** p (p - 1) .. (p - k + 1) for k <= 64. */
@inline function falling(p: v128, k: v128): v128 {
  const most = min<f64>(64, max<f64>(f64x2.extract_lane(k, 0), f64x2.extract_lane(k, 1)));
  let c = splat<f64>(1);
  for (let i: f64 = 0; i < most; i += 1)
    c = select(lt<f64>(splat<f64>(i), k), mul<f64>(c, sub<f64>(p, splat<f64>(i))), c);
  return c;
}

/**
 * The k-th derivative of x^p in x, c x^(p - k) with c = p (p - 1) .. (p - k + 1): f64x2, k + 2 ulp. The rounding
 * error of p - k is part of the exponent, and c is multiplied in before the power of two: it may bring back what x^(p
 * - k) alone would not hold. 0 where c is 0.
 */
export function powSlope64(x: v128, p: v128, k: v128): v128 {
  const y = sub<f64>(p, k);
  return powTimes64(x, y, sumError<f64>(p, neg<f64>(k), y), falling(p, k));
}

/** The same in f32x4, 1 ulp: through f64. */
export function powSlope32(x: v128, p: v128, k: v128): v128 {
  const ax = magnitude<f32>(x);
  const size = joined(
    powSlopeHalf(lowHalf(ax), lowHalf(p), lowHalf(k)),
    powSlopeHalf(highHalf(ax), highHalf(p), highHalf(k)),
  );
  const c = joined(falling(lowHalf(p), lowHalf(k)), falling(highHalf(p), highHalf(k)));
  return powSlopeSpecial<f32>(x, sub<f32>(p, k), size, c);
}

function powSlopeHalf(x: v128, p: v128, k: v128): v128 {
  return mul<f64>(abs<f64>(falling(p, k)), powHalf(x, sub<f64>(p, k)));
}

@inline function powSlopeSpecial<T>(x: v128, y: v128, size: v128, c: v128): v128 {
  const power = powSpecial<T>(x, y, size, abs<T>(c));
  return select(eq<T>(c, splat<T>(0)), splat<T>(0), v128.xor(power, and(c, signMask<T>())));
}

/** unit x^y from size = unit |x|^y, which is right where both are finite and x is not zero. */
@inline function powSpecial<T>(x: v128, y: v128, size: v128, unit: v128 = splat<T>(1)): v128 {
  const zero = splat<T>(0);
  const one = splat<T>(1);
  const infinity = splat<T>(Infinity);
  const ax = magnitude<T>(x);
  const ay = magnitude<T>(y);
  const half = mul<T>(splat<T>(0.5), y);
  const integer = eq<T>(v128.trunc<T>(y), y);
  const odd = and(integer, ne<T>(v128.trunc<T>(half), half));

  // a base of 0 or inf, or an infinite exponent: 0 or inf, by whether |x| > 1 and y > 0 agree (|x| = 1 gives 1)
  const atLimit = or(or(eq<T>(ax, zero), eq<T>(ax, infinity)), eq<T>(ay, infinity));
  const grows = v128.not(v128.xor(gt<T>(ax, one), gt<T>(y, zero)));
  const limit = select(eq<T>(ax, one), unit, and(grows, infinity));
  const unsigned = select(atLimit, limit, size);

  const signed = v128.xor(unsigned, and(and(x, odd), signMask<T>()));
  const negative = and(lt<T>(x, zero), lt<T>(ax, infinity));
  const undefined = and(negative, andnot(lt<T>(ay, infinity), integer));
  const isNaN = or(or(ne<T>(x, x), ne<T>(y, y)), undefined);
  const isOne = or(eq<T>(y, zero), eq<T>(x, one));
  return select(isOne, unit, select(isNaN, splat<T>(NaN), signed));
}
