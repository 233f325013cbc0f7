// exp and expm1 together: one reduction and polynomial. Returns exp, stores expm1; the same bits as the single kernels.

import { sub } from "../lane/lanes";
import { roundingShift, scaleNormal } from "../lane/bits";
import {
  expAnywhere, expIsExtreme, expm1Anywhere, expm1Reduced, expReduced, reduced, reducedLow, shiftedExponent,
} from "../lane/exp";
import { storeSecond } from "./second";

@inline export function expExpm1<T>(x: v128): v128 {
  const shifted = shiftedExponent<T>(x);
  if (expIsExtreme<T>(shifted)) {
    storeSecond(expm1Anywhere<T>(x));
    return expAnywhere<T>(x);
  }
  const k = sub<T>(shifted, roundingShift<T>());
  const r = reduced<T>(x, k);
  const rLow = reducedLow<T>(x, k, r);
  storeSecond(expm1Reduced<T>(r, rLow, shifted, x));
  return scaleNormal<T>(expReduced<T>(r, rLow), shifted);
}
