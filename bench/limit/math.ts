// AssemblyScript. What the hand-written kernels share: names for the vector instructions, and elementary functions
// with the shortest polynomials that give about 1e-16 in a limited range (no special values, no huge arguments), as
// in peers/limit.h. They are the limit that the library's own functions, right in the whole range, are held against.

// @ts-ignore: decorator
@inline export function ld(p: usize): v128 { return v128.load(p); }
// @ts-ignore: decorator
@inline export function st(p: usize, a: v128): void { v128.store(p, a); }
// @ts-ignore: decorator
@inline export function bc(x: f64): v128 { return f64x2.splat(x); }
// @ts-ignore: decorator
@inline export function add(a: v128, b: v128): v128 { return f64x2.add(a, b); }
// @ts-ignore: decorator
@inline export function sub(a: v128, b: v128): v128 { return f64x2.sub(a, b); }
// @ts-ignore: decorator
@inline export function mul(a: v128, b: v128): v128 { return f64x2.mul(a, b); }
// @ts-ignore: decorator
@inline export function div(a: v128, b: v128): v128 { return f64x2.div(a, b); }
/** a + b c */
// @ts-ignore: decorator
@inline export function mad(a: v128, b: v128, c: v128): v128 { return f64x2.add(a, f64x2.mul(b, c)); }
/** The sum of both lanes. */
// @ts-ignore: decorator
@inline export function hs(a: v128): f64 { return f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1); }
/** Both sums as one vector. */
// @ts-ignore: decorator
@inline export function pair(a: v128, b: v128): v128 {
  return f64x2.add(v128.shuffle<f64>(a, b, 0, 2), v128.shuffle<f64>(a, b, 1, 3));
}

const MAGIC: f64 = 6755399441055744.0;

/** exp for -708 ≤ x ≤ 709, clamped */
// @ts-ignore: decorator
@inline export function exp(x: v128): v128 {
  x = f64x2.pmin(f64x2.pmax(x, bc(-708)), bc(709));
  const t = mad(bc(MAGIC), x, bc(1.4426950408889634074));
  const n = sub(t, bc(MAGIC));
  let r = sub(x, mul(n, bc(6.93147180369123816490e-1)));
  r = sub(r, mul(n, bc(1.90821492927058770002e-10)));
  let p = bc(1.0 / 479001600);
  p = mad(bc(1.0 / 39916800), p, r);
  p = mad(bc(1.0 / 3628800), p, r);
  p = mad(bc(1.0 / 362880), p, r);
  p = mad(bc(1.0 / 40320), p, r);
  p = mad(bc(1.0 / 5040), p, r);
  p = mad(bc(1.0 / 720), p, r);
  p = mad(bc(1.0 / 120), p, r);
  p = mad(bc(1.0 / 24), p, r);
  p = mad(bc(1.0 / 6), p, r);
  p = mad(bc(0.5), p, r);
  p = mad(bc(1), p, r);
  p = mad(bc(1), p, r);
  return i64x2.add(p, i64x2.shl(t, 52));
}

/** sin(r) for |r| ≤ π/2, with the sign of the lowest bit of t */
// @ts-ignore: decorator
@inline function sinPolynomial(r: v128, t: v128): v128 {
  const z = mul(r, r);
  let p = bc(1.9572941063391263e-20);
  p = mad(bc(-8.2206352466243297e-18), p, z);
  p = mad(bc(2.8114572543455208e-15), p, z);
  p = mad(bc(-7.6471637318198165e-13), p, z);
  p = mad(bc(1.6059043836821614e-10), p, z);
  p = mad(bc(-2.5052108385441719e-8), p, z);
  p = mad(bc(2.7557319223985891e-6), p, z);
  p = mad(bc(-1.9841269841269841e-4), p, z);
  p = mad(bc(8.3333333333333333e-3), p, z);
  p = mad(bc(-1.6666666666666667e-1), p, z);
  return v128.xor(mad(r, mul(r, z), p), i64x2.shl(t, 63));
}
const PI1: f64 = 2 * 1.57079632673412561417;
const PI2: f64 = 2 * 6.07710050630396597660e-11;
const PI3: f64 = 2 * 2.02226624879595063154e-21;
// @ts-ignore: decorator
@inline function reduced(x: v128, n: v128): v128 {
  return sub(sub(sub(x, mul(n, bc(PI1))), mul(n, bc(PI2))), mul(n, bc(PI3)));
}
/** sin for |x| < 2^20 */
// @ts-ignore: decorator
@inline export function sin(x: v128): v128 {
  const t = mad(bc(MAGIC), x, bc(0.31830988618379067154));
  return sinPolynomial(reduced(x, sub(t, bc(MAGIC))), t);
}
/** cos for |x| < 2^20 */
// @ts-ignore: decorator
@inline export function cos(x: v128): v128 {
  const t = add(sub(mul(x, bc(0.31830988618379067154)), bc(0.5)), bc(MAGIC));
  return f64x2.neg(sinPolynomial(reduced(x, add(sub(t, bc(MAGIC)), bc(0.5))), t));
}

/** log(1 + t) for 0 ≤ t ≤ 1 */
// @ts-ignore: decorator
@inline export function log1p(t: v128): v128 {
  const s = div(t, add(bc(2), t));
  const z = mul(s, s);
  let p = bc(1.0 / 35);
  p = mad(bc(1.0 / 33), p, z);
  p = mad(bc(1.0 / 31), p, z);
  p = mad(bc(1.0 / 29), p, z);
  p = mad(bc(1.0 / 27), p, z);
  p = mad(bc(1.0 / 25), p, z);
  p = mad(bc(1.0 / 23), p, z);
  p = mad(bc(1.0 / 21), p, z);
  p = mad(bc(1.0 / 19), p, z);
  p = mad(bc(1.0 / 17), p, z);
  p = mad(bc(1.0 / 15), p, z);
  p = mad(bc(1.0 / 13), p, z);
  p = mad(bc(1.0 / 11), p, z);
  p = mad(bc(1.0 / 9), p, z);
  p = mad(bc(1.0 / 7), p, z);
  p = mad(bc(1.0 / 5), p, z);
  p = mad(bc(1.0 / 3), p, z);
  p = mad(bc(1), p, z);
  return mul(add(s, s), p);
}

// @ts-ignore: decorator
@inline export function tanh(x: v128): v128 {
  const e = exp(mul(bc(-2), f64x2.abs(x)));
  const r = div(sub(bc(1), e), add(bc(1), e));
  return v128.or(r, v128.and(x, i64x2.splat(0x8000000000000000)));
}
