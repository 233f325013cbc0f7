// mod: the remainder with the sign of the divisor, x - floor(x/y) y, as NumPy and Python have it.
//
// Method: x - q y with q = floor(x/y) in two parts (Dekker's product); q may be one too large, which the sign tells.
// The first part is exact unless q is -1, when the second is 0: one rounding at most. Where q has more bits than a
// head, or y is huge, the same with magnitudes and a full product, and from 2^52 (f64), 2^23 (f32) on integer long
// division, 11 bits a step.

import { abs, add, and, any, div, gt, highHalf, joined, lowHalf, lt, mul, splat, sub, width } from "./lanes";
import { head, signMask, withSign } from "./bits";
import { productError } from "./dd";

/** a = significand * 2^exponent, exponent >= -1074. */
@inline function significand(bits: u64): u64 {
  const fraction = bits & 0xfffffffffffff;
  return bits >> 52 ? fraction | 0x10000000000000 : fraction;
}
@inline function exponent(bits: u64): i32 { return max(<i32>(bits >> 52), 1) - 1075; }

/** a mod b for a, b >= 0: NaN if a is infinite or b is 0, a if b is larger. */
function remainderOf(a: f64, b: f64): f64 {
  if (!(a < Infinity) || !(b > 0)) return NaN;
  if (a < b) return a;
  const aBits = reinterpret<u64>(a);
  const bBits = reinterpret<u64>(b);
  const divisor = significand(bBits);
  const to = exponent(bBits);
  let m = significand(aBits) % divisor;
  let steps = exponent(aBits) - to;
  for (; steps >= 11; steps -= 11) m = (m << 11) % divisor;
  m = (m << steps) % divisor;
  const unit = to >= -1022 ? reinterpret<f64>(<u64>(to + 1023) << 52) : reinterpret<f64>(<u64>1 << (to + 1074));
  return <f64>m * unit;
}

function remainderAnywhere64(a: v128, b: v128): v128 {
  const low = remainderOf(f64x2.extract_lane(a, 0), f64x2.extract_lane(b, 0));
  const high = remainderOf(f64x2.extract_lane(a, 1), f64x2.extract_lane(b, 1));
  return f64x2.replace_lane(f64x2.splat(low), 1, high);
}

/** Of single precision too: the remainder is a multiple of the divisor's last place, and smaller. */
function remainderAnywhere<T>(a: v128, b: v128): v128 {
  if (sizeof<T>() == 8) return remainderAnywhere64(a, b);
  return joined(remainderAnywhere64(lowHalf(a), lowHalf(b)), remainderAnywhere64(highHalf(a), highHalf(b)));
}

/** a - q b for magnitudes, where q = trunc(a/b) or one more. */
@inline function remainderByProduct<T>(a: v128, b: v128, q: v128): v128 {
  const p = mul<T>(q, b);
  const r = sub<T>(sub<T>(a, p), productError<T>(q, b, p));
  return add<T>(r, and(b, lt<T>(r, splat<T>(0))));
}

function modAnywhere<T>(x: v128, y: v128): v128 {
  const zero = splat<T>(0);
  const a = abs<T>(x);
  const b = abs<T>(y);
  const q = v128.trunc<T>(div<T>(a, b));
  const limit = width<T>(1.0715086071862673e301, 1.2676506002282294e30); // 2^1000, 2^100
  const short = and(lt<T>(q, width<T>(4503599627370496, 8388608)), and(lt<T>(a, limit), lt<T>(b, limit)));
  const r = any(v128.not(short)) ? remainderAnywhere<T>(a, b) : remainderByProduct<T>(a, b, q);
  const differ = and(v128.xor(lt<T>(x, zero), lt<T>(y, zero)), gt<T>(r, zero));
  return withSign<T>(abs<T>(sub<T>(and(differ, b), r)), y); // b - r or r
}

/** x - q y, where q = floor(x/y) or one more has as many bits as a head: its product with the tail of y is exact. */
@inline function modOrdinary<T>(x: v128, y: v128, q: v128): v128 {
  const p = mul<T>(q, y);
  const yHead = head<T>(y);
  const pLow = add<T>(sub<T>(mul<T>(q, yHead), p), mul<T>(q, sub<T>(y, yHead)));
  const r = sub<T>(sub<T>(x, p), pLow);
  const wrong = lt<T>(v128.xor(r, and(y, signMask<T>())), splat<T>(0));
  return withSign<T>(add<T>(r, and(y, wrong)), y); // which has it, unless it is 0
}

/**
 * mod: exact where x and y have one sign, else rounded once; a zero has the sign of y. NaN if x is infinite or y is
 * 0; mod(x, +-inf) is x or, where the signs differ, +-inf.
 */
@inline export function mod<T>(x: v128, y: v128): v128 {
  const q = v128.floor<T>(div<T>(x, y));
  const bits = lt<T>(abs<T>(q), width<T>(67108864, 4096)); // 2^26, 2^12
  const mild = lt<T>(abs<T>(y), width<T>(1.0463951242053391e298, 1.2676506002282294e30)); // 2^990, 2^100
  return any(v128.not(and(bits, mild))) ? modAnywhere<T>(x, y) : modOrdinary<T>(x, y, q);
}
