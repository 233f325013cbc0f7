// Angles in degrees and radians, and the reciprocal root.
import { div, mul, sqrt } from "../primitives/arithmetic.ts";
import type { Unary } from "../trace/types.ts";
import { unary } from "./apply.ts";

/** An angle in radians as degrees: `180/π · x`. @shape x → x */
export const degrees: Unary = /* @__PURE__ */ unary("degrees", "float", (x) => mul(57.29577951308232, x));
/** An angle in degrees as radians: `π/180 · x`. @shape x → x */
export const radians: Unary = /* @__PURE__ */ unary("radians", "float", (x) => mul(0.017453292519943295, x));
/** `1 / √x`: Infinity at 0, NaN below. @shape x → x */
export const rsqrt: Unary = /* @__PURE__ */ unary("rsqrt", "float", (x) => div(1, sqrt(x)));
