// Bessel functions, computed by assembly/lane/bessel.ts.
import { make } from "../ir/build.ts";
import type { Node, Primitive } from "../ir/graph.ts";
import * as kernels from "../kernels/special.gen.ts";
import { abs, add, by, div, mul, neg, sign, sub } from "./arithmetic.ts";
import { elementwise, FLOATS, finite, lift, type Operand } from "./define.ts";
import { unary } from "./transcendental.ts";

// e^(-|x|) I(x): i0e' = i1e - sign(x) i0e and what follows cancel by powers of x: derivatives of their own. The third
// ones from y‴ of I0 and I1, with y = e^(-s x) I, s = sign(x): y″ + (2s + 1/x) y′ + (s/x - ν²/x²) y = 0,
// differentiated.
export const i0ePrim: Primitive = /* @__PURE__ */ finite(/* @__PURE__ */ unary(20, (x) => i0eSlope(x), kernels.i0e));
export const i0eSlopePrim: Primitive = /* @__PURE__ */ finite(
  /* @__PURE__ */ unary(20, (x) => i0eCurvature(x), kernels.i0eSlope),
);
export const i0eCurvaturePrim: Primitive = /* @__PURE__ */ unary(
  20,
  (x, y) => third(0, x, i0e(x), i0eSlope(x), y),
  kernels.i0eCurvature,
);
export const i1ePrim: Primitive = /* @__PURE__ */ finite(/* @__PURE__ */ unary(20, (x) => i1eSlope(x), kernels.i1e));
export const i1eSlopePrim: Primitive = /* @__PURE__ */ finite(
  /* @__PURE__ */ unary(20, (x) => i1eCurvature(x), kernels.i1eSlope),
);
export const i1eCurvaturePrim: Primitive = /* @__PURE__ */ unary(
  20,
  (x, y) => third(1, x, i1e(x), i1eSlope(x), y),
  kernels.i1eCurvature,
);

/** y‴ = -(2s + 1/x) y″ + (1 + ν² - s x)/x² y′ + (s x - 2ν²)/x³ y, of y = e^(-s x) I. */
function third(order: 0 | 1, x: Node, y: Node, slope: Node, curvature: Node): Node {
  const [r, sx] = [div(1, x), abs(x)];
  const first = neg(mul(add(mul(2, sign(x)), r), curvature));
  const middle = mul(mul(sub(1 + order, sx), mul(r, r)), slope);
  return add(add(first, middle), mul(mul(sub(sx, 2 * order), mul(r, mul(r, r))), y));
}

export const j0Prim: Primitive = /* @__PURE__ */ finite(/* @__PURE__ */ unary(40, (x) => neg(j1(x)), kernels.j0));
// J1' = J0 - J1/x
export const j1Prim: Primitive = /* @__PURE__ */ finite(
  /* @__PURE__ */ unary(40, (x) => sub(j0(x), besselJOverPower(1, x)), kernels.j1),
);
// Jn(x)/xⁿ, whose derivative is -x Jn+1(x)/xⁿ⁺¹: nothing is singular at 0. The order is an operand, as that of
// polygamma.
export const besselJOverPowerPrim: Primitive = /* @__PURE__ */ elementwise("besselJOverPower", {
  accepts: FLOATS,
  cost: 80,
  jvp: ([, d], [n, x]) => d && by(d, neg(mul(x!, besselJOverPower(add(n!, 1), x!)))),
  emit: (e, x) => e.call(kernels.besselJOverPower, x),
});

/** `e^(-|x|) I₀(x)` */
export const i0e = (x: Node): Node => make(i0ePrim, [x]);
/** The derivative of `i0e` */
export const i0eSlope = (x: Node): Node => make(i0eSlopePrim, [x]);
/** The second derivative of `i0e` */
export const i0eCurvature = (x: Node): Node => make(i0eCurvaturePrim, [x]);
/** `e^(-|x|) I₁(x)` */
export const i1e = (x: Node): Node => make(i1ePrim, [x]);
/** The derivative of `i1e` */
export const i1eSlope = (x: Node): Node => make(i1eSlopePrim, [x]);
/** The second derivative of `i1e` */
export const i1eCurvature = (x: Node): Node => make(i1eCurvaturePrim, [x]);
/** `J₀(x)` */
export const j0 = (x: Node): Node => make(j0Prim, [x]);
/** `J₁(x)` */
export const j1 = (x: Node): Node => make(j1Prim, [x]);
/** `Jₙ(x)/xⁿ`, n = 1 … 8 */
export const besselJOverPower = (n: Operand, x: Node): Node =>
  make(besselJOverPowerPrim, lift("besselJOverPower", [n, x]));
