// Shape operations: index maps that move no data. Each is linear, and the transpose of another one.
import { fail } from "../errors.ts";
import { type Shape, sameShape, showAval, showShape, sizeOf, stridesOf } from "../ir/aval.ts";
import { make } from "../ir/build.ts";
import type { MaybeNode, Node, Primitive } from "../ir/graph.ts";
import { type Affine, addTo, scale, shift } from "../ir/index-map.ts";
import { withElement } from "../ir/lists.ts";
import { batched } from "./define.ts";
import { packed } from "./pieces.ts";
import {
  broadcast,
  constValue,
  full,
  isBroadcast,
  isMasked,
  linearJvp,
  viewSupport,
  viewThroughMask,
  zerosLike,
} from "./spread.ts";

const in0 = (n: Node): Node => n.inputs[0] as Node;
const is = <P extends object>(n: Node, prim: Primitive<P>): n is Node<P> & Node =>
  n.prim === (prim as unknown as Primitive);
/** A view of a constant is a constant. */
const ofConstant = (x: Node, shape: Shape): MaybeNode => {
  const c = constValue(x);
  return c === undefined ? undefined : full(shape, c, x.dtype);
};

// ---- reshape ----

export const reshapePrim: Primitive<{ shape: Shape }> = {
  name: "reshape",
  aval([x], { shape }) {
    if (sizeOf(shape) !== x!.size)
      fail("shape", `reshape: ${showAval(x!)} has ${x!.size} elements, ${showShape(shape)} has ${sizeOf(shape)}`);
    return { shape, dtype: x!.dtype };
  },
  simplify([x], { shape }) {
    if (sameShape(x!.shape, shape)) return x;
    if (is(x!, reshapePrim)) return reshape(in0(x!), shape);
    return (
      ofConstant(x!, shape) ??
      (isBroadcast(x!) && x!.inputs[0]!.size === 1
        ? broadcast(reshape(in0(x!), []), shape, [])
        : viewThroughMask(x!, (y) => reshape(y, shape)))
    );
  },
  jvp: linearJvp,
  support: viewSupport,
  transpose: (node, ct) => [reshape(ct, in0(node as unknown as Node).shape)],
  batch: (node, inputs, _has, size) => reshape(inputs[0]!, [size, ...node.params.shape]),
  lower: {
    kind: "view",
    flat: true,
    source(node, index, cell) {
      const from = in0(node as unknown as Node).shape;
      // Where only axes of extent 1 come or go, the other coordinates stay what they are.
      const wide = node.shape.map((d, i) => (d === 1 ? -1 : i)).filter((i) => i >= 0);
      const fromWide = from.map((d, i) => (d === 1 ? -1 : i)).filter((i) => i >= 0);
      if (wide.length === fromWide.length && wide.every((w, k) => node.shape[w] === from[fromWide[k] as number])) {
        let k = 0;
        return { input: 0, index: from.map((d) => (d === 1 ? cell.zero : (index[wide[k++] as number] as Affine))) };
      }
      const strides = stridesOf(node.shape);
      const flat = [...cell.zero];
      index.forEach((a, i) => {
        addTo(flat, a, strides[i] as number);
      });
      return { input: 0, flat };
    },
  },
};
/** `x` with another shape of the same size, in row-major order. */
export const reshape = (x: Node, shape: Shape): Node => make(reshapePrim, [x], { shape });

// ---- transpose ----

export const transposePrim: Primitive<{ perm: readonly number[] }> = {
  name: "transpose",
  aval: ([x], { perm }) => ({ shape: perm.map((p) => x!.shape[p] as number), dtype: x!.dtype }),
  simplify([x], { perm }) {
    if (perm.every((p, i) => p === i)) return x;
    const shape = perm.map((p) => x!.shape[p] as number);
    // Moving axes of extent 1 about is a reshape.
    const wide = perm.filter((p) => x!.shape[p] !== 1);
    if (wide.every((p, i) => i === 0 || p > (wide[i - 1] as number))) return reshape(x!, shape);
    if (is(x!, transposePrim))
      return transpose(
        in0(x!),
        perm.map((p) => x.params.perm[p] as number),
      );
    return ofConstant(x!, shape) ?? viewThroughMask(x!, (y) => transpose(y, perm));
  },
  jvp: linearJvp,
  support: viewSupport,
  transpose: (node, ct) => [transpose(ct, invert(node.params.perm))],
  batch: (node, inputs) => transpose(inputs[0]!, [0, ...node.params.perm.map((p) => p + 1)]),
  lower: {
    kind: "view",
    source: (node, index) => ({ input: 0, index: invert(node.params.perm).map((p) => index[p] as Affine) }),
  },
};
function invert(perm: readonly number[]): number[] {
  const inverse: number[] = [];
  perm.forEach((p, i) => {
    inverse[p] = i;
  });
  return inverse;
}
/** Axis `i` of the result is axis `perm[i]` of `x`. */
export const transpose = (x: Node, perm: readonly number[]): Node => make(transposePrim, [x], { perm });

// ---- slice, flip and pad along one axis ----

interface Along {
  readonly axis: number;
}

export const slicePrim: Primitive<Along & { start: number; stop: number; step: number }> = {
  name: "slice",
  aval: ([x], p) => ({
    shape: withElement(x!.shape, p.axis, Math.max(0, Math.ceil((p.stop - p.start) / p.step))),
    dtype: x!.dtype,
  }),
  simplify([x], { axis, start, stop, step }, aval) {
    if (start === 0 && step === 1 && stop === x!.shape[axis]) return x;
    if (is(x!, slicePrim) && x.params.axis === axis) {
      const p = x.params;
      const first = p.start + start * p.step;
      return slice(
        in0(x!),
        axis,
        first,
        first +
          Math.max(0, (aval.shape[axis] as number) - 1) * step * p.step +
          ((aval.shape[axis] as number) > 0 ? 1 : 0),
        step * p.step,
      );
    }
    const piece = x!.size > 0 && stop > start ? pieceOf(x!, axis, start, stop) : undefined;
    if (piece)
      return piece === "zero"
        ? full(aval.shape, 0, x!.dtype)
        : slice(piece.x, axis, start - piece.at, stop - piece.at, step);
    if (isBroadcast(x!)) {
      const { axes } = x!.params as { axes: readonly number[] };
      if (!axes.includes(axis)) return broadcast(in0(x!), aval.shape, axes);
      return broadcast(slice(in0(x!), axes.indexOf(axis), start, stop, step), aval.shape, axes);
    }
    return viewThroughMask(x!, (y) => slice(y, axis, start, stop, step));
  },
  jvp: linearJvp,
  support: viewSupport,
  transpose(node, ct) {
    const { axis, start, step } = node.params;
    const n = in0(node as unknown as Node).shape[axis] as number;
    const count = node.shape[axis] as number;
    if (step === 1 || count <= 1) return [pad(ct, axis, start, n - start - count)];
    // Spread the elements `step` apart: a column of zeros after each, then in row-major order.
    const spread = pad(
      reshape(ct, [...ct.shape.slice(0, axis + 1), 1, ...ct.shape.slice(axis + 1)]),
      axis + 1,
      0,
      step - 1,
    );
    const apart = slice(reshape(spread, withElement(ct.shape, axis, count * step)), axis, 0, (count - 1) * step + 1);
    return [pad(apart, axis, start, n - start - (count - 1) * step - 1)];
  },
  batch: (node, inputs) => make(slicePrim, [inputs[0]!], { ...node.params, axis: node.params.axis + 1 }),
  lower: {
    kind: "view",
    source: (node, index) => ({
      input: 0,
      index: withElement(
        index,
        node.params.axis,
        scale(index[node.params.axis] as Affine, node.params.step, node.params.start),
      ),
    }),
  },
};
/** The one piece of a concat or pad that holds [start, stop) of `axis`, and where it begins. */
function pieceOf(x: Node, axis: number, start: number, stop: number): { x: Node; at: number } | "zero" | undefined {
  if (is(x, padPrim) && x.params.axis === axis) {
    const { before, after } = x.params;
    const end = (x.shape[axis] as number) - after;
    if (stop <= before || start >= end) return "zero";
    return start >= before && stop <= end ? { x: in0(x), at: before } : undefined;
  }
  if (!is(x, concatPrim) || x.params.axis !== axis) return undefined;
  const ends = concatEnds(x);
  // Bisect for the piece that `start` is in: all n pieces may be asked for.
  let k = 0;
  for (let hi = ends.length - 1; k < hi; ) {
    const mid = (k + hi) >> 1;
    if (start < (ends[mid] as number)) hi = mid;
    else k = mid + 1;
  }
  const at = k === 0 ? 0 : (ends[k - 1] as number);
  return stop <= (ends[k] as number) ? { x: x.inputs[k] as Node, at } : undefined;
}
/** Elements `start, start + step, …` below `stop` along `axis`; `0 ≤ start ≤ stop ≤ extent`, `step > 0`. */
export const slice = (x: Node, axis: number, start: number, stop: number, step = 1): Node =>
  make(slicePrim, [x], { axis, start, stop, step });

export const flipPrim: Primitive<Along> = {
  name: "flip",
  aval: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),
  simplify: ([x], { axis }) =>
    (x!.shape[axis] as number) <= 1
      ? x
      : is(x!, flipPrim) && x.params.axis === axis
        ? in0(x!)
        : (ofConstant(x!, x!.shape) ?? viewThroughMask(x!, (y) => flip(y, axis))),
  jvp: linearJvp,
  support: viewSupport,
  transpose: (node, ct) => [flip(ct, node.params.axis)],
  batch: (node, inputs) => flip(inputs[0]!, node.params.axis + 1),
  lower: {
    kind: "view",
    source: (node, index) => ({
      input: 0,
      index: withElement(
        index,
        node.params.axis,
        scale(index[node.params.axis] as Affine, -1, (node.shape[node.params.axis] as number) - 1),
      ),
    }),
  },
};
/** `x` in reverse order along `axis`. */
export const flip = (x: Node, axis: number): Node => make(flipPrim, [x], { axis });

export const padPrim: Primitive<Along & { before: number; after: number }> = {
  name: "pad",
  aval: ([x], p) => ({
    shape: withElement(x!.shape, p.axis, (x!.shape[p.axis] as number) + p.before + p.after),
    dtype: x!.dtype,
  }),
  simplify([x], { axis, before, after }, aval) {
    if (before === 0 && after === 0) return x;
    if (x!.size === 0 || Object.is(constValue(x!), 0)) return full(aval.shape, 0, x!.dtype);
    if (is(x!, padPrim) && x.params.axis === axis)
      return pad(in0(x!), axis, before + x.params.before, after + x.params.after);
    return viewThroughMask(x!, (y) => pad(y, axis, before, after));
  },
  jvp: linearJvp,
  // The zeros around anything are known: what a slice leaves out is selected away too.
  support(node, of) {
    const { axis, before, after } = node.params;
    const x = in0(node as unknown as Node);
    return pad(of(x) ?? full(x.shape, 1, "bool"), axis, before, after);
  },
  transpose: (node, ct) => [
    slice(ct, node.params.axis, node.params.before, (node.shape[node.params.axis] as number) - node.params.after),
  ],
  batch: (node, inputs) => make(padPrim, [inputs[0]!], { ...node.params, axis: node.params.axis + 1 }),
  piece: {
    of(node) {
      const { axis, before } = node.params as { axis: number; before: number };
      return { x: in0(node), axis, start: before };
    },
    join: (parts, axis) => concat(parts, axis),
    pack: packed,
  },
  lower: {
    kind: "view",
    source(node, index, cell) {
      const { axis, before, after } = node.params;
      const a = index[axis] as Affine;
      if (cell.below(a, before) || !cell.below(a, (node.shape[axis] as number) - after)) return "zero";
      return { input: 0, index: withElement(index, axis, shift(a, -before)) };
    },
  },
};
/** `x` with zeros (false) before and after along `axis`. */
export const pad = (x: Node, axis: number, before: number, after: number): Node =>
  make(padPrim, [x], { axis, before, after });

// ---- concat ----

export const concatPrim: Primitive<Along> = {
  name: "concat",
  aval(inputs, { axis }) {
    const first = inputs[0] as Node;
    for (const x of inputs) {
      if (x.dtype !== first.dtype || !sameShape(withElement(x.shape, axis, 0), withElement(first.shape, axis, 0)))
        fail("shape", `concat: ${inputs.map(showAval).join(", ")} differ outside axis ${axis}`);
    }
    return {
      shape: withElement(
        first.shape,
        axis,
        inputs.reduce((n, x) => n + (x.shape[axis] as number), 0),
      ),
      dtype: first.dtype,
    };
  },
  simplify(inputs, { axis }) {
    const wide = inputs.filter((x) => x.shape[axis] !== 0);
    if (wide.length === 0) return inputs[0];
    if (wide.length === 1) return wide[0];
    if (wide.length < inputs.length) return concat(wide, axis);
    const c = constValue(wide[0]!);
    if (wide.some(isMasked)) {
      // Pieces without a mask are taken everywhere, zeros nowhere.
      const taken = (x: Node): Node =>
        isMasked(x) ? in0(x) : full(x.shape, Number(!Object.is(constValue(x), 0)), "bool");
      const arms = concat(
        wide.map((x) => (isMasked(x) ? (x.inputs[1] as Node) : x)),
        axis,
      );
      return make(wide.find(isMasked)!.prim, [concat(wide.map(taken), axis), arms, zerosLike(arms)]);
    }
    return c !== undefined && wide.every((x) => Object.is(constValue(x), c))
      ? full(
          withElement(
            wide[0]!.shape,
            axis,
            wide.reduce((n, x) => n + (x.shape[axis] as number), 0),
          ),
          c,
          wide[0]!.dtype,
        )
      : undefined;
  },
  jvp: linearJvp,
  support: viewSupport,
  transpose(node, ct, linear) {
    const { axis } = node.params;
    let start = 0;
    return node.inputs.map((x, i) => {
      const from = start;
      start += x.shape[axis] as number;
      return linear[i] ? slice(ct, axis, from, start) : undefined;
    });
  },
  batch: (node, inputs, has, size) =>
    concat(
      inputs.map((x, i) => batched(x, has[i] as boolean, size)),
      node.params.axis + 1,
    ),
  lower: {
    kind: "view",
    source(node, index, cell) {
      const { axis } = node.params;
      const a = index[axis] as Affine;
      const ends = concatEnds(node);
      // Bisect: with n pieces a box is cut in about log n steps.
      let lo = 0;
      let hi = node.inputs.length - 1;
      while (lo < hi) {
        const mid = (lo + hi) >> 1;
        if (cell.below(a, ends[mid] as number)) hi = mid;
        else lo = mid + 1;
      }
      return { input: lo, index: withElement(index, axis, shift(a, -(lo === 0 ? 0 : (ends[lo - 1] as number)))) };
    },
  },
};
const endsOf = /* @__PURE__ */ new WeakMap<object, number[]>();
function concatEnds(node: Node<Along>): number[] {
  let ends = endsOf.get(node);
  if (!ends) {
    let n = 0;
    ends = node.inputs.map((x) => {
      n += x.shape[node.params.axis] as number;
      return n;
    });
    endsOf.set(node, ends);
  }
  return ends;
}
/** Arrays one after the other along `axis`. */
export const concat = (xs: readonly Node[], axis: number): Node => make(concatPrim, xs, { axis });

// ---- identity-like ----

export const stopGradientPrim: Primitive = {
  name: "stopGradient",
  aval: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),
  simplify: ([x]) => (constValue(x!) !== undefined ? x : viewThroughMask(x!, stopGradient)),
  batch: (_node, inputs) => stopGradient(inputs[0]!),
  lower: { kind: "view", flat: true, source: (_node, index) => ({ input: 0, index }) },
};
/** `x`, a constant to every derivative. */
export const stopGradient = (x: Node): Node => make(stopGradientPrim, [x]);
