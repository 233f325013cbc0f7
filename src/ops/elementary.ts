// Elementary functions, element by element. Integers and booleans give float64.
import * as p from "../primitives/transcendental.ts";
import type { Unary } from "../trace/types.ts";
import { unary } from "./apply.ts";

/** `eˣ` @shape x → x */
export const exp: Unary = /* @__PURE__ */ unary("exp", "float", (x) => p.exp(x));
/** `eˣ - 1`, accurate near 0. @shape x → x */
export const expm1: Unary = /* @__PURE__ */ unary("expm1", "float", (x) => p.expm1(x));
/** Natural logarithm; -Infinity at 0, NaN below. @shape x → x */
export const log: Unary = /* @__PURE__ */ unary("log", "float", (x) => p.log(x));
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
