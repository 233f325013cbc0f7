// Scans, sorting and exp(a - b) in random graphs.
import type { Node } from "../../src/ir/graph.ts";
import { takeAlong } from "../../src/primitives/along.ts";
import { add, mul } from "../../src/primitives/arithmetic.ts";
import { cummax, cummin, cumprod, cumsum, recurrence } from "../../src/primitives/cumulative.ts";
import { expDifference } from "../../src/primitives/exp-difference.ts";
import { argsort } from "../../src/primitives/sort.ts";
import { sin, tanh } from "../../src/primitives/transcendental.ts";

/** One of them along `axis` of `x` (the element-wise one of a scalar); `keep` notes how large its elements may be. */
export function scanned(x: Node, y: Node, axis: number, q: number, keep: (y: Node, bound: number) => Node): Node {
  const weights = (): Node => keep(expDifference(tanh(x), tanh(y)), 8);
  if (axis < 0) return weights();
  const params = { axis, reverse: q % 2 === 1 };
  const n = Math.max(1, x.shape[axis] as number);
  const makers: (() => Node)[] = [
    weights,
    () => keep(cumsum(tanh(x), axis, params.reverse), n),
    () => keep(cumprod(add(1, mul(0.1, sin(x))), axis, params.reverse), 1e3),
    () => cummax(x, axis, params.reverse),
    () => cummin(x, axis, params.reverse),
    () => keep(recurrence(tanh(x), tanh(y), params), n),
    () => takeAlong(x, argsort(x, axis, params.reverse), axis),
  ];
  return (makers[(q >> 1) % makers.length] as () => Node)();
}
