// Incomplete gamma functions, computed by assembly/lane/gammainc.ts. The number of a derivative is the first operand,
// so that the rule of one names the next. In x the rules close at every order; in a there are kernels up to the
// second.
import { fail } from "../errors.ts";
import { make } from "../ir/build.ts";
import type { MaybeNode, Node, Primitive } from "../ir/graph.ts";
import * as kernels from "../kernels/special.gen.ts";
import { add, by, div, mul, neg, plus, square, sub } from "./arithmetic.ts";
import { addMaybe, elementwise, FLOATS, lift, type Operand } from "./define.ts";
import { eq, select } from "./logic.ts";
import { digamma, polygamma } from "./special.ts";
import { constValue } from "./spread.ts";
import { log } from "./transcendental.ts";

type Words = readonly Node[];

/** The derivative along a of `d`, unless it is the third one. */
function along(d: MaybeNode, exists: boolean, name: string, slope: () => Node): MaybeNode {
  if (!d) return undefined;
  if (!exists)
    return fail(
      "rule",
      `${name}: there is no third derivative with respect to a, only the first and the second (with respect to x ` +
        "every order); hold a fixed with stopGradient, or use differences of second derivatives",
    );
  return by(d, slope());
}
/** The number of a derivative, which is a constant of the graph. */
const numberOf = (n: Node, name: string): number =>
  constValue(n) ?? fail("rule", `${name}: the number of the derivative must be a constant`);

/** r = (a - 1 - x)/x, the derivative of log g in x. */
const ratio = ([, a, x]: Words): Node => div(sub(sub(a!, 1), x!), x!);
/** l = log x - ψ(a), the derivative of log g in a. */
const shapeSlope = ([, a, x]: Words): Node => sub(log(x!), digamma(a!));

// g = xᵃ⁻¹e⁻ˣ/Γ(a), and Gₙ = ∂ⁿg/∂aⁿ for n = 0, 1, 2. ∂Gₙ/∂x = r Gₙ + n Gₙ₋₁/x; at x = 0, as in every order, Gₙ(a -
// 1, x) - Gₙ(a, x).
export const gammaDensityPrim: Primitive = /* @__PURE__ */ elementwise("gammaDensity", {
  accepts: FLOATS,
  cost: 150,
  jvp([, da, dx], words, y) {
    const [order, a, x] = words as [Node, Node, Node];
    const n = numberOf(order, "gammaDensity");
    const inside = (): Node => {
      const first = mul(ratio(words), y);
      return n > 0 ? add(first, mul(n, div(gammaDensity(n - 1, a, x), x))) : first;
    };
    return addMaybe(
      along(da, n < 2, "gammainc", () => gammaDensity(n + 1, a, x)),
      dx && by(dx, select(eq(x, 0), sub(gammaDensity(n, sub(a, 1), x), y), inside())),
      plus,
    );
  },
  emit: (e, x) => e.call(kernels.gammaDensity, x),
});

// P and its derivatives in a.
export const gammaincPrim: Primitive = /* @__PURE__ */ elementwise("gammainc", {
  accepts: FLOATS,
  cost: 500,
  jvp([, da, dx], [order, a, x]) {
    const n = numberOf(order!, "gammainc");
    return addMaybe(
      along(da, n < 2, "gammainc", () => gammainc(n + 1, a!, x!)),
      dx && by(dx, gammaDensity(n, a!, x!)),
      plus,
    );
  },
  emit: (e, x) => e.call(kernels.gammainc, x),
});
// Q = 1 - P
export const gammainccPrim: Primitive = /* @__PURE__ */ elementwise("gammaincc", {
  accepts: FLOATS,
  cost: 500,
  jvp: ([da, dx], [a, x]) =>
    addMaybe(da && by(da, neg(gammainc(1, a!, x!))), dx && by(dx, neg(gammaDensity(0, a!, x!))), plus),
  emit: (e, x) => e.call(kernels.gammaincc, x),
});

/** Which derivative of log P or log Q a number means. */
const [VALUE, A, X, AA, AX, XX] = [0, 1, 2, 3, 4, 5];

/**
 * L = log P or log Q: the value and five derivatives, each accurate where P or Q underflows. h = ∂L/∂x is ±g/P or
 * ±g/Q, whence ∂h/∂x = h (r - h), ∂h/∂a = h (l - ∂L/∂a), and the third derivatives.
 */
function logRule(
  name: string,
  L: (k: number, a: Operand, x: Operand) => Node,
): (d: readonly MaybeNode[], words: Words) => MaybeNode {
  return ([, da, dx], words) => {
    const [order, a, x] = words as [Node, Node, Node];
    const k = numberOf(order, name);
    const of = (j: number): Node => L(j, a, x);
    const total = (inA: MaybeNode, slopeX: () => Node): MaybeNode => addMaybe(inA, dx && by(dx, slopeX()), plus);
    const next = (inA: number, inX: number): MaybeNode =>
      total(
        along(da, true, name, () => of(inA)),
        () => of(inX),
      );
    if (k === VALUE) return next(A, X);
    if (k === A) return next(AA, AX);
    if (k === X) return next(AX, XX);
    const h = of(X);
    /** ∂²h/∂a² = h ((l - ∂L/∂a)² - ψ′ - ∂²L/∂a²) */
    const twiceA = (): Node => mul(h, sub(square(sub(shapeSlope(words), of(A))), add(polygamma(1, a), of(AA))));
    if (k === AA)
      return total(
        along(da, false, name, () => h),
        twiceA,
      );
    const gap = (): Node => sub(ratio(words), h);
    /** ∂²h/∂a∂x = (r - h) ∂h/∂a + h (1/x - ∂h/∂a) */
    const mixed = (): Node => add(mul(gap(), of(AX)), mul(h, sub(div(1, x), of(AX))));
    if (k === AX) return total(along(da, true, name, twiceA), mixed);
    /** ∂²h/∂x² = (r - h) ∂h/∂x + h (∂r/∂x - ∂h/∂x) */
    return total(along(da, true, name, mixed), () =>
      add(mul(gap(), of(XX)), mul(h, sub(div(div(sub(1, a), x), x), of(XX)))),
    );
  };
}

export const logGammaincPrim: Primitive = /* @__PURE__ */ elementwise("logGammainc", {
  accepts: FLOATS,
  cost: 500,
  jvp: (d, words) => logRule("logGammainc", logGammainc)(d, words),
  emit: (e, x) => e.call(kernels.logGammainc, x),
});
export const logGammainccPrim: Primitive = /* @__PURE__ */ elementwise("logGammaincc", {
  accepts: FLOATS,
  cost: 500,
  jvp: (d, words) => logRule("logGammaincc", logGammaincc)(d, words),
  emit: (e, x) => e.call(kernels.logGammaincc, x),
});

const ternary =
  (prim: () => Primitive) =>
  (n: number, a: Operand, x: Operand): Node =>
    make(prim(), lift("gammainc", [n, a, x]));
/** The n-th derivative of `xᵃ⁻¹e⁻ˣ/Γ(a)` in a, n = 0, 1, 2 */
export const gammaDensity = /* @__PURE__ */ ternary(() => gammaDensityPrim);
/** The n-th derivative of `P(a, x) = 1/Γ(a) ∫₀ˣ tᵃ⁻¹e⁻ᵗ dt` in a, n = 0, 1, 2 */
export const gammainc = /* @__PURE__ */ ternary(() => gammaincPrim);
/** `Q = 1 - P` */
export const gammaincc = (a: Operand, x: Operand): Node => make(gammainccPrim, lift("gammaincc", [a, x]));
/** `log P` (k = 0) and its derivatives in a, x, aa, ax, xx (k = 1 … 5) */
export const logGammainc = /* @__PURE__ */ ternary(() => logGammaincPrim);
/** `log Q` likewise */
export const logGammaincc = /* @__PURE__ */ ternary(() => logGammainccPrim);
