// erfinv and erfcinv, each with the size of its derivative: one inversion. The same bits as the single kernels, in
// f64x2.

import { splat } from "../lane/lanes";
import { withSign } from "../lane/bits";
import {
  betweenOf, bounded, complement, complementLow, fromEnd, insideOf, inverse, isBetween, isEnd, isInside, isLimit,
  mirrored, slopeAt,
} from "../lane/erfinv";
import { storeSecond } from "./second";

/** Returns erfinv, stores its derivative. */
export function erfinvErfinvSlope64(x: v128): v128 {
  const a = insideOf(x);
  const d = complement(a);
  const y = inverse(a, splat<f64>(0), d);
  storeSecond(bounded(slopeAt(y, d), isInside(x), isLimit(x)));
  return withSign<f64>(bounded(y, isInside(x), isLimit(x)), x);
}

/** Returns erfcinv, stores minus its derivative. */
export function erfcinvErfcinvSlope64(c: v128): v128 {
  const d = fromEnd(c);
  const inner = betweenOf(d);
  const y = inverse(complement(inner), complementLow(inner), inner);
  storeSecond(bounded(slopeAt(y, inner), isBetween(d), isEnd(d)));
  return mirrored(bounded(y, isBetween(d), isEnd(d)), c);
}
