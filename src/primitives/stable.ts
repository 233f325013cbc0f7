// Functions whose formulas as written cancel, in value or in derivatives: differences of exponentials, (eˣ - 1)/x,
// sin(πx)/(πx), and the pseudo-Huber loss. Each family is closed under differentiation, with rules whose terms have
// one sign.
import { make } from "../ir/build.ts";
import type { Node, Primitive } from "../ir/graph.ts";
import type { Lane, Lanes } from "../ir/lanes.ts";
import * as core from "../kernels/core.gen.ts";
import * as kernels from "../kernels/elementary.gen.ts";
import { add, by, minus, opposite, per, plus } from "./arithmetic.ts";
import { addMaybe, apply2, type Emit, elementwise, FLOATS } from "./define.ts";
import { hypot, hypotSlope, lostInSum, zeroUnlessFinite } from "./elementary.ts";
import { tanh } from "./transcendental.ts";

// ---- differences of exponentials ----

/** g = a - b ≥ 0, what its rounding lost, e⁻ᵍ and 1 - e⁻ᵍ. Nothing is subtracted where b is -Infinity: g = Infinity. */
function gapOf(e: Lanes, a: Lane, b: Lane) {
  const infinity = e.constant(Number.POSITIVE_INFINITY, a.dtype);
  const difference = e.op("sub", a, b);
  const lost = zeroUnlessFinite(e, lostInSum(e, a, e.op("neg", b), difference));
  const all = e.op("and", e.op("eq", e.op("neg", b), infinity), e.op("eq", a, a));
  const gap = e.op("select", all, infinity, difference);
  const minus = e.op("neg", gap);
  const decay = e.call(core.exp, [minus], core.exp_expm1);
  return { gap, lost, decay, rest: e.op("neg", e.call(core.expm1, [minus], core.exp_expm1)) };
}
/** `move` where something was lost, else 0: beside a pole the product could be 0 · ∞. */
const unlessExact = (e: Lanes, lost: Lane, move: Lane): Lane => {
  const zero = e.constant(0, lost.dtype);
  return e.op("select", e.op("eq", lost, zero), zero, move);
};

export const logDiffExpPrim: Primitive = /* @__PURE__ */ elementwise("logDiffExp", {
  accepts: FLOATS,
  cost: 20,
  // ∂a = 1 + n, ∂b = -n, n = 1/(e^(a - b) - 1).
  jvp: ([da, db], [a, b]) => {
    const n = gapOdds(a!, b!);
    if (da && db) return plus(da, by(minus(da, db), n));
    return da ? by(da, add(1, n)) : db && opposite(by(db, n));
  },
  // a + log(1 - e⁻ᵍ), its logarithm by the form that does not cancel (M. Mächler, Accurately computing log(1 -
  // exp(-|a|)), 2012).
  emit: (e, [a, b]) => {
    const { gap, lost, decay, rest } = gapOf(e, a!, b!);
    const near = e.op("lt", gap, e.constant(Math.LN2, a!.dtype));
    const y = e.op("select", near, e.call(core.log, [rest]), e.call(core.log1p, [e.op("neg", decay)]));
    return e.op("add", a!, e.op("add", y, unlessExact(e, lost, e.op("mul", lost, e.op("div", decay, rest)))));
  },
});
// n = 1/(eᵍ - 1), g = a - b: the mean number of Bose and Einstein, n' = -n (1 + n). With the rounding error of g, by
// which the exponential would multiply that of a and b.
export const gapOddsPrim: Primitive = /* @__PURE__ */ elementwise("gapOdds", {
  accepts: FLOATS,
  cost: 12,
  jvp: ([da, db], _x, n) => {
    const d = da && db ? minus(da, db) : (da ?? (db && opposite(db)));
    return d && opposite(by(by(d, n), add(1, n)));
  },
  emit: (e, [a, b]) => {
    const { gap, lost, decay, rest } = gapOf(e, a!, b!);
    const below = e.op("lt", gap, e.constant(0, a!.dtype));
    const n = e.op("select", below, e.constant(Number.NaN, a!.dtype), e.op("div", decay, rest));
    // n' = -n (1 + n); the error meets 1 + n before n, since n² leaves the range where the gap is small.
    const share = e.op("mul", lost, e.op("add", e.constant(1, a!.dtype), n));
    return e.op("sub", n, unlessExact(e, lost, e.op("mul", n, share)));
  },
});
/** `log(eᵃ - eᵇ)` for a ≥ b; NaN where a < b. */
export const logDiffExp = /* @__PURE__ */ apply2(logDiffExpPrim);
/** `1 / (e^(a - b) - 1)`, 0 at b = -Infinity, NaN for a < b */
export const gapOdds = /* @__PURE__ */ apply2(gapOddsPrim);

// ---- log cosh ----

// ½ log(1 + sinh² x) near 0; |x| + log(1 + e^(-2|x|)) - log 2 beyond, with the digits that Math.LN2 lacks.
export const logCoshPrim: Primitive = /* @__PURE__ */ elementwise("logCosh", {
  accepts: FLOATS,
  cost: 20,
  jvp: ([d], [x]) => d && by(d, tanh(x!)),
  emit: (e, [x]) => {
    const c = (v: number) => e.constant(v, x!.dtype);
    const s = e.call(kernels.sinh, [x!]);
    const near = e.op("mul", c(0.5), e.call(core.log1p, [e.op("mul", s, s)]));
    const size = e.op("abs", x!);
    const rest = e.call(core.log1p, [e.call(core.exp, [e.op("mul", c(-2), size)])]);
    const far = e.op("add", size, e.op("sub", e.op("sub", rest, c(2.3190468138462996e-17)), c(Math.LN2)));
    return e.op("select", e.op("lt", size, c(2)), near, far);
  },
});
/** `log(cosh x)` */
export const logCosh = (x: Node): Node => make(logCoshPrim, [x]);

// ---- sin(πx)/(πx) and (eˣ - 1)/x ----

/** f and its derivatives: the order k ≥ 1 is an operand of `derivative`, and nothing is differentiated in it. */
const derivatives = (name: string, cost: number, emit: Emit, finite: boolean): Primitive => {
  const prim: Primitive = elementwise(name, {
    accepts: FLOATS,
    cost,
    jvp: ([, d], [k, x]) => d && by(d, make(prim, [add(k!, 1), x!])),
    emit,
    finite,
  });
  return prim;
};
export const sincPrim: Primitive = /* @__PURE__ */ elementwise("sinc", {
  accepts: FLOATS,
  cost: 8,
  jvp: ([d], [x]) => d && by(d, sincDerivative(1, x!)),
  emit: kernels.sinc,
  finite: true,
});
export const sincDerivativePrim: Primitive = /* @__PURE__ */ derivatives(
  "sincDerivative",
  80,
  (e, x) => e.call(kernels.sincDerivative, x),
  true,
);
export const exprelPrim: Primitive = /* @__PURE__ */ elementwise("exprel", {
  accepts: FLOATS,
  cost: 8,
  jvp: ([d], [x]) => d && by(d, exprelDerivative(1, x!)),
  emit: kernels.exprel,
});
export const exprelDerivativePrim: Primitive = /* @__PURE__ */ derivatives(
  "exprelDerivative",
  80,
  (e, x) => e.call(kernels.exprelDerivative, x),
  false,
);
/** `sin(πx)/(πx)` */
export const sinc = (x: Node): Node => make(sincPrim, [x]);
/** The derivative of `sinc` of order k ≥ 1 */
export const sincDerivative = /* @__PURE__ */ apply2(sincDerivativePrim);
/** `(eˣ - 1)/x` */
export const exprel = (x: Node): Node => make(exprelPrim, [x]);
/** The derivative of `exprel` of order k ≥ 1 */
export const exprelDerivative = /* @__PURE__ */ apply2(exprelDerivativePrim);

// ---- the pseudo-Huber loss ----

// δ² (√(1 + (x/δ)²) - 1) = δ w with w = h - δ, h = √(x² + δ²). With c = 1 - δ/h the partials are
// ∂x = xδ/h and ∂δ = w c; w: x/h and -c; c: (x/h)(δ/h)/h and -(x/h)²/h. All are products, none a difference.
const quotients = (e: Lanes, x: Lane, delta: Lane): { h: Lane; r: Lane } => {
  const h = e.call(kernels.hypot, [x, delta]);
  return { h, r: e.op("div", x, e.op("add", h, delta)) };
};
const loss = (
  name: string,
  partials: readonly [(d: Node, x: Node, y: Node) => Node, (d: Node, x: Node, y: Node) => Node],
  emit: Emit,
): Primitive =>
  elementwise(name, {
    accepts: FLOATS,
    cost: 10,
    jvp: ([dx, dy], [x, y]) => addMaybe(dx && partials[0](dx, x!, y!), dy && partials[1](dy, x!, y!), plus),
    emit,
  });

export const pseudoHuberPrim: Primitive = /* @__PURE__ */ loss(
  "pseudoHuber",
  [
    (d, x, delta) => by(d, pseudoHuberSlope(x, delta)),
    (d, x, delta) => by(by(d, hypotLoss(x, delta)), hypotExcess(x, delta)),
  ],
  (e, [x, delta]) => e.op("mul", e.op("mul", quotients(e, x!, delta!).r, delta!), x!),
);
// xδ/h, symmetric in x and δ: the smaller times the quotient of the larger by h. ∂x = (δ/h)³.
export const pseudoHuberSlopePrim: Primitive = /* @__PURE__ */ loss(
  "pseudoHuberSlope",
  [(d, x, delta) => cubed(d, hypotSlope(delta, x)), (d, x, delta) => cubed(d, hypotSlope(x, delta))],
  (e, [x, delta]) => {
    const h = e.call(kernels.hypot, [x!, delta!]);
    const small = e.op("lt", e.op("abs", x!), e.op("abs", delta!));
    const quotient = e.op("div", e.op("select", small, delta!, x!), h);
    return e.op("mul", e.op("select", small, x!, delta!), quotient);
  },
);
const cubed = (d: Node, s: Node): Node => by(by(by(d, s), s), s);
export const hypotExcessPrim: Primitive = /* @__PURE__ */ loss(
  "hypotExcess",
  [(d, x, delta) => by(d, hypotSlope(x, delta)), (d, x, delta) => opposite(by(d, hypotLoss(x, delta)))],
  (e, [x, delta]) => e.op("mul", quotients(e, x!, delta!).r, x!),
);
export const hypotLossPrim: Primitive = /* @__PURE__ */ loss(
  "hypotLoss",
  [
    (d, x, delta) => per(by(by(d, hypotSlope(x, delta)), hypotSlope(delta, x)), hypot(x, delta)),
    (d, x, delta) => {
      const s = hypotSlope(x, delta);
      return opposite(per(by(by(d, s), s), hypot(x, delta)));
    },
  ],
  (e, [x, delta]) => {
    const { h, r } = quotients(e, x!, delta!);
    return e.op("mul", r, e.op("div", x!, h));
  },
);
/** `δ (√(x² + δ²) - δ)`, δ > 0 */
export const pseudoHuber = /* @__PURE__ */ apply2(pseudoHuberPrim);
/** `xδ / √(x² + δ²)` */
export const pseudoHuberSlope = /* @__PURE__ */ apply2(pseudoHuberSlopePrim);
/** `√(x² + δ²) - δ` */
export const hypotExcess = /* @__PURE__ */ apply2(hypotExcessPrim);
/** `1 - δ / √(x² + δ²)` */
export const hypotLoss = /* @__PURE__ */ apply2(hypotLossPrim);
