// mod: the remainder with the sign of the divisor, x - floor(x/y) y, as NumPy and Python have it.
//
// Method: |x| - q |y| with q = trunc(|x|/|y|) is exact in two parts (Dekker's product) while q < 2^52 (f64), 2^23 (f32); q may be one too large, which the
// sign tells. Larger quotients take integer long division, 11 bits a step. Then the sign, with one rounding where y is added.

import { abs, add, and, any, div, eq, highHalf, joined, lowHalf, lt, mul, select, splat, sub, width } from "./lanes";
import { withSign } from "./bits";
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

/** a - q b, where q = trunc(a/b). */
@inline function remainderOrdinary<T>(a: v128, b: v128, q: v128): v128 {
  const p = mul<T>(q, b);
  const r = sub<T>(sub<T>(a, p), productError<T>(q, b, p));
  return add<T>(r, and(b, lt<T>(r, splat<T>(0))));
}

/** mod: exact where x and y have one sign, else rounded once; a zero has the sign of y. NaN if x is infinite or y is 0; mod(x, +-inf) is x
 * or, where the signs differ, +-inf. */
@inline export function mod<T>(x: v128, y: v128): v128 {
  const zero = splat<T>(0);
  const a = abs<T>(x);
  const b = abs<T>(y);
  const q = v128.trunc<T>(div<T>(a, b));
  const limit = width<T>(1.0715086071862673e301, 1.2676506002282294e30); // 2^1000, 2^100
  const ordinary = and(lt<T>(q, width<T>(4503599627370496, 8388608)), and(lt<T>(a, limit), lt<T>(b, limit)));
  const r = any(v128.not(ordinary)) ? remainderAnywhere<T>(a, b) : remainderOrdinary<T>(a, b, q);
  const signed = withSign<T>(r, x);
  const differ = v128.xor(lt<T>(x, zero), lt<T>(y, zero));
  return select(eq<T>(r, zero), withSign<T>(zero, y), select(differ, add<T>(signed, y), signed));
}
