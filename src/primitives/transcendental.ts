// Elementary functions: element-wise primitives computed by the lane kernels of assembly/, with derivative forms that
// keep full relative accuracy in the tails.

import type { DType } from "../ir/aval.ts";
import { make } from "../ir/build.ts";
import type { MaybeNode, Node, Primitive } from "../ir/graph.ts";
import type { DualKernel, LaneKernel } from "../ir/kernel.ts";
import type { Lane, Lanes } from "../ir/lanes.ts";
import * as kernels from "../kernels/core.gen.ts";
import { add, by, div, mul, opposite, over, plus, rateOf, square, sub } from "./arithmetic.ts";
import { addMaybe, apply, elementwise, FLOATS, finite, lift, type Operand } from "./define.ts";
import { asType } from "./leaf.ts";
import { and, eq, lt, select } from "./logic.ts";
import { constValue, full } from "./spread.ts";

/** A function with a kernel of its own and, where value and derivative share work, a dual one. */
export const unary = (
  cost: number,
  derivative: (x: Node, y: Node) => Node,
  own: LaneKernel,
  dual?: DualKernel,
): Primitive =>
  elementwise(own.name, {
    accepts: FLOATS,
    cost,
    jvp: ([d], [x], y) => d && by(d, derivative(x!, y)),
    emit: own,
    dual,
  });
/**
 * A function that moves by a bounded rate times itself: the tangent meets the rate first, a cotangent the value,
 * which may be 0.
 */
const decaying = (cost: number, rate: (x: Node) => Node, own: LaneKernel, dual: DualKernel): Primitive =>
  elementwise(own.name, {
    accepts: FLOATS,
    cost,
    jvp: ([d], [x], y) => d && by(by(d, rate(x!)), y),
    emit: own,
    dual,
  });

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
export const sinPrim: Primitive = /* @__PURE__ */ finite(
  /* @__PURE__ */ unary(5, (x) => cos(x), kernels.sin, kernels.sin_cos),
);
export const cosPrim: Primitive = /* @__PURE__ */ finite(
  /* @__PURE__ */ unary(5, (x) => opposite(sin(x)), kernels.cos, kernels.sin_cos),
);
export const tanPrim: Primitive = /* @__PURE__ */ unary(8, (_x, y) => add(1, square(y)), kernels.tan);
export const atanPrim: Primitive = /* @__PURE__ */ finite(
  /* @__PURE__ */ elementwise("atan", {
    accepts: FLOATS,
    cost: 8,
    jvp: ([d], [x]) => d && over(d, add(1, square(x!))),
    emit: kernels.atan,
  }),
);
export const tanhPrim: Primitive = /* @__PURE__ */ finite(
  /* @__PURE__ */ unary(7, (x) => sech2(x), kernels.tanh, kernels.tanh_sech2),
);
// 1/cosh²: 1 - tanh² without its cancellation; (sech²)' = -2 tanh sech².
export const sech2Prim: Primitive = /* @__PURE__ */ finite(
  /* @__PURE__ */ decaying(7, (x) => by(-2, tanh(x)), kernels.sech2, kernels.tanh_sech2),
);
export const sigmoidPrim: Primitive = /* @__PURE__ */ finite(
  /* @__PURE__ */ unary(6, (x) => dsigmoid(x), kernels.sigmoid, kernels.sigmoid_dsigmoid),
);
// σ(x)σ(-x): σ - σ² without its cancellation; (σ')' = σ'·(1 - 2σ) = -σ' tanh(x/2).
export const dsigmoidPrim: Primitive = /* @__PURE__ */ finite(
  /* @__PURE__ */ decaying(6, (x) => opposite(tanh(by(0.5, x))), kernels.dsigmoid, kernels.sigmoid_dsigmoid),
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

/** Tangent of c · xᵖ⁻ᵏ as x moves: its rate is p - k times that of x. */
const powerTangent = (dx: Node, x: Node, p: Node, y: Node): MaybeNode => {
  const t = rateOf(dx, x);
  return t && by(by(t, p), y);
};
/** Exponents ±½, ±3/2, ±5/2: a root and at most two products. */
const isHalf = (c: number): boolean => Math.abs(c) <= 2.5 && Math.abs(c) % 1 === 0.5;
/**
 * Whether c - 1 is a number of type `dtype`, and no factor c is so small that it would have kept xᶜ⁻¹ from overflow.
 */
const lowersExactly = (c: number, dtype: DType): boolean => c >= 1 && asType(c - 1, dtype) + 1 === c;

export const powPrim: Primitive = /* @__PURE__ */ elementwise("pow", {
  accepts: FLOATS,
  cost: 20,
  specializes: true,
  jvp([dx, dp], [x, p], y) {
    const c = constValue(p!);
    // ∂/∂x: where p < 0 as p·y/x, since xᵖ⁻¹ leaves the range before the product with a cotangent of 1/y does. Else y
    // may be 0 and x too. 1/(x + 0) has no sign at -0, as powers that are no whole ones have none.
    const falls = (): Node => by(by(over(dx as Node, c === undefined || Number.isInteger(c) ? x! : add(x!, 0)), p!), y);
    const rises = (): Node =>
      by(dx as Node, c !== undefined && lowersExactly(c, y.dtype) ? mul(c, pow(x!, c - 1)) : powSlope(x!, p!, 1));
    const slope = (): Node =>
      powerTangent(dx as Node, x!, p!, y) ??
      (c === undefined ? select(lt(p!, 0), falls(), rises()) : c < 0 ? falls() : rises());
    // ∂/∂p = xᵖ·log x, and 0 where x = 0 (the limit for p > 0).
    return addMaybe(dx && slope(), dp && by(dp, select(eq(x!, 0), 0, mul(y, log(x!)))), plus);
  },
  emit: (e, x) => e.call(kernels.pow, x),
  simplify([x, p], [cx, c]) {
    if (cx === 1 || c === 0) return full(x!.shape, 1, x!.dtype);
    if (c !== undefined && isHalf(c)) return make(powHalfPrim, [x!, p!]);
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
        return square(div(1, x!)); // 1/x² would overflow inside
    }
    return undefined;
  },
});
/** `xᵖ` with C99's special values; powers with small integer and half-integer exponents are products and roots. */
export const pow = (x: Operand, p: Operand): Node => make(powPrim, lift("pow", [x, p]));

// xᵖ for a constant p = ±½, ±3/2, ±5/2. √x differs from x^½ at -0 and -Infinity alone; 1/x has a sign at -0 that no
// power with these exponents has, and 1/(x + 0) has not.
export const powHalfPrim: Primitive = /* @__PURE__ */ (() => {
  const prim = elementwise("powHalf", {
    accepts: FLOATS,
    cost: 4,
    specializes: true,
    jvp: ([dx], [x, p], y) => {
      const c = constValue(p!) as number;
      return (
        dx &&
        (powerTangent(dx, x!, p!, y) ?? (c < 0 ? by(by(over(dx, add(x!, 0)), c), y) : by(dx, mul(c, pow(x!, c - 1)))))
      );
    },
    emit: (e, [x]) => e.op("sqrt", x!),
  });
  const emit = (e: Lanes, [x]: readonly Lane[], node: Node): Lane => {
    const c = constValue(node.inputs[1] as Node) as number;
    const number = (v: number): Lane => e.constant(v, x!.dtype);
    const infinite = e.op("eq", x!, number(Number.NEGATIVE_INFINITY));
    let y = e.op("select", infinite, number(Number.POSITIVE_INFINITY), e.op("abs", e.op("sqrt", x!)));
    if (c < 0) y = e.op("div", number(1), y);
    const base = Math.abs(c) < 1 ? undefined : c < 0 ? e.op("div", number(1), x!) : x!;
    if (base) y = e.op("mul", Math.abs(c) < 2 ? e.op("abs", base) : e.op("mul", base, base), y);
    return y;
  };
  return Object.assign(prim, { lower: { kind: "lane", cost: 4, emit } });
})();

// The k-th derivative of xᵖ in x, p(p - 1) … (p - k + 1) xᵖ⁻ᵏ. The order k is an operand, so that the derivative is
// the same primitive at k + 1.
export const powSlopePrim: Primitive = /* @__PURE__ */ elementwise("powSlope", {
  accepts: FLOATS,
  cost: 25,
  specializes: true,
  jvp([dx, dp], [x, p, k], y) {
    const left = sub(p!, k!);
    const falls = (constValue(left) ?? 0) < 0;
    const slope =
      dx &&
      (powerTangent(dx, x!, left, y) ??
        (falls ? by(by(over(dx, add(x!, 0)), left), y) : by(dx, powSlope(x!, p!, add(k!, 1)))));
    return addMaybe(slope, dp && by(dp, fallingSlope(x!, p!, k!)), plus);
  },
  emit: (e, x) => e.call(kernels.powSlope, x),
});
export const powSlope = (x: Node, p: Node, k: Operand): Node => make(powSlopePrim, lift("powSlope", [x, p, k]));

/** ∂/∂p of p(p - 1) … (p - k + 1) xᵖ⁻ᵏ; 0 where x = 0 and p < k. */
function fallingSlope(x: Node, p: Node, k: Node): Node {
  const order = constValue(k) as number;
  let [c, dc]: [Operand, Operand] = [1, 0];
  for (let i = 0; i < order; i++) {
    const next = sub(p, i);
    [c, dc] = [mul(c, next), add(c, mul(next, dc))];
  }
  const logarithm = select(eq(x, 0), 0, log(x));
  return select(and(eq(x, 0), lt(p, k)), 0, mul(pow(x, sub(p, k)), add(dc, mul(c, logarithm))));
}
