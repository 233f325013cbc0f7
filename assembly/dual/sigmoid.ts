// sigmoid and its derivative together. Returns sigmoid(x), stores sigmoid(x) sigmoid(-x); the same bits as the single
// kernels.

import { div, splat } from "../lane/lanes";
import { head } from "../lane/bits";
import {
  decayArgument, decayHi, decayLo, dsigmoidFrom, dsigmoidPatched, onePlus, onePlusTail, sigmoidFrom, sigmoidPatched,
} from "../lane/sigmoid";
import { storeSecond } from "./second";

@inline export function sigmoidDsigmoid<T>(x: v128): v128 {
  const y = decayArgument<T>(x);
  const eHi = decayHi<T>(y);
  const eLo = decayLo<T>(y);
  const d = onePlus<T>(eHi, eLo);
  const dHead = head<T>(d);
  const dTail = onePlusTail<T>(eHi, eLo, dHead);
  const recip = div<T>(splat<T>(1), d);
  storeSecond(dsigmoidPatched<T>(x, dsigmoidFrom<T>(eHi, eLo, dHead, dTail, recip)));
  return sigmoidPatched<T>(x, sigmoidFrom<T>(x, eHi, eLo, dHead, dTail, recip));
}
