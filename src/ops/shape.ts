// Shapes: the same elements in another arrangement. None of these copies data inside a compiled program.
import { fail } from "../errors.ts";
import { type DType, type Shape, sameShape, showShape, sizeOf } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { withElement } from "../ir/lists.ts";
import { convert } from "../primitives/cast.ts";
import * as p from "../primitives/shape.ts";
import { full } from "../primitives/spread.ts";
import { isExtent, show } from "../trace/convert.ts";
import { promote } from "../trace/promote.ts";
import type { OfList, TensorLike, With } from "../trace/types.ts";
import {
  apply,
  axesOf,
  axisOf,
  axisOptions,
  checkOptions,
  expand,
  oneList,
  only,
  operandsOf,
  operate,
  operation,
  refuseArray,
  shapeOf,
  unary,
} from "./apply.ts";

/** An axis as a number, or in `{ axis }`. */
export type AxisOption = number | { readonly axis?: number };

/** The axis of `options`, whatever it is; undefined if there is none. */
export function axisGiven<A>(name: string, options: A | { readonly axis?: A } | undefined): A | undefined {
  if (typeof options !== "object" || options === null || Array.isArray(options)) return options as A;
  checkOptions(name, options, ["axis"]);
  return (options as { readonly axis?: A }).axis;
}

/** The axis of `options`. */
function axisIn(name: string, options: AxisOption): number {
  if (typeof options === "number") return options;
  refuseArray(name, options);
  return (axisOptions(name, [options], ["axis"]).axis as number | undefined) ?? 0;
}

/** The elements of `x` in row-major order under another shape; one extent may be -1, which is then worked out.
 * @shape x [size n] → shape [size n] */
export const reshape: With<[shape: number | readonly number[]]> = ((
  x: TensorLike,
  ...shape: (number | readonly number[])[]
) => apply("reshape", [x], "any", (node) => p.reshape(node, completeShape(node, only("reshape", shape))))) as With<
  [number | readonly number[]]
>;

function completeShape(x: Node, given: unknown): number[] {
  const shape = shapeOf("reshape", given, -1);
  const free = shape.indexOf(-1);
  if (free >= 0 && shape.indexOf(-1, free + 1) >= 0)
    fail("shape", `reshape: ${showShape(shape)} has -1 more than once; only one extent can be worked out`);
  const rest = sizeOf(shape.filter((d) => d !== -1));
  const complete = free < 0 ? [...shape] : withElement(shape, free, rest === 0 ? 0 : x.size / rest);
  if (sizeOf(complete) !== x.size || complete.some((d) => !Number.isInteger(d))) {
    fail(
      "shape",
      `reshape: an array of shape ${showShape(x.shape)} has ${x.size} elements, which do not fit shape ` +
        `${showShape(shape)}`,
    );
  }
  return complete;
}

/** `x` as a vector, in row-major order. @shape x [size n] → [n] */
export const ravel: With<[]> = /* @__PURE__ */ unary("ravel", "any", (x) => p.reshape(x, [x.size]));

/**
 * `x` with its axes permuted: axis `i` of the result is axis `axes[i]` of `x`; reversed unless given. @shape x [a, b,
 * c] → [c, b, a]
 */
export const transpose: With<[axes?: readonly number[]]> = /* @__PURE__ */ operation(
  "transpose",
  2,
  (x: TensorLike, axes?: readonly number[]) =>
    apply("transpose", [x], "any", (node) => {
      const rank = node.shape.length;
      if (axes === undefined)
        return p.transpose(
          node,
          Array.from({ length: rank }, (_, i) => rank - 1 - i),
        );
      const perm = Array.isArray(axes) ? axes.map((a) => axisOf("transpose", a, rank)) : [];
      if (perm.length !== rank || new Set(perm).size !== rank || !Array.isArray(axes))
        fail(
          "axis",
          `transpose: ${show(axes)} is not a permutation of the ${rank} axes of shape ` +
            `${showShape(node.shape)}${Array.isArray(axes) ? "" : "; pass one list of them: transpose(x, [1, 0])"}`,
        );
      return p.transpose(node, perm);
    }),
  "pass one list of axes: transpose(x, [1, 0])",
);

/** `x` with new axes of extent 1 at the positions `axis` of the result. @shape x [a, b], 1 → [a, 1, b] */
export const expandDims: With<[axis: number | readonly number[]]> = ((
  x: TensorLike,
  ...axes: (number | readonly number[])[]
) =>
  apply("expandDims", [x], "any", (node) => {
    const axis = only("expandDims", axes);
    if (axis === undefined || axis === null) axisOf("expandDims", axis, 0); // refused: all axes are none here
    const at = axesOf("expandDims", axis, node.shape.length + (Array.isArray(axis) ? axis.length : 1));
    const shape = [...node.shape];
    for (const a of at) shape.splice(a, 0, 1);
    return p.reshape(node, shape);
  })) as With<[axis: number | readonly number[]]>;

/**
 * `x` without the axes `axis`, which must have extent 1; without all such axes unless given. @shape x [a, 1, b] → [a,
 * b]
 */
export const squeeze: With<[axis?: number | readonly number[]]> = ((
  x: TensorLike,
  ...axes: (number | readonly number[])[]
) =>
  apply("squeeze", [x], "any", (node) => {
    const axis = only("squeeze", axes);
    const drop =
      axis === undefined || axis === null
        ? node.shape.map((_, i) => i).filter((i) => node.shape[i] === 1)
        : axesOf("squeeze", axis, node.shape.length);
    for (const a of drop)
      if (node.shape[a] !== 1)
        fail(
          "shape",
          `squeeze: axis ${a} of shape ${showShape(node.shape)} has extent ${node.shape[a]}; only axes of extent ` +
            "1 can be dropped",
        );
    return p.reshape(
      node,
      node.shape.filter((_, i) => !drop.includes(i)),
    );
  })) as With<[axis?: number | readonly number[]]>;

/**
 * `x` repeated to `shape` (a number stands for a vector's), by NumPy's broadcasting rule. @shape x [n], [m, n] → [m,
 * n]
 */
export const broadcastTo: With<[shape: number | Shape]> = ((x: TensorLike, ...to: (number | Shape)[]) =>
  apply("broadcastTo", [x], "any", (node) => {
    const shape = shapeOf("broadcastTo", only("broadcastTo", to));
    const lead = shape.length - node.shape.length;
    if (lead < 0 || node.shape.some((d, i) => d !== 1 && d !== shape[lead + i])) {
      fail(
        "shape",
        `broadcastTo: shape ${showShape(node.shape)} does not broadcast to ${showShape(shape)}: aligned at the ` +
          "last axis, each extent must be equal or 1",
      );
    }
    return expand(node, shape);
  })) as With<[shape: number | Shape]>;

/** `x` in reverse order along `axis` (all axes unless given). @shape x → x */
export const flip: With<[axis?: FlipOptions]> = ((x: TensorLike, ...options: FlipOptions[]) =>
  apply("flip", [x], "any", (node) =>
    axesOf("flip", axisGiven("flip", only("flip", options)), node.shape.length).reduce((y, a) => p.flip(y, a), node),
  )) as With<[axis?: FlipOptions]>;
/** Axes, or `{ axis }`. */
export type FlipOptions = number | readonly number[] | { readonly axis?: number | readonly number[] };

/**
 * `x` shifted by `shift` places along `axis`, what leaves at one end entering at the other; along the flattened array
 * unless an axis is given. @shape x → x
 */
export const roll: With<[shift: number, axis?: AxisOption]> = /* @__PURE__ */ operation(
  "roll",
  3,
  (x: TensorLike, shift: number, option?: AxisOption) => {
    if (!Number.isInteger(shift)) fail("value", `roll: the shift must be an integer, got ${show(shift)}`);
    const axis = axisGiven("roll", option);
    return apply("roll", [x], "any", (node) =>
      axis === undefined
        ? p.reshape(rollAlong(p.reshape(node, [node.size]), shift, 0), node.shape)
        : rollAlong(node, shift, axisOf("roll", axis, node.shape.length)),
    );
  },
);

function rollAlong(x: Node, shift: number, axis: number): Node {
  const n = x.shape[axis] as number;
  const k = n === 0 ? 0 : ((shift % n) + n) % n;
  return k === 0 ? x : p.concat([p.slice(x, axis, n - k, n), p.slice(x, axis, 0, n - k)], axis);
}

/**
 * Places to add before and after each axis: one number for all, `[before, after]` for all, or one of these per axis.
 */
export type PadWidth =
  | number
  | readonly [before: number, after: number]
  | readonly (readonly [before: number, after: number])[];
export interface PadOptions {
  /** What lies around: 0 unless given. */
  readonly value?: number;
}

/**
 * `x` with `width` elements of `value` (0 unless given) added at the ends of its axes. @shape x [n], [b, a] → [b + n
 * + a]
 */
export const pad: With<[width: PadWidth, options?: PadOptions]> = /* @__PURE__ */ operation(
  "pad",
  3,
  (x: TensorLike, width: PadWidth, options: { readonly value?: number } = {}) => {
    checkOptions("pad", options, ["value"]);
    const value = options.value ?? 0;
    return apply("pad", [x], "any", (node) => {
      let y = node;
      padWidths(width, node.shape).forEach(([before, after], axis) => {
        const border = (n: number): Node => full(withElement(y.shape, axis, n), value, y.dtype);
        y = Object.is(value, 0) ? p.pad(y, axis, before, after) : p.concat([border(before), y, border(after)], axis);
      });
      return y;
    });
  },
);

function padWidths(width: PadWidth, shape: Shape): (readonly [number, number])[] {
  const rank = shape.length;
  const pairs: unknown =
    typeof width === "number"
      ? shape.map(() => [width, width])
      : Array.isArray(width) && typeof width[0] === "number"
        ? shape.map(() => width)
        : width;
  if (
    !Array.isArray(pairs) ||
    pairs.length !== rank ||
    pairs.some((w) => !Array.isArray(w) || w.length !== 2 || !w.every(isExtent))
  ) {
    fail(
      "shape",
      `pad: ${show(width)} does not say how far to pad shape ${showShape(shape)}; expected a count, [before, ` +
        "after], or one [before, after] per axis, not negative",
    );
  }
  return pairs as (readonly [number, number])[];
}

/** Operands of a list operation, in their common type. */
function joined(name: string, xs: readonly TensorLike[], build: (nodes: Node[]) => Node): unknown {
  if (!Array.isArray(xs) || xs.length === 0)
    fail("value", `${name}: expected a list of arrays that is not empty: ${name}([a, b])`);
  const operands = operandsOf(name, xs);
  const { dtype, weak } = promote(operands, "any");
  return operate(
    name,
    operands,
    operands.map((): DType => dtype),
    weak,
    (...nodes) => build(nodes),
  );
}

/**
 * Arrays one after the other along `axis` (0 unless given); the other extents must agree. @shape [a, n], [b, n] → [a
 * + b, n]
 */
export const concat: OfList<[options?: AxisOption]> = /* @__PURE__ */ operation(
  "concat",
  2,
  (xs: readonly TensorLike[], options: AxisOption = 0) => {
    const along = axisIn("concat", options);
    return joined("concat", xs, (nodes) => {
      const first = nodes[0] as Node;
      if (nodes.some((n) => n.shape.length === 0))
        fail("shape", "concat: a scalar has no axis to join along; use stack, or reshape it to [1]");
      const axis = axisOf("concat", along, first.shape.length);
      for (const n of nodes) {
        if (
          n.shape.length !== first.shape.length ||
          !sameShape(withElement(n.shape, axis, 0), withElement(first.shape, axis, 0))
        ) {
          fail(
            "shape",
            `concat: shapes ${nodes.map((m) => showShape(m.shape)).join(", ")} differ outside axis ${axis}; all ` +
              "other extents must agree",
          );
        }
      }
      return p.concat(nodes, axis);
    });
  },
  /* @__PURE__ */ oneList("concat"),
);

/** Arrays of one shape side by side along a new axis (0 unless given). @shape k × [n] → [k, n] */
export const stack: OfList<[options?: AxisOption]> = /* @__PURE__ */ operation(
  "stack",
  2,
  (xs: readonly TensorLike[], options: AxisOption = 0) => {
    const along = axisIn("stack", options);
    return joined("stack", xs, (nodes) => {
      const shape = (nodes[0] as Node).shape;
      for (const n of nodes)
        if (!sameShape(n.shape, shape))
          fail(
            "shape",
            `stack: shapes ${nodes.map((m) => showShape(m.shape)).join(", ")} differ; all must be one shape`,
          );
      const axis = axisOf("stack", along, shape.length + 1);
      const one = [...shape.slice(0, axis), 1, ...shape.slice(axis)];
      return p.concat(
        nodes.map((n) => p.reshape(n, one)),
        axis,
      );
    });
  },
  /* @__PURE__ */ oneList("stack"),
);

/** `x` in another element type: floats to int32 truncate, anything but 0 is true. @shape x → x */
export const astype: With<[dtype: DType]> = /* @__PURE__ */ operation("astype", 2, (x: TensorLike, dtype: DType) => {
  if (!["float64", "float32", "int32", "bool"].includes(dtype))
    fail("dtype", `astype: unknown type ${show(dtype)}; expected "float64", "float32", "int32" or "bool"`);
  const operands = operandsOf("astype", [x]);
  return operate(
    "astype",
    operands,
    operands.map((o) => o.dtype),
    false,
    (node) => convert(node, dtype),
  );
});
