// What the tanh form of gelu multiplies x by, (1 + tanh(z/2))/2 = sigmoid(z), z = sqrt(8/pi) (x + 0.044715 x^3), f64x2.
//
// Method: the exponential multiplies the error of its argument by |z|, so z is a pair of numbers (Dekker's products),
// whose tail corrects the exponential before the quotients of sigmoid.ts.

import { add, and, any, atLeast, atMost, div, lt, mul, neg, select, splat } from "./lanes";
import { head, signMask } from "./bits";
import { productError, sumError } from "./dd";
import { expAnywhere } from "./exp";
import { mad } from "./poly";
import { decayArgument, decayHi, decayLo, logisticLimit, onePlus, onePlusTail, sigmoidFrom } from "./sigmoid";

/** sqrt(8/pi) and sqrt(8/pi) 0.044715, pairs */
@inline function c1(): v128 { return splat<f64>(1.5957691216057308); }
@inline function c1Low(): v128 { return splat<f64>(-9.96930880911092e-17); }
@inline function c3(): v128 { return splat<f64>(0.07135481627260025); }
@inline function c3Low(): v128 { return splat<f64>(-6.175149918155315e-19); }

/** z = x (c1 + c3 x^2): this is c1 + c3 x^2, and what that lost. */
@inline function slopeOf(x: v128): v128 { return add<f64>(c1(), mul<f64>(c3(), mul<f64>(x, x))); }
@inline function slopeLow(x: v128): v128 {
  const square = mul<f64>(x, x);
  const p = mul<f64>(c3(), square);
  const squareLow = productError<f64>(x, x, square);
  const pLow = add<f64>(productError<f64>(c3(), square, p), mad<f64>(c3(), squareLow, mul<f64>(c3Low(), square)));
  return add<f64>(sumError<f64>(c1(), p, add<f64>(c1(), p)), add<f64>(c1Low(), pLow));
}

function farLeft(z: v128, zLow: v128): v128 {
  const y = expAnywhere<f64>(z);
  return mad<f64>(y, zLow, y);
}

/** sigmoid(z(x)): 1 ulp, where the result is subnormal 2^-1073 or so more; 0 and 1 at the infinities, NaN stays. */
@inline export function geluSigmoid(argument: v128): v128 {
  const x = atLeast<f64>(atMost<f64>(argument, splat<f64>(30)), splat<f64>(-30)); // beyond, the result is 0 or 1
  const s = slopeOf(x);
  const z = mul<f64>(x, s);
  const zLow = add<f64>(productError<f64>(x, s, z), mul<f64>(x, slopeLow(x)));
  const y = decayArgument<f64>(z);
  const yLow = neg<f64>(v128.xor(zLow, and(z, signMask<f64>())));
  const eHi = decayHi<f64>(y);
  const rest = decayLo<f64>(y);
  const eLow = mad<f64>(add<f64>(eHi, rest), yLow, rest);
  const d = onePlus<f64>(eHi, eLow);
  const dHead = head<f64>(d);
  const value = sigmoidFrom<f64>(z, eHi, eLow, dHead, onePlusTail<f64>(eHi, eLow, dHead), div<f64>(splat<f64>(1), d));
  const far = lt<f64>(z, neg<f64>(logisticLimit<f64>()));
  return any(far) ? select(far, farLeft(z, zLow), value) : value;
}
