// sinc(x) = sin(pi x)/(pi x) and its derivatives of any order, f64x2.
//
// Method: in z = pi x the derivative of order k is s_k = ∫₀¹ t^k cos(zt + k pi/2) dt, and pi^k times it is wanted.
// Near 0 by its power series, which does not cancel there; further out by z s_k = sin(z + k pi/2) - k s_(k-1), which
// is stable there. Angles are reduced modulo 1/2 before pi is multiplied in, so that large x keep their digits.

import { abs, add, and, any, div, gt, lt, mul, neg, select, splat, sub } from "./lanes";
import { roundingShift } from "./bits";
import { productError } from "./dd";
import { cosineReduced, sineReduced, sineTurned } from "./trig";

const PI: f64 = 3.141592653589793;
/** pi - PI */
const PI_LOW: f64 = 1.2246467991473532e-16;

/** x modulo 2, in [-1, 1]: exact. */
@inline function moduloTwo(x: v128): v128 {
  const two = splat<f64>(2);
  return sub<f64>(x, mul<f64>(two, v128.nearest<f64>(mul<f64>(splat<f64>(0.5), x))));
}

/** sin(pi y + quarter pi/2) for |y| <= 1, 1 ulp. */
@inline function sineOfHalfTurns(y: v128, quarter: i64): v128 {
  const n = v128.nearest<f64>(add<f64>(y, y));
  const r = sub<f64>(y, mul<f64>(splat<f64>(0.5), n));
  const pi = splat<f64>(PI);
  const hi = mul<f64>(r, pi);
  const lo = add<f64>(productError<f64>(r, pi, hi), mul<f64>(r, splat<f64>(PI_LOW)));
  const quadrant = i64x2.add(add<f64>(n, roundingShift<f64>()), i64x2.splat(quarter));
  return sineTurned(quadrant, sineReduced(hi, lo), cosineReduced(hi, lo));
}

/** sinc: 3 ulp, 1 at 0, exact zeros at the other integers; NaN at the infinities, as in NumPy. */
@inline export function sinc(x: v128): v128 {
  const tiny = lt<f64>(abs<f64>(x), splat<f64>(1e-9));
  const y = div<f64>(sineOfHalfTurns(moduloTwo(x), 0), mul<f64>(x, splat<f64>(PI)));
  return select(tiny, splat<f64>(1), add<f64>(y, splat<f64>(0))); // no zero has a sign
}

/** pi^0 … pi^7 */
const POWERS: usize = memory.data<f64>([
  1, 3.141592653589793, 9.869604401089358, 31.00627668029982, 97.40909103400244, 306.01968478528147, 961.3891935753045,
  3020.2932277767923,
]);

/** Σ (-1)^j z^(2j)/((2j + odd)! (k + 2j + odd + 1)), times z if odd = 1: s_k up to its sign. */
function series(k: f64, odd: f64, z: v128): v128 {
  const square = mul<f64>(z, z);
  let power = splat<f64>(1);
  let sum = splat<f64>(1 / (k + odd + 1));
  let m = odd;
  do {
    power = neg<f64>(mul<f64>(power, div<f64>(square, splat<f64>((m + 1) * (m + 2)))));
    m += 2;
    sum = add<f64>(sum, div<f64>(power, splat<f64>(k + m + 1)));
  } while (any(gt<f64>(abs<f64>(power), splat<f64>(1e-18))));
  return odd ? mul<f64>(sum, z) : sum;
}

/**
 * The derivative of sinc of order k = 1 … 64, k that of the first lane. For k <= 3 within 5 ulp of the size of its
 * oscillation there (its own zeros are irrational), 50 at k = 10. NaN at the infinities.
 */
export function sincDerivative(order: v128, x: v128): v128 {
  // pmax and pmin in this order make a NaN 1
  const k = f64x2.extract_lane(v128.pmin<f64>(v128.pmax<f64>(splat<f64>(1), order), splat<f64>(64)), 0);
  const n = <i32>k;
  const z = mul<f64>(x, splat<f64>(PI));
  const near = lt<f64>(abs<f64>(z), splat<f64>(0.5 * k + 1.5));
  const odd = n & 1;
  let scale = v128.load64_splat(POWERS + (<usize>min(n, 7) << 3));
  for (let i = 7; i < n; i++) scale = mul<f64>(scale, splat<f64>(PI));

  let y = series(k, <f64>odd, and(near, z));
  if (((n + odd) >> 1) & 1) y = neg<f64>(y);
  if (any(v128.not(near))) {
    const turn = moduloTwo(x);
    let s = div<f64>(sineOfHalfTurns(turn, 0), z);
    for (let i = 1; i <= n; i++) {
      s = div<f64>(sub<f64>(sineOfHalfTurns(turn, <i64>i), mul<f64>(splat<f64>(i), s)), z);
    }
    y = select(near, y, s);
  }
  return mul<f64>(scale, y);
}
