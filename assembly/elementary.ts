// The second family of elementary kernels, v128 -> v128, contracts in assembly/lane. Their formulas are float64: f32x4 goes through
// two halves of f64x2, so its results are those of float64 rounded once.

import { acosh, asinh, atanh, logit } from "./lane/area";
import { acos, asin, atan2 } from "./lane/arc";
import { highHalf, joined, lowHalf } from "./lane/lanes";
import { mod } from "./lane/mod";
import { cbrt, exp2, hypot, log10, log2 } from "./lane/powers";
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
export function logit_f32x4(x: v128): v128 { return joined(logit_f64x2(lowHalf(x)), logit_f64x2(highHalf(x))); }
export function asin_f64x2(x: v128): v128 { return asin(x); }
export function asin_f32x4(x: v128): v128 { return joined(asin_f64x2(lowHalf(x)), asin_f64x2(highHalf(x))); }
export function acos_f64x2(x: v128): v128 { return acos(x); }
export function acos_f32x4(x: v128): v128 { return joined(acos_f64x2(lowHalf(x)), acos_f64x2(highHalf(x))); }
export function exp2_f64x2(x: v128): v128 { return exp2(x); }
export function exp2_f32x4(x: v128): v128 { return joined(exp2_f64x2(lowHalf(x)), exp2_f64x2(highHalf(x))); }
export function log2_f64x2(x: v128): v128 { return log2(x); }
export function log2_f32x4(x: v128): v128 { return joined(log2_f64x2(lowHalf(x)), log2_f64x2(highHalf(x))); }
export function log10_f64x2(x: v128): v128 { return log10(x); }
export function log10_f32x4(x: v128): v128 { return joined(log10_f64x2(lowHalf(x)), log10_f64x2(highHalf(x))); }
export function cbrt_f64x2(x: v128): v128 { return cbrt(x); }
export function cbrt_f32x4(x: v128): v128 { return joined(cbrt_f64x2(lowHalf(x)), cbrt_f64x2(highHalf(x))); }
export function atan2_f64x2(y: v128, x: v128): v128 { return atan2(y, x); }
export function atan2_f32x4(y: v128, x: v128): v128 {
  return joined(atan2_f64x2(lowHalf(y), lowHalf(x)), atan2_f64x2(highHalf(y), highHalf(x)));
}
export function hypot_f64x2(x: v128, y: v128): v128 { return hypot(x, y); }
export function hypot_f32x4(x: v128, y: v128): v128 {
  return joined(hypot_f64x2(lowHalf(x), lowHalf(y)), hypot_f64x2(highHalf(x), highHalf(y)));
}
export function mod_f64x2(x: v128, y: v128): v128 { return mod(x, y); }
export function mod_f32x4(x: v128, y: v128): v128 {
  return joined(mod_f64x2(lowHalf(x), lowHalf(y)), mod_f64x2(highHalf(x), highHalf(y)));
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
