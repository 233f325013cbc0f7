// softplus and its derivative together. Returns log(1 + e^x), stores sigmoid(x); the same bits as the single kernels.

import { div, splat } from "../lane/lanes";
import { head } from "../lane/bits";
import {
  decayArgument, decayHi, decayLo, onePlus, onePlusTail, sigmoidFrom, sigmoidPatched, softplusFrom, softplusPatched,
} from "../lane/sigmoid";
import { storeSecond } from "./second";

@inline export function softplusSigmoid<T>(x: v128): v128 {
  const y = decayArgument<T>(x);
  const eHi = decayHi<T>(y);
  const eLo = decayLo<T>(y);
  const d = onePlus<T>(eHi, eLo);
  const dHead = head<T>(d);
  const dTail = onePlusTail<T>(eHi, eLo, dHead);
  const recip = div<T>(splat<T>(1), d);
  storeSecond(sigmoidPatched<T>(x, sigmoidFrom<T>(x, eHi, eLo, dHead, dTail, recip)));
  return softplusPatched<T>(x, softplusFrom<T>(x, eHi, eLo));
}
