// lgamma and digamma together: one logarithm. The same bits as the single kernels, in f64x2.

import { digammaFrom, lgammaFrom, liftedBy, logOf, step } from "../lane/gamma";
import { abs } from "../lane/lanes";
import { powExponentLow } from "../lane/pow";
import { storeSecond } from "./second";

/** Returns lgamma(x), stores digamma(x). */
export function lgammaDigamma64(x: v128): v128 {
  const ax = abs<f64>(x);
  const logZ = logOf(step(ax, liftedBy(ax)));
  const logZLow = powExponentLow();
  storeSecond(digammaFrom(x, logZ, logZLow));
  return lgammaFrom(x, logZ, logZLow);
}
