// exp and expm1 together: one reduction and polynomial. Returns exp, stores expm1; the same bits as the single kernels.

import { add, any, sub } from "../lane/lanes";
import { roundingShift } from "../lane/bits";
import { expAnywhere, expHi, expIsExtreme, expLo, expm1Anywhere, expm1FromPair, reduced, reducedLow, shiftedExponent } from "../lane/exp";
import { storeSecond } from "./second";

@inline export function expExpm1<T>(x: v128): v128 {
  if (any(expIsExtreme<T>(x))) {
    storeSecond(expm1Anywhere<T>(x));
    return expAnywhere<T>(x);
  }
  const shifted = shiftedExponent<T>(x);
  const k = sub<T>(shifted, roundingShift<T>());
  const r = reduced<T>(x, k);
  const hi = expHi<T>(r, shifted);
  const lo = expLo<T>(r, reducedLow<T>(x, k, r), shifted);
  storeSecond(expm1FromPair<T>(hi, lo, x));
  return add<T>(hi, lo);
}
