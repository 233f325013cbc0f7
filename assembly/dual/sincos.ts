// sin and cos together, in f64x2: one reduction, both polynomials, two choices by quadrant. Returns sin, stores cos.

import { any, highHalf, joined, lowHalf, select, sub } from "../lane/lanes";
import { roundingShift } from "../lane/bits";
import {
  angleIsHuge32, cosHuge, cosineReduced, cosineShortOf, cosineTurned, hugeAngle, patched, reducedAngle, reducedAngleLow,
  shiftedQuadrant,
  sineReduced, sineShortOf, sineTurned, sinHuge,
} from "../lane/trig";
import { storeSecond } from "./second";

/** f64x2, the same bits as sin64 and cos64. */
@inline export function sinCos64(x: v128): v128 {
  const quadrant = shiftedQuadrant(x);
  const n = sub<f64>(quadrant, roundingShift<f64>());
  const r = reducedAngle(x, n);
  const rLow = reducedAngleLow(x, n, r);
  const s = sineReduced(r, rLow);
  const c = cosineReduced(r, rLow);
  const sine = sineTurned(quadrant, s, c);
  const cosine = cosineTurned(quadrant, s, c);
  const huge = hugeAngle(quadrant);
  if (v128.any_true(huge)) {
    storeSecond(patched(huge, cosHuge(x), cosine));
    return patched(huge, sinHuge(x), sine);
  }
  storeSecond(cosine);
  return sine;
}

/** f32x4, the same bits as sin32 and cos32, which share nothing but the halves. */
@inline export function sinCos32(x: v128): v128 {
  const low = lowHalf(x);
  const high = highHalf(x);
  const sine = joined(sineShortOf(low), sineShortOf(high));
  const cosine = joined(cosineShortOf(low), cosineShortOf(high));
  const huge = angleIsHuge32(x);
  if (any(huge)) {
    storeSecond(select(huge, joined(cosHuge(low), cosHuge(high)), cosine));
    return select(huge, joined(sinHuge(low), sinHuge(high)), sine);
  }
  storeSecond(cosine);
  return sine;
}
