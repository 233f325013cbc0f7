// Cumulative reductions along one axis.
import type { Node } from "../ir/graph.ts";
import { add } from "../primitives/arithmetic.ts";
import { convert } from "../primitives/cast.ts";
import * as p from "../primitives/cumulative.ts";
import { expDifference } from "../primitives/exp-difference.ts";
import { eq } from "../primitives/logic.ts";
import { reshape, stopGradient } from "../primitives/shape.ts";
import { log } from "../primitives/transcendental.ts";
import type { Kind } from "../trace/promote.ts";
import type { TensorLike, With } from "../trace/types.ts";
import { apply, axisOf, axisOptions } from "./apply.ts";

/** The axis to accumulate along (the flattened array unless given), and whether from the last element to the first. */
export type CumulativeOptions =
  | number
  | {
      readonly axis?: number | null;
      /** From the last element to the first: false unless given. */
      readonly reverse?: boolean;
    };
export type Cumulative = With<[options?: CumulativeOptions]>;

const cumulative = (name: string, kind: Kind, build: (x: Node, axis: number, reverse: boolean) => Node): Cumulative =>
  ((x: TensorLike, ...options: unknown[]) => {
    const { axis, reverse } = axisOptions(name, options, ["axis", "reverse"]);
    return apply(name, [x], kind, (node) =>
      axis === undefined || axis === null
        ? build(reshape(node, [node.size]), 0, reverse === true)
        : build(node, axisOf(name, axis, node.shape.length), reverse === true),
    );
  }) as Cumulative;

/**
 * Sums of the first 1, 2, … elements along `axis` (of the flattened array unless given); with `reverse`, of the last
 * ones. Compensated: each is as accurate as if added in twice the precision. Booleans are counted. @shape x → x
 */
export const cumsum: Cumulative = /* @__PURE__ */ cumulative("cumsum", "number", p.cumsum);
/**
 * Products of the first 1, 2, … elements along `axis` (of the flattened array unless given); with `reverse`, of the
 * last ones. Derivatives of every order are right where elements are 0. @shape x → x
 */
export const cumprod: Cumulative = /* @__PURE__ */ cumulative("cumprod", "number", p.cumprod);
/**
 * The largest of the first 1, 2, … elements along `axis` (of the flattened array unless given); with `reverse`, of
 * the last ones. NaN from the first NaN on; ties share the derivative, as in `max`. @shape x → x
 */
export const cummax: Cumulative = /* @__PURE__ */ cumulative("cummax", "number", p.cummax);
/**
 * The smallest of the first 1, 2, … elements along `axis` (of the flattened array unless given); with `reverse`, of
 * the last ones. NaN from the first NaN on; ties share the derivative, as in `min`. @shape x → x
 */
export const cummin: Cumulative = /* @__PURE__ */ cumulative("cummin", "number", p.cummin);

/**
 * `log Σ exp(x)` of the first 1, 2, … elements along `axis` (of the flattened array unless given); with `reverse`, of
 * the last ones. Without overflow: what has been added up is rescaled whenever a larger element comes. Infinities as
 * in `logsumexp`.
 * @shape x → x */
export const cumlogsumexp: Cumulative = /* @__PURE__ */ cumulative("cumlogsumexp", "float", (x, axis, reverse) => {
  if (x.size === 0) return x;
  const params = { axis, reverse };
  const top = p.cummax(stopGradient(x), axis, reverse);
  const rescale = expDifference(p.previous(top, params, Number.NEGATIVE_INFINITY), top);
  const total = p.recurrence(rescale, expDifference(x, top), params);
  const one = convert(eq(top, Number.NEGATIVE_INFINITY), x.dtype);
  return add(log(add(total, one)), top);
});
