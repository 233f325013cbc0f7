// The special family of kernels, compiled to a module of its own so that programs without special functions do not carry it: error
// and gamma functions, v128 -> v128. In f32x4 each half is computed in f64x2 and rounded once.

import { erf64, erfc64, gauss64 } from "./lane/erf";
import { digamma64, lgamma64, polygamma64 } from "./lane/gamma";
import { highHalf, joined, lowHalf } from "./lane/lanes";

export function erf_f64x2(x: v128): v128 { return erf64(x); }
export function erf_f32x4(x: v128): v128 { return joined(erf_f64x2(lowHalf(x)), erf_f64x2(highHalf(x))); }
export function erfc_f64x2(x: v128): v128 { return erfc64(x); }
export function erfc_f32x4(x: v128): v128 { return joined(erfc_f64x2(lowHalf(x)), erfc_f64x2(highHalf(x))); }
export function gauss_f64x2(x: v128): v128 { return gauss64(x); }
export function gauss_f32x4(x: v128): v128 { return joined(gauss_f64x2(lowHalf(x)), gauss_f64x2(highHalf(x))); }
export function lgamma_f64x2(x: v128): v128 { return lgamma64(x); }
export function lgamma_f32x4(x: v128): v128 { return joined(lgamma64(lowHalf(x)), lgamma64(highHalf(x))); }
export function digamma_f64x2(x: v128): v128 { return digamma64(x); }
export function digamma_f32x4(x: v128): v128 { return joined(digamma64(lowHalf(x)), digamma64(highHalf(x))); }
/** The order comes first. */
export function polygamma_f64x2(n: v128, x: v128): v128 { return polygamma64(n, x); }
export function polygamma_f32x4(n: v128, x: v128): v128 {
  return joined(polygamma64(lowHalf(n), lowHalf(x)), polygamma64(highHalf(n), highHalf(x)));
}
