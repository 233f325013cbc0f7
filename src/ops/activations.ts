// Activations that are pieces of lines and exponentials, and their smooth relatives. At a kink the derivative is the
// one of the piece named in the comment; the piece not taken contributes exactly zero to every derivative. NaN stays
// NaN.
import { fail } from "../errors.ts";
import type { Node } from "../ir/graph.ts";
import { abs, add, div, mul, sign, sub } from "../primitives/arithmetic.ts";
import { ge, gt, le, lt, select } from "../primitives/logic.ts";
import { expm1 } from "../primitives/transcendental.ts";
import type { TensorLike, Unary, With } from "../trace/types.ts";
import { apply, operation, unary } from "./apply.ts";

/** `max(x, 0)`; derivative 0 at 0. @shape x → x */
export const relu: Unary = /* @__PURE__ */ unary("relu", "number", (x) => select(le(x, 0), 0, x));
/** `x` limited to 0 … 6; derivative 0 at 0 and at 6. @shape x → x */
export const relu6: Unary = /* @__PURE__ */ unary("relu6", "number", (x) => limited(x, 0, 6));
/** `x` limited to -1 … 1; derivative 0 at both limits. @shape x → x */
export const hardTanh: Unary = /* @__PURE__ */ unary("hardTanh", "number", (x) => limited(x, -1, 1));

/** An activation with a parameter, a number. */
function withNumber(
  name: string,
  parameter: string,
  standard: number,
  build: (x: Node, parameter: number) => Node,
): With<[number?]> {
  return operation(name, 2, (x: TensorLike, value: number = standard) => {
    if (typeof value !== "number") fail("value", `${name}: the ${parameter} must be a number, got ${typeof value}`);
    return apply(name, [x], "float", (node) => build(node, value));
  });
}

/** `x` where it is positive, else `slope · x` (0.01 unless given); derivative `slope` at 0. @shape x → x */
export const leakyRelu: With<[slope?: number]> = /* @__PURE__ */ withNumber("leakyRelu", "slope", 0.01, (x, slope) =>
  select(gt(x, 0), x, mul(slope, x)),
);
/** `x` where it is positive, else `alpha · (eˣ - 1)` (1 unless given); derivative `alpha` at 0. @shape x → x */
export const elu: With<[alpha?: number]> = /* @__PURE__ */ withNumber("elu", "alpha", 1, (x, alpha) =>
  select(gt(x, 0), x, mul(alpha, expm1(x))),
);

// The fixed point of mean 0 and variance 1 of Klambauer et al., Self-normalizing neural networks, 2017.
const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;
/**
 * Scaled exponential linear unit: 1.0507 x where `x` is positive, else 1.7581 (eˣ - 1), which is also the piece at 0.
 * @shape x → x
 */
export const selu: Unary = /* @__PURE__ */ unary("selu", "float", (x) =>
  select(gt(x, 0), mul(SELU_SCALE, x), mul(SELU_SCALE * SELU_ALPHA, expm1(x))),
);

/** `x / (1 + |x|)`; derivative `(1 + |x|)⁻²`, accurate for all `x`, the second one 0 at 0. @shape x → x */
export const softsign: Unary = /* @__PURE__ */ unary("softsign", "float", (x) => {
  const d = add(1, abs(x));
  // Beyond 1 in the form ±(1 - 1/d), whose derivative 1/d² does not cancel.
  return select(lt(abs(x), 1), div(x, d), mul(sign(x), sub(1, div(1, d))));
});

/** `x` between `low` and `high`, which take its place beyond and at them. */
function limited(x: Node, low: number, high: number): Node {
  return select(le(x, low), low, select(ge(x, high), high, x));
}
