// erf, erfc and Phi, each with its derivative: one exponential. The same bits as the single kernels, in f64x2.

import { any, mul, select, splat } from "../lane/lanes";
import { productError } from "../lane/dd";
import {
  clamped, clampedNormal, decayExponent, decayHigh, decayLow, density0, density0Low, erfcNear, erfcOfTail, erfNear,
  erfOfTail, gaussFrom, halfSquare, halfSquareLow, isFar, ndtrFrom, tailFrom, twoOverRootPi, twoOverRootPiLow,
} from "../lane/erf";
import { storeSecond } from "./second";

/** erf(x), or its complement; stores 2/sqrt(pi) e^(-x^2). */
@inline function besideGauss(x: v128, complement: bool): v128 {
  const ax = clamped(x);
  const square = mul<f64>(ax, ax);
  const k = decayExponent(square);
  const e = decayHigh(square, k);
  const eLow = decayLow(square, productError<f64>(ax, ax, square), k, e);
  storeSecond(gaussFrom(k, e, eLow, twoOverRootPi(), twoOverRootPiLow()));
  const near = complement ? erfcNear(x) : erfNear(x);
  const far = isFar(x);
  if (!any(far)) return near;
  const tail = tailFrom(ax, splat<f64>(0), k, e, eLow);
  return select(far, complement ? erfcOfTail(x, tail) : erfOfTail(x, tail), near);
}

/** Returns erf(x), stores 2/sqrt(pi) e^(-x^2). */
@inline export function erfGauss64(x: v128): v128 { return besideGauss(x, false); }
/** Returns erfc(x), stores 2/sqrt(pi) e^(-x^2). */
@inline export function erfcGauss64(x: v128): v128 { return besideGauss(x, true); }

/** Returns Phi(x), stores the density of the normal distribution. */
@inline export function ndtrNormalDensity64(x: v128): v128 {
  const a = clampedNormal(x);
  const square = halfSquare(a);
  const k = decayExponent(square);
  const e = decayHigh(square, k);
  const eLow = decayLow(square, halfSquareLow(a), k, e);
  storeSecond(gaussFrom(k, e, eLow, density0(), density0Low()));
  return ndtrFrom(x, a, k, e, eLow);
}
