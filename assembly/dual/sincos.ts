// sin and cos together: one reduction, both polynomials, two choices by quadrant. Returns sin, stores cos.

import { any, highHalf, joined, lowHalf, select, sub } from "../lane/lanes";
import { roundingShift } from "../lane/bits";
import {
  angleIsHuge32, cosHuge, cosineReduced, cosineShort, cosineTurned, hugeAngle, patched, reducedAngle, reducedAngleLow,
  reducedAngleShort, shiftedQuadrant, sineReduced, sineShort, sineTurned, sinHuge,
} from "../lane/trig";
import { storeSecond } from "./second";

/** sincos: f64x2, the same bits as sin64 and cos64. */
@inline export function sincos64(x: v128): v128 {
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

/** sincos: f32x4, the same bits as sin32 and cos32. */
@inline export function sincos32(x: v128): v128 {
  const low = lowHalf(x);
  const lowQuadrant = shiftedQuadrant(low);
  const lowR = reducedAngleShort(low, lowQuadrant);
  const lowS = sineShort(lowR);
  const lowC = cosineShort(lowR);
  const high = highHalf(x);
  const highQuadrant = shiftedQuadrant(high);
  const highR = reducedAngleShort(high, highQuadrant);
  const highS = sineShort(highR);
  const highC = cosineShort(highR);
  const sine = joined(sineTurned(lowQuadrant, lowS, lowC), sineTurned(highQuadrant, highS, highC));
  const cosine = joined(cosineTurned(lowQuadrant, lowS, lowC), cosineTurned(highQuadrant, highS, highC));
  const huge = angleIsHuge32(x);
  if (any(huge)) {
    storeSecond(select(huge, joined(cosHuge(low), cosHuge(high)), cosine));
    return select(huge, joined(sinHuge(low), sinHuge(high)), sine);
  }
  storeSecond(cosine);
  return sine;
}
