// Element-wise arithmetic. Operands broadcast as in NumPy; booleans count as integers.
import type { Node } from "../ir/graph.ts";
import * as p from "../primitives/arithmetic.ts";
import { scalar } from "../primitives/leaf.ts";
import * as logic from "../primitives/logic.ts";
import { pow as powNode } from "../primitives/transcendental.ts";
import { promote } from "../trace/promote.ts";
import type { Binary, Tensor, TensorLike, Unary, Value } from "../trace/types.ts";
import { binary, elementwise, expand, operandsOf, operate, operation, unary } from "./apply.ts";

/** `a + b`, element by element. @shape a, b → broadcast */
export const add: Binary = /* @__PURE__ */ binary("add", "number", p.add, true);
/** `a - b`, element by element. @shape a, b → broadcast */
export const sub: Binary = /* @__PURE__ */ binary("sub", "number", p.sub, true);
/** `a · b`, element by element. @shape a, b → broadcast */
export const mul: Binary = /* @__PURE__ */ binary("mul", "number", p.mul, true);
/** `a / b`, element by element; integers give float64. @shape a, b → broadcast */
export const div: Binary = /* @__PURE__ */ binary("div", "float", p.div, true);
/** The larger of `a` and `b`, NaN if either is; at a tie each gets half of the derivative. @shape a, b → broadcast */
export const maximum: Binary = /* @__PURE__ */ binary("maximum", "number", p.maximum, true);
/** The smaller of `a` and `b`, NaN if either is; at a tie each gets half of the derivative. @shape a, b → broadcast */
export const minimum: Binary = /* @__PURE__ */ binary("minimum", "number", p.minimum, true);

/** `-x` @shape x → x */
export const neg: Unary = /* @__PURE__ */ unary("neg", "number", p.neg);
/** `|x|`; derivative sign(x), 0 at 0. @shape x → x */
export const abs: Unary = /* @__PURE__ */ unary("abs", "number", p.abs);
/** -1, 0 or 1; derivative 0. @shape x → x */
export const sign: Unary = /* @__PURE__ */ unary("sign", "number", p.sign);
/** `x²` @shape x → x */
export const square: Unary = /* @__PURE__ */ unary("square", "number", p.square);
/** `√x`; NaN below 0, derivative Infinity at 0. @shape x → x */
export const sqrt: Unary = /* @__PURE__ */ unary("sqrt", "float", p.sqrt);
/** `1 / x` @shape x → x */
export const reciprocal: Unary = /* @__PURE__ */ unary("reciprocal", "float", (x) => p.div(1, x));

/** `xᵖ`, element by element; integers give float64. At `p = 0` the derivative in `x` is 0, at `x = 0` that in `p` is 0.
 * A number as exponent is known when the program is built: small whole and half-integer powers become products and
 * roots.
 * @shape x, p → broadcast */
export const pow: Binary = /* @__PURE__ */ operation("pow", 2, (x: TensorLike, exponent: TensorLike) => {
  if (typeof exponent !== "number") return elementwise("pow", [x, exponent], "float", powNode);
  const operands = operandsOf("pow", [x, exponent]);
  const { dtype, weak } = promote(operands, "float");
  return operate("pow", operands.slice(0, 1), [dtype], weak, (base) =>
    powNode(base, expand(scalar(exponent, dtype), base.shape)),
  );
});

export interface Clip {
  (x: Tensor, low: TensorLike | null, high?: TensorLike | null): Tensor;
  (x: TensorLike, low: Tensor, high?: TensorLike | null): Tensor;
  (x: TensorLike, low: TensorLike | null, high?: TensorLike | null): Value;
}

/**
 * `x` limited to `low` … `high` (either may be null: no limit). The derivative is 1 inside and at the limits, exactly
 * 0 beyond them; NaN stays NaN. @shape x, low, high → broadcast
 */
export const clip: Clip = /* @__PURE__ */ operation(
  "clip",
  3,
  (x: TensorLike, low: TensorLike | null = null, high: TensorLike | null = null) => {
    const limits = [low, high].filter((v): v is TensorLike => v !== null);
    return elementwise("clip", [x, ...limits], "number", (...nodes: Node[]) => {
      let y = nodes[0] as Node;
      if (low !== null) y = logic.select(logic.lt(y, nodes[1] as Node), nodes[1] as Node, y);
      if (high !== null) y = logic.select(logic.gt(y, nodes.at(-1) as Node), nodes.at(-1) as Node, y);
      return y;
    });
  },
);
