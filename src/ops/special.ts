// Functions of probabilities and their logarithms, and activations, element by element. Integers and booleans give float64.
import { mul, neg } from "../primitives/arithmetic.ts";
import * as q from "../primitives/elementary.ts";
import { sigmoid, softplus } from "../primitives/transcendental.ts";
import type { Binary, Unary } from "../trace/types.ts";
import { binary, unary } from "./apply.ts";

/** `log(1 / (1 + e⁻ˣ))`, accurate in both tails. @shape x → x */
export const logSigmoid: Unary = /* @__PURE__ */ unary("logSigmoid", "float", (x) => neg(softplus(neg(x))));
/** `x / (1 + e⁻ˣ)`, also called swish. @shape x → x */
export const silu: Unary = /* @__PURE__ */ unary("silu", "float", (x) => mul(x, sigmoid(x)));
/** `log(x / (1 - x))`, the inverse of `sigmoid`; -Infinity at 0, Infinity at 1, NaN outside. @shape x → x */
export const logit: Unary = /* @__PURE__ */ unary("logit", "float", (x) => q.logit(x));
/** `log(eᵃ + eᵇ)` without overflow; the derivatives, `σ(a - b)` and `σ(b - a)`, are accurate in both tails. Between equal infinities
 * each is ½. @shape a, b → broadcast */
export const logaddexp: Binary = /* @__PURE__ */ binary("logaddexp", "float", (a, b) => q.logaddexp(a, b));
/** `x log y`, and 0 where `x` is 0 and `y` is not NaN. The derivatives are `log y` and `x / y` there too: at (0, 0) they are
 * -Infinity and NaN. @shape x, y → broadcast */
export const xlogy: Binary = /* @__PURE__ */ binary("xlogy", "float", (x, y) => q.xlogy(x, y));
/** `x log(1 + y)`, and 0 where `x` is 0 and `y` is not NaN; derivatives `log(1 + y)` and `x / (1 + y)`. @shape x, y → broadcast */
export const xlog1py: Binary = /* @__PURE__ */ binary("xlog1py", "float", (x, y) => q.xlog1py(x, y));
/** `-x log x`, the term of an entropy: 0 at 0, where the derivative is Infinity; -Infinity below 0. @shape x → x */
export const entr: Unary = /* @__PURE__ */ unary("entr", "float", (x) => q.entr(x));
