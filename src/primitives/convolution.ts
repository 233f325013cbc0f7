// Convolution in one or two spatial dimensions: bilinear, its transposes are convolutions too.
// The rules are those of conv_general_dilated in JAX (jax/_src/lax/convolution.py), with the feature groups as a
// leading axis of both operands, as the batch of a matrix product, so that groups, batches and vmap need no rules of
// their own.
import { fail } from "../errors.ts";
import { type Shape, showAval } from "../ir/aval.ts";
import { make } from "../ir/build.ts";
import type { CallArgs, KernelArg, MaybeNode, Node, Primitive } from "../ir/graph.ts";
import { instanceOf } from "../ir/kernel.ts";
import { withElement } from "../ir/lists.ts";
import * as kernels from "../kernels/window.gen.ts";
import { plus } from "./arithmetic.ts";
import { convert } from "./cast.ts";
import { addMaybe } from "./define.ts";
import { gt, select } from "./logic.ts";
import { anyPlace } from "./places.ts";
import { flip, reshape, transpose } from "./shape.ts";
import { broadcast, constValue, full, zerosLike } from "./spread.ts";
import { neededSupport } from "./support.ts";

export interface Windows {
  /** Steps of the window. */
  readonly stride: readonly number[];
  /** Zeros before and after, negative ones cut off. */
  readonly padding: readonly (readonly [low: number, high: number])[];
  /** Distance of neighbours of x, and of neighbours of w, as the window sees them. */
  readonly spread: readonly number[];
  readonly dilation: readonly number[];
}

const dilated = (n: number, by: number): number => (n === 0 ? 0 : (n - 1) * by + 1);
/** How many places the window has. */
const placesOf = (n: number, k: number, [low, high]: readonly [number, number], stride: number): number =>
  Math.max(0, Math.floor((n + low + high - k) / stride) + 1);

export const convPrim: Primitive<Windows> = {
  name: "conv",
  aval([x, w], { stride, padding, spread, dilation }) {
    const d = stride.length;
    const [a, b] = [x!.shape, w!.shape];
    if (
      (d !== 1 && d !== 2) ||
      a.length !== 3 + d ||
      b.length !== 3 + d ||
      a[0] !== b[0] ||
      a[2] !== b[2] ||
      x!.dtype !== w!.dtype
    )
      fail(
        "shape",
        `conv: ${showAval(x!)} and ${showAval(w!)} do not fit: [groups, n, c, ...] and [groups, o, c, ...] expected`,
      );
    const places = stride.map((s, i) =>
      placesOf(
        dilated(a[3 + i] as number, spread[i] as number),
        dilated(b[3 + i] as number, dilation[i] as number),
        padding[i] as readonly [number, number],
        s,
      ),
    );
    return { shape: [a[0] as number, a[1] as number, b[1] as number, ...places], dtype: x!.dtype };
  },
  simplify: ([x, w], _p, aval) => (x!.size === 0 || w!.size === 0 ? zerosLike(aval) : undefined),
  jvp: ({ inputs: [x, w], params }, [dx, dw]) =>
    addMaybe(dx && convBy(dx, w!, params), dw && convBy(x!, dw, params), plus),
  transpose: (node, ct, linear) => [
    linear[0] ? toImage(node, ct) : undefined,
    linear[1] ? toWindow(node, ct) : undefined,
  ],
  // Zero where the window sees only zeros, or only zeros of the window see anything: those between elements too.
  support({ inputs: [x, w], params, shape }, of) {
    const [s, t] = [of(x!), of(w!)];
    if (!s && !t && ![...params.spread, ...params.dilation].some((n) => n > 1)) return undefined;
    return spreadTo(gt(conv(counted(s, x!, [2]), counted(t, w!, [2]), params), 0), shape);
  },
  finite: true,
  reads: "windows",
  batch(node, inputs, has, size) {
    const [x, w] = inputs as [Node, Node];
    const { params } = node;
    if (has[0] && has[1]) {
      const y = conv(merge(x, 0), merge(w, 0), params);
      return reshape(y, [size, node.shape[0] as number, ...y.shape.slice(1)]);
    }
    // One operand: its batch joins its axis of images or of output channels.
    const y = has[0] ? conv(merge(toSecond(x), 1), w, params) : conv(x, merge(toSecond(w), 1), params);
    const axis = has[0] ? 1 : 2;
    const split = reshape(y, [...y.shape.slice(0, axis), size, node.shape[axis] as number, ...y.shape.slice(axis + 1)]);
    return transpose(split, [axis, ...split.shape.map((_, i) => i).filter((i) => i !== axis)]);
  },
  lower: { kind: "call", call: (node) => ({ strided: [true, true], emit: (args) => emitConv(node, args) }) },
};

/**
 * Ones where any place along `axes` is in the support, or a single one for all channels if none is known: sums of
 * their products count.
 */
function counted(support: MaybeNode, x: Node, axes: readonly number[]): Node {
  if (!support) return full(withElement(withElement(x.shape, 1, 1), 2, 1), 1, x.dtype);
  const any = axes.reduce((shape, a) => withElement(shape, a, 1), x.shape);
  return convert(reshape(anyPlace(support, axes), any), x.dtype);
}
/** Axes of extent 1 repeated. */
function spreadTo(x: Node, shape: Shape): Node {
  const kept = shape.map((_, i) => i).filter((i) => x.shape[i] === shape[i]);
  return broadcast(
    reshape(
      x,
      kept.map((i) => shape[i] as number),
    ),
    shape,
    kept,
  );
}

/** Extents as the window sees them, with the spreads between elements. */
function extents({ inputs: [x, w], shape, params: { stride, padding, spread, dilation } }: Node<Windows>) {
  return stride.map((s, i) => ({
    low: padding[i]![0],
    x: dilated(x!.shape[3 + i] as number, spread[i] as number),
    w: dilated(w!.shape[3 + i] as number, dilation[i] as number),
    y: dilated(shape[3 + i] as number, s),
  }));
}
/** x̄: the cotangent, its elements a stride apart, under the reversed window. */
function toImage(node: Node<Windows>, ct: Node, w = node.inputs[1] as Node): Node {
  const { stride, spread, dilation } = node.params;
  const padding = extents(node).map((n) => [n.w - n.low - 1, n.x - n.y + n.low] as const);
  let v = swap(w);
  for (let i = 0; i < stride.length; i++) v = flip(v, 3 + i);
  return convBy(ct, v, { stride: spread, padding, spread: stride, dilation });
}
/** w̄: the cotangent as the window, its elements a stride apart, over x; channels and batch change places. */
function toWindow(node: Node<Windows>, ct: Node, x = node.inputs[0] as Node): Node {
  const { stride, spread, dilation } = node.params;
  const padding = extents(node).map((n) => [n.low, n.y + n.w - n.x - 1 - n.low] as const);
  return swap(convBy(swap(x), swap(ct), { stride: dilation, padding, spread, dilation: stride }));
}

const replaced = (shape: Shape, at: number, count: number, ...by: number[]): number[] => [
  ...shape.slice(0, at),
  ...by,
  ...shape.slice(at + count),
];
/** Axes `axis` and `axis + 1` as one. */
const merge = (x: Node, axis: number): Node =>
  reshape(x, replaced(x.shape, axis, 2, (x.shape[axis] as number) * (x.shape[axis + 1] as number)));
/** Axis 0 moved behind axis 1. */
const toSecond = (x: Node): Node =>
  transpose(
    x,
    x.shape.map((_, i) => (i < 2 ? 1 - i : i)),
  );
/** Axes 1 and 2 swapped: images and channels, or output and input channels. */
const swap = (x: Node): Node =>
  transpose(
    x,
    x.shape.map((_, i) => (i === 1 ? 2 : i === 2 ? 1 : i)),
  );

/** One kernel call per group; one spatial dimension is two with one row. */
function emitConv(node: Node<Windows>, args: CallArgs): void {
  const { stride, padding, spread, dilation } = node.params;
  const [x, w] = [args.operand(0), args.operand(1)];
  const two = stride.length === 2;
  const space = (list: readonly number[], one: number): [number, number] =>
    two ? [list[0] as number, list[1] as number] : [one, list[0] as number];
  const low = padding.map((p) => p[0]);
  const [groups, n, c] = x.shape as [number, number, number];
  const o = w.shape[1] as number;
  const strides = (s: readonly number[]): number[] => [s[1] as number, s[2] as number, ...space(s.slice(3), 0)];
  const image = node.size / groups;
  const numbers = [
    ...[n, c, ...space(x.shape.slice(3), 1), o, ...space(w.shape.slice(3), 1), ...space(node.shape.slice(3), 1)],
    ...[...space(stride, 1), ...space(low, 0), ...space(spread, 1), ...space(dilation, 1)],
  ];
  const body = (counter?: number): void => {
    const ptr = (i: number, step: number): KernelArg =>
      counter === undefined ? { ptr: i } : { ptr: i, advance: [[counter, step] as const] };
    args.call(instanceOf(kernels.conv, node.dtype), [
      ...numbers,
      ptr(0, x.strides[0] as number),
      ...strides(x.strides),
      ptr(1, w.strides[0] as number),
      ...strides(w.strides),
      ptr(-1, image),
      { workspace: kernels.CONV_WORKSPACE },
    ]);
  };
  if (node.size === 0) return;
  if (groups > 1) args.loop(groups, body);
  else body();
}

/**
 * y[g, n, o, p] = Σ w[g, o, c, k] · x[g, n, c, p·stride + k·dilation - low] over c and k, for one or two axes p. x is
 * zero outside and between its elements, which are `spread` apart. @shape x [g, n, c, ...], w [g, o, c, ...] → [g, n,
 * o, ...]
 */
export const conv = (x: Node, w: Node, windows: Windows): Node => make(convPrim, [x, w], { ...windows });

/** The same in a derivative: elements that meet only structural zeros are left out. */
function convBy(x: Node, w: Node, windows: Windows): Node {
  const y = conv(x, w, windows);
  if (constValue(x) === 0 || constValue(w) === 0) return zerosLike(y);
  const [s, t] = [neededSupport(x, w), neededSupport(w, x)];
  if ((!s && !t) || !isConv(y)) return y;
  const ones = counted(undefined, y, []);
  const met = (z: Node, count: MaybeNode): Node => (count ? select(spreadTo(gt(count, 0), z.shape), z, 0) : z);
  return conv(
    met(x, t && toImage(y, ones, counted(t, w, [1]))),
    met(w, s && toWindow(y, ones, counted(s, x, [1]))),
    windows,
  );
}
const isConv = (y: Node): y is Node<Windows> & Node => y.prim === (convPrim as unknown);
