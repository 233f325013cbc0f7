// The logistic family: sigmoid 1/(1 + e^-x), its derivative sigmoid(x) sigmoid(-x), and softplus log(1 + e^x).
//
// Method: all three are functions of e = e^-|x| in (0, 1], kept as a pair (exp.ts), and of D = 1 + e, kept as head +
// tail, so that the quotients e/D and 1/D are rounded once (dd.ts). Tails are therefore as accurate as the middle.

import { abs, add, and, any, atMost, div, gt, lt, mul, neg, select, splat, sub, width } from "./lanes";
import { head, roundingShift, scale } from "./bits";
import { expAnywhere, expHi, expLo, reduced, reducedLow, shiftedExponent } from "./exp";
import { kLn2Hi, kLn2Lo, logRatio, logTail } from "./log";
import { fastSumError, quotientHead, quotientTail } from "./dd";

/** Beyond this |x|, e^-|x| may be subnormal and takes the slow path: 708 (f64), 87 (f32). */
@inline export function logisticLimit<T>(): v128 { return width<T>(708, 87); }

/** -|x|, no smaller than minus the limit; NaN stays. */
@inline export function decayArgument<T>(x: v128): v128 {
  return neg<T>(atMost<T>(abs<T>(x), logisticLimit<T>()));
}

/** First half of the pair e = e^y, y = decayArgument(x). */
@inline export function decayHi<T>(y: v128): v128 {
  const shifted = shiftedExponent<T>(y);
  return expHi<T>(reduced<T>(y, sub<T>(shifted, roundingShift<T>())), shifted);
}

/** Second half of the pair e. */
@inline export function decayLo<T>(y: v128): v128 {
  const shifted = shiftedExponent<T>(y);
  const k = sub<T>(shifted, roundingShift<T>());
  const r = reduced<T>(y, k);
  return expLo<T>(r, reducedLow<T>(y, k, r), shifted);
}

/** D = 1 + e rounded. */
@inline export function onePlus<T>(eHi: v128, eLo: v128): v128 {
  return add<T>(add<T>(splat<T>(1), eHi), onePlusLow<T>(eHi, eLo));
}

@inline function onePlusLow<T>(eHi: v128, eLo: v128): v128 {
  const one = splat<T>(1);
  return add<T>(fastSumError<T>(one, eHi, add<T>(one, eHi)), eLo);
}

/** D - dHead, where dHead = head(D). */
@inline export function onePlusTail<T>(eHi: v128, eLo: v128, dHead: v128): v128 {
  return add<T>(sub<T>(add<T>(splat<T>(1), eHi), dHead), onePlusLow<T>(eHi, eLo));
}

/** sigmoid from the pair e and D: 1/D for x >= 0 and NaN, e/D for x < 0. */
@inline export function sigmoidFrom<T>(x: v128, eHi: v128, eLo: v128, dHead: v128, dTail: v128, recip: v128): v128 {
  const negative = lt<T>(x, splat<T>(0));
  const nHi = select(negative, eHi, splat<T>(1));
  const nLo = and(negative, eLo);
  const q = quotientHead<T>(nHi, nLo, recip);
  return sub<T>(q, quotientTail<T>(nHi, nLo, dHead, dTail, recip, q));
}

/** e / D^2 = sigmoid(x) sigmoid(-x) by two quotients, the first left as a pair. */
@inline export function dsigmoidFrom<T>(eHi: v128, eLo: v128, dHead: v128, dTail: v128, recip: v128): v128 {
  const q = quotientHead<T>(eHi, eLo, recip);
  const rest = neg<T>(quotientTail<T>(eHi, eLo, dHead, dTail, recip, q));
  const p = quotientHead<T>(q, rest, recip);
  return sub<T>(p, quotientTail<T>(q, rest, dHead, dTail, recip, p));
}

/** sigmoid: 1 ulp everywhere, down to subnormal results; 0 and 1 at the infinities, NaN stays. */
@inline export function sigmoid<T>(x: v128): v128 {
  const y = decayArgument<T>(x);
  const eHi = decayHi<T>(y);
  const eLo = decayLo<T>(y);
  const d = onePlus<T>(eHi, eLo);
  const dHead = head<T>(d);
  const value = sigmoidFrom<T>(x, eHi, eLo, dHead, onePlusTail<T>(eHi, eLo, dHead), div<T>(splat<T>(1), d));
  return sigmoidPatched<T>(x, value);
}

/** Replaces lanes far to the left, where sigmoid(x) = e^x. */
@inline export function sigmoidPatched<T>(x: v128, value: v128): v128 {
  const far = lt<T>(x, neg<T>(logisticLimit<T>()));
  return any(far) ? select(far, expAnywhere<T>(x), value) : value;
}

/** sigmoid(x) sigmoid(-x): 1 ulp everywhere, both tails; 0 at the infinities, NaN stays. */
@inline export function dsigmoid<T>(x: v128): v128 {
  const y = decayArgument<T>(x);
  const eHi = decayHi<T>(y);
  const eLo = decayLo<T>(y);
  const d = onePlus<T>(eHi, eLo);
  const dHead = head<T>(d);
  const value = dsigmoidFrom<T>(eHi, eLo, dHead, onePlusTail<T>(eHi, eLo, dHead), div<T>(splat<T>(1), d));
  return dsigmoidPatched<T>(x, value);
}

/** Replaces lanes far out, where sigmoid(x) sigmoid(-x) = e^-|x|. */
@inline export function dsigmoidPatched<T>(x: v128, value: v128): v128 {
  const far = gt<T>(abs<T>(x), logisticLimit<T>());
  return any(far) ? select(far, expAnywhere<T>(neg<T>(abs<T>(x))), value) : value;
}

/** max(x, 0) + log(1 + e). With 1 + e = 2^k (1 + f), k is 0 or 1: `doubled` tells which. */
@inline export function softplusFrom<T>(x: v128, eHi: v128, eLo: v128): v128 {
  const one = splat<T>(1);
  const e = add<T>(eHi, eLo);
  const eRest = fastSumError<T>(eHi, eLo, e);
  const doubled = gt<T>(e, splat<T>(0.4142135623730951)); // sqrt(2) - 1
  const ln2Hi = and(doubled, kLn2Hi<T>(one));
  const ln2Lo = and(doubled, kLn2Lo<T>(one));

  // f = e, or (e - 1)/2, with its rounding error
  const shift = and(doubled, splat<T>(-1));
  const scale = sub<T>(one, and(doubled, splat<T>(0.5)));
  const moved = add<T>(shift, e);
  const f = mul<T>(scale, moved);
  const fLow = mul<T>(scale, add<T>(fastSumError<T>(shift, e, moved), eRest));

  // fLow moves the logarithm by fLow / (1 + f), and 1 - 2 s is that factor closely enough
  const s = logRatio<T>(f);
  const low = add<T>(ln2Lo, mul<T>(fLow, sub<T>(one, add<T>(s, s))));
  // where k = 1, x < 1 is in the binade of ln2 or below, so the short error formula holds in this order
  const base = v128.pmax<T>(splat<T>(0), x);
  const hi = add<T>(ln2Hi, base);
  const sum = add<T>(hi, f);
  const lost = add<T>(fastSumError<T>(ln2Hi, base, hi), fastSumError<T>(hi, f, sum));
  return add<T>(sum, add<T>(lost, sub<T>(low, logTail<T>(f, s))));
}

/** softplus: 1 ulp everywhere, down to subnormal results; 0 at -inf, inf at inf, NaN stays. */
@inline export function softplus<T>(x: v128): v128 {
  const y = decayArgument<T>(x);
  return softplusPatched<T>(x, softplusFrom<T>(x, decayHi<T>(y), decayLo<T>(y)));
}

/** Replaces lanes far out: e^x on the left, x itself on the right. */
@inline export function softplusPatched<T>(x: v128, value: v128): v128 {
  const far = gt<T>(abs<T>(x), logisticLimit<T>());
  return any(far) ? select(far, softplusFar<T>(x), value) : value;
}

function softplusFar<T>(x: v128): v128 {
  return select(gt<T>(x, splat<T>(0)), x, expAnywhere<T>(x));
}
