// Error and gamma functions: element-wise primitives computed by the kernels of the family `special`, a module of
// their own that only programs with special functions carry.
import { make } from "../ir/build.ts";
import type { Node, Primitive } from "../ir/graph.ts";
import * as kernels from "../kernels/special.gen.ts";
import { add, by, mul, neg, opposite } from "./arithmetic.ts";
import { elementwise, FLOATS, finite, lift, type Operand } from "./define.ts";
import { unary } from "./transcendental.ts";

export const erfPrim: Primitive = /* @__PURE__ */ finite(
  /* @__PURE__ */ unary(12, (x) => gauss(x), kernels.erf, kernels.erf_gauss),
);
export const erfcPrim: Primitive = /* @__PURE__ */ finite(
  /* @__PURE__ */ unary(12, (x) => opposite(gauss(x)), kernels.erfc, kernels.erfc_gauss),
);
// 2/√π e^(-x²), with the rounding error of x², which exp(-square(x)) would multiply by x² in the tails.
export const gaussPrim: Primitive = /* @__PURE__ */ finite(
  /* @__PURE__ */ unary(7, (x, y) => by(by(-2, x), y), kernels.gauss, kernels.erf_gauss),
);

// Φ and its density, with the rounding error of x²/2: erfc(-x/√2)/2 would multiply that of x/√2 by x² in the tail.
export const ndtrPrim: Primitive = /* @__PURE__ */ finite(
  /* @__PURE__ */ unary(12, (x) => normalDensity(x), kernels.ndtr, kernels.ndtr_normalDensity),
);
export const normalDensityPrim: Primitive = /* @__PURE__ */ finite(
  /* @__PURE__ */ unary(7, (x, y) => opposite(by(x, y)), kernels.normalDensity, kernels.ndtr_normalDensity),
);

// √π/2 e^(y²) as a primitive of its own: through the rounded y, its error would be multiplied by y² in the tails.
// (y')' = 2 y y'².
export const erfinvPrim: Primitive = /* @__PURE__ */ unary(
  20,
  (x) => erfinvSlope(x),
  kernels.erfinv,
  kernels.erfinv_erfinvSlope,
);
export const erfinvSlopePrim: Primitive = /* @__PURE__ */ unary(
  25,
  (x, y) => by(by(by(2, erfinv(x)), y), y),
  kernels.erfinvSlope,
  kernels.erfinv_erfinvSlope,
);
// Of p in (0, 2), accurate where 1 - p is not: the slope is that of -erfcinv.
export const erfcinvPrim: Primitive = /* @__PURE__ */ unary(
  20,
  (p) => opposite(erfcinvSlope(p)),
  kernels.erfcinv,
  kernels.erfcinv_erfcinvSlope,
);
// Its slope √(2π) e^(y²/2) is 2√2 times that of -erfcinv at 2p.
export const ndtriPrim: Primitive = /* @__PURE__ */ unary(
  20,
  (p) => by(2 * Math.SQRT2, erfcinvSlope(by(2, p))),
  kernels.ndtri,
);
export const erfcinvSlopePrim: Primitive = /* @__PURE__ */ unary(
  25,
  (p, y) => by(by(by(-2, erfcinv(p)), y), y),
  kernels.erfcinvSlope,
  kernels.erfcinv_erfcinvSlope,
);

// erfcx' = 2x erfcx - 2/√π and what follows cancel on the right: derivatives of their own. From the third on: y‴ = 2x
// y″ + 4y′.
export const erfcxPrim: Primitive = /* @__PURE__ */ unary(25, (x) => erfcxSlope(x), kernels.erfcx);
export const erfcxSlopePrim: Primitive = /* @__PURE__ */ unary(25, (x) => erfcxCurvature(x), kernels.erfcxSlope);
export const erfcxCurvaturePrim: Primitive = /* @__PURE__ */ unary(
  25,
  (x, y) => add(mul(mul(2, x), y), mul(4, erfcxSlope(x))),
  kernels.erfcxCurvature,
);

// log Φ and r = φ/Φ, its derivative, the inverse Mills ratio. On the left r ~ -x, and r′ = -r (x + r), r″ = -r′(x +
// r) - r (1 + r′) cancel by powers of x²: they have kernels. The rule of r″ is -r″(x + 2r) - 2r′(1 + r′).
export const logNdtrPrim: Primitive = /* @__PURE__ */ unary(30, (x) => inverseMills(x), kernels.logNdtr);
export const inverseMillsPrim: Primitive = /* @__PURE__ */ unary(25, (x) => inverseMillsSlope(x), kernels.inverseMills);
export const inverseMillsSlopePrim: Primitive = /* @__PURE__ */ unary(
  25,
  (x) => inverseMillsCurvature(x),
  kernels.inverseMillsSlope,
);
export const inverseMillsCurvaturePrim: Primitive = /* @__PURE__ */ unary(
  25,
  (x, y) => {
    const slope = inverseMillsSlope(x);
    return neg(add(mul(y, add(x, mul(2, inverseMills(x)))), mul(2, mul(slope, add(1, slope)))));
  },
  kernels.inverseMillsCurvature,
);

export const lgammaPrim: Primitive = /* @__PURE__ */ unary(
  60,
  (x) => digamma(x),
  kernels.lgamma,
  kernels.lgamma_digamma,
);
export const digammaPrim: Primitive = /* @__PURE__ */ unary(
  60,
  (x) => polygamma(1, x),
  kernels.digamma,
  kernels.lgamma_digamma,
);
// The order n is an operand, so that the derivative is the same primitive at n + 1; nothing is differentiated in n.
export const polygammaPrim: Primitive = /* @__PURE__ */ elementwise("polygamma", {
  accepts: FLOATS,
  cost: 150,
  jvp: ([, d], [n, x]) => d && by(d, polygamma(add(n!, 1), x!)),
  emit: (e, x) => e.call(kernels.polygamma, x),
});

/** `2/√π ∫₀ˣ e^(-t²) dt` */
export const erf = (x: Node): Node => make(erfPrim, [x]);
/** `1 - erf(x)`, accurate in the tail */
export const erfc = (x: Node): Node => make(erfcPrim, [x]);
/** `2/√π e^(-x²)` */
export const gauss = (x: Node): Node => make(gaussPrim, [x]);
/** Distribution function of the standard normal distribution */
export const ndtr = (x: Node): Node => make(ndtrPrim, [x]);
/** `1/√(2π) e^(-x²/2)` */
export const normalDensity = (x: Node): Node => make(normalDensityPrim, [x]);
/** Inverse of `erf` */
export const erfinv = (x: Node): Node => make(erfinvPrim, [x]);
/** The derivative of `erfinv` */
export const erfinvSlope = (x: Node): Node => make(erfinvSlopePrim, [x]);
/** Inverse of `erfc` */
export const erfcinv = (p: Node): Node => make(erfcinvPrim, [p]);
/** Inverse of `ndtr` */
export const ndtri = (p: Node): Node => make(ndtriPrim, [p]);
/** Minus the derivative of `erfcinv` */
export const erfcinvSlope = (p: Node): Node => make(erfcinvSlopePrim, [p]);
/** `e^(x²) erfc(x)` */
export const erfcx = (x: Node): Node => make(erfcxPrim, [x]);
/** The derivative of `erfcx` */
export const erfcxSlope = (x: Node): Node => make(erfcxSlopePrim, [x]);
/** The second derivative of `erfcx` */
export const erfcxCurvature = (x: Node): Node => make(erfcxCurvaturePrim, [x]);
/** `log Φ(x)` */
export const logNdtr = (x: Node): Node => make(logNdtrPrim, [x]);
/** The inverse Mills ratio `φ(x)/Φ(x)`, the derivative of `logNdtr` */
export const inverseMills = (x: Node): Node => make(inverseMillsPrim, [x]);
/** Its derivative */
export const inverseMillsSlope = (x: Node): Node => make(inverseMillsSlopePrim, [x]);
/** Its second derivative */
export const inverseMillsCurvature = (x: Node): Node => make(inverseMillsCurvaturePrim, [x]);
/** `log |Γ(x)|` */
export const lgamma = (x: Node): Node => make(lgammaPrim, [x]);
/** `ψ(x)`, the derivative of `log |Γ(x)|` */
export const digamma = (x: Node): Node => make(digammaPrim, [x]);
/** The n-th derivative of `ψ`, n = 1 … 6 */
export const polygamma = (n: Operand, x: Node): Node => make(polygammaPrim, lift("polygamma", [n, x]));
