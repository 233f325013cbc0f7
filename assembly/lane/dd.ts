// Double-length arithmetic without FMA (T. J. Dekker, "A floating-point technique for extending the available
// precision", 1971). A pair (hi, lo) stands for the unevaluated sum hi + lo. `head` masks bits instead of Veltkamp's
// multiplication: it cannot overflow and takes one instruction.

import { add, mul, sub } from "./lanes";
import { head } from "./bits";

/** The rounding error of sum = a + b, exact when |a| >= |b| or a = 0. */
@inline export function fastSumError<T>(a: v128, b: v128, sum: v128): v128 {
  return add<T>(sub<T>(a, sum), b);
}

/** The rounding error of sum = a + b, exact in any order (D. Knuth, TAOCP 2, 4.2.2). */
@inline export function sumError<T>(a: v128, b: v128, sum: v128): v128 {
  const bRounded = sub<T>(sum, a);
  return add<T>(sub<T>(a, sub<T>(sum, bRounded)), sub<T>(b, bRounded));
}

/** The rounding error of product = a * b: exact barring underflow. */
@inline export function productError<T>(a: v128, b: v128, product: v128): v128 {
  const aHead = head<T>(a);
  const aTail = sub<T>(a, aHead);
  const bHead = head<T>(b);
  const bTail = sub<T>(b, bHead);
  const big = sub<T>(mul<T>(aHead, bHead), product);
  return add<T>(add<T>(add<T>(big, mul<T>(aHead, bTail)), mul<T>(aTail, bHead)), mul<T>(aTail, bTail));
}

// A quotient of pairs N/D to about 1.5 times the working precision: with D split into a head and a tail and q =
// head(N * (1/D)), the residual N - q*D is computed without rounding, and one multiplication turns it into the
// missing bits.

/** First half of the quotient: its leading bits. recip is 1/D rounded. */
@inline export function quotientHead<T>(nHi: v128, nLo: v128, recip: v128): v128 {
  return head<T>(mul<T>(add<T>(nHi, nLo), recip));
}

/** What must be subtracted from q, so that a zero of either sign survives. D = dHead + dTail, dHead = head(D). */
@inline export function quotientTail<T>(nHi: v128, nLo: v128, dHead: v128, dTail: v128, recip: v128, q: v128): v128 {
  const residual = add<T>(sub<T>(sub<T>(mul<T>(q, dHead), nHi), nLo), mul<T>(q, dTail));
  return mul<T>(residual, recip);
}

/** N/D rounded once (to within a few thousandths of an ulp of the nearest). */
@inline export function quotient<T>(nHi: v128, nLo: v128, dHead: v128, dTail: v128, recip: v128): v128 {
  const q = quotientHead<T>(nHi, nLo, recip);
  return sub<T>(q, quotientTail<T>(nHi, nLo, dHead, dTail, recip, q));
}
