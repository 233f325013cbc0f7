// Arithmetic, comparison and selection: element-wise primitives with an instruction of their own.
import { make } from "../ir/build.ts";
import type { MaybeNode, Node, Primitive } from "../ir/graph.ts";
import { addMaybe, BOOLS, batched, elementwise, FLOATS, lift, type Operand } from "./define.ts";
import { constValue, isMasked, isPowerOfTwo, SMALL, scaleOf, zerosLike } from "./leaf.ts";
import { factorsOf, noteFactors, passFactors, rateOf } from "./relative.ts";
import { neededSupport, neededSupportOver } from "./support.ts";

/** Powers of two whose reciprocals are normal in both types. */
const INVERTIBLE = 126;
/** Reciprocals below this are not taken for a constant: they may have lost bits. */
const LEAST_NORMAL = 1.1754943508222875e-38; // 2^-INVERTIBLE: an expression would stay in every bundle
const is = (x: Node, prim: Primitive): boolean => x.prim === prim;
const in0 = (x: Node): Node => x.inputs[0] as Node;
const in1 = (x: Node): Node => x.inputs[1] as Node;
const in2 = (x: Node): Node => x.inputs[2] as Node;

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

const binary =
  (prim: Primitive) =>
  (a: Operand, b: Operand): Node =>
    make(prim, lift(prim.name, [a, b]));
const unary =
  (prim: Primitive) =>
  (x: Node): Node =>
    make(prim, [x]);

/** The node inside a mask, where the rules of its primitive have been applied. */
const final = (prim: Primitive, a: Node, b: Node): Node => make(prim, [a, b], undefined, true);

// ---- linear and bilinear ----

export const addPrim: Primitive = /* @__PURE__ */ elementwise("add", {
  jvp: ([da, db]) => addMaybe(da, db, add),
  transpose: (ct, _x, linear) => linear.map((l) => (l ? ct : undefined)),
  emit: (e, [a, b]) => e.op("add", a!, b!),
  support: eitherSupport,
  finite: true,
  fold: (a, b) => a + b,
  simplify([a, b], [ca, cb]) {
    if (cb === 0) return a; // drops the sign of a zero: -0 + 0 is +0, here -0
    if (ca === 0) return b;
    if (a === b) return mul(2, a!);
    if (is(b!, negPrim)) return sub(a!, in0(b!));
    if (is(a!, negPrim)) return sub(b!, in0(a!));
    if (scaleOf(a!) && scaleOf(a!) === scaleOf(b!)) return mul(in0(a!), add(in1(a!), in1(b!)));
    if (isMasked(a!) && isMasked(b!)) {
      // Both exact zeros off their masks: so is the sum, off the union.
      if (in0(a!) === in0(b!)) return select(in0(a!), add(in1(a!), in1(b!)), 0);
      const na = in0(a!).prim === notPrim ? in0(in0(a!)) : undefined;
      if (na === in0(b!) || (is(in0(b!), notPrim) && in0(in0(b!)) === in0(a!))) return select(in0(a!), in1(a!), in1(b!));
      return select(or(in0(a!), in0(b!)), final(addPrim, a!, b!), 0);
    }
    return undefined;
  },
});
/** `a + b` */
export const add = (a: Operand, b: Operand): Node => binary(addPrim)(a, b);

export const subPrim: Primitive = /* @__PURE__ */ elementwise("sub", {
  jvp: ([da, db]) => (da && db ? sub(da, db) : (da ?? (db && neg(db)))),
  transpose: (ct, _x, linear) => [linear[0] ? ct : undefined, linear[1] ? neg(ct) : undefined],
  emit: (e, [a, b]) => e.op("sub", a!, b!),
  support: eitherSupport,
  finite: true,
  fold: (a, b) => a - b,
  simplify([a, b], [ca, cb]) {
    if (cb === 0) return a;
    if (ca === 0) return neg(b!);
    if (is(b!, negPrim)) return add(a!, in0(b!));
    if (scaleOf(a!) && scaleOf(a!) === scaleOf(b!)) return mul(in0(a!), sub(in1(a!), in1(b!)));
    return undefined;
  },
});
/** `a - b` */
export const sub = (a: Operand, b: Operand): Node => binary(subPrim)(a, b);

export const negPrim: Primitive = /* @__PURE__ */ elementwise("neg", {
  jvp: ([d]) => d && passFactors(neg(d), d, same, neg),
  transpose: (ct) => [neg(ct)],
  emit: (e, [x]) => e.op("neg", x!),
  support: firstSupport,
  finite: true,
  fold: (x) => -x,
  simplify([x]) {
    if (is(x!, negPrim)) return in0(x!);
    if (is(x!, subPrim)) return sub(in1(x!), in0(x!)); // exact; the sign of a zero difference may change
    if (isMasked(x!)) return select(in0(x!), neg(in1(x!)), 0);
    return undefined;
  },
});
/** `-x` */
export const neg = (x: Node): Node => unary(negPrim)(x);

export const mulPrim: Primitive = /* @__PURE__ */ elementwise("mul", {
  jvp([da, db], [a, b], y) {
    if ((da === a && !db) || (db === b && !da)) return y;
    const [s, t] = [rateOf(da, a!), rateOf(db, b!)];
    if (s && t) return by(add(s, t), y);
    if (da && db && (isCube(a!, b!, da, db) || isCube(b!, a!, db, da)))
      return by(is(b!, squarePrim) ? da : db, mul(3, is(b!, squarePrim) ? b! : a!));
    return addMaybe(s ? by(s, y) : da && withReciprocal(da, b!), t ? by(t, y) : db && withReciprocal(db, a!), add);
  },
  transpose: (ct, [a, b], linear) => [linear[0] ? mul(ct, b!) : undefined, linear[1] ? mul(a!, ct) : undefined],
  emit: (e, [a, b]) => e.op("mul", a!, b!),
  support: bothSupport,
  finite: true,
  fold: (a, b) => a * b,
  simplify([a, b], [ca, cb]) {
    if (ca === 0 || cb === 0) return zerosLike(a!); // a structural zero: drops a NaN of the other factor
    if (ca === 1) return b;
    if (cb === 1) return a;
    if (ca === -1) return neg(b!);
    if (cb === -1) return neg(a!);
    if (a === b) return square(a!);
    if (is(a!, negPrim) && is(b!, negPrim)) return mul(in0(a!), in0(b!));
    // The select goes outside the product, so that an arm not taken contributes an exact zero even times Infinity or NaN.
    if (isMasked(a!)) return select(in0(a!), mul(in1(a!), b!), 0);
    if (isMasked(b!)) return select(in0(b!), mul(a!, in1(b!)), 0);
    if (cb !== undefined && ca === undefined) return mul(b!, a!); // constants first
    if (ca !== undefined && is(b!, mulPrim)) {
      const inner = constValue(in0(b!));
      if (inner !== undefined && b!.dtype !== "int32" && (isPowerOfTwo(ca, SMALL) || isPowerOfTwo(inner, SMALL)))
        return mul(ca * inner, in1(b!)); // exact
    }
    // Powers of two move outwards, where they meet and merge (exact, short of overflow and underflow).
    if (ca === undefined && scaleOf(a!)) return mul(in0(a!), mul(in1(a!), b!));
    if (ca === undefined && scaleOf(b!)) return mul(in0(b!), mul(a!, in1(b!)));
    if (is(a!, negPrim) && ca === undefined) return neg(mul(in0(a!), b!));
    if (is(b!, negPrim)) return ca !== undefined ? mul(-ca, in0(b!)) : neg(mul(a!, in0(b!)));
    const [s, t] = [neededSupport(a!, b!), neededSupport(b!, a!)];
    const support = s && t ? and(s, t) : (s ?? t);
    return support && select(support, final(mulPrim, a!, b!), 0);
  },
});
/** x · x² is a third power: one product where its factors have two that differ by rounding. */
const isCube = (x: Node, y: Node, dx: Node, dy: Node): boolean => is(y, squarePrim) && in0(y) === x && dy === by(dx, mul(2, x));
const isReciprocal = (x: Node): boolean => is(x, divPrim) && constValue(in0(x)) !== undefined;
/** `d · p` where one of p and the factors of d is a reciprocal: it meets the other one first, as in `over`. */
function withReciprocal(d: Node, p: Node): Node {
  if (isReciprocal(p) && constValue(in0(p)) === 1) return over(d, in1(p));
  const { tangent, factor } = factorsOf(d) ?? {};
  return factor && isReciprocal(factor) ? by(tangent as Node, mul(factor, p)) : by(d, p);
}
/** `a · b` */
export const mul = (a: Operand, b: Operand): Node => binary(mulPrim)(a, b);

/** `a / b` where b is known not to be 0. */
export const divNonzero = (a: Node, b: Node): Node => final(divPrim, a, b);
export const divPrim: Primitive = /* @__PURE__ */ elementwise("div", {
  accepts: FLOATS,
  cost: 2,
  // ȧ/b - y·(ḃ/b): the tangent meets 1/b before y.
  jvp([da, db], [a, b], y) {
    if (da === a && !db) return y;
    const [s, t] = [rateOf(da, a!), db && over(db, b!)];
    const rate = s && t ? sub(s, t) : (s ?? (t && neg(t)));
    if (!da || s) return rate && by(rate, y);
    return t ? sub(over(da, b!), by(t, y)) : over(da, b!);
  },
  transpose: (ct, [, b], linear) => [linear[0] ? over(ct, b!) : undefined, undefined],
  emit: (e, [a, b]) => e.op("div", a!, b!),
  support: firstSupport,
  fold: (a, b) => a / b,
  simplify([a, b], [ca, cb]) {
    if (cb === 1) return a;
    if (cb === -1) return neg(a!);
    if (cb !== undefined && isPowerOfTwo(cb, INVERTIBLE)) return mul(1 / cb, a!); // exact
    if (ca === 0 && cb !== 0) return zerosLike(a!);
    if (isMasked(a!)) return select(in0(a!), div(in1(a!), b!), 0);
    if (is(a!, negPrim)) return neg(div(in0(a!), b!));
    if (is(b!, negPrim)) return neg(div(a!, in0(b!)));
    const support = neededSupportOver(a!, b!);
    return support && select(support, final(divPrim, a!, b!), 0);
  },
});
/** `a / b` */
export const div = (a: Operand, b: Operand): Node => binary(divPrim)(a, b);

/** `d · p` in a derivative: a tangent or cotangent times a factor, and known to be that (see relative.ts). */
export function by(d: Node, p: Operand): Node {
  const c = typeof p === "number" ? p : constValue(p);
  return c === undefined ? noteFactors(mul(d, p), d, p as Node) : passFactors(mul(d, c), d, same, (factor) => mul(c, factor));
}
const same = (t: Node): Node => t;
/** `d / b` in a derivative, rounded once. */
export const per = (d: Node, b: Node): Node => div(d, b);
/**
 * `d / b` in a derivative: a product with 1/b. All derivatives at a point share that one division, where each of their
 * quotients would cost another one; half an ulp is the price, and an overflow where b is subnormal.
 */
export function over(d: Node, b: Node): Node {
  const c = constValue(b);
  if (c === undefined) {
    const { tangent, factor } = factorsOf(d) ?? {};
    if (factor === b) return tangent as Node;
    const r = div(1, b);
    return tangent ? by(tangent, mul(factor as Node, r)) : by(d, r);
  }
  const r = d.dtype === "float32" ? Math.fround(1 / c) : 1 / c;
  return Number.isFinite(r) && Math.abs(r) >= LEAST_NORMAL ? mul(r, d) : div(d, b);
}

// ---- selection ----

export const selectPrim: Primitive = {
  name: "select",
  aval([c, a, b]) {
    return { shape: (a ?? b ?? c)!.shape, dtype: a!.dtype };
  },
  simplify([c, a, b]) {
    const cc = constValue(c!);
    if (cc !== undefined) return cc !== 0 ? a : b;
    if (a === b) return a;
    const masked = constValue(b!) === 0; // masks have the zero last, if need be by a `not`
    if (is(c!, notPrim) && !masked) return select(in0(c!), b!, a!);
    if (is(a!, selectPrim) && in0(a!) === c) return select(c!, in1(a!), b!);
    if (is(b!, selectPrim) && in0(b!) === c) return select(c!, a!, in2(b!));
    if (masked && isMasked(a!)) return select(and(c!, in0(a!)), in1(a!), 0);
    if (constValue(a!) === 0 && a!.dtype !== "bool" && !masked) return select(not(c!), b!, a!);
    return undefined;
  },
  jvp: (node, [, da, db]) => (da || db) && select(in0(node), da ?? zerosLike(in1(node)), db ?? zerosLike(in2(node))),
  transpose: (node, ct, linear) => [
    undefined,
    linear[1] ? select(in0(node), ct, 0) : undefined,
    linear[2] ? select(in0(node), 0, ct) : undefined,
  ],
  support(node, of) {
    const a = of(in1(node));
    if (isMasked(node as unknown as Node)) return a ? and(in0(node), a) : in0(node);
    const b = of(in2(node));
    return a && b && select(in0(node), a, b);
  },
  finite: true,
  batch: (_node, inputs, has, size) =>
    make(
      selectPrim,
      inputs.map((x, i) => batched(x, has[i] as boolean, size)),
    ),
  lower: { kind: "lane", cost: 0.5, emit: (e, [c, a, b]) => e.op("select", c!, a!, b!) },
};

/** `c ? a : b`, element by element. An arm not taken contributes exactly zero to every derivative. */
export function select(c: Node, a: Operand, b: Operand): Node {
  const [x, y] = lift("where", [a, b]);
  if (is(c, notPrim) && constValue(x!) === 0) return select(in0(c), y!, x!);
  return make(selectPrim, [c, x!, y!]);
}

// ---- comparison and logic (no derivative) ----

const toBool = () => "bool" as const;
const comparison = (name: "lt" | "le" | "gt" | "ge" | "eq" | "ne", fold: (a: number, b: number) => boolean): Primitive =>
  elementwise(name, { result: toBool, emit: (e, [a, b]) => e.op(name, a!, b!), fold: (a, b) => Number(fold(a, b)) });
export const ltPrim = /* @__PURE__ */ comparison("lt", (a, b) => a < b);
export const lePrim = /* @__PURE__ */ comparison("le", (a, b) => a <= b);
export const gtPrim = /* @__PURE__ */ comparison("gt", (a, b) => a > b);
export const gePrim = /* @__PURE__ */ comparison("ge", (a, b) => a >= b);
export const eqPrim = /* @__PURE__ */ comparison("eq", (a, b) => a === b);
export const nePrim = /* @__PURE__ */ comparison("ne", (a, b) => a !== b);
export const lt = (a: Operand, b: Operand): Node => binary(ltPrim)(a, b);
export const le = (a: Operand, b: Operand): Node => binary(lePrim)(a, b);
export const gt = (a: Operand, b: Operand): Node => binary(gtPrim)(a, b);
export const ge = (a: Operand, b: Operand): Node => binary(gePrim)(a, b);
export const eq = (a: Operand, b: Operand): Node => binary(eqPrim)(a, b);
export const ne = (a: Operand, b: Operand): Node => binary(nePrim)(a, b);

/** Whether `a` is `b` and something else. */
const within = (a: Node, b: Node): boolean => is(a, andPrim) && a.inputs.includes(b);
export const andPrim: Primitive = /* @__PURE__ */ elementwise("and", {
  accepts: BOOLS,
  emit: (e, [a, b]) => e.op("and", a!, b!),
  fold: (a, b) => a & b,
  simplify: ([a, b], [ca, cb]) =>
    ca === 0 || cb === 1 || a === b || within(a!, b!) ? a : ca === 1 || cb === 0 || within(b!, a!) ? b : undefined,
});
export const orPrim: Primitive = /* @__PURE__ */ elementwise("or", {
  accepts: BOOLS,
  emit: (e, [a, b]) => e.op("or", a!, b!),
  fold: (a, b) => a | b,
  simplify: ([a, b], [ca, cb]) => (ca === 1 || cb === 0 || a === b ? a : ca === 0 || cb === 1 ? b : undefined),
});
export const notPrim: Primitive = /* @__PURE__ */ elementwise("not", {
  accepts: BOOLS,
  emit: (e, [x]) => e.op("not", x!),
  fold: (x) => 1 - x,
  simplify: ([x]) => (is(x!, notPrim) ? in0(x!) : undefined),
});
export const and = (a: Node, b: Node): Node => make(andPrim, [a, b]);
export const or = (a: Node, b: Node): Node => make(orPrim, [a, b]);
export const not = (x: Node): Node => unary(notPrim)(x);

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
export const abs = (x: Node): Node => unary(absPrim)(x);

export const signPrim: Primitive = /* @__PURE__ */ elementwise("sign", {
  emit: (e, [x]) => {
    const c = (v: number) => e.constant(v, x!.dtype);
    return e.op("select", e.op("gt", x!, c(0)), c(1), e.op("select", e.op("lt", x!, c(0)), c(-1), x!));
  },
  finite: true,
  fold: Math.sign,
});
/** -1, 0 (with the sign of x) or 1; derivative 0. */
export const sign = (x: Node): Node => unary(signPrim)(x);

/** Tangent of max (`wins` = gt) or min (`wins` = lt): the winner's tangent, the mean of both at a tie. */
function winnerTangent(wins: (a: Node, b: Node) => Node, [da, db]: readonly MaybeNode[], a: Node, b: Node): MaybeNode {
  if (da && db) return select(wins(a, b), da, select(wins(b, a), db, mul(0.5, add(da, db))));
  const won = da ? wins(a, b) : wins(b, a);
  const d = da ?? db;
  return d && select(or(won, eq(a, b)), select(won, d, mul(0.5, d)), 0);
}

export const maxPrim: Primitive = /* @__PURE__ */ elementwise("maximum", {
  jvp: (d, [a, b]) => winnerTangent(gt, d, a!, b!),
  emit: (e, [a, b]) => e.op("max", a!, b!),
  finite: true,
  fold: Math.max,
  simplify: ([a, b]) => (a === b ? a : undefined),
});
/** The larger of `a` and `b`, NaN if either is; at a tie each gets half of the derivative. */
export const maximum = (a: Operand, b: Operand): Node => binary(maxPrim)(a, b);

export const minPrim: Primitive = /* @__PURE__ */ elementwise("minimum", {
  jvp: (d, [a, b]) => winnerTangent(lt, d, a!, b!),
  emit: (e, [a, b]) => e.op("min", a!, b!),
  finite: true,
  fold: Math.min,
  simplify: ([a, b]) => (a === b ? a : undefined),
});
/** The smaller of `a` and `b`, NaN if either is; at a tie each gets half of the derivative. */
export const minimum = (a: Operand, b: Operand): Node => binary(minPrim)(a, b);

// ---- algebraic ----

export const squarePrim: Primitive = /* @__PURE__ */ elementwise("square", {
  jvp([d], [x], y) {
    const t = rateOf(d, x!);
    return t ? by(by(t, 2), y) : d && by(d, mul(2, x!));
  },
  emit: (e, [x]) => e.op("mul", x!, x!),
  finite: true,
  fold: (x) => x * x,
  simplify: ([x]) => (is(x!, negPrim) || is(x!, absPrim) ? square(in0(x!)) : undefined),
});
/** `x²` */
export const square = (x: Node): Node => unary(squarePrim)(x);

export const sqrtPrim: Primitive = /* @__PURE__ */ elementwise("sqrt", {
  accepts: FLOATS,
  cost: 3,
  jvp([d], [x], y) {
    const t = rateOf(d, x!);
    return t ? by(by(t, 0.5), y) : d && by(over(d, y), 0.5);
  },
  emit: (e, [x]) => e.op("sqrt", x!),
  fold: Math.sqrt,
});
/** `√x`; NaN below 0; derivative +Infinity at 0. */
export const sqrt = (x: Node): Node => unary(sqrtPrim)(x);
