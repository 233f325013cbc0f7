// Reduction of huge arguments modulo pi/2 (M. H. Payne and R. N. Hanek, "Radian reduction for trigonometric
// functions", 1983).
//
// x = m 2^e with m an integer of 53 bits. Of the product m * (2/pi) * 2^e only the value modulo 4 matters, so the
// bits of 2/pi whose weight makes a multiple of 4 are skipped and the next 192 are multiplied by m: two bits of
// quadrant and 126 bits of fraction, of which at most about 62 cancel. Scalar integer code: this path is rare.

import { add, mul } from "./lanes";
import { fastSumError, productError } from "./dd";

/** A zero word, then 1280 bits of 2/pi. */
const TWO_OVER_PI: usize = memory.data<u64>([
  0, 0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561, 0xb7246e3a424dd2e0,
  0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484, 0xe99c7026b45f7e41, 0x3991d639835339f4,
  0x9c845f8bbdf9283b, 0x1ff897ffde05980f, 0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d,
  0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab, 0xf0cfbc209af4361d,
]);

// Results of one `turn` besides the leading part of its fraction.
let turnLow: f64 = 0;
let turnQuadrant: i64 = 0;

/** What `reduceHuge` adds to the returned angle. */
export let hugeLow: v128 = i64x2(0, 0);
/** Its quadrant, in the low bits of each integer lane. */
export let hugeQuadrant: v128 = i64x2(0, 0);

/** 64 bits of 2/pi from bit position `bit` of the table. */
@inline function bitsAt(bit: u32): u64 {
  const word = TWO_OVER_PI + ((bit >> 6) << 3);
  const shift = <u64>(bit & 63);
  const high = load<u64>(word) << shift;
  return shift == 0 ? high : high | (load<u64>(word, 8) >> (64 - shift));
}

/** High half of the 128-bit product. */
function multiplyHigh(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff;
  const aHigh = a >> 32;
  const bLow = b & 0xffffffff;
  const bHigh = b >> 32;
  const cross = aHigh * bLow + ((aLow * bLow) >> 32);
  const middle = aLow * bHigh + (cross & 0xffffffff);
  return aHigh * bHigh + (cross >> 32) + (middle >> 32);
}

/**
 * x * 2/pi minus the nearest integer, in [-1/2, 1/2], as a pair: returns the leading 53 bits, leaves the rest in
 * turnLow and the integer modulo 4 in turnQuadrant. For 2^16 <= |x| < inf; NaN for infinities and NaN. Lanes below
 * are reduced elsewhere, but they come here beside a large one: they must not read outside the table.
 */
function turn(x: f64): f64 {
  const bits = reinterpret<u64>(x);
  const exponent = <i32>((bits >> 52) & 0x7ff);
  turnLow = 0;
  turnQuadrant = 0;
  if (exponent == 0x7ff) return NaN;
  if (exponent < 1039) return 0;

  // e = exponent - 1075; the first useful bit of 2/pi has weight 2^(1 - e), and the table's bit 63 has weight 1
  const m = (bits & 0x000fffffffffffff) | 0x0010000000000000;
  const start = <u32>(exponent - 1075 + 62);
  const w1 = bitsAt(start + 64);
  const middle = m * w1 + multiplyHigh(m, bitsAt(start + 128));
  const carry = <u64>(middle < m * w1);
  const top = m * bitsAt(start) + multiplyHigh(m, w1) + carry;

  // two bits of quadrant, then a fraction read as a signed number: above 1/2 it belongs to the next quadrant
  let quadrant = <i64>(top >> 62);
  let high = (top << 2) | (middle >> 62);
  let low = middle << 2;
  const negative = <i64>high < 0;
  if (negative) {
    quadrant += 1;
    low = ~low + 1;
    high = ~high + <u64>(low == 0);
  }

  const shift = clz<u64>(high);
  if (shift != 0) high = (high << shift) | (low >> (64 - shift));
  low <<= shift;
  let scale = reinterpret<f64>((1023 - shift) << 52); // 2^-shift
  // an odd function: x and its fraction change sign together
  if (negative != (<i64>bits < 0)) scale = -scale;
  turnLow = (<f64>((high << 53) | (low >> 11)) * 6.018531076210112e-36) * scale; // 2^-117
  turnQuadrant = <i64>bits < 0 ? -quadrant : quadrant;
  return (<f64>(high >> 11) * 1.1102230246251565e-16) * scale; // 2^-53
}

/** x modulo pi/2 to about 100 bits; the rest of the result is in hugeLow and hugeQuadrant. */
export function reduceHuge(x: v128): v128 {
  const turn0 = turn(f64x2.extract_lane(x, 0));
  const low0 = turnLow;
  const quadrant0 = turnQuadrant;
  const turn1 = turn(f64x2.extract_lane(x, 1));
  hugeQuadrant = i64x2(quadrant0, turnQuadrant);

  // the fraction times pi/2, both as pairs
  const hi = f64x2(turn0, turn1);
  const lo = f64x2(low0, turnLow);
  const piHi = f64x2.splat(1.5707963267948966);
  const piLo = f64x2.splat(6.123233995736766e-17);
  const product = mul<f64>(hi, piHi);
  const rest = add<f64>(productError<f64>(hi, piHi, product), add<f64>(mul<f64>(hi, piLo), mul<f64>(lo, piHi)));
  const angle = add<f64>(product, rest);
  hugeLow = fastSumError<f64>(product, rest, angle);
  return angle;
}
