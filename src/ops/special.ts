// Special functions, functions of probabilities and their logarithms, and activations, element by element. Integers
// and booleans give float64.
import { fail } from "../errors.ts";
import type { Node } from "../ir/graph.ts";
import { mul, neg } from "../primitives/arithmetic.ts";
import { convert } from "../primitives/cast.ts";
import * as q from "../primitives/elementary.ts";
import * as p from "../primitives/special.ts";
import { sigmoid, softplus } from "../primitives/transcendental.ts";
import { show } from "../trace/convert.ts";
import type { Binary, Tensor, TensorLike, Unary, Value } from "../trace/types.ts";
import { binary, checkOptions, elementwise, operation, unary } from "./apply.ts";

/** A composition whose steps would add up more than one rounding of float32 is computed in float64 and rounded once. */
export const rounded =
  (f: (...x: Node[]) => Node) =>
  (...x: Node[]): Node =>
    x[0]?.dtype === "float32" ? convert(f(...x.map((t) => convert(t, "float64"))), "float32") : f(...x);

/** `log(1 / (1 + e⁻ˣ))`, accurate in both tails. @shape x → x */
export const logSigmoid: Unary = /* @__PURE__ */ unary("logSigmoid", "float", (x) => neg(softplus(neg(x))));
/** `x / (1 + e⁻ˣ)`, also called swish. @shape x → x */
export const silu: Unary = /* @__PURE__ */ unary(
  "silu",
  "float",
  /* @__PURE__ */ rounded((x) => mul(x!, sigmoid(x!))),
);
/** `log(x / (1 - x))`, the inverse of `sigmoid`; -Infinity at 0, Infinity at 1, NaN outside. @shape x → x */
export const logit: Unary = /* @__PURE__ */ unary("logit", "float", (x) => q.logit(x));
/**
 * `log(eᵃ + eᵇ)` without overflow; the derivatives, `σ(a - b)` and `σ(b - a)`, are accurate in both tails. Between
 * equal infinities each is ½. @shape a, b → broadcast
 */
export const logaddexp: Binary = /* @__PURE__ */ binary(
  "logaddexp",
  "float",
  /* @__PURE__ */ rounded((a, b) => q.logaddexp(a!, b!)),
  true,
);
/**
 * `x log y`, and 0 where `x` is 0 and `y` is not NaN. The derivatives are `log y` and `x / y` there too; where
 * moreover `y ≤ 0` they are 0 at every order, as in PyTorch. @shape x, y → broadcast
 */
export const xlogy: Binary = /* @__PURE__ */ binary(
  "xlogy",
  "float",
  /* @__PURE__ */ rounded((x, y) => q.xlogy(x!, y!)),
);
/** `x log(1 + y)`, and 0 where `x` is 0 and `y` is not NaN; derivatives `log(1 + y)` and `x / (1 + y)`, where `x`
 * is 0 and `y ≤ -1` 0. @shape x, y → broadcast */
export const xlog1py: Binary = /* @__PURE__ */ binary(
  "xlog1py",
  "float",
  /* @__PURE__ */ rounded((x, y) => q.xlog1py(x!, y!)),
);
/** `-x log x`, the term of an entropy: 0 at 0, where the derivative is Infinity; -Infinity below 0. @shape x → x */
export const entr: Unary = /* @__PURE__ */ unary(
  "entr",
  "float",
  /* @__PURE__ */ rounded((x) => q.entr(x!)),
);

/** Error function `2/√π ∫₀ˣ e^(-t²) dt`. @shape x → x */
export const erf: Unary = /* @__PURE__ */ unary("erf", "float", (x) => p.erf(x));
/** `1 - erf(x)`, with full relative accuracy in the tail; its derivatives too. @shape x → x */
export const erfc: Unary = /* @__PURE__ */ unary("erfc", "float", (x) => p.erfc(x));

/** Inverse of `erf` on (-1, 1): ±Infinity at ±1, NaN beyond. Its derivatives are accurate up to ±1. @shape x → x */
export const erfinv: Unary = /* @__PURE__ */ unary("erfinv", "float", (x) => p.erfinv(x));
/**
 * Inverse of `erfc` on (0, 2), accurate for the smallest `x` too, where `erfinv(1 - x)` is not: Infinity at 0,
 * -Infinity at 2, NaN outside. @shape x → x
 */
export const erfcinv: Unary = /* @__PURE__ */ unary("erfcinv", "float", (x) => p.erfcinv(x));
/**
 * Distribution function of the standard normal distribution, `½ erfc(-x/√2)`, accurate in the left tail; its
 * derivatives too.
 * @shape x → x */
export const ndtr: Unary = /* @__PURE__ */ unary("ndtr", "float", (x) => p.ndtr(x));
/**
 * Inverse of `ndtr`: quantiles of the standard normal distribution; -Infinity at 0, Infinity at 1, NaN outside.
 * @shape x → x
 */
export const ndtri: Unary = /* @__PURE__ */ unary("ndtri", "float", (x) => p.ndtri(x));

/**
 * `e^(x²) erfc(x)`, the scaled complementary error function, which does not underflow: about `1/(x√π)` to the right,
 * Infinity below -26.7. Its first two derivatives are as accurate. @shape x → x
 */
export const erfcx: Unary = /* @__PURE__ */ unary("erfcx", "float", (x) => p.erfcx(x));
/**
 * `log ndtr(x)`, the logarithm of the distribution function of the standard normal distribution, accurate in both
 * tails (about `-x²/2` on the left, `-ndtr(-x)` on the right); so are its first three derivatives, of which the first
 * is the inverse Mills ratio. @shape x → x
 */
export const logNdtr: Unary = /* @__PURE__ */ unary("logNdtr", "float", (x) => p.logNdtr(x));

/** `log |Γ(x)|`: Infinity at 0 and the negative integers. The first derivative is `digamma`. @shape x → x */
export const lgamma: Unary = /* @__PURE__ */ unary("lgamma", "float", (x) => p.lgamma(x));
/**
 * `ψ(x)`, the derivative of `log |Γ(x)|`: NaN at the negative integers, where it jumps from Infinity to -Infinity.
 * @shape x → x
 */
export const digamma: Unary = /* @__PURE__ */ unary("digamma", "float", (x) => p.digamma(x));

interface Polygamma {
  (n: number, x: Tensor): Tensor;
  (n: number, x: TensorLike): Value;
}
/**
 * The n-th derivative of `digamma`, n = 0 … 3 (`polygamma(1, x)` is the trigamma function). At 0 and the negative
 * integers Infinity for odd n and, as in SciPy, -Infinity for n = 2, where the limits from the two sides differ.
 * @shape n, x → x
 */
export const polygamma: Polygamma = /* @__PURE__ */ operation("polygamma", 2, (n: number, x: TensorLike) => {
  if (![0, 1, 2, 3].includes(n)) fail("value", `polygamma: the order must be 0, 1, 2 or 3, got ${show(n)}`);
  return elementwise("polygamma", [x], "float", (t) => (n === 0 ? p.digamma(t) : p.polygamma(n, t)));
});

export interface GeluOptions {
  /**
   * The form with tanh, `x/2 · (1 + tanh(√(2/π)(x + 0.044715 x³)))`, within 5e-4 of the exact one: false unless given.
   */
  readonly approximate?: boolean;
}
interface Gelu {
  (x: Tensor, options?: GeluOptions): Tensor;
  (x: TensorLike, options?: GeluOptions): Value;
}

/**
 * `x Φ(x)`, Φ the distribution function of the standard normal distribution, accurate in the left tail in value and
 * derivatives, and so is the form with tanh. @shape x → x
 */
export const gelu: Gelu = /* @__PURE__ */ operation("gelu", 2, (x: TensorLike, options: GeluOptions = {}) => {
  checkOptions("gelu", options, ["approximate"]);
  // ½(1 + tanh z) = sigmoid(2z)
  return elementwise(
    "gelu",
    [x],
    "float",
    rounded((t) => mul(t!, options.approximate ? q.geluSigmoid(t!) : p.ndtr(t!))),
  );
});
