// Bessel functions of orders 0 and 1, element by element. The names of SciPy. Integers and booleans give float64.
import * as p from "../primitives/bessel.ts";
import type { Unary } from "../trace/types.ts";
import { unary } from "./apply.ts";

/**
 * Exponentially scaled modified Bessel function `e^(-|x|) I₀(x)`: `log I₀(x)` is `|x| + log(i0e(x))`. Its first two
 * derivatives are as accurate; at 0, where `|x|` has a kink, the first is 0. @shape x → x
 */
export const i0e: Unary = /* @__PURE__ */ unary("i0e", "float", (x) => p.i0e(x));
/**
 * Exponentially scaled modified Bessel function `e^(-|x|) I₁(x)`. Its first two derivatives are as accurate; at 0 the
 * first is ½, the second, which jumps there, 0. @shape x → x
 */
export const i1e: Unary = /* @__PURE__ */ unary("i1e", "float", (x) => p.i1e(x));
/**
 * Bessel function of the first kind `J₀(x)`, whose derivative is `-j1(x)`; accurate to 4 ulp for `|x| < 8`, beyond to
 * 4 ulp of `√(2/(π|x|))`.
 * @shape x → x */
export const j0: Unary = /* @__PURE__ */ unary("j0", "float", (x) => p.j0(x));
/**
 * Bessel function of the first kind `J₁(x)`, as accurate as `j0`; derivatives at 0 are right at every order. @shape x
 * → x
 */
export const j1: Unary = /* @__PURE__ */ unary("j1", "float", (x) => p.j1(x));
