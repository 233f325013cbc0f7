import type { MaybeNode, Node, Primitive } from "../ir/graph.ts";
import type { DualKernel, LaneKernel } from "../ir/kernel.ts";
import type { Lane, LaneOp, Lanes } from "../ir/lanes.ts";
import * as core from "../kernels/core.gen.ts";
import * as kernels from "../kernels/elementary.gen.ts";
import { abs, add, by, div, minus, mul, opposite, over, per, plus, sqrt, square, sub } from "./arithmetic.ts";
import { addMaybe, apply, apply2, type Emit, elementwise, FLOATS, finite } from "./define.ts";
import { eq, gt, lt, ne, or, select } from "./logic.ts";
import { isMasked } from "./spread.ts";
import { log, log1p, tanh } from "./transcendental.ts";

/**
 * A function of one argument, computed by its kernel or as `emit` says; `tangent(d, x, y)` is the tangent of its
 * value y = f(x).
 */
const unary = (
  name: string,
  cost: number,
  tangent: (d: Node, x: Node, y: Node) => Node,
  emit: LaneKernel | Emit,
  dual?: DualKernel,
): Primitive =>
  elementwise(name, {
    accepts: FLOATS,
    cost,
    jvp: ([d], [x], y) => d && tangent(d, x!, y),
    emit,
    dual,
  });
/** The part of the tangent of f(x, y) that `d`, the tangent of one argument, makes. */
type Partial = (d: Node, x: Node, y: Node, value: Node) => MaybeNode;
/** A function of two arguments with its two partial tangents, linear in `d`. */
const binary = (
  name: string,
  cost: number,
  partials: readonly [Partial, Partial],
  emit: LaneKernel | Emit,
  simplify?: (x: readonly Node[], c: readonly (number | undefined)[]) => MaybeNode,
): Primitive =>
  elementwise(name, {
    accepts: FLOATS,
    cost,
    jvp: ([dx, dy], [x, y], value) =>
      addMaybe(dx && partials[0](dx, x!, y!, value), dy && partials[1](dy, x!, y!, value), plus),
    emit,
    ...(simplify && { simplify }),
  });

// ---- rounding: derivative 0 ----

const rounding = (name: string, op: LaneOp, fold: (x: number) => number): Primitive =>
  elementwise(name, { accepts: FLOATS, emit: (e, [x]) => e.op(op, x!), fold });
/** To the nearest integer, half to even. */
const roundEven = (x: number): number => {
  const r = Math.round(x);
  return r - x === 0.5 && r % 2 !== 0 ? r - 1 : r;
};
export const floorPrim: Primitive = /* @__PURE__ */ finite(/* @__PURE__ */ rounding("floor", "floor", Math.floor));
export const ceilPrim: Primitive = /* @__PURE__ */ finite(/* @__PURE__ */ rounding("ceil", "ceil", Math.ceil));
export const truncPrim: Primitive = /* @__PURE__ */ finite(/* @__PURE__ */ rounding("trunc", "trunc", Math.trunc));
export const roundPrim: Primitive = /* @__PURE__ */ finite(/* @__PURE__ */ rounding("round", "nearest", roundEven));
export const floor = /* @__PURE__ */ apply(floorPrim);
export const ceil = /* @__PURE__ */ apply(ceilPrim);
export const trunc = /* @__PURE__ */ apply(truncPrim);
export const round = /* @__PURE__ */ apply(roundPrim);

// -⌊x/y⌋, the integer that belongs to the exact value: ⌊fl(x/y)⌋ is another one where the quotient was rounded up to
// an integer.
export const modPrim: Primitive = /* @__PURE__ */ binary(
  "mod",
  6,
  [(d) => d, (d, x, y, value) => opposite(by(d, round(div(sub(x, value), y))))],
  kernels.mod,
);
/** `x - ⌊x/y⌋·y`, with the sign of `y`. */
export const mod = /* @__PURE__ */ apply2(modPrim);

// ---- hyperbolic ----

export const sinhPrim: Primitive = /* @__PURE__ */ unary(
  "sinh",
  8,
  (d, x) => by(d, cosh(x)),
  kernels.sinh,
  kernels.sinh_cosh,
);
export const coshPrim: Primitive = /* @__PURE__ */ unary(
  "cosh",
  8,
  (d, x) => by(d, sinh(x)),
  kernels.cosh,
  kernels.sinh_cosh,
);
export const sinh = /* @__PURE__ */ apply(sinhPrim);
export const cosh = /* @__PURE__ */ apply(coshPrim);
// √(1 + x²) without overflow.
export const asinhPrim: Primitive = /* @__PURE__ */ finite(
  /* @__PURE__ */ unary("asinh", 14, (d, x) => over(d, hypot(x, 1)), kernels.asinh),
);
// √(x² - 1) without overflow, accurate near 1.
export const acoshPrim: Primitive = /* @__PURE__ */ unary(
  "acosh",
  14,
  (d, x) => over(d, by(sqrt(sub(x, 1)), sqrt(add(x, 1)))),
  kernels.acosh,
);
export const atanhPrim: Primitive = /* @__PURE__ */ unary(
  "atanh",
  14,
  (d, x) => over(d, oneMinusSquare(x)),
  kernels.atanh,
);
export const asinh = /* @__PURE__ */ apply(asinhPrim);
export const acosh = /* @__PURE__ */ apply(acoshPrim);
export const atanh = /* @__PURE__ */ apply(atanhPrim);

// (1 - x)(1 + x), accurate near ±1, with the derivative -2x, accurate near 0.
export const oneMinusSquarePrim: Primitive = /* @__PURE__ */ unary(
  "oneMinusSquare",
  1,
  (d, x) => by(by(-2, x), d),
  (e, [x]) => {
    const one = e.constant(1, x!.dtype);
    return e.op("mul", e.op("sub", one, x!), e.op("add", one, x!));
  },
);
export const oneMinusSquare = /* @__PURE__ */ apply(oneMinusSquarePrim);

// ---- circular ----

export const asinPrim: Primitive = /* @__PURE__ */ unary(
  "asin",
  10,
  (d, x) => over(d, sqrt(oneMinusSquare(x))),
  kernels.asin,
);
export const acosPrim: Primitive = /* @__PURE__ */ unary(
  "acos",
  10,
  (d, x) => opposite(over(d, sqrt(oneMinusSquare(x)))),
  kernels.acos,
);
// (x dy - y dx)/r²; r² as two divisions by r, which neither overflow nor underflow.
export const atan2Prim: Primitive = /* @__PURE__ */ binary(
  "atan2",
  12,
  [
    (d, y, x) => by(per(d, hypot(x, y)), hypotSlope(x, y)),
    (d, y, x) => opposite(by(per(d, hypot(x, y)), hypotSlope(y, x))),
  ],
  kernels.atan2,
);
export const asin = /* @__PURE__ */ apply(asinPrim);
export const acos = /* @__PURE__ */ apply(acosPrim);
/** Angle of the point (x, y): `atan2(y, x)`. */
export const atan2 = /* @__PURE__ */ apply2(atan2Prim);

// ---- roots, other bases ----

export const hypotPrim: Primitive = /* @__PURE__ */ finite(
  /* @__PURE__ */ binary(
    "hypot",
    8,
    [(d, x, y) => by(d, hypotSlope(x, y)), (d, x, y) => by(d, hypotSlope(y, x))],
    kernels.hypot,
  ),
);
// ∂r/∂x = x/r. Its own derivative, y(y dx - x dy)/r³, would cancel as 1/r - x²/r³. Slopes meet 1/r one by one: their
// product may underflow.
export const hypotSlopePrim: Primitive = /* @__PURE__ */ binary(
  "hypotSlope",
  10,
  [
    (d, x, y) => by(per(by(d, hypotSlope(y, x)), hypot(x, y)), hypotSlope(y, x)),
    (d, x, y, s) => opposite(by(per(by(d, hypotSlope(y, x)), hypot(x, y)), s)),
  ],
  (e, [x, y]) => e.op("div", x!, e.call(kernels.hypot, [x!, y!])),
  // As x / r: a constant 0 is one, and what a mask left out stays out.
  ([x, y], [cx]) => {
    if (cx === 0) return x;
    const [c, a] = x!.inputs as [Node, Node];
    return isMasked(x!) ? select(c, hypotSlope(a, y!), 0) : undefined;
  },
);
/** `√(x² + y²)`; derivative NaN at the origin. */
export const hypot = /* @__PURE__ */ apply2(hypotPrim);
/** `x / hypot(x, y)` */
export const hypotSlope = /* @__PURE__ */ apply2(hypotSlopePrim);
export const cbrtPrim: Primitive = /* @__PURE__ */ unary("cbrt", 10, (d, x) => by(d, cbrtSlope(x)), kernels.cbrt);
// 1/(3 ∛x²), whose own derivative is -⅔ of it over x: through the cube root again, errors would add up.
export const cbrtSlopePrim: Primitive = /* @__PURE__ */ unary(
  "cbrtSlope",
  12,
  (d, x, y) => by(by(-2 / 3, over(d, x)), y),
  (e, [x]) => {
    const y = e.call(kernels.cbrt, [x!]);
    return e.op("div", e.constant(1, x!.dtype), e.op("mul", e.constant(3, x!.dtype), e.op("mul", y, y)));
  },
);
export const exp2Prim: Primitive = /* @__PURE__ */ unary(
  "exp2",
  5,
  (d, _x, y) => by(d, mul(Math.LN2, y)),
  kernels.exp2,
);
export const log2Prim: Primitive = /* @__PURE__ */ unary("log2", 7, (d, x) => over(by(Math.LOG2E, d), x), kernels.log2);
export const log10Prim: Primitive = /* @__PURE__ */ unary(
  "log10",
  7,
  (d, x) => over(by(Math.LOG10E, d), x),
  kernels.log10,
);
/** `∛x`; derivative Infinity at 0. */
export const cbrt = /* @__PURE__ */ apply(cbrtPrim);
export const cbrtSlope = /* @__PURE__ */ apply(cbrtSlopePrim);
export const exp2 = /* @__PURE__ */ apply(exp2Prim);
export const log2 = /* @__PURE__ */ apply(log2Prim);
export const log10 = /* @__PURE__ */ apply(log10Prim);

// ---- probabilities and entropies ----

export const logitPrim: Primitive = /* @__PURE__ */ unary(
  "logit",
  14,
  (d, x) => over(over(d, x), sub(1, x)),
  kernels.logit,
);
/** `log(x / (1 - x))` */
export const logit = /* @__PURE__ */ apply(logitPrim);

/** The rounding error of sum = a + b (D. Knuth, TAOCP 2, 4.2.2). */
export const lostInSum = (e: Lanes, a: Lane, b: Lane, sum: Lane): Lane => {
  const rounded = e.op("sub", sum, a);
  return e.op("add", e.op("sub", a, e.op("sub", sum, rounded)), e.op("sub", b, rounded));
};
/** 0 where x is not finite. */
export const zeroUnlessFinite = (e: Lanes, x: Lane): Lane => {
  const zero = e.constant(0, x.dtype);
  return e.op("select", e.op("eq", e.op("sub", x, x), zero), x, zero);
};

export const logaddexpPrim: Primitive = /* @__PURE__ */ finite(
  /* @__PURE__ */ binary(
    "logaddexp",
    10,
    [(d, a, b) => by(d, sigmoidGap(a, b)), (d, a, b) => by(d, sigmoidGap(b, a))],
    (e, [a, b]) => {
      const c = (v: number) => e.constant(v, a!.dtype);
      const [high, low] = [e.op("max", a!, b!), e.op("min", a!, b!)];
      const gap = e.op("select", e.op("eq", a!, b!), c(0), e.op("sub", low, high));
      const s = e.call(core.softplus, [gap]);
      // the rounding error of the gap moves s by σ(gap) times it; log(1 + e^g) (1 - s/2) is σ(g) to 10 %
      const move = e.op(
        "mul",
        zeroUnlessFinite(e, lostInSum(e, low, e.op("neg", high), gap)),
        e.op("sub", s, e.op("mul", c(0.5), e.op("mul", s, s))),
      );
      return e.op("add", high, e.op("add", s, move));
    },
  ),
);
/** `log(eᵃ + eᵇ)` without overflow; its derivatives are σ(a - b) and σ(b - a). */
export const logaddexp = /* @__PURE__ */ apply2(logaddexpPrim);
/**
 * σ(a - b) with the rounding error of a - b, which the exponential would multiply by |a - b|; ½ between equal
 * infinities.
 */
const gapSigmoid: Emit = (e, [a, b]) => {
  const c = (v: number) => e.constant(v, a!.dtype);
  const difference = e.op("sub", a!, b!);
  const infinite = e.op("eq", e.op("abs", a!), c(Number.POSITIVE_INFINITY));
  const gap = e.op("select", infinite, e.op("select", e.op("eq", a!, b!), c(0), a!), difference);
  const s = e.call(core.sigmoid, [gap]);
  const lost = zeroUnlessFinite(e, lostInSum(e, a!, e.op("neg", b!), difference));
  return e.op("add", s, e.op("mul", lost, e.op("sub", s, e.op("mul", s, s))));
};
/** A function of the difference of its arguments: `tangent` is its own, `d` that of the difference. */
const ofGap = (
  name: string,
  cost: number,
  tangent: (d: Node, a: Node, b: Node, y: Node) => Node,
  emit: Emit,
): Primitive =>
  finite(
    elementwise(name, {
      accepts: FLOATS,
      cost,
      jvp([da, db], [a, b], y) {
        const d = da && db ? minus(da, db) : (da ?? (db && opposite(db)));
        return d && tangent(d, a!, b!, y);
      },
      emit,
    }),
  );
// eᵃ/(eᵃ + eᵇ). Its derivatives are ±σ(a - b)σ(b - a).
export const sigmoidGapPrim: Primitive = /* @__PURE__ */ ofGap(
  "sigmoidGap",
  8,
  (d, a, b) => by(d, sigmoidGapSlope(a, b)),
  gapSigmoid,
);
// σ(g)σ(-g) moves by -tanh(g/2) times it, which the difference of its factors would lose near g = 0.
export const sigmoidGapSlopePrim: Primitive = /* @__PURE__ */ ofGap(
  "sigmoidGapSlope",
  14,
  (d, a, b, y) => opposite(by(by(d, tanh(select(eq(a, b), 0, mul(0.5, sub(a, b))))), y)),
  (e, [a, b]) => e.op("mul", gapSigmoid(e, [a!, b!]), gapSigmoid(e, [b!, a!])),
);
/** `σ(a - b)` */
export const sigmoidGap = /* @__PURE__ */ apply2(sigmoidGapPrim);
/** `σ(a - b)σ(b - a)` */
export const sigmoidGapSlope = /* @__PURE__ */ apply2(sigmoidGapSlopePrim);

/** √(8/π) and √(8/π)·0.044715 */
const [GELU_1, GELU_3] = [1.5957691216057308, 0.07135481627260025];
/** x where σ(z)σ(-z) is not 0: beyond, z' is a number as large as any, and z may be infinite. */
const nearby = (x: Node): Node => select(lt(abs(x), 64), x, 0);
const geluCubic = (x: Node): Node => mul(GELU_3, square(nearby(x)));
// σ(z), z = √(8/π)(x + 0.044715 x³). The derivative is σ(z)σ(-z) z'.
export const geluSigmoidPrim: Primitive = /* @__PURE__ */ finite(
  /* @__PURE__ */ unary(
    "geluSigmoid",
    10,
    (d, x) => by(by(d, add(GELU_1, mul(3, geluCubic(x)))), geluSpread(x)),
    kernels.geluSigmoid,
  ),
);
// σ(z)σ(-z), z odd in x, moves by -tanh(z/2) z' times it, which the difference of its factors would lose near 0.
export const geluSpreadPrim: Primitive = /* @__PURE__ */ finite(
  /* @__PURE__ */ unary(
    "geluSpread",
    18,
    (d, x, y) => {
      const cubic = geluCubic(x);
      const half = mul(mul(0.5, nearby(x)), add(GELU_1, cubic));
      return opposite(by(by(d, mul(tanh(half), add(GELU_1, mul(3, cubic)))), y));
    },
    (e, [x]) => e.op("mul", e.call(kernels.geluSigmoid, [x!]), e.call(kernels.geluSigmoid, [e.op("neg", x!)])),
  ),
);
/** `1/(1 + e⁻ᶻ)`, `z = √(8/π)(x + 0.044715 x³)`: what the tanh form of gelu multiplies `x` by. */
export const geluSigmoid = /* @__PURE__ */ apply(geluSigmoidPrim);
/** `σ(z)σ(-z)` of the same z */
export const geluSpread = /* @__PURE__ */ apply(geluSpreadPrim);

/** x · f(y), and 0 where x is 0 and y is a number. */
const timesLog =
  (own: LaneKernel): Emit =>
  (e, [x, y]) => {
    const zero = e.constant(0, x!.dtype);
    const none = e.op("and", e.op("eq", x!, zero), e.op("eq", y!, y!));
    return e.op("select", none, zero, e.op("mul", x!, e.call(own, [y!])));
  };
/** `d` except where `x = 0` and the logarithm of `y` does not exist: there 0, as the value (PyTorch's convention). */
const unlessNothing = (x: Node, y: Node, d: Node): Node => select(or(ne(x, 0), gt(y, 0)), d, 0);
export const xlogyPrim: Primitive = /* @__PURE__ */ binary(
  "xlogy",
  6,
  [(d, x, y) => unlessNothing(x, y, by(d, log(y))), (d, x, y) => unlessNothing(x, y, by(d, div(x, y)))],
  /* @__PURE__ */ timesLog(core.log),
);
export const xlog1pyPrim: Primitive = /* @__PURE__ */ binary(
  "xlog1py",
  7,
  [
    (d, x, y) => unlessNothing(x, add(1, y), by(d, log1p(y))),
    (d, x, y) => unlessNothing(x, add(1, y), by(d, div(x, add(1, y)))),
  ],
  /* @__PURE__ */ timesLog(core.log1p),
);
/** `x log y`, 0 at `x = 0`; where moreover `y ≤ 0`, both derivatives are 0. */
export const xlogy = /* @__PURE__ */ apply2(xlogyPrim);
/** `x log(1 + y)`, 0 at `x = 0`; where moreover `y ≤ -1`, both derivatives are 0. */
export const xlog1py = /* @__PURE__ */ apply2(xlog1pyPrim);
export const entrPrim: Primitive = /* @__PURE__ */ unary(
  "entr",
  6,
  (d, x) => opposite(by(d, add(1, log(x)))),
  (e, [x]) => {
    const c = (v: number) => e.constant(v, x!.dtype);
    const y = e.op("neg", e.op("mul", x!, e.call(core.log, [x!])));
    return e.op(
      "select",
      e.op("lt", x!, c(0)),
      c(Number.NEGATIVE_INFINITY),
      e.op("select", e.op("eq", x!, c(0)), c(0), y),
    );
  },
);
/** `-x log x`: 0 at 0, -Infinity below. */
export const entr = /* @__PURE__ */ apply(entrPrim);
