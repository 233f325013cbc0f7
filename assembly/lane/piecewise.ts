// Functions of x >= 0 from tables: a polynomial on each piece, in f64x2.
//
// A piece begins at every power of two from 1/2 on and half way to the next; [0, 1/2) is the first one. Its row in
// the table is the point about which the polynomial is written, the constant as a pair, the other coefficients. The
// constant dominates, so that the result is rounded little more than once. Every lane reads the row of its own piece:
// there are no branches.

import { add, div, mul, splat, sub } from "./lanes";
import { mad } from "./poly";
import { fastSumError } from "./dd";

/** What the last result of `piecewise` or `series` lost to rounding. */
let low: v128 = i64x2(0, 0);
@inline export function piecewiseLow(): v128 { return low; }

/** The numbers at the place of two rows. */
@inline function pair(row0: usize, row1: usize, place: i32): v128 {
  return f64x2.replace_lane(v128.load64_splat(row0 + (<usize>place << 3)), 1, load<f64>(row1 + (<usize>place << 3)));
}

@inline function total(high: v128, lower: v128): v128 {
  const y = add<f64>(high, lower);
  low = fastSumError<f64>(high, lower, y);
  return y;
}

/** The function with this table at x, 0 <= x < end; NaN stays. A number of no meaning elsewhere. */
@inline export function piecewise(table: usize, degree: i32, end: f64, x: v128): v128 {
  // in this order, NaN is in the first piece
  const inside = v128.pmin<f64>(v128.pmax<f64>(splat<f64>(0.4375), x), splat<f64>(end * 0.99));
  const piece = i64x2.sub(i64x2.shr_u(inside, 51), i64x2.splat(0x7fb));
  const row0 = table + <usize>((degree + 3) << 3) * <usize>i64x2.extract_lane(piece, 0);
  const row1 = table + <usize>((degree + 3) << 3) * <usize>i64x2.extract_lane(piece, 1);
  const z = sub<f64>(x, pair(row0, row1, 0));
  const square = mul<f64>(z, z);
  let a = pair(row0, row1, degree + 2);
  let b = pair(row0, row1, degree + 1);
  let k = degree;
  for (; k > 3; k -= 2) {
    a = mad<f64>(a, square, pair(row0, row1, k));
    b = mad<f64>(b, square, pair(row0, row1, k - 1));
  }
  // an odd degree leaves one more step of a
  const rest = degree & 1 ? mad<f64>(z, b, mad<f64>(a, square, pair(row0, row1, 3))) : mad<f64>(z, a, b);
  return total(pair(row0, row1, 1), mad<f64>(z, rest, pair(row0, row1, 2)));
}

/** A polynomial in w, the constant as a pair. */
@inline export function series(table: usize, degree: i32, w: v128): v128 {
  const square = mul<f64>(w, w);
  let a = v128.load64_splat(table + (<usize>(degree + 1) << 3));
  let b = v128.load64_splat(table + (<usize>degree << 3));
  let k = degree - 1;
  for (; k > 2; k -= 2) {
    a = mad<f64>(a, square, v128.load64_splat(table + (<usize>k << 3)));
    b = mad<f64>(b, square, v128.load64_splat(table + (<usize>(k - 1) << 3)));
  }
  const rest = degree & 1 ? mad<f64>(w, b, mad<f64>(a, square, v128.load64_splat(table + 16))) : mad<f64>(w, a, b);
  return total(v128.load64_splat(table), mad<f64>(w, rest, v128.load64_splat(table + 8)));
}

/** 1/x^2 */
@inline export function inverseSquare(x: v128): v128 {
  const r = div<f64>(splat<f64>(1), x);
  return mul<f64>(r, r);
}
