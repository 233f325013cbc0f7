// Arithmetic, comparison and selection: element-wise primitives with an instruction of their own. What users write
// has IEEE values, signs of zeros included; products of derivative rules (`by`, `per`) keep exact zeros exact beside
// infinities and NaN.
import { make, sameParams } from "../ir/build.ts";
import type { MaybeNode, Node, Primitive } from "../ir/graph.ts";
import { addMaybe, apply, apply2, elementwise, FLOATS, type Operand } from "./define.ts";
import { and, eq, gt, lt, notPrim, or, select } from "./logic.ts";
import { constValue, isMasked, isPowerOfTwo, SCALING_POWERS, scaleOf, zerosLike } from "./spread.ts";
import { neededSupport, neededSupportOver } from "./support.ts";

/** Powers of two whose reciprocals are normal in both types. */
const INVERTIBLE_POWER = 126;
/** Reciprocals below this are not taken for a constant: they may have lost bits. */
const LEAST_NORMAL = 1.1754943508222875e-38; // 2^-INVERTIBLE_POWER: an expression would stay in every bundle
const is = (x: Node, prim: Primitive): boolean => x.prim === prim;
const in0 = (x: Node): Node => x.inputs[0] as Node;
const in1 = (x: Node): Node => x.inputs[1] as Node;

/** A sum is zero where both terms are. */
function eitherSupport([a, b]: readonly Node[], of: (x: Node) => MaybeNode): MaybeNode {
  const [s, t] = [of(a!), of(b!)];
  return s && t && or(s, t);
}
/** A quotient is zero where its dividend is, a negative where what it is of is. */
const firstSupport = ([a]: readonly Node[], of: (x: Node) => MaybeNode): MaybeNode => of(a!);
/** A product of finite factors is zero where one of them is. */
function bothSupport([a, b]: readonly Node[], of: (x: Node) => MaybeNode): MaybeNode {
  const [s, t] = [of(a!), of(b!)];
  return s && t ? and(s, t) : (s ?? t);
}

/** The node inside a mask, where the rules of its primitive have been applied. */
const final = (prim: Primitive, a: Node, b: Node): Node => make(prim, [a, b], undefined, true);

// ---- linear and bilinear ----

const isInt = (x: Node): boolean => x.dtype === "int32";
/** Whether adding the constant `c` changes nothing, not even the sign of a zero. */
const isNothing = (c: number | undefined, x: Node): boolean => Object.is(c, -0) || (c === 0 && isInt(x));

export const addPrim: Primitive = /* @__PURE__ */ elementwise("add", {
  jvp: ([da, db]) => addMaybe(da, db, plus),
  transpose: (ct, _x, linear) => linear.map((l) => (l ? ct : undefined)),
  emit: (e, [a, b]) => e.op("add", a!, b!),
  support: eitherSupport,
  finite: true,
  fold: (a, b) => a + b,
  simplify([a, b], [ca, cb]) {
    if (isNothing(cb, a!)) return a;
    if (isNothing(ca, b!)) return b;
    if (a === b) return mul(2, a!);
    if (is(b!, negPrim)) return sub(a!, in0(b!));
    if (is(a!, negPrim)) return sub(b!, in0(a!));
    return undefined;
  },
});
/** `a + b` */
export const add = /* @__PURE__ */ apply2(addPrim);

export const subPrim: Primitive = /* @__PURE__ */ elementwise("sub", {
  jvp: ([da, db]) => (da && db ? minus(da, db) : (da ?? (db && opposite(db)))),
  transpose: (ct, _x, linear) => [linear[0] ? ct : undefined, linear[1] ? opposite(ct) : undefined],
  emit: (e, [a, b]) => e.op("sub", a!, b!),
  support: eitherSupport,
  finite: true,
  fold: (a, b) => a - b,
  simplify([a, b], [ca, cb]) {
    if (Object.is(cb, 0)) return a;
    if (isNothing(ca, b!)) return neg(b!);
    if (is(b!, negPrim)) return add(a!, in0(b!));
    return undefined;
  },
});
/** `a - b` */
export const sub = /* @__PURE__ */ apply2(subPrim);

export const negPrim: Primitive = /* @__PURE__ */ elementwise("neg", {
  jvp: ([d]) => d && opposite(d),
  transpose: (ct) => [opposite(ct)],
  emit: (e, [x]) => e.op("neg", x!),
  support: firstSupport,
  finite: true,
  fold: (x) => -x,
  simplify: ([x]) => (is(x!, negPrim) ? in0(x!) : undefined),
});
/** `-x` */
export const neg = /* @__PURE__ */ apply(negPrim);

/** Algebra that is exact for products of any kind: ones, squares, signs outwards, constants first. */
function exactProduct(
  product: (a: Operand, b: Operand) => Node,
  [a, b]: readonly Node[],
  [ca, cb]: readonly (number | undefined)[],
): MaybeNode {
  if (ca === 1) return b;
  if (cb === 1) return a;
  if (ca === -1) return neg(b!);
  if (cb === -1) return neg(a!);
  if (a === b) return square(a!);
  if (is(b!, squarePrim) && in0(b!) === a) return cube(a!);
  if (is(a!, squarePrim) && in0(a!) === b) return cube(b!);
  if (is(a!, negPrim) && is(b!, negPrim)) return product(in0(a!), in0(b!));
  if (cb !== undefined && ca === undefined) return product(b!, a!);
  if (is(a!, negPrim) && ca === undefined) return neg(product(in0(a!), b!));
  if (is(b!, negPrim)) return ca !== undefined ? product(-ca, in0(b!)) : neg(product(a!, in0(b!)));
  return undefined;
}

export const mulPrim: Primitive = /* @__PURE__ */ elementwise("mul", {
  jvp: productTangent,
  transpose: (ct, [a, b], linear) => [linear[0] ? by(ct, b!) : undefined, linear[1] ? by(ct, a!) : undefined],
  emit: (e, [a, b]) => e.op("mul", a!, b!),
  support: bothSupport,
  homogeneous: true,
  finite: true,
  reads: "product",
  fold: (a, b) => a * b,
  simplify: ([a, b], [ca, cb]) =>
    (ca === 0 || cb === 0) && isInt(a!) ? zerosLike(a!) : exactProduct(mul, [a!, b!], [ca, cb]),
});
/** `a · b` */
export const mul = /* @__PURE__ */ apply2(mulPrim);

const isReciprocal = (x: Node): boolean => is(x, divPrim) && constValue(in0(x)) !== undefined;
/** What the tangent `d` of the factor x makes of the tangent of y = x · other. */
function tangentPart(d: MaybeNode, x: Node, other: Node, y: Node): MaybeNode {
  if (!d) return undefined;
  // Where d was made as t · (k · x), k · y is small where x, but not k, goes to 0, as a density does in its tails.
  const [tangent, factor] = factorsOf(d) ?? [];
  const k = factor && rateOf(factor, x);
  if (k) return by(tangent as Node, by(k, y));
  return isReciprocal(other) && constValue(in0(other)) === 1 ? over(d, in1(other)) : by(d, other);
}
/** The product rule, for `y = a · b`; by the rates of the factors where they are known. */
function productTangent([da, db]: readonly MaybeNode[], [a, b]: readonly Node[], y: Node): MaybeNode {
  const [s, t] = [rateOf(da, a!), rateOf(db, b!)];
  if (s && t) return by(plus(s, t), y);
  return addMaybe(s ? by(s, y) : tangentPart(da, a!, b!, y), t ? by(t, y) : tangentPart(db, b!, a!, y), plus);
}

/**
 * The quotient rule, for `y = a / b`: ȧ/b - y·(ḃ/b). The tangent meets 1/b before y, so that no square of 1/b leaves
 * the range.
 */
function quotientTangent([da, db]: readonly MaybeNode[], [a, b]: readonly Node[], y: Node): MaybeNode {
  const [s, t] = [rateOf(da, a!), db && over(db, b!)];
  const rate = s && t ? minus(s, t) : (s ?? (t && opposite(t)));
  if (!da || s) return rate && by(rate, y);
  return t ? minus(over(da, b!), by(t, y)) : over(da, b!);
}
/** Algebra that is exact for quotients of any kind. */
function exactQuotient(
  product: (a: Operand, b: Operand) => Node,
  quotient: (a: Node, b: Node) => Node,
  [a, b]: readonly Node[],
  cb: number | undefined,
): MaybeNode {
  if (cb === 1) return a;
  if (cb === -1) return neg(a!);
  if (cb !== undefined && isPowerOfTwo(cb, INVERTIBLE_POWER)) return product(1 / cb, a!);
  if (is(a!, negPrim)) return neg(quotient(in0(a!), b!));
  if (is(b!, negPrim)) return neg(quotient(a!, in0(b!)));
  return undefined;
}

export const divPrim: Primitive = /* @__PURE__ */ elementwise("div", {
  accepts: FLOATS,
  cost: 2,
  jvp: quotientTangent,
  transpose: (ct, [, b], linear) => [linear[0] ? alone(ct, b!) : undefined, undefined],
  emit: (e, [a, b]) => e.op("div", a!, b!),
  support: firstSupport,
  homogeneous: true,
  fold: (a, b) => a / b,
  simplify: ([a, b], [, cb]) => exactQuotient(mul, div, [a!, b!], cb),
});
/** `a / b` */
export const div = /* @__PURE__ */ apply2(divPrim);

// ---- sums, products and quotients of derivatives ----
// A derivative is exactly zero where a `where` did not take an arm, where a slice did not reach, and so on. Times a
// factor that is infinite or NaN there it has to stay zero, which IEEE arithmetic would make NaN. The derivative
// rules of all primitives are written in these words; what users write is not, so that compiled programs mean what
// single operations mean.

export const byPrim: Primitive = /* @__PURE__ */ elementwise("by", {
  jvp: productTangent,
  transpose: (ct, [a, b], linear) => [linear[0] ? by(ct, b!) : undefined, linear[1] ? by(ct, a!) : undefined],
  emit: (e, [a, b]) => e.op("by", a!, b!),
  support: bothSupport,
  homogeneous: true,
  scales: true,
  finite: true,
  reads: "product",
  fold: (a, b) => (a === 0 || b === 0 ? 0 : a * b),
  simplify([a, b], [ca, cb]) {
    if (ca === 0 || cb === 0) return zerosLike(a!);
    // The select goes outside the product, so that an arm not taken contributes an exact zero even times Infinity or
    // NaN.
    if (isMasked(a!)) return select(in0(a!), by(in1(a!), b!), 0);
    if (isMasked(b!)) return select(in0(b!), by(a!, in1(b!)), 0);
    const exact = exactProduct(by, [a!, b!], [ca, cb]);
    if (exact) return exact;
    if (ca !== undefined && is(b!, byPrim)) {
      const inner = constValue(in0(b!));
      if (inner !== undefined && (isPowerOfTwo(ca, SCALING_POWERS) || isPowerOfTwo(inner, SCALING_POWERS)))
        return by(ca * inner, in1(b!)); // exact
    }
    // Powers of two move outwards, where they meet and merge (exact, short of overflow and underflow).
    if (ca === undefined && scaleOf(a!)) return by(in0(a!), by(in1(a!), b!));
    if (ca === undefined && scaleOf(b!)) return by(in0(b!), by(a!, in1(b!)));
    const [s, t] = [neededSupport(a!, b!), neededSupport(b!, a!)];
    const support = s && t ? and(s, t) : (s ?? t);
    return support && select(support, final(byPrim, a!, b!), 0);
  },
});
/**
 * `d · p` in a derivative, the tangent or cotangent first: exactly zero where a factor is by structure, whatever the
 * other one is.
 */
export const by = /* @__PURE__ */ apply2(byPrim);

// A tangent ẋ that was made as t · x tells the rate t of x: for y = 1/b it is -ḃ/b. Products and powers of x move by
// that rate, and meet no number but their own: d·(1/b) moves by -(d·(1/b))·(ḃ/b), where d·(-(1/b)·(ḃ/b)) would form
// 1/b². The words above keep the tangent first, so that the graph tells t and x apart.

type Unary = (x: Node) => Node;
/**
 * What is behind a number, a sign, a mask or a view, and how that applies to a tangent, and to a number of the point,
 * behind it.
 */
function behind(d: Node): readonly [inner: Node, ofTangent: Unary, ofFactor: Unary] | undefined {
  const same: Unary = (x) => x;
  const view: Unary = (x) => make(d.prim, [x], d.params);
  if (is(d, byPrim)) return constValue(in0(d)) === undefined ? undefined : [in1(d), same, (f) => by(in0(d), f)];
  if (is(d, negPrim)) return [in0(d), same, opposite];
  if (isMasked(d)) return [in1(d), (t) => select(in0(d), t, 0), same];
  return d.prim.lower.kind === "view" && d.inputs.length === 1 ? [in0(d), view, view] : undefined;
}
/**
 * How far rates and factors are looked for: at each of n products with numbers there is a chain of n to look behind.
 */
const RATE_STEPS = 8;
/** t, where the tangent `d` of `x` was made as t · x. */
export function rateOf(d: MaybeNode, x: Node, steps = RATE_STEPS): MaybeNode {
  if (!d || !steps) return undefined;
  if (is(d, byPrim) && in1(d) === x) return in0(d);
  const [inner, ofTangent, ofFactor] = behind(d) ?? [];
  const isView = ofTangent === ofFactor;
  const alike = d.prim === x.prim && (is(d, negPrim) || (isView && sameParams(d.params, x.params)));
  const t = isView && !alike ? undefined : rateOf(inner, alike ? in0(x) : x, steps - 1);
  return t && (isView || !alike) ? ofTangent!(isView ? t : ofFactor!(t)) : t;
}
/** A tangent and a number of the point whose product `d` was made as. */
function factorsOf(d: Node, steps = RATE_STEPS): readonly [tangent: Node, factor: Node] | undefined {
  const [inner, ofTangent, ofFactor] = behind(d) ?? [];
  if (!inner) return is(d, byPrim) ? [in0(d), in1(d)] : undefined;
  const f = steps > 0 ? factorsOf(inner, steps - 1) : undefined;
  return f && [ofTangent!(f[0]), ofFactor!(f[1])];
}

/** `a / b` in a derivative where b is known not to be 0. */
export const perNonzero = (a: Node, b: Node): Node => final(perPrim, a, b);
export const perPrim: Primitive = /* @__PURE__ */ elementwise("per", {
  accepts: FLOATS,
  cost: 2,
  jvp: quotientTangent,
  transpose: (ct, [, b], linear) => [linear[0] ? alone(ct, b!) : undefined, undefined],
  emit: (e, [a, b]) => e.op("per", a!, b!),
  support: firstSupport,
  homogeneous: true,
  fold: (a, b) => (a === 0 ? 0 : a / b),
  simplify([a, b], [ca, cb]) {
    if (ca === 0) return zerosLike(a!);
    if (isMasked(a!)) return select(in0(a!), per(in1(a!), b!), 0);
    const exact = exactQuotient(by, per, [a!, b!], cb);
    if (exact) return exact;
    const support = neededSupportOver(a!, b!);
    return support && select(support, final(perPrim, a!, b!), 0);
  },
});
/** `d / b` in a derivative, rounded once: exactly zero where `d` is by structure. */
export const per = /* @__PURE__ */ apply2(perPrim);

/**
 * `d / b` in a derivative: a product with 1/b. All derivatives at a point share that one division, where each of their
 * quotients would cost another one; half an ulp is the price, and an overflow where b is subnormal.
 */
export function over(d: Node, b: Node): Node {
  if (constValue(b) !== undefined) return alone(d, b);
  // The quotient of a product t · p is t · (p/b): its transpose makes no cotangent of b, which may leave the range.
  const rate = rateOf(d, b);
  if (rate) return rate;
  const [tangent, factor] = factorsOf(d) ?? [];
  // But two reciprocals do not meet: of large numbers their product may underflow, of small ones overflow.
  return factor && !isReciprocal(factor) ? by(tangent as Node, alone(factor, b)) : alone(d, b);
}
/** The same for what is not known to be a tangent of b, a cotangent say. */
function alone(d: Node, b: Node): Node {
  const c = constValue(b);
  if (c === undefined) return by(d, div(1, b));
  const r = d.dtype === "float32" ? Math.fround(1 / c) : 1 / c;
  return Number.isFinite(r) && Math.abs(r) >= LEAST_NORMAL ? by(r, d) : per(d, b);
}

/** c and x, where the derivative is c · x. */
const term = (d: Node): readonly [number, Node] => {
  const c = is(d, byPrim) ? constValue(in0(d)) : undefined;
  return c === undefined ? [1, d] : [c, in1(d)];
};
/** `a + sign · b` where both are numbers times one derivative. */
function likeTerms(a: Node, b: Node, sign: 1 | -1): MaybeNode {
  const [[c, x], [d, y]] = [term(a), term(b)];
  return x === y ? by(c + sign * d, x) : undefined;
}
export const plusPrim: Primitive = /* @__PURE__ */ elementwise("plus", {
  jvp: ([da, db]) => addMaybe(da, db, plus),
  transpose: (ct, _x, linear) => linear.map((l) => (l ? ct : undefined)),
  emit: (e, [a, b]) => e.op("plus", a!, b!),
  support: eitherSupport,
  finite: true,
  fold: (a, b) => (a === 0 ? b : b === 0 ? a : a + b),
  simplify([a, b], [ca, cb]) {
    if (cb === 0) return a;
    if (ca === 0) return b;
    const sum = likeTerms(a!, b!, 1);
    if (sum) return sum;
    if (is(b!, negPrim)) return minus(a!, in0(b!));
    if (is(a!, negPrim)) return minus(b!, in0(a!));
    if (scaleOf(a!) && scaleOf(a!) === scaleOf(b!)) return by(in0(a!), plus(in1(a!), in1(b!)));
    if (!isMasked(a!) || !isMasked(b!)) return undefined;
    // Both exact zeros off their masks: so is the sum, off the union.
    const [c, d] = [in0(a!), in0(b!)];
    if (c === d) return select(c, plus(in1(a!), in1(b!)), 0);
    if ((is(c, notPrim) && in0(c) === d) || (is(d, notPrim) && in0(d) === c)) return select(c, in1(a!), in1(b!));
    return select(or(c, d), final(plusPrim, a!, b!), 0);
  },
});
/** `a + b` of derivatives: a structural zero adds nothing; masks and powers of two are drawn out. */
export const plus = /* @__PURE__ */ apply2(plusPrim);
/** `a - b` of derivatives. */
export function minus(a: Node, b: Node): Node {
  if (constValue(b) === 0) return a;
  if (constValue(a) === 0) return opposite(b);
  if (is(b, negPrim)) return plus(a, in0(b));
  const difference = likeTerms(a, b, -1);
  if (difference) return difference;
  if (scaleOf(a) && scaleOf(a) === scaleOf(b)) return by(in0(a), minus(in1(a), in1(b)));
  return sub(a, b);
}
/** `-d` of a derivative. */
export function opposite(d: Node): Node {
  if (is(d, subPrim)) return sub(in1(d), in0(d));
  return isMasked(d) ? select(in0(d), opposite(in1(d)), 0) : neg(d);
}

// ---- piecewise linear ----

export const absPrim: Primitive = /* @__PURE__ */ elementwise("abs", {
  jvp: ([d], [x], y) => d && absTangent(d, x!, y),
  emit: (e, [x]) => e.op("abs", x!),
  finite: true,
  fold: Math.abs,
  simplify: ([x]) => (is(x!, negPrim) ? abs(in0(x!)) : is(x!, absPrim) || is(x!, squarePrim) ? x : undefined),
});
function absTangent(d: Node, x: Node, y: Node): Node {
  const t = rateOf(d, x);
  return t ? by(t, y) : by(d, sign(x));
}
/** `|x|`; derivative sign(x), which is 0 at 0. */
export const abs = /* @__PURE__ */ apply(absPrim);

export const signPrim: Primitive = /* @__PURE__ */ elementwise("sign", {
  emit: (e, [x]) => {
    const c = (v: number) => e.constant(v, x!.dtype);
    return e.op("select", e.op("gt", x!, c(0)), c(1), e.op("select", e.op("lt", x!, c(0)), c(-1), x!));
  },
  finite: true,
  fold: Math.sign,
});
/** -1, 0 (with the sign of x) or 1; derivative 0. */
export const sign = /* @__PURE__ */ apply(signPrim);

/** Tangent of max (`wins` = gt) or min (`wins` = lt): the winner's tangent, the mean of both at a tie. */
function winnerTangent(wins: (a: Node, b: Node) => Node, [da, db]: readonly MaybeNode[], a: Node, b: Node): MaybeNode {
  if (da && db) return select(wins(a, b), da, select(wins(b, a), db, by(0.5, plus(da, db))));
  const won = da ? wins(a, b) : wins(b, a);
  const d = da ?? db;
  return d && select(or(won, eq(a, b)), select(won, d, by(0.5, d)), 0);
}

export const maxPrim: Primitive = /* @__PURE__ */ elementwise("maximum", {
  jvp: (d, [a, b]) => winnerTangent(gt, d, a!, b!),
  emit: (e, [a, b]) => e.op("max", a!, b!),
  finite: true,
  fold: Math.max,
  simplify: ([a, b]) => (a === b ? a : undefined),
});
/** The larger of `a` and `b`, NaN if either is; at a tie each gets half of the derivative. */
export const maximum = /* @__PURE__ */ apply2(maxPrim);

export const minPrim: Primitive = /* @__PURE__ */ elementwise("minimum", {
  jvp: (d, [a, b]) => winnerTangent(lt, d, a!, b!),
  emit: (e, [a, b]) => e.op("min", a!, b!),
  finite: true,
  fold: Math.min,
  simplify: ([a, b]) => (a === b ? a : undefined),
});
/** The smaller of `a` and `b`, NaN if either is; at a tie each gets half of the derivative. */
export const minimum = /* @__PURE__ */ apply2(minPrim);

// ---- algebraic ----

function squareTangent(x: Node, d: Node, y?: Node): Node {
  const t = y && rateOf(d, x);
  return t ? by(by(2, t), y as Node) : by(d, by(2, x));
}
export const squarePrim: Primitive = /* @__PURE__ */ elementwise("square", {
  jvp: ([d], [x], y) => d && squareTangent(x!, d, y),
  emit: (e, [x]) => e.op("mul", x!, x!),
  finite: true,
  fold: (x) => x * x,
  simplify: ([x]) => (is(x!, negPrim) || is(x!, absPrim) ? square(in0(x!)) : undefined),
});
/** `x²` */
export const square = /* @__PURE__ */ apply(squarePrim);

/** A product with its own square, whose factors would have two tangents that differ by rounding. */
export const cubePrim: Primitive = /* @__PURE__ */ elementwise("cube", {
  jvp([d], [x], y) {
    const t = rateOf(d, x!);
    return t ? by(by(3, t), y) : d && by(d, mul(3, square(x!)));
  },
  emit: (e, [x]) => e.op("mul", x!, e.op("mul", x!, x!)),
  support: firstSupport,
  finite: true,
  fold: (x) => x * (x * x),
  simplify: ([x]) => (is(x!, negPrim) ? neg(cube(in0(x!))) : undefined),
});
/** `x³` */
export const cube = /* @__PURE__ */ apply(cubePrim);

export const sqrtPrim: Primitive = /* @__PURE__ */ elementwise("sqrt", {
  accepts: FLOATS,
  cost: 3,
  jvp([d], [x], y) {
    const t = rateOf(d, x!);
    return t ? by(by(0.5, t), y) : d && by(0.5, over(d, y));
  },
  emit: (e, [x]) => e.op("sqrt", x!),
  fold: Math.sqrt,
});
/** `√x`; NaN below 0; derivative +Infinity at 0. */
export const sqrt = /* @__PURE__ */ apply(sqrtPrim);
