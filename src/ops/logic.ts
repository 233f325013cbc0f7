// Comparison, logic and selection, element by element. Comparisons have no derivative.
import type { Node } from "../ir/graph.ts";
import { convert } from "../primitives/cast.ts";
import * as logic from "../primitives/logic.ts";
import { stopGradient as stopNode } from "../primitives/shape.ts";
import { promote } from "../trace/promote.ts";
import type { Comparison, Predicate, Tensor, TensorLike, Value, With } from "../trace/types.ts";
import { binary, broadcastShapes, expand, operandsOf, operate, operation, unary } from "./apply.ts";

/** `a < b` as booleans. @shape a, b → broadcast */
export const lt: Comparison = /* @__PURE__ */ binary("lt", "number", logic.lt);
/** `a ≤ b` as booleans. @shape a, b → broadcast */
export const le: Comparison = /* @__PURE__ */ binary("le", "number", logic.le);
/** `a > b` as booleans. @shape a, b → broadcast */
export const gt: Comparison = /* @__PURE__ */ binary("gt", "number", logic.gt);
/** `a ≥ b` as booleans. @shape a, b → broadcast */
export const ge: Comparison = /* @__PURE__ */ binary("ge", "number", logic.ge);
/** `a = b` as booleans. @shape a, b → broadcast */
export const eq: Comparison = /* @__PURE__ */ binary("eq", "number", logic.eq);
/** `a ≠ b` as booleans. @shape a, b → broadcast */
export const ne: Comparison = /* @__PURE__ */ binary("ne", "number", logic.ne);

const truth = (x: Node): Node => convert(x, "bool");
/** Both `a` and `b`; anything but 0 is true. @shape a, b → broadcast */
export const and: Comparison = /* @__PURE__ */ binary("and", "any", (a, b) => logic.and(truth(a), truth(b)), true);
/** `a` or `b` or both; anything but 0 is true. @shape a, b → broadcast */
export const or: Comparison = /* @__PURE__ */ binary("or", "any", (a, b) => logic.or(truth(a), truth(b)), true);
/** Whether `x` is false, that is 0. @shape x → x */
export const not: Predicate = /* @__PURE__ */ unary("not", "any", (x) => logic.not(truth(x)));

export interface Where {
  (condition: Tensor, a: TensorLike, b: TensorLike): Tensor;
  (condition: TensorLike, a: Tensor, b: TensorLike): Tensor;
  (condition: TensorLike, a: TensorLike, b: Tensor): Tensor;
  (condition: TensorLike, a: TensorLike, b: TensorLike): Value;
}

/**
 * `a` where `condition` holds, else `b`, element by element. Both are computed; the one not taken contributes exactly
 * zero to every derivative, even where its own is infinite or NaN. @shape condition, a, b → broadcast
 */
export const where: Where = /* @__PURE__ */ operation(
  "where",
  3,
  (condition: TensorLike, a: TensorLike, b: TensorLike) => {
    const operands = operandsOf("where", [condition, a, b]);
    const { dtype, weak } = promote(operands.slice(1), "any");
    const own = operands[0] as (typeof operands)[number];
    return operate("where", operands, [own.dtype, dtype, dtype], weak, (...nodes) => {
      const shape = broadcastShapes(
        "where",
        nodes.map((n) => n.shape),
      );
      const [c, x, y] = nodes.map((n) => expand(n, shape)) as [Node, Node, Node];
      return logic.select(truth(c), x, y);
    });
  },
);

/** `x`, a constant to every derivative. @shape x → x */
export const stopGradient: With<[]> = /* @__PURE__ */ unary("stopGradient", "any", stopNode);
