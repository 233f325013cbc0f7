// Exponent and mantissa surgery on the bit patterns of f64x2 (T = f64) and f32x4 (T = f32) lanes.

import { add, and, andnot, mul, or, splat, sub, width } from "./lanes";

/** Bits of a constant, as an integer lane: `wide` for f64, `narrow` for f32. */
@inline export function pattern<T>(wide: i64, narrow: i32): v128 {
  if (sizeof<T>() == 8) return i64x2.splat(wide);
  return i32x4.splat(narrow);
}

@inline export function bitsAdd<T>(a: v128, b: v128): v128 {
  if (sizeof<T>() == 8) return i64x2.add(a, b);
  return i32x4.add(a, b);
}

@inline export function bitsSub<T>(a: v128, b: v128): v128 {
  if (sizeof<T>() == 8) return i64x2.sub(a, b);
  return i32x4.sub(a, b);
}

/** Signed comparison of bit patterns. */
@inline export function bitsGt<T>(a: v128, b: v128): v128 {
  if (sizeof<T>() == 8) return i64x2.gt_s(a, b);
  return i32x4.gt_s(a, b);
}

/** Low integer bits moved up into the exponent field. */
@inline export function toExponentField<T>(n: v128): v128 {
  if (sizeof<T>() == 8) return i64x2.shl(n, 52);
  return i32x4.shl(n, 23);
}

/** Exponent field (sign included, logical shift) moved down to the low integer bits. */
@inline export function fromExponentField<T>(n: v128): v128 {
  if (sizeof<T>() == 8) return i64x2.shr_u(n, 52);
  return i32x4.shr_u(n, 23);
}

@inline export function signMask<T>(): v128 { return pattern<T>(0x8000000000000000, 0x80000000); }

/** |magnitude| gets the sign of x; magnitude must be non-negative or already share that sign. */
@inline export function withSign<T>(magnitude: v128, x: v128): v128 {
  return or(magnitude, and(x, signMask<T>()));
}

/**
 * Adding 1.5 * 2^52 (f64) or 1.5 * 2^23 (f32) rounds to the nearest integer and leaves it, in two's complement, in
 * the low bits of the pattern; subtracting it again gives the integer as a number. Good for |x| < 2^51, 2^22.
 */
@inline export function roundingShift<T>(): v128 { return width<T>(6755399441055744.0, 12582912.0); }

/**
 * Non-zero in lanes whose integer, given as integer + roundingShift, is not in [-2^(bits - 1), 2^(bits - 1)):
 * infinities, NaN and whatever was too large to round count as outside. One subtraction and a shift; test it with
 * `v128.any_true`.
 */
@inline export function beyond<T>(shifted: v128, bits: i32): v128 {
  if (sizeof<T>() == 8)
    return i64x2.shr_u(i64x2.sub(shifted, i64x2.splat(0x4338000000000000 - (1 << (bits - 1)))), bits);
  return i32x4.shr_u(i32x4.sub(shifted, i32x4.splat(0x4b400000 - (1 << (bits - 1)))), bits);
}

/** 2^k for -1022 <= k <= 1023 (f64) or -126 <= k <= 127 (f32), from the low bits of the integer lane n = k. */
@inline export function pow2<T>(n: v128): v128 {
  return bitsAdd<T>(toExponentField<T>(n), splat<T>(1));
}

/** y * 2^k by exponent arithmetic; y and the result must be normal. */
@inline export function scaleNormal<T>(y: v128, n: v128): v128 {
  return bitsAdd<T>(y, toExponentField<T>(n));
}

/**
 * y * 2^k with gradual underflow and overflow, k a number with |k| <= 2000 (f64) or 250 (f32): two exact steps, one
 * rounding.
 */
@inline export function scale<T>(y: v128, k: v128): v128 {
  const magic = roundingShift<T>();
  const half = add<T>(mul<T>(k, splat<T>(0.5)), magic);
  const rest = add<T>(sub<T>(k, sub<T>(half, magic)), magic);
  return mul<T>(mul<T>(y, pow2<T>(half)), pow2<T>(rest));
}

/** The leading 26 (f64) or 12 (f32) significant bits of x, truncated: products of two heads are exact. */
@inline export function head<T>(x: v128): v128 {
  return and(x, pattern<T>(0xfffffffff8000000, 0xfffff000));
}

/** True in lanes that are zero, negative, subnormal, infinite or NaN. */
@inline export function notPositiveNormal<T>(x: v128): v128 {
  // (bits - minNormal) as unsigned >= (inf - minNormal), done as a signed comparison of both sides with the sign
  // flipped
  const offset = bitsAdd<T>(x, pattern<T>(0x7ff0000000000000, 0x7f800000));
  return bitsGt<T>(offset, pattern<T>(0xffdfffffffffffff, 0xfeffffff));
}

/** Magnitude bits of x: |x| without touching NaN payloads. */
@inline export function magnitude<T>(x: v128): v128 { return andnot(x, signMask<T>()); }
