// sinh and cosh together: one exponential and one quotient. Returns sinh, stores cosh; the same bits as the single
// kernels.

import { add, div, splat } from "../lane/lanes";
import { coshFrom, growthArgument, growthHi, growthLo, sinhFrom } from "../lane/sinh";
import { storeSecond } from "./second";

@inline export function sinhCosh(x: v128): v128 {
  const y = growthArgument(x);
  const eHi = growthHi(y);
  const eLo = growthLo(y);
  const q = div<f64>(splat<f64>(1), add<f64>(eHi, eLo));
  storeSecond(coshFrom(x, eHi, eLo, q));
  return sinhFrom(x, eHi, eLo, q);
}
