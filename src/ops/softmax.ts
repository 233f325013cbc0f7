// Softmax and its logarithm.
import type { Node } from "../ir/graph.ts";
import { div, sub } from "../primitives/arithmetic.ts";
import { shareOfLargest } from "../primitives/exp-difference.ts";
import { reduceMax } from "../primitives/reduction.ts";
import { stopGradient } from "../primitives/shape.ts";
import { broadcast, keptAxes, reduceSum } from "../primitives/spread.ts";
import { log1p } from "../primitives/transcendental.ts";
import type { TensorLike, With } from "../trace/types.ts";
import { apply, axesOf, axisOptions } from "./apply.ts";
import { sumOfOthers } from "./exp-sum.ts";

/** The axes that weights sum to 1 over: the last one unless given. */
export type SoftmaxOptions = number | readonly number[] | { readonly axis?: number | readonly number[] | null };

function along(
  name: string,
  build: (x: Node, axes: readonly number[], spread: (y: Node) => Node) => Node,
): With<[options?: SoftmaxOptions]> {
  return ((x: TensorLike, ...options: unknown[]) => {
    const { axis = -1 } = axisOptions(name, options, ["axis"]);
    return apply(name, [x], "float", (node) => {
      const axes = axesOf(name, axis, node.shape.length);
      if (node.size === 0) return node;
      return build(node, axes, (y) => broadcast(y, node.shape, keptAxes(node.shape, axes)));
    });
  }) as With<[options?: SoftmaxOptions]>;
}

/**
 * `exp(x) / Σ exp(x)` over `axis` (the last one unless given; null: all of them), without overflow. Exactly 0 at
 * -Infinity, shared by the elements that are +Infinity; NaN where all are -Infinity. Weights below 2⁻⁹⁷⁰ (float32:
 * 2⁻¹⁰³) of the largest are 0. @shape x → x
 */
export const softmax: With<[options?: SoftmaxOptions]> = /* @__PURE__ */ along("softmax", (x, axes, spread) => {
  const weights = shareOfLargest(x, spread(reduceMax(stopGradient(x), axes)));
  return div(weights, spread(reduceSum(weights, axes)));
});

/**
 * `x - log Σ exp(x)` over `axis` (the last one unless given; null: all of them), the logarithm of `softmax`: without
 * overflow, and accurate where it is close to 0. -Infinity at -Infinity. @shape x → x
 */
export const logSoftmax: With<[options?: SoftmaxOptions]> = /* @__PURE__ */ along("logSoftmax", (x, axes, spread) => {
  const top = reduceMax(stopGradient(x), axes);
  return sub(sub(x, spread(top)), spread(log1p(sumOfOthers(x, top, axes))));
});
