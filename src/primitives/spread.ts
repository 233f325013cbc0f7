// The pair that everything else rests on: broadcast and its transpose, the sum. With them whether any boolean is true
// (the sum of booleans), and masks, which views and sums keep outermost.
import { fail } from "../errors.ts";
import { type Aval, type DType, type Shape, sameShape, showAval, showShape } from "../ir/aval.ts";
import { make } from "../ir/build.ts";
import type { MaybeNode, Node, Params, Primitive } from "../ir/graph.ts";
import { isScalarConstant, scalar } from "./leaf.ts";

/** A view or reduction is linear in all of its inputs: its tangent is itself applied to the tangents. */
export function linearJvp<P extends Params>(node: Node<P>, tangents: readonly MaybeNode[]): Node {
  const inputs = node.inputs.map((x, i) => tangents[i] ?? zerosLike(x));
  return make(node.prim, inputs, node.params);
}

/** Whether `x` is `select(c, a, 0)`: selected away to an exact zero wherever `c` is false. */
export const isMasked = (x: Node): boolean => !!x.prim.masks && Object.is(constValue(x.inputs[2] as Node), 0);

/**
 * Keeps a mask outermost: a view of `select(c, a, 0)` is the select of views, so that the zero survives whatever `a`
 * is multiplied by later, infinities and NaN included.
 */
export function viewThroughMask(x: Node, view: (y: Node) => Node): MaybeNode {
  if (!isMasked(x)) return undefined;
  const [c, a, zero] = x.inputs.map(view) as [Node, Node, Node];
  return make(x.prim, [c, a, zero]);
}

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
export const SCALING_POWERS = 8;
/** c if `x` is c · y with c a power of two, by a derivative rule. */
export function scaleOf(x: Node): number | undefined {
  const c = x.prim.scales ? constValue(x.inputs[0] as Node) : undefined;
  return c !== undefined && isPowerOfTwo(c, SCALING_POWERS) ? c : undefined;
}

export const isBroadcast = (n: Node): boolean => n.prim === (broadcastPrim as unknown as Primitive);

/** Sums of at most this many terms are short. */
const SHORT_SUM_TERMS = 8;

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
    const scale = count <= SHORT_SUM_TERMS && scaleOf(x);
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

export const anyPrim: Primitive<{ axes: readonly number[] }> = {
  name: "any",
  aval: reducedAval,
  simplify(inputs, { axes }, aval) {
    const x = inputs[0] as Node;
    if (axes.length === 0) return x;
    const c = axes.some((a) => x.shape[a] === 0) ? 0 : constValue(x);
    return c === undefined ? undefined : full(aval.shape, c, "bool");
  },
  batch: (node, inputs) =>
    anyOver(
      inputs[0] as Node,
      node.params.axes.map((a) => a + 1),
    ),
  lower: { kind: "reduce", op: "or" },
};
/** Whether any of the booleans along `axes` (increasing) is true. */
export const anyOver = (x: Node, axes: readonly number[]): Node => make(anyPrim, [x], { axes });

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
