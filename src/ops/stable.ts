// Functions to use in place of formulas that cancel, and robust losses, element by element. Integers and booleans
// give float64.
import { checkCount, fail } from "../errors.ts";
import type { Node } from "../ir/graph.ts";
import { abs, mul, neg, square, sub } from "../primitives/arithmetic.ts";
import { le, select } from "../primitives/logic.ts";
import * as p from "../primitives/stable.ts";
import type { Binary, Tensor, TensorLike, Unary, Value } from "../trace/types.ts";
import { binary, elementwise, unary } from "./apply.ts";
import { rounded } from "./special.ts";

/**
 * `log(1 - e⁻ˣ)` for `x > 0`, as JAX's `log1mexp`: accurate for small and large `x`, and so are its derivatives, of
 * which the first is
 * `1/(eˣ - 1)`. -Infinity at 0, NaN below. (Stan's `log1m_exp(x)` is `log1mexp(-x)`, TensorFlow Probability's
 * `log1mexp(abs(x))`.)
 * @shape x → x */
export const log1mexp: Unary = /* @__PURE__ */ unary(
  "log1mexp",
  "float",
  /* @__PURE__ */ rounded((x) => p.logDiffExp(0, neg(x!))),
);

/**
 * `log(eᵃ - eᵇ)` for `a ≥ b`, without overflow or cancellation, the counterpart of `logaddexp`: -Infinity where `a =
 * b`, NaN where `a < b`. The derivatives, `1/(1 - e^(b - a))` and `-1/(e^(a - b) - 1)`, are infinite at `a = b`, and
 * 1 and 0 at `b =
 * -Infinity`, where nothing is subtracted. @shape a, b → broadcast */
export const logDiffExp: Binary = /* @__PURE__ */ binary(
  "logDiffExp",
  "float",
  /* @__PURE__ */ rounded((a, b) => p.logDiffExp(a!, b!)),
);

/** `log(cosh x)`, without overflow, accurate near 0 in value and derivatives, `tanh x` and `1/cosh² x`. @shape x → x */
export const logCosh: Unary = /* @__PURE__ */ unary(
  "logCosh",
  "float",
  /* @__PURE__ */ rounded((x) => p.logCosh(x!)),
);

/**
 * `sin(πx) / (πx)`, 1 at 0, as NumPy's and JAX's `sinc`; exactly 0 at the other integers, NaN at the infinities. Its
 * derivatives are smooth at 0 and exist to every order up to 64. (For `sin(x)/x` divide `x` by π.) @shape x → x
 */
export const sinc: Unary = /* @__PURE__ */ unary("sinc", "float", (x) => p.sinc(x));

/**
 * `(eˣ - 1) / x`, 1 at 0, as SciPy's `exprel`: accurate for every `x`, and so are its derivatives, `∫₀¹ tᵏ e^(xt)
 * dt`, to every order up to
 * 64. @shape x → x */
export const exprel: Unary = /* @__PURE__ */ unary("exprel", "float", (x) => p.exprel(x));

/** A loss of residuals `x` with a scale `delta`, 1 unless given. */
export interface RobustLoss {
  (x: Tensor, delta?: TensorLike): Tensor;
  (x: TensorLike, delta: Tensor): Tensor;
  (x: TensorLike, delta?: TensorLike): Value;
}

const robust = (name: string, build: (x: Node, delta: Node) => Node): RobustLoss =>
  ((x: TensorLike, ...rest: TensorLike[]) => {
    const [delta = 1, ...more] = rest;
    checkCount(name, more, `${name}(x, delta)`);
    if (typeof delta === "number" && !(delta > 0))
      fail("value", `${name}: delta is ${delta}; it must be a positive number`);
    return elementwise(name, [x, delta], "float", (a, b) => build(a, b));
  }) as RobustLoss;

/**
 * `δ² (√(1 + (x/δ)²) - 1)`, about `x²/2` near 0 and `δ |x|` far from it, as SciPy's `pseudo_huber` (whose arguments
 * are the other way round): smooth, without overflow or cancellation in value and derivatives, those in `delta` too.
 * `delta`, 1 unless given, must be positive. @shape x, delta → broadcast
 */
export const pseudoHuber: RobustLoss = /* @__PURE__ */ robust(
  "pseudoHuber",
  /* @__PURE__ */ rounded((x, delta) => p.pseudoHuber(x!, delta!)),
);

/**
 * Huber's loss: `x²/2` where `|x| ≤ δ`, else `δ (|x| - δ/2)`, as SciPy's `huber` (whose arguments are the other way
 * round). The second derivative in `x` is 1 up to and at `|x| = δ`, 0 beyond. `delta`, 1 unless given, must be
 * positive. @shape x, delta → broadcast
 */
export const huber: RobustLoss = /* @__PURE__ */ robust("huber", (x, delta) => {
  const size = abs(x);
  return select(le(size, delta), mul(0.5, square(x)), mul(delta, sub(size, mul(0.5, delta))));
});
