// The second family of elementary kernels, v128 -> v128, contracts in assembly/lane. Their formulas are float64:
// f32x4 goes through two halves of f64x2, with shorter polynomials where that is worth it; mod is generic.

import { acosh, asinh, atanh, logit, logitShort } from "./lane/area";
import { acos, asin, atan2, atan2Short } from "./lane/arc";
import { notPositiveNormal } from "./lane/bits";
import { exprel, exprelDerivative } from "./lane/exprel";
import { geluSigmoid } from "./lane/gelu";
import { and, any, gt, highHalf, joined, lowHalf, lt, splat } from "./lane/lanes";
import { logShort } from "./lane/log";
import { mod } from "./lane/mod";
import { cbrt, exp2, hypot, log10, log2 } from "./lane/powers";
import { sinc, sincDerivative } from "./lane/sinc";
import { cosh, sinh } from "./lane/sinh";
import { sinhCosh } from "./dual/sinhcosh";
import { storeSecond, storedSecond } from "./dual/second";

export function sinh_f64x2(x: v128): v128 { return sinh(x); }
export function sinh_f32x4(x: v128): v128 { return joined(sinh_f64x2(lowHalf(x)), sinh_f64x2(highHalf(x))); }
export function cosh_f64x2(x: v128): v128 { return cosh(x); }
export function cosh_f32x4(x: v128): v128 { return joined(cosh_f64x2(lowHalf(x)), cosh_f64x2(highHalf(x))); }
export function asinh_f64x2(x: v128): v128 { return asinh(x); }
export function asinh_f32x4(x: v128): v128 { return joined(asinh_f64x2(lowHalf(x)), asinh_f64x2(highHalf(x))); }
export function acosh_f64x2(x: v128): v128 { return acosh(x); }
export function acosh_f32x4(x: v128): v128 { return joined(acosh_f64x2(lowHalf(x)), acosh_f64x2(highHalf(x))); }
export function atanh_f64x2(x: v128): v128 { return atanh(x); }
export function atanh_f32x4(x: v128): v128 { return joined(atanh_f64x2(lowHalf(x)), atanh_f64x2(highHalf(x))); }
export function logit_f64x2(x: v128): v128 { return logit(x); }
export function logit_f32x4(x: v128): v128 {
  const inside = and(gt<f32>(x, splat<f32>(0)), lt<f32>(x, splat<f32>(1)));
  return any(v128.not(inside))
    ? joined(logit_f64x2(lowHalf(x)), logit_f64x2(highHalf(x)))
    : joined(logitShort(lowHalf(x)), logitShort(highHalf(x)));
}
export function asin_f64x2(x: v128): v128 { return asin(x); }
export function asin_f32x4(x: v128): v128 { return joined(asin_f64x2(lowHalf(x)), asin_f64x2(highHalf(x))); }
export function acos_f64x2(x: v128): v128 { return acos(x); }
export function acos_f32x4(x: v128): v128 { return joined(acos_f64x2(lowHalf(x)), acos_f64x2(highHalf(x))); }
export function exp2_f64x2(x: v128): v128 { return exp2(x); }
export function exp2_f32x4(x: v128): v128 { return joined(exp2_f64x2(lowHalf(x)), exp2_f64x2(highHalf(x))); }
export function log2_f64x2(x: v128): v128 { return log2(x); }
export function log2_f32x4(x: v128): v128 {
  return any(notPositiveNormal<f32>(x))
    ? joined(log2_f64x2(lowHalf(x)), log2_f64x2(highHalf(x)))
    : joined(logShort(lowHalf(x), 1, 1.4426950408889634), logShort(highHalf(x), 1, 1.4426950408889634));
}
export function log10_f64x2(x: v128): v128 { return log10(x); }
export function log10_f32x4(x: v128): v128 {
  return any(notPositiveNormal<f32>(x))
    ? joined(log10_f64x2(lowHalf(x)), log10_f64x2(highHalf(x)))
    : joined(logShort(lowHalf(x), 0.3010299956639812, 0.4342944819032518), logShort(highHalf(x), 0.3010299956639812, 0.4342944819032518));
}
export function cbrt_f64x2(x: v128): v128 { return cbrt(x); }
export function cbrt_f32x4(x: v128): v128 { return joined(cbrt_f64x2(lowHalf(x)), cbrt_f64x2(highHalf(x))); }
export function atan2_f64x2(y: v128, x: v128): v128 { return atan2(y, x); }
export function atan2_f32x4(y: v128, x: v128): v128 {
  return joined(atan2Short(lowHalf(y), lowHalf(x)), atan2Short(highHalf(y), highHalf(x)));
}
export function hypot_f64x2(x: v128, y: v128): v128 { return hypot(x, y); }
export function hypot_f32x4(x: v128, y: v128): v128 {
  return joined(hypot_f64x2(lowHalf(x), lowHalf(y)), hypot_f64x2(highHalf(x), highHalf(y)));
}
export function mod_f64x2(x: v128, y: v128): v128 { return mod<f64>(x, y); }
export function mod_f32x4(x: v128, y: v128): v128 { return mod<f32>(x, y); }

export function geluSigmoid_f64x2(x: v128): v128 { return geluSigmoid(x); }
export function geluSigmoid_f32x4(x: v128): v128 { return joined(geluSigmoid_f64x2(lowHalf(x)), geluSigmoid_f64x2(highHalf(x))); }

export function exprel_f64x2(x: v128): v128 { return exprel(x); }
export function exprel_f32x4(x: v128): v128 { return joined(exprel_f64x2(lowHalf(x)), exprel_f64x2(highHalf(x))); }
export function exprelDerivative_f64x2(order: v128, x: v128): v128 { return exprelDerivative(order, x); }
export function exprelDerivative_f32x4(order: v128, x: v128): v128 {
  const k = lowHalf(order);
  return joined(exprelDerivative_f64x2(k, lowHalf(x)), exprelDerivative_f64x2(k, highHalf(x)));
}
export function sinc_f64x2(x: v128): v128 { return sinc(x); }
export function sinc_f32x4(x: v128): v128 { return joined(sinc_f64x2(lowHalf(x)), sinc_f64x2(highHalf(x))); }
export function sincDerivative_f64x2(order: v128, x: v128): v128 { return sincDerivative(order, x); }
export function sincDerivative_f32x4(order: v128, x: v128): v128 {
  const k = lowHalf(order);
  return joined(sincDerivative_f64x2(k, lowHalf(x)), sincDerivative_f64x2(k, highHalf(x)));
}

// two results

export function sinh_cosh_f64x2(x: v128): v128 { return sinhCosh(x); }
export function sinh_cosh_f32x4(x: v128): v128 {
  const low = sinh_cosh_f64x2(lowHalf(x));
  const lowSecond = storedSecond();
  const high = sinh_cosh_f64x2(highHalf(x));
  storeSecond(joined(lowSecond, storedSecond()));
  return joined(low, high);
}
