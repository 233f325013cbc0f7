// Elementary functions: element-wise primitives computed by the lane kernels of assembly/, with derivative forms that keep
// full relative accuracy in the tails.
import { make } from "../ir/build.ts";
import type { Node, Primitive } from "../ir/graph.ts";
import { type Kernels, kernelName } from "../ir/kernel.ts";
import * as kernels from "../wasm/kernels/core.gen.ts";
import { add, and, by, div, eq, mul, opposite, over, plus, select, sqrt, square, sub } from "./arithmetic.ts";
import { addMaybe, elementwise, FLOATS, finite, lift, type Operand } from "./define.ts";
import { constValue, full } from "./leaf.ts";

/** A function with a kernel of its own and, where value and derivative share work, a dual one. */
export const unary = (cost: number, derivative: (x: Node, y: Node) => Node, own: Kernels, dual?: Kernels): Primitive =>
  elementwise(kernelName(own), { accepts: FLOATS, cost, jvp: ([d], [x], y) => d && by(d, derivative(x!, y)), emit: own, dual });
const apply =
  (prim: Primitive) =>
  (x: Node): Node =>
    make(prim, [x]);

export const expPrim: Primitive = /* @__PURE__ */ unary(4, (_x, y) => y, kernels.exp, kernels.exp_expm1);
export const expm1Prim: Primitive = /* @__PURE__ */ unary(6, (x) => exp(x), kernels.expm1, kernels.exp_expm1);
export const logPrim: Primitive = /* @__PURE__ */ elementwise("log", {
  accepts: FLOATS,
  cost: 5,
  jvp: ([d], [x]) => d && over(d, x!),
  emit: kernels.log,
});
export const log1pPrim: Primitive = /* @__PURE__ */ elementwise("log1p", {
  accepts: FLOATS,
  cost: 6,
  jvp: ([d], [x]) => d && over(d, add(1, x!)),
  emit: kernels.log1p,
});
export const sinPrim: Primitive = /* @__PURE__ */ finite(/* @__PURE__ */ unary(5, (x) => cos(x), kernels.sin, kernels.sin_cos));
export const cosPrim: Primitive = /* @__PURE__ */ finite(/* @__PURE__ */ unary(5, (x) => opposite(sin(x)), kernels.cos, kernels.sin_cos));
export const tanPrim: Primitive = /* @__PURE__ */ unary(8, (_x, y) => add(1, square(y)), kernels.tan);
export const atanPrim: Primitive = /* @__PURE__ */ finite(
  /* @__PURE__ */ elementwise("atan", {
    accepts: FLOATS,
    cost: 8,
    jvp: ([d], [x]) => d && over(d, add(1, square(x!))),
    emit: kernels.atan,
  }),
);
export const tanhPrim: Primitive = /* @__PURE__ */ finite(/* @__PURE__ */ unary(7, (x) => sech2(x), kernels.tanh, kernels.tanh_sech2));
// 1/cosh²: 1 - tanh² without its cancellation; (sech²)' = -2 tanh sech².
export const sech2Prim: Primitive = /* @__PURE__ */ finite(
  /* @__PURE__ */ unary(7, (x, y) => by(by(-2, tanh(x)), y), kernels.sech2, kernels.tanh_sech2),
);
export const sigmoidPrim: Primitive = /* @__PURE__ */ finite(
  /* @__PURE__ */ unary(6, (x) => dsigmoid(x), kernels.sigmoid, kernels.sigmoid_dsigmoid),
);
// σ(x)σ(-x): σ - σ² without its cancellation; (σ')' = σ'·(1 - 2σ) = -σ' tanh(x/2).
export const dsigmoidPrim: Primitive = /* @__PURE__ */ finite(
  /* @__PURE__ */ unary(6, (x, y) => opposite(by(tanh(by(0.5, x)), y)), kernels.dsigmoid, kernels.sigmoid_dsigmoid),
);
export const softplusPrim: Primitive = /* @__PURE__ */ finite(
  /* @__PURE__ */ unary(9, (x) => sigmoid(x), kernels.softplus, kernels.softplus_sigmoid),
);

/** `eˣ` */
export const exp = /* @__PURE__ */ apply(expPrim);
/** `eˣ - 1`, accurate near 0 */
export const expm1 = /* @__PURE__ */ apply(expm1Prim);
/** Natural logarithm: -Infinity at 0, NaN below. */
export const log = /* @__PURE__ */ apply(logPrim);
/** `log(1 + x)`, accurate near 0 */
export const log1p = /* @__PURE__ */ apply(log1pPrim);
export const sin = /* @__PURE__ */ apply(sinPrim);
export const cos = /* @__PURE__ */ apply(cosPrim);
export const tan = /* @__PURE__ */ apply(tanPrim);
export const atan = /* @__PURE__ */ apply(atanPrim);
export const tanh = /* @__PURE__ */ apply(tanhPrim);
export const sech2 = /* @__PURE__ */ apply(sech2Prim);
/** `1 / (1 + e⁻ˣ)` */
export const sigmoid = /* @__PURE__ */ apply(sigmoidPrim);
export const dsigmoid = /* @__PURE__ */ apply(dsigmoidPrim);
/** `log(1 + eˣ)` without overflow */
export const softplus = /* @__PURE__ */ apply(softplusPrim);

export const powPrim: Primitive = /* @__PURE__ */ elementwise("pow", {
  accepts: FLOATS,
  cost: 20,
  jvp: ([dx, dp], [x, p], y) => {
    // ∂/∂x = p·xᵖ⁻¹, and 0 for 0⁰ (x⁰ is the constant 1, at x = 0 too). The mask covers that point alone: elsewhere on p = 0
    // the formula is 0 by itself, and its derivative in p is not.
    // ∂/∂p = xᵖ·log x, and 0 where x = 0 (the limit for p > 0).
    const c = constValue(p!);
    const slope = dx && (c !== undefined ? by(c, pow(x!, c - 1)) : select(and(eq(p!, 0), eq(x!, 0)), 0, by(p!, pow(x!, sub(p!, 1)))));
    return addMaybe(dx && by(dx, slope as Node), dp && by(dp, select(eq(x!, 0), 0, by(y, log(x!)))), plus);
  },
  emit: (e, x) => e.call(kernels.pow, x),
  simplify([x], [cx, c]) {
    if (cx === 1 || c === 0) return full(x!.shape, 1, x!.dtype);
    switch (c) {
      case 1:
        return x;
      case 2:
        return square(x!);
      case 3:
        return mul(x!, square(x!));
      case 4:
        return square(square(x!));
      case -1:
        return div(1, x!);
      case -2:
        return div(1, square(x!));
      case 0.5:
        return sqrt(x!); // differs from pow at -0 and -Infinity only
      case -0.5:
        return div(1, sqrt(x!));
      case 1.5:
        return mul(x!, sqrt(x!));
    }
    return undefined;
  },
});
/** `xᵖ` with C99's special values; powers with small integer and half-integer exponents are products and roots. */
export const pow = (x: Operand, p: Operand): Node => make(powPrim, lift("pow", [x, p]));
