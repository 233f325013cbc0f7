// mod, f64x2: the remainder with the sign of the divisor, x - floor(x/y) y, as NumPy and Python have it.
//
// Method: |x| - q |y| with q = trunc(|x|/|y|) is exact in two parts (Dekker's product) while q < 2^52; q may be one too large, which the
// sign tells. Larger quotients take integer long division, 11 bits a step. Then the sign, with one rounding where y is added.

import { abs, add, and, any, div, eq, lt, mul, select, splat, sub } from "./lanes";
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

function remainderAnywhere(a: v128, b: v128): v128 {
  const low = remainderOf(f64x2.extract_lane(a, 0), f64x2.extract_lane(b, 0));
  const high = remainderOf(f64x2.extract_lane(a, 1), f64x2.extract_lane(b, 1));
  return f64x2.replace_lane(f64x2.splat(low), 1, high);
}

/** a - q b, where q = trunc(a/b). */
@inline function remainderOrdinary(a: v128, b: v128, q: v128): v128 {
  const p = mul<f64>(q, b);
  const r = sub<f64>(sub<f64>(a, p), productError<f64>(q, b, p));
  return add<f64>(r, and(b, lt<f64>(r, splat<f64>(0))));
}

/** mod: exact where x and y have one sign, else rounded once; a zero has the sign of y. NaN if x is infinite or y is 0; mod(x, +-inf) is x
 * or, where the signs differ, +-inf. */
@inline export function mod(x: v128, y: v128): v128 {
  const zero = splat<f64>(0);
  const a = abs<f64>(x);
  const b = abs<f64>(y);
  const q = f64x2.trunc(div<f64>(a, b));
  const limit = splat<f64>(1.0715086071862673e301); // 2^1000
  const ordinary = and(lt<f64>(q, splat<f64>(4503599627370496)), and(lt<f64>(a, limit), lt<f64>(b, limit)));
  const r = any(v128.not(ordinary)) ? remainderAnywhere(a, b) : remainderOrdinary(a, b, q);
  const signed = withSign<f64>(r, x);
  const differ = v128.xor(lt<f64>(x, zero), lt<f64>(y, zero));
  return select(eq<f64>(r, zero), withSign<f64>(zero, y), select(differ, add<f64>(signed, y), signed));
}
