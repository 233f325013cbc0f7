// Special functions, element by element. Integers and booleans give float64.
import { add, mul } from "../primitives/arithmetic.ts";
import * as p from "../primitives/special.ts";
import { sigmoid } from "../primitives/transcendental.ts";
import type { Tensor, TensorLike, Unary, Value } from "../trace/types.ts";
import { checkOptions, elementwise, unary } from "./apply.ts";

/** Error function `2/√π ∫₀ˣ e^(-t²) dt`. @shape x → x */
export const erf: Unary = /* @__PURE__ */ unary("erf", "float", (x) => p.erf(x));
/** `1 - erf(x)`, with full relative accuracy in the tail; its derivatives too. @shape x → x */
export const erfc: Unary = /* @__PURE__ */ unary("erfc", "float", (x) => p.erfc(x));

export interface GeluOptions {
  /** The form with tanh, `x/2 · (1 + tanh(√(2/π)(x + 0.044715 x³)))`: within 5e-4 of the exact one. */
  approximate?: boolean;
}
interface Gelu {
  (x: Tensor, options?: GeluOptions): Tensor;
  (x: TensorLike, options?: GeluOptions): Value;
}

/** `x Φ(x)`, Φ the distribution function of the standard normal distribution: through erfc, so that the left tail does not cancel.
 * @shape x → x */
export const gelu: Gelu = ((x: TensorLike, options: GeluOptions = {}) => {
  checkOptions("gelu", options, ["approximate"]);
  return elementwise("gelu", [x], "float", (t) =>
    options.approximate
      ? // ½(1 + tanh z) = sigmoid(2z), 2√(2/π) = 1.5957691216057308
        mul(t, sigmoid(mul(1.5957691216057308, add(t, mul(0.044715, mul(t, mul(t, t)))))))
      : mul(mul(0.5, t), p.erfc(mul(-Math.SQRT1_2, t))),
  );
}) as Gelu;
