// Elementary functions, element by element. Integers and booleans give float64.
import * as q from "../primitives/elementary.ts";
import * as p from "../primitives/transcendental.ts";
import type { Binary, Unary } from "../trace/types.ts";
import { binary, unary } from "./apply.ts";

/** `eˣ` @shape x → x */
export const exp: Unary = /* @__PURE__ */ unary("exp", "float", (x) => p.exp(x));
/** `eˣ - 1`, accurate near 0. @shape x → x */
export const expm1: Unary = /* @__PURE__ */ unary("expm1", "float", (x) => p.expm1(x));
/** Natural logarithm; -Infinity at 0, NaN below. @shape x → x */
export const log: Unary = /* @__PURE__ */ unary(
  "log",
  "float",
  (x) => p.log(x),
  "to base b it is div(log(x), log(b)), log2(x) or log10(x)",
);
/** `log(1 + x)`, accurate near 0. @shape x → x */
export const log1p: Unary = /* @__PURE__ */ unary("log1p", "float", (x) => p.log1p(x));
/** Sine of an angle in radians. @shape x → x */
export const sin: Unary = /* @__PURE__ */ unary("sin", "float", (x) => p.sin(x));
/** Cosine of an angle in radians. @shape x → x */
export const cos: Unary = /* @__PURE__ */ unary("cos", "float", (x) => p.cos(x));
/** Tangent of an angle in radians. @shape x → x */
export const tan: Unary = /* @__PURE__ */ unary("tan", "float", (x) => p.tan(x));
/** Angle in (-π/2, π/2) whose tangent is `x`. @shape x → x */
export const atan: Unary = /* @__PURE__ */ unary("atan", "float", (x) => p.atan(x));
/** Hyperbolic tangent. @shape x → x */
export const tanh: Unary = /* @__PURE__ */ unary("tanh", "float", (x) => p.tanh(x));
/** `1 / (1 + e⁻ˣ)` @shape x → x */
export const sigmoid: Unary = /* @__PURE__ */ unary("sigmoid", "float", (x) => p.sigmoid(x));
/** `log(1 + eˣ)` without overflow. @shape x → x */
export const softplus: Unary = /* @__PURE__ */ unary("softplus", "float", (x) => p.softplus(x));

// ---- rounding and remainders ----

/** The integer at or below `x`; derivative 0. @shape x → x */
export const floor: Unary = /* @__PURE__ */ unary("floor", "float", (x) => q.floor(x));
/** The integer at or above `x`; derivative 0. @shape x → x */
export const ceil: Unary = /* @__PURE__ */ unary("ceil", "float", (x) => q.ceil(x));
/** The integer part of `x`, towards 0; derivative 0. @shape x → x */
export const trunc: Unary = /* @__PURE__ */ unary("trunc", "float", (x) => q.trunc(x));
/** The integer nearest to `x`, half to even; derivative 0. @shape x → x */
export const round: Unary = /* @__PURE__ */ unary(
  "round",
  "float",
  (x) => q.round(x),
  "to two decimals it is div(round(mul(x, 100)), 100)",
);
/**
 * `x - ⌊x/y⌋·y`, as NumPy and Python have it: the sign of `y`, NaN at `y = 0`. Exact but for one rounding where the
 * signs differ. Derivatives 1 and `-⌊x/y⌋`, also at the jumps.
 * @shape x, y → broadcast */
export const mod: Binary = /* @__PURE__ */ binary("mod", "float", (a, b) => q.mod(a, b));
/** Another name of `mod`, as in NumPy and JAX.
 * @shape x, y → broadcast */
export const remainder: Binary = /* @__PURE__ */ binary("remainder", "float", (a, b) => q.mod(a, b));

// ---- hyperbolic and inverse functions ----

/** Hyperbolic sine. @shape x → x */
export const sinh: Unary = /* @__PURE__ */ unary("sinh", "float", (x) => q.sinh(x));
/** Hyperbolic cosine. @shape x → x */
export const cosh: Unary = /* @__PURE__ */ unary("cosh", "float", (x) => q.cosh(x));
/** Inverse of `sinh`. @shape x → x */
export const asinh: Unary = /* @__PURE__ */ unary("asinh", "float", (x) => q.asinh(x));
/** Inverse of `cosh`, 0 at 1; NaN below 1, derivative Infinity at 1. @shape x → x */
export const acosh: Unary = /* @__PURE__ */ unary("acosh", "float", (x) => q.acosh(x));
/** Inverse of `tanh`; ±Infinity at ±1, NaN beyond. @shape x → x */
export const atanh: Unary = /* @__PURE__ */ unary("atanh", "float", (x) => q.atanh(x));
/** Angle in [-π/2, π/2] whose sine is `x`; NaN outside [-1, 1], derivative Infinity at ±1. @shape x → x */
export const asin: Unary = /* @__PURE__ */ unary("asin", "float", (x) => q.asin(x));
/** Angle in [0, π] whose cosine is `x`; NaN outside [-1, 1], derivative -Infinity at ±1. @shape x → x */
export const acos: Unary = /* @__PURE__ */ unary("acos", "float", (x) => q.acos(x));
/**
 * `atan2(y, x)`: angle in [-π, π] of the point (x, y), with C99's values at zeros and infinities. The derivatives are
 * right on the axes and NaN at the origin.
 * @shape y, x → broadcast */
export const atan2: Binary = /* @__PURE__ */ binary("atan2", "float", (a, b) => q.atan2(a, b));

// ---- other bases and roots ----

/** `2ˣ`, exact at integers. @shape x → x */
export const exp2: Unary = /* @__PURE__ */ unary("exp2", "float", (x) => q.exp2(x));
/** Logarithm to base 2, exact at powers of 2; -Infinity at 0, NaN below. @shape x → x */
export const log2: Unary = /* @__PURE__ */ unary("log2", "float", (x) => q.log2(x));
/** Logarithm to base 10, exact at powers of 10; -Infinity at 0, NaN below. @shape x → x */
export const log10: Unary = /* @__PURE__ */ unary("log10", "float", (x) => q.log10(x));
/** `∛x`, of negative numbers too; derivative Infinity at 0. @shape x → x */
export const cbrt: Unary = /* @__PURE__ */ unary("cbrt", "float", (x) => q.cbrt(x));
/** `√(x² + y²)` without overflow or underflow in between; derivatives NaN at the origin.
 * @shape x, y → broadcast */
export const hypot: Binary = /* @__PURE__ */ binary("hypot", "float", (a, b) => q.hypot(a, b), true);
