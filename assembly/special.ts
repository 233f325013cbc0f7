// The special family of kernels, compiled to a module of its own so that programs without special functions do not
// carry it: error and gamma functions, v128 -> v128. In f32x4 each half is computed in f64x2 and rounded once.

import {
  besselJOverPower64, i0e64, i0eCurvature64, i0eSlope64, i1e64, i1eCurvature64, i1eSlope64, j064, j164,
} from "./lane/bessel";
import { erf64, erfc64, gauss64, ndtr64, normalDensity64 } from "./lane/erf";
import { erfcinv64, erfcinvSlope64, erfinv64, erfinvSlope64, ndtri64 } from "./lane/erfinv";
import {
  erfcx64, erfcxCurvature64, erfcxSlope64, inverseMills64, inverseMillsCurvature64, inverseMillsSlope64, logNdtr64,
} from "./lane/erfcx";
import { digamma64, lgamma64, polygamma64 } from "./lane/gamma";
import { gammaDensity64, gammainc64, gammaincc64, logGammainc64, logGammaincc64 } from "./lane/gammainc";
import { highHalf, joined, lowHalf } from "./lane/lanes";
import { erfcGauss64, erfGauss64, ndtrDensity64 } from "./dual/erf";
import { erfcinvAndSlope64, erfinvAndSlope64 } from "./dual/erfinv";
import { lgammaDigamma64 } from "./dual/gamma";
import { storeSecond, storedSecond } from "./dual/second";

export function erf_f64x2(x: v128): v128 { return erf64(x); }
export function erf_f32x4(x: v128): v128 { return joined(erf_f64x2(lowHalf(x)), erf_f64x2(highHalf(x))); }
export function erfc_f64x2(x: v128): v128 { return erfc64(x); }
export function erfc_f32x4(x: v128): v128 { return joined(erfc_f64x2(lowHalf(x)), erfc_f64x2(highHalf(x))); }
export function gauss_f64x2(x: v128): v128 { return gauss64(x); }
export function gauss_f32x4(x: v128): v128 { return joined(gauss_f64x2(lowHalf(x)), gauss_f64x2(highHalf(x))); }
export function ndtr_f64x2(x: v128): v128 { return ndtr64(x); }
export function ndtr_f32x4(x: v128): v128 { return joined(ndtr_f64x2(lowHalf(x)), ndtr_f64x2(highHalf(x))); }
export function normalDensity_f64x2(x: v128): v128 { return normalDensity64(x); }
export function normalDensity_f32x4(x: v128): v128 { return joined(normalDensity_f64x2(lowHalf(x)), normalDensity_f64x2(highHalf(x))); }
export function erfinv_f64x2(x: v128): v128 { return erfinv64(x); }
export function erfinv_f32x4(x: v128): v128 { return joined(erfinv_f64x2(lowHalf(x)), erfinv_f64x2(highHalf(x))); }
export function erfinvSlope_f64x2(x: v128): v128 { return erfinvSlope64(x); }
export function erfinvSlope_f32x4(x: v128): v128 { return joined(erfinvSlope_f64x2(lowHalf(x)), erfinvSlope_f64x2(highHalf(x))); }
export function erfcinv_f64x2(x: v128): v128 { return erfcinv64(x); }
export function erfcinv_f32x4(x: v128): v128 { return joined(erfcinv_f64x2(lowHalf(x)), erfcinv_f64x2(highHalf(x))); }
export function ndtri_f64x2(x: v128): v128 { return ndtri64(x); }
export function ndtri_f32x4(x: v128): v128 { return joined(ndtri_f64x2(lowHalf(x)), ndtri_f64x2(highHalf(x))); }
export function erfcinvSlope_f64x2(x: v128): v128 { return erfcinvSlope64(x); }
export function erfcinvSlope_f32x4(x: v128): v128 { return joined(erfcinvSlope_f64x2(lowHalf(x)), erfcinvSlope_f64x2(highHalf(x))); }
export function lgamma_f64x2(x: v128): v128 { return lgamma64(x); }
export function lgamma_f32x4(x: v128): v128 { return joined(lgamma64(lowHalf(x)), lgamma64(highHalf(x))); }
export function digamma_f64x2(x: v128): v128 { return digamma64(x); }
export function digamma_f32x4(x: v128): v128 { return joined(digamma64(lowHalf(x)), digamma64(highHalf(x))); }
/** The order comes first. */
export function polygamma_f64x2(n: v128, x: v128): v128 { return polygamma64(n, x); }
export function polygamma_f32x4(n: v128, x: v128): v128 {
  return joined(polygamma64(lowHalf(n), lowHalf(x)), polygamma64(highHalf(n), highHalf(x)));
}

// two results

export function erf_gauss_f64x2(x: v128): v128 { return erfGauss64(x); }
export function erf_gauss_f32x4(x: v128): v128 {
  const low = erf_gauss_f64x2(lowHalf(x));
  const lowSecond = storedSecond();
  const high = erf_gauss_f64x2(highHalf(x));
  storeSecond(joined(lowSecond, storedSecond()));
  return joined(low, high);
}
export function erfc_gauss_f64x2(x: v128): v128 { return erfcGauss64(x); }
export function erfc_gauss_f32x4(x: v128): v128 {
  const low = erfc_gauss_f64x2(lowHalf(x));
  const lowSecond = storedSecond();
  const high = erfc_gauss_f64x2(highHalf(x));
  storeSecond(joined(lowSecond, storedSecond()));
  return joined(low, high);
}
export function ndtr_normalDensity_f64x2(x: v128): v128 { return ndtrDensity64(x); }
export function ndtr_normalDensity_f32x4(x: v128): v128 {
  const low = ndtr_normalDensity_f64x2(lowHalf(x));
  const lowSecond = storedSecond();
  const high = ndtr_normalDensity_f64x2(highHalf(x));
  storeSecond(joined(lowSecond, storedSecond()));
  return joined(low, high);
}
export function erfinv_erfinvSlope_f64x2(x: v128): v128 { return erfinvAndSlope64(x); }
export function erfinv_erfinvSlope_f32x4(x: v128): v128 {
  const low = erfinv_erfinvSlope_f64x2(lowHalf(x));
  const lowSecond = storedSecond();
  const high = erfinv_erfinvSlope_f64x2(highHalf(x));
  storeSecond(joined(lowSecond, storedSecond()));
  return joined(low, high);
}
export function erfcinv_erfcinvSlope_f64x2(x: v128): v128 { return erfcinvAndSlope64(x); }
export function erfcinv_erfcinvSlope_f32x4(x: v128): v128 {
  const low = erfcinv_erfcinvSlope_f64x2(lowHalf(x));
  const lowSecond = storedSecond();
  const high = erfcinv_erfcinvSlope_f64x2(highHalf(x));
  storeSecond(joined(lowSecond, storedSecond()));
  return joined(low, high);
}
export function lgamma_digamma_f64x2(x: v128): v128 { return lgammaDigamma64(x); }
export function lgamma_digamma_f32x4(x: v128): v128 {
  const low = lgamma_digamma_f64x2(lowHalf(x));
  const lowSecond = storedSecond();
  const high = lgamma_digamma_f64x2(highHalf(x));
  storeSecond(joined(lowSecond, storedSecond()));
  return joined(low, high);
}

// erfcx, log Phi and their derivatives

export function erfcx_f64x2(x: v128): v128 { return erfcx64(x); }
export function erfcx_f32x4(x: v128): v128 { return joined(erfcx64(lowHalf(x)), erfcx64(highHalf(x))); }
export function erfcxSlope_f64x2(x: v128): v128 { return erfcxSlope64(x); }
export function erfcxSlope_f32x4(x: v128): v128 { return joined(erfcxSlope64(lowHalf(x)), erfcxSlope64(highHalf(x))); }
export function erfcxCurvature_f64x2(x: v128): v128 { return erfcxCurvature64(x); }
export function erfcxCurvature_f32x4(x: v128): v128 { return joined(erfcxCurvature64(lowHalf(x)), erfcxCurvature64(highHalf(x))); }
export function logNdtr_f64x2(x: v128): v128 { return logNdtr64(x); }
export function logNdtr_f32x4(x: v128): v128 { return joined(logNdtr64(lowHalf(x)), logNdtr64(highHalf(x))); }
export function inverseMills_f64x2(x: v128): v128 { return inverseMills64(x); }
export function inverseMills_f32x4(x: v128): v128 { return joined(inverseMills64(lowHalf(x)), inverseMills64(highHalf(x))); }
export function inverseMillsSlope_f64x2(x: v128): v128 { return inverseMillsSlope64(x); }
export function inverseMillsSlope_f32x4(x: v128): v128 { return joined(inverseMillsSlope64(lowHalf(x)), inverseMillsSlope64(highHalf(x))); }
export function inverseMillsCurvature_f64x2(x: v128): v128 { return inverseMillsCurvature64(x); }
export function inverseMillsCurvature_f32x4(x: v128): v128 {
  return joined(inverseMillsCurvature64(lowHalf(x)), inverseMillsCurvature64(highHalf(x)));
}

// incomplete gamma functions; an order or the number of a derivative comes first

export function gammaincc_f64x2(a: v128, x: v128): v128 { return gammaincc64(a, x); }
export function gammaincc_f32x4(a: v128, x: v128): v128 {
  return joined(gammaincc64(lowHalf(a), lowHalf(x)), gammaincc64(highHalf(a), highHalf(x)));
}
export function gammainc_f64x2(n: v128, a: v128, x: v128): v128 { return gammainc64(n, a, x); }
export function gammainc_f32x4(n: v128, a: v128, x: v128): v128 {
  return joined(gammainc64(lowHalf(n), lowHalf(a), lowHalf(x)), gammainc64(highHalf(n), highHalf(a), highHalf(x)));
}
export function gammaDensity_f64x2(n: v128, a: v128, x: v128): v128 { return gammaDensity64(n, a, x); }
export function gammaDensity_f32x4(n: v128, a: v128, x: v128): v128 {
  return joined(gammaDensity64(lowHalf(n), lowHalf(a), lowHalf(x)), gammaDensity64(highHalf(n), highHalf(a), highHalf(x)));
}
export function logGammainc_f64x2(n: v128, a: v128, x: v128): v128 { return logGammainc64(n, a, x); }
export function logGammainc_f32x4(n: v128, a: v128, x: v128): v128 {
  return joined(logGammainc64(lowHalf(n), lowHalf(a), lowHalf(x)), logGammainc64(highHalf(n), highHalf(a), highHalf(x)));
}
export function logGammaincc_f64x2(n: v128, a: v128, x: v128): v128 { return logGammaincc64(n, a, x); }
export function logGammaincc_f32x4(n: v128, a: v128, x: v128): v128 {
  return joined(logGammaincc64(lowHalf(n), lowHalf(a), lowHalf(x)), logGammaincc64(highHalf(n), highHalf(a), highHalf(x)));
}

// Bessel functions

export function i0e_f64x2(x: v128): v128 { return i0e64(x); }
export function i0e_f32x4(x: v128): v128 { return joined(i0e64(lowHalf(x)), i0e64(highHalf(x))); }
export function i0eSlope_f64x2(x: v128): v128 { return i0eSlope64(x); }
export function i0eSlope_f32x4(x: v128): v128 { return joined(i0eSlope64(lowHalf(x)), i0eSlope64(highHalf(x))); }
export function i0eCurvature_f64x2(x: v128): v128 { return i0eCurvature64(x); }
export function i0eCurvature_f32x4(x: v128): v128 { return joined(i0eCurvature64(lowHalf(x)), i0eCurvature64(highHalf(x))); }
export function i1e_f64x2(x: v128): v128 { return i1e64(x); }
export function i1e_f32x4(x: v128): v128 { return joined(i1e64(lowHalf(x)), i1e64(highHalf(x))); }
export function i1eSlope_f64x2(x: v128): v128 { return i1eSlope64(x); }
export function i1eSlope_f32x4(x: v128): v128 { return joined(i1eSlope64(lowHalf(x)), i1eSlope64(highHalf(x))); }
export function i1eCurvature_f64x2(x: v128): v128 { return i1eCurvature64(x); }
export function i1eCurvature_f32x4(x: v128): v128 { return joined(i1eCurvature64(lowHalf(x)), i1eCurvature64(highHalf(x))); }
export function j0_f64x2(x: v128): v128 { return j064(x); }
export function j0_f32x4(x: v128): v128 { return joined(j064(lowHalf(x)), j064(highHalf(x))); }
export function j1_f64x2(x: v128): v128 { return j164(x); }
export function j1_f32x4(x: v128): v128 { return joined(j164(lowHalf(x)), j164(highHalf(x))); }
/** The order comes first. */
export function besselJOverPower_f64x2(n: v128, x: v128): v128 { return besselJOverPower64(n, x); }
export function besselJOverPower_f32x4(n: v128, x: v128): v128 {
  return joined(besselJOverPower64(lowHalf(n), lowHalf(x)), besselJOverPower64(highHalf(n), highHalf(x)));
}
