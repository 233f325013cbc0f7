// Lane arithmetic under the names of the formulas: `add<f64>(a, b)` works on f64x2, `add<f32>(a, b)` on f32x4.
// One kernel body then serves both widths. Every function here is a single instruction or a compile-time constant.

@inline export function add<T>(a: v128, b: v128): v128 { return v128.add<T>(a, b); }
@inline export function sub<T>(a: v128, b: v128): v128 { return v128.sub<T>(a, b); }
@inline export function mul<T>(a: v128, b: v128): v128 { return v128.mul<T>(a, b); }
@inline export function div<T>(a: v128, b: v128): v128 { return v128.div<T>(a, b); }
@inline export function abs<T>(a: v128): v128 { return v128.abs<T>(a); }
@inline export function neg<T>(a: v128): v128 { return v128.neg<T>(a); }
@inline export function gt<T>(a: v128, b: v128): v128 { return v128.gt<T>(a, b); }
@inline export function lt<T>(a: v128, b: v128): v128 { return v128.lt<T>(a, b); }
@inline export function eq<T>(a: v128, b: v128): v128 { return v128.eq<T>(a, b); }
@inline export function ne<T>(a: v128, b: v128): v128 { return v128.ne<T>(a, b); }
@inline export function and(a: v128, b: v128): v128 { return v128.and(a, b); }
@inline export function or(a: v128, b: v128): v128 { return v128.or(a, b); }
/** a where the bits of b are clear. */
@inline export function andnot(a: v128, b: v128): v128 { return v128.andnot(a, b); }
/** True if a lane of the mask is set (a move and a test, where `any_true` takes four instructions). */
@inline export function any(mask: v128): bool { return i32x4.bitmask(mask) != 0; }

/** `mask ? a : b`, lane by lane; the mask is all ones or all zeros in a lane. */
@inline export function select(mask: v128, a: v128, b: v128): v128 { return v128.bitselect(a, b, mask); }

/** The smaller of a and the constant-like b; a NaN in a stays (one instruction, unlike `min`). */
@inline export function atMost<T>(a: v128, b: v128): v128 { return v128.pmin<T>(a, b); }
/** The larger of a and the constant-like b; a NaN in a stays. */
@inline export function atLeast<T>(a: v128, b: v128): v128 { return v128.pmax<T>(a, b); }

/** The constant c in every lane. */
@inline export function splat<T>(c: f64): v128 {
  if (sizeof<T>() == 8) return f64x2.splat(c);
  return f32x4.splat(<f32>c);
}

/** A constant that differs between the widths: `wide` in f64x2, `narrow` in f32x4. */
@inline export function width<T>(wide: f64, narrow: f64): v128 {
  if (sizeof<T>() == 8) return f64x2.splat(wide);
  return f32x4.splat(<f32>narrow);
}

/** Lanes 0 and 1 of f32x4 as f64x2. */
@inline export function lowHalf(x: v128): v128 { return f64x2.promote_low_f32x4(x); }
/** Lanes 2 and 3 of f32x4 as f64x2. */
@inline export function highHalf(x: v128): v128 { return f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 1)); }
/** The two halves back as f32x4, rounded. */
@inline export function joined(low: v128, high: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}
