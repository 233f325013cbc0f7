// atan.
//
// Method (Cephes, S. L. Moshier): atan a = base + atan z with z = a, (a - 1)/(a + 1) or -1/a and base = 0, pi/4 or
// pi/2, so that
// |z| <= tan(pi/8); z is kept as a pair, then z + z^3 P(z^2).

import { add, and, andnot, atMost, div, gt, mul, select, splat, sub, width } from "./lanes";
import { head, magnitude, withSign } from "./bits";
import { mad, poly11, poly5 } from "./poly";
import { fastSumError, quotientHead, quotientTail } from "./dd";

/** P with atan z = z + z^3 P(z^2), |z| <= 0.41422: relative error 2^-59 (f64), 2^-30 (f32); minimax fit. */
@inline export function atanPolynomial<T>(zz: v128): v128 {
  if (sizeof<T>() == 8) {
    return poly11<T>(
      zz, -0.333333333333332, 0.19999999999953874, -0.14285714280229878, 0.11111110785285358, -0.09090897813627898,
      0.07692061254860848, -0.06663116258861415, 0.05847980247025966, -0.050397215328641144, 0.038075286181932816,
      -0.01791906716819761,
    );
  }
  return poly5<T>(
    zz, -0.33333316445350647, 0.1999853253364563, -0.14244510233402252, 0.10600166767835617, -0.060927171260118484,
  );
}
/** The shorter of the two in f64x2. */
@inline export function atanShort(zz: v128): v128 {
  return poly5<f64>(
    zz, -0.33333316445350647, 0.1999853253364563, -0.14244510233402252, 0.10600166767835617, -0.060927171260118484,
  );
}

/** atan: 1 ulp everywhere, atan(-0) = -0, +-pi/2 at the infinities, NaN stays. */
@inline export function atan<T>(x: v128): v128 {
  const one = splat<T>(1);
  const a = atMost<T>(magnitude<T>(x), splat<T>(1152921504606846976)); // 2^60: beyond, the result is pi/2
  const middle = gt<T>(a, splat<T>(0.4142135623730951)); // tan(pi/8)
  const far = gt<T>(a, splat<T>(2.414213562373095)); // tan(3 pi/8)

  // numerator (middle or far ? -1 : 0) + (far ? 0 : a), denominator (far ? 0 : 1) + (middle or far ? a : 0)
  const minus = and(middle, splat<T>(-1));
  const near = andnot(a, far);
  const nHi = add<T>(minus, near);
  const nLo = fastSumError<T>(minus, near, nHi);
  const unit = andnot(one, far);
  const other = and(middle, a);
  const d = add<T>(unit, other);
  const dHead = head<T>(d);
  const dTail = add<T>(sub<T>(unit, dHead), other);
  const recip = div<T>(one, d);
  const q = quotientHead<T>(nHi, nLo, recip);
  const rest = quotientTail<T>(nHi, nLo, dHead, dTail, recip, q);
  const z = sub<T>(q, rest);
  const zLow = sub<T>(sub<T>(q, z), rest);

  // pi/2 or pi/4, to twice the precision
  const halfPiHi = width<T>(1.5707963267948966, 1.5707963705062866);
  const halfPiLo = width<T>(6.123233995736766e-17, -4.371138828673793e-8);
  const quarters = select(far, splat<T>(1), and(middle, splat<T>(0.5)));
  const baseHi = mul<T>(quarters, halfPiHi);
  const baseLo = mul<T>(quarters, halfPiLo);
  const sum = add<T>(baseHi, z);
  const zz = mul<T>(z, z);
  const tail = mad<T>(mul<T>(z, zz), atanPolynomial<T>(zz), add<T>(zLow, baseLo));
  return withSign<T>(add<T>(sum, add<T>(fastSumError<T>(baseHi, z, sum), tail)), x);
}
