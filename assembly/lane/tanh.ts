// tanh and its derivative sech^2.
//
// Method: with e = e^(-2|x|) as a pair and D = 1 + e, tanh|x| = (1 - e)/D and sech^2 = 4 e/D^2 (sigmoid.ts has the
// quotients). 1 - e is formed from the pair, so that nothing cancels near zero.

import { abs, add, any, div, gt, mul, neg, select, splat, sub } from "./lanes";
import { head, withSign } from "./bits";
import { expTimesPow2 } from "./exp";
import { quotient } from "./dd";
import { decayArgument, decayHi, decayLo, dsigmoidFrom, logisticLimit, onePlus, onePlusTail } from "./sigmoid";

/** tanh from the pair e and D; x lends its sign. */
@inline export function tanhFrom<T>(x: v128, eHi: v128, eLo: v128, dHead: v128, dTail: v128, recip: v128): v128 {
  const one = splat<T>(1);
  const nHi = sub<T>(one, eHi);
  const nLo = sub<T>(sub<T>(sub<T>(one, nHi), eHi), eLo);
  return withSign<T>(quotient<T>(nHi, nLo, dHead, dTail, recip), x);
}

/** tanh: 1 ulp everywhere, tanh(-0) = -0, +-1 at the infinities, NaN stays. */
@inline export function tanh<T>(x: v128): v128 {
  const y = decayArgument<T>(add<T>(x, x));
  const eHi = decayHi<T>(y);
  const eLo = decayLo<T>(y);
  const d = onePlus<T>(eHi, eLo);
  const dHead = head<T>(d);
  return tanhFrom<T>(x, eHi, eLo, dHead, onePlusTail<T>(eHi, eLo, dHead), div<T>(splat<T>(1), d));
}

/** sech^2 from the pair e and D. */
@inline export function sech2From<T>(eHi: v128, eLo: v128, dHead: v128, dTail: v128, recip: v128): v128 {
  return mul<T>(splat<T>(4), dsigmoidFrom<T>(eHi, eLo, dHead, dTail, recip));
}

/** Replaces lanes far out, where sech^2 x = 4 e^(-2|x|). */
@inline export function sech2Patched<T>(x: v128, value: v128): v128 {
  const twice = abs<T>(add<T>(x, x));
  const far = gt<T>(twice, logisticLimit<T>());
  return any(far) ? select(far, sech2Far<T>(twice), value) : value;
}

function sech2Far<T>(twice: v128): v128 { return expTimesPow2<T>(neg<T>(twice), splat<T>(2)); }

/** sech^2 = 1/cosh^2: 2 ulp everywhere, down to subnormal results; 0 at the infinities, NaN stays. */
@inline export function sech2<T>(x: v128): v128 {
  const y = decayArgument<T>(add<T>(x, x));
  const eHi = decayHi<T>(y);
  const eLo = decayLo<T>(y);
  const d = onePlus<T>(eHi, eLo);
  const dHead = head<T>(d);
  const value = sech2From<T>(eHi, eLo, dHead, onePlusTail<T>(eHi, eLo, dHead), div<T>(splat<T>(1), d));
  return sech2Patched<T>(x, value);
}
