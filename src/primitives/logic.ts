// Selection, comparison and logic: element-wise primitives that decide. What is selected has derivatives; what
// decides has none.
import { make } from "../ir/build.ts";
import type { MaybeNode, Node, Primitive } from "../ir/graph.ts";
import { apply, apply2, BOOLS, batched, elementwise, lift, type Operand } from "./define.ts";
import { constValue, isMasked, zerosLike } from "./spread.ts";

const is = (x: Node, prim: Primitive): boolean => x.prim === prim;
const in0 = (x: Node): Node => x.inputs[0] as Node;
const in1 = (x: Node): Node => x.inputs[1] as Node;
const in2 = (x: Node): Node => x.inputs[2] as Node;

export const selectPrim: Primitive = {
  name: "select",
  masks: true,
  aval([c, a, b]) {
    return { shape: (a ?? b ?? c)!.shape, dtype: a!.dtype };
  },
  simplify([c, a, b]) {
    const cc = constValue(c!);
    if (cc !== undefined) return cc !== 0 ? a : b;
    if (a === b) return a;
    const masked = Object.is(constValue(b!), 0); // masks have the zero last, if need be by a `not`
    if (is(c!, notPrim) && !masked) return select(in0(c!), b!, a!);
    if (is(a!, selectPrim) && in0(a!) === c) return select(c!, in1(a!), b!);
    if (is(b!, selectPrim) && in0(b!) === c) return select(c!, a!, in2(b!));
    if (masked && isMasked(a!)) return select(and(c!, in0(a!)), in1(a!), 0);
    if (Object.is(constValue(a!), 0) && a!.dtype !== "bool" && !masked) return select(not(c!), b!, a!);
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
  if (is(c, notPrim) && Object.is(constValue(x!), 0)) return select(in0(c), y!, x!);
  return make(selectPrim, [c, x!, y!]);
}

// ---- comparison and logic (no derivative) ----

const toBool = () => "bool" as const;
const comparison = (
  name: "lt" | "le" | "gt" | "ge" | "eq" | "ne",
  fold: (a: number, b: number) => boolean,
): Primitive =>
  elementwise(name, { result: toBool, emit: (e, [a, b]) => e.op(name, a!, b!), fold: (a, b) => Number(fold(a, b)) });
export const ltPrim = /* @__PURE__ */ comparison("lt", (a, b) => a < b);
export const lePrim = /* @__PURE__ */ comparison("le", (a, b) => a <= b);
export const gtPrim = /* @__PURE__ */ comparison("gt", (a, b) => a > b);
export const gePrim = /* @__PURE__ */ comparison("ge", (a, b) => a >= b);
export const eqPrim = /* @__PURE__ */ comparison("eq", (a, b) => a === b);
export const nePrim = /* @__PURE__ */ comparison("ne", (a, b) => a !== b);
export const lt = /* @__PURE__ */ apply2(ltPrim);
export const le = /* @__PURE__ */ apply2(lePrim);
export const gt = /* @__PURE__ */ apply2(gtPrim);
export const ge = /* @__PURE__ */ apply2(gePrim);
export const eq = /* @__PURE__ */ apply2(eqPrim);
export const ne = /* @__PURE__ */ apply2(nePrim);

/** Whether `a` is `b` and something else. */
const within = (a: Node, b: Node): boolean => is(a, andPrim) && a.inputs.includes(b);
export const andPrim: Primitive = /* @__PURE__ */ elementwise("and", {
  accepts: BOOLS,
  emit: (e, [a, b]) => e.op("and", a!, b!),
  fold: (a, b) => a & b,
  simplify: ([a, b], [ca, cb]) =>
    ca === 0 || cb === 1 || a === b || within(a!, b!) ? a : ca === 1 || cb === 0 || within(b!, a!) ? b : undefined,
});
/** The few rows that `rows` has, put into `array`, if that is in memory, or made in the same way. */
const rowsOnto = (array: Node, rows: Node): MaybeNode =>
  rows.prim.onto && constValue(in0(rows)) === 0 && (array.prim.onto || array.prim.lower.kind === "leaf")
    ? rows.prim.onto(rows, array)
    : undefined;
export const orPrim: Primitive = /* @__PURE__ */ elementwise("or", {
  accepts: BOOLS,
  emit: (e, [a, b]) => e.op("or", a!, b!),
  fold: (a, b) => a | b,
  simplify: ([a, b], [ca, cb]) =>
    ca === 1 || cb === 0 || a === b ? a : ca === 0 || cb === 1 ? b : (rowsOnto(a!, b!) ?? rowsOnto(b!, a!)),
});
export const notPrim: Primitive = /* @__PURE__ */ elementwise("not", {
  accepts: BOOLS,
  emit: (e, [x]) => e.op("not", x!),
  fold: (x) => 1 - x,
  simplify: ([x]) => (is(x!, notPrim) ? in0(x!) : undefined),
});
export const and = /* @__PURE__ */ apply2(andPrim);
export const or = /* @__PURE__ */ apply2(orPrim);
export const not = /* @__PURE__ */ apply(notPrim);
