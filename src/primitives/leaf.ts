// Leaves (parameters, constants, captured arrays, index ranges) and the pair that everything else rests on: broadcast
// and its transpose, the sum.
import { fail } from "../errors.ts";
import { type Aval, type DType, type Shape, sameShape, showAval, showShape } from "../ir/aval.ts";
import { make } from "../ir/build.ts";
import type { MaybeNode, Node, Params, Primitive } from "../ir/graph.ts";
import { isParameter } from "../ir/parameter.ts";
import { reachable } from "../ir/walk.ts";
import { convert } from "./shape.ts";

export { isParameter, parameter, parameterPrim } from "../ir/parameter.ts";

export type Data = Float64Array | Float32Array | Int32Array;

/** A view or reduction is linear in all of its inputs: its tangent is itself applied to the tangents. */
export function linearJvp<P extends Params>(node: Node<P>, tangents: readonly MaybeNode[]): Node {
  const inputs = node.inputs.map((x, i) => tangents[i] ?? zerosLike(x));
  return make(node.prim, inputs, node.params);
}

/** Whether `x` is `select(c, a, 0)`: selected away to an exact zero wherever `c` is false. */
export const isMasked = (x: Node): boolean => x.prim.name === "select" && Object.is(constValue(x.inputs[2] as Node), 0);

/**
 * Keeps a mask outermost: a view of `select(c, a, 0)` is the select of views, so that the zero survives whatever `a`
 * is multiplied by later, infinities and NaN included.
 */
export function viewThroughMask(x: Node, view: (y: Node) => Node): MaybeNode {
  if (!isMasked(x)) return undefined;
  const [c, a, zero] = x.inputs.map(view) as [Node, Node, Node];
  return make(x.prim, [c, a, zero]);
}

const neverBatched = (node: Node): Node => node;

export const constantPrim: Primitive<{ value: number; dtype: DType }> = {
  name: "constant",
  aval: (_inputs, p) => ({ shape: [], dtype: p.dtype }),
  batch: neverBatched,
  lower: { kind: "leaf" },
};

/** As conversion at run time: towards zero, saturating; NaN is 0. */
const toInt32 = (x: number): number => Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.trunc(x))) || 0;

/** `value` as a number of type `dtype`. */
export const asType = (value: number, dtype: DType): number =>
  dtype === "float32"
    ? Math.fround(value)
    : dtype === "int32"
      ? toInt32(value)
      : dtype === "bool"
        ? Number(value !== 0)
        : value;

/** A scalar constant, rounded to its type. */
export const scalar = (value: number, dtype: DType): Node =>
  make(constantPrim, [], { value: asType(value, dtype), dtype });

export const literalPrim: Primitive<{ data: Data; shape: Shape; dtype: DType }> = {
  name: "literal",
  aval: (_inputs, p) => p,
  batch: neverBatched,
  lower: { kind: "leaf" },
};

/** A captured array; `data` is read when the program is compiled or called, never changed. */
export const literal = (data: Data, shape: Shape, dtype: DType): Node => make(literalPrim, [], { data, shape, dtype });

export const iotaPrim: Primitive<{ shape: Shape; axis: number; dtype: DType }> = {
  name: "iota",
  aval: (_inputs, p) => p,
  batch: neverBatched,
  lower: { kind: "iota", axis: (node) => node.params.axis },
};

/** The index along `axis`, at every position of `shape`. */
export const iota = (shape: Shape, axis: number, dtype: DType): Node => make(iotaPrim, [], { shape, axis, dtype });

/** Whether the node's data lies in memory before a program runs: a parameter or a captured array. */
export const isStored = (n: Node): boolean => isParameter(n) || isLiteral(n);
export const isScalarConstant = (n: Node): boolean => n.prim === (constantPrim as unknown as Primitive);

/** Throws if `outputs` depend on other parameters than these. */
export function checkParameters(outputs: readonly Node[], parameters: readonly Node[]): void {
  const known = new Set(parameters);
  if (reachable(outputs).some((n) => isParameter(n) && !known.has(n)))
    fail(
      "trace",
      "a traced value of another trace was used; return it from the traced function instead of keeping it in an " +
        "outer variable",
    );
}
export const isLiteral = (n: Node): boolean => n.prim === (literalPrim as unknown as Primitive);

export const broadcastPrim: Primitive<{ shape: Shape; axes: readonly number[] }> = {
  name: "broadcast",
  aval(inputs, { shape, axes }) {
    const x = inputs[0] as Node;
    if (axes.length !== x.shape.length || axes.some((a, i) => shape[a] !== x.shape[i]))
      fail("shape", `broadcast: ${showAval(x)} does not fit axes [${axes}] of ${showShape(shape)}`);
    return { shape, dtype: x.dtype };
  },
  simplify(inputs, { shape, axes }) {
    const x = inputs[0] as Node;
    if (sameShape(x.shape, shape)) return x;
    if (x.prim === (broadcastPrim as unknown as Primitive)) {
      const inner = x.params as { axes: readonly number[] };
      return broadcast(
        x.inputs[0] as Node,
        shape,
        inner.axes.map((a) => axes[a] as number),
      );
    }
    return viewThroughMask(x, (y) => broadcast(y, shape, axes));
  },
  jvp: linearJvp,
  transpose(node, ct) {
    const { axes, shape } = node.params;
    return [
      reduceSum(
        ct,
        shape.map((_, i) => i).filter((i) => !axes.includes(i)),
      ),
    ];
  },
  batch(node, inputs, _has, size) {
    const { shape, axes } = node.params;
    return broadcast(inputs[0] as Node, [size, ...shape], [0, ...axes.map((a) => a + 1)]);
  },
  support: (node, of) => viewSupport(node, of),
  lower: {
    kind: "view",
    repeats: true,
    source: (node, index) => ({ input: 0, index: node.params.axes.map((a) => index[a] as (typeof index)[number]) }),
  },
};

/** `x` repeated along new axes: axis `i` of `x` becomes axis `axes[i]` of the result (increasing). */
export const broadcast = (x: Node, shape: Shape, axes: readonly number[]): Node =>
  make(broadcastPrim, [x], { shape, axes });

/** An array of `shape` with every element `value`. */
export const full = (shape: Shape, value: number, dtype: DType): Node => broadcast(scalar(value, dtype), shape, []);

/** Zeros of the shape and type of `x`. */
export const zerosLike = (x: Aval): Node => full(x.shape, 0, x.dtype);

/** The value of a node all of whose elements are one known constant. */
export function constValue(x: Node): number | undefined {
  const s = x.prim === (broadcastPrim as unknown as Primitive) ? (x.inputs[0] as Node) : x;
  return isScalarConstant(s) ? (s.params as { value: number }).value : undefined;
}

/** ±2ᵏ with |k| ≤ `range`. */
export function isPowerOfTwo(c: number, range: number): boolean {
  const k = Math.log2(Math.abs(c));
  return Number.isInteger(k) && Math.abs(k) <= range;
}
/** Powers of two that move about in products of derivatives: only numbers at the very limits overflow on the way. */
export const SMALL = 8;
/** c if `x` is c · y with c a power of two, by a derivative rule. */
export function scaleOf(x: Node): number | undefined {
  const c = x.prim.name === "by" ? constValue(x.inputs[0] as Node) : undefined;
  return c !== undefined && isPowerOfTwo(c, SMALL) ? c : undefined;
}

export const isBroadcast = (n: Node): boolean => n.prim === (broadcastPrim as unknown as Primitive);

/** Sums of at most this many terms are short. */
const SHORT = 8;

export const reduceSumPrim: Primitive<{ axes: readonly number[] }> = {
  name: "sum",
  aval: reducedAval,
  simplify(inputs, { axes }, aval) {
    const x = inputs[0] as Node;
    if (axes.length === 0) return x;
    const count = axes.reduce((n, a) => n * (x.shape[a] as number), 1);
    const c = constValue(x);
    // Sums of zeros are +0, and integers wrap around.
    if (c !== undefined && x.dtype !== "bool")
      return full(aval.shape, x.dtype === "int32" ? Math.imul(c, count) : c * count + 0, aval.dtype);
    if (count === 0) return full(aval.shape, 0, aval.dtype);
    // A short sum is part of an expression, in which powers of two move outwards and meet: once per sum, not per term
    // (exact).
    const scale = count <= SHORT && scaleOf(x);
    if (scale) return make(x.prim, [full(aval.shape, scale, x.dtype), reduceSum(x.inputs[1] as Node, axes)]);
    return sumOfMask(x, axes, aval.shape);
  },
  jvp: linearJvp,
  transpose(node, ct) {
    const x = node.inputs[0] as Node;
    return [broadcast(ct, x.shape, keptAxes(x.shape, node.params.axes))];
  },
  batch: (node, inputs) =>
    reduceSum(
      inputs[0] as Node,
      node.params.axes.map((a) => a + 1),
    ),
  support(node, of) {
    const s = of(node.inputs[0] as Node);
    return s && anyOver(s, node.params.axes);
  },
  finite: true,
  lower: { kind: "reduce", op: "add" },
};

/** Whether any of the booleans along `axes` is true: by counting, since they have no reduction of their own. */
export const anyOver = (x: Node, axes: readonly number[]): Node =>
  convert(reduceSum(convert(x, "int32"), axes), "bool");

/** The support of a view is the view of the support. */
export function viewSupport<P extends Params>(node: Node<P>, of: (x: Node) => MaybeNode): MaybeNode {
  const known = node.inputs.map(of);
  if (known.every((s) => s === undefined)) return undefined;
  return make(
    node.prim,
    known.map((s, i) => s ?? full((node.inputs[i] as Node).shape, 1, "bool")),
    node.params,
  );
}

/**
 * A mask that is the same all along the summed axes masks the sum: the exact zero survives the transpose of a
 * broadcast.
 */
function sumOfMask(x: Node, axes: readonly number[], shape: Shape): MaybeNode {
  const c = x.inputs[0];
  if (!isMasked(x) || !c || !isBroadcast(c)) return undefined;
  const at = (c.params as { axes: readonly number[] }).axes;
  if (at.some((a) => axes.includes(a))) return undefined;
  const kept = keptAxes(x.shape, axes);
  const narrow = broadcast(
    c.inputs[0] as Node,
    shape,
    at.map((a) => kept.indexOf(a)),
  );
  return make(x.prim, [narrow, reduceSum(x.inputs[1] as Node, axes), full(shape, 0, x.dtype)]);
}

/** Sum over `axes` (increasing), which disappear. */
export const reduceSum = (x: Node, axes: readonly number[]): Node => make(reduceSumPrim, [x], { axes });

/** Axes that a reduction over `axes` keeps. */
export const keptAxes = (shape: Shape, axes: readonly number[]): number[] =>
  shape.map((_, i) => i).filter((i) => !axes.includes(i));

/** Shape rule of reductions. */
export function reducedAval(
  inputs: readonly Node[],
  { axes }: { axes: readonly number[] },
): { shape: Shape; dtype: DType } {
  const x = inputs[0] as Node;
  return { shape: keptAxes(x.shape, axes).map((a) => x.shape[a] as number), dtype: x.dtype };
}
