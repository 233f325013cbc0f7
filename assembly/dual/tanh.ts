// tanh and its derivative together. Returns tanh(x), stores sech^2(x) = 1 - tanh^2(x), which keeps its relative
// accuracy in the tails; the same bits as the single kernels.

import { add, div, splat } from "../lane/lanes";
import { head } from "../lane/bits";
import { decayArgument, decayHi, decayLo, onePlus, onePlusTail } from "../lane/sigmoid";
import { sech2From, sech2Patched, tanhFrom } from "../lane/tanh";
import { storeSecond } from "./second";

@inline export function tanhSech2<T>(x: v128): v128 {
  const y = decayArgument<T>(add<T>(x, x));
  const eHi = decayHi<T>(y);
  const eLo = decayLo<T>(y);
  const d = onePlus<T>(eHi, eLo);
  const dHead = head<T>(d);
  const dTail = onePlusTail<T>(eHi, eLo, dHead);
  const recip = div<T>(splat<T>(1), d);
  storeSecond(sech2Patched<T>(x, sech2From<T>(eHi, eLo, dHead, dTail, recip)));
  return tanhFrom<T>(x, eHi, eLo, dHead, dTail, recip);
}
