// The special family of kernels, compiled to a module of its own so that programs without special functions do not carry it: error
// and gamma functions, v128 -> v128. In f32x4 each half is computed in f64x2 and rounded once.

import { erf64, erfc64, gauss64 } from "./lane/erf";
import { highHalf, joined, lowHalf } from "./lane/lanes";

export function erf_f64x2(x: v128): v128 { return erf64(x); }
export function erf_f32x4(x: v128): v128 { return joined(erf_f64x2(lowHalf(x)), erf_f64x2(highHalf(x))); }
export function erfc_f64x2(x: v128): v128 { return erfc64(x); }
export function erfc_f32x4(x: v128): v128 { return joined(erfc_f64x2(lowHalf(x)), erfc_f64x2(highHalf(x))); }
export function gauss_f64x2(x: v128): v128 { return gauss64(x); }
export function gauss_f32x4(x: v128): v128 { return joined(gauss_f64x2(lowHalf(x)), gauss_f64x2(highHalf(x))); }
