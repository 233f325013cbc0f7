// Parts of arrays: slices with constant bounds, and elements at constant or traced integer indices.
import { fail } from "../errors.ts";
import { type Shape, showShape } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { gather } from "../primitives/indexing.ts";
import { literal, scalar } from "../primitives/leaf.ts";
import * as p from "../primitives/shape.ts";
import { describe, type Operand } from "../trace/convert.ts";
import type { Tensor, TensorLike, Value, With } from "../trace/types.ts";
import { apply, axisOf, checkOptions, operandsOf, operate, operation } from "./apply.ts";

/**
 * What to take of one axis: `[start, stop?, step?]` (negative positions count from the end; a negative step runs
 * backwards),
 * `null` for all of it, or an integer, which drops the axis. */
export type Range = number | null | readonly [start?: number | null, stop?: number | null, step?: number | null];

export interface Slice {
  (x: Tensor, ...ranges: Range[]): Tensor;
  (x: TensorLike, ...ranges: Range[]): Value;
}

/**
 * The part of `x` that `ranges` say, one per leading axis, with NumPy's meaning: `slice(x, [1])` is `x[1:]`,
 * `slice(x, [0, -1])` is `x[:-1]`, `slice(u, null, 2)` is `u[:, 2]`, `slice(x, [null, null, -1])` is `x[::-1]`.
 * Bounds beyond the ends are clamped; an integer out of range is an error. @shape x [n, ...] → [m, ...]
 */
export const slice: Slice = ((x: TensorLike, ...ranges: Range[]) =>
  apply("slice", [x], "any", (node) => {
    if (ranges.length > node.shape.length)
      fail(
        "axis",
        `slice: ${ranges.length} ranges for an array of shape ${showShape(node.shape)}, which has ` +
          `${node.shape.length} axes`,
      );
    let y = node;
    let axis = 0;
    for (const range of ranges) {
      if (typeof range === "number") y = pickOne("slice", y, axis, range);
      else {
        if (range !== null) y = sliceAxis(y, axis, range);
        axis++;
      }
    }
    return y;
  })) as Slice;

function sliceAxis(x: Node, axis: number, range: Exclude<Range, number | null>): Node {
  if (
    !Array.isArray(range) ||
    range.length > 3 ||
    range.some((k) => k !== null && k !== undefined && !Number.isInteger(k))
  ) {
    fail(
      "value",
      `slice: range ${axis} is ${Array.isArray(range) ? `[${range.map(String).join(", ")}]` : describe(range)}; ` +
        "expected [start, stop?, step?] of integers, null, or an integer",
    );
  }
  const n = x.shape[axis] as number;
  const [start, stop] = range;
  const step = range[2] ?? 1;
  if (step === 0) fail("value", `slice: range ${axis} has step 0; the step must not be 0`);
  const last = step > 0 ? n : n - 1;
  const first = step > 0 ? 0 : -1;
  const place = (k: number | null | undefined, none: number): number =>
    k === null || k === undefined ? none : Math.min(Math.max(k < 0 ? k + n : k, first), last);
  const from = place(start, step > 0 ? 0 : n - 1);
  const to = place(stop, step > 0 ? n : -1);
  const count = Math.max(0, Math.ceil((to - from) / step));
  if (count === 0) return p.slice(x, axis, 0, 0);
  const end = from + (count - 1) * step;
  return step > 0 ? p.slice(x, axis, from, end + 1, step) : p.flip(p.slice(x, axis, end, from + 1, -step), axis);
}

/** Element `i` along `axis`, which disappears. */
function pickOne(name: string, x: Node, axis: number, i: number): Node {
  const n = x.shape[axis] as number;
  const k = i < 0 ? i + n : i;
  if (!Number.isInteger(i) || k < 0 || k >= n)
    fail("axis", `${name}: index ${i} is out of range for axis ${axis} of shape ${showShape(x.shape)}`);
  return p.reshape(
    p.slice(x, axis, k, k + 1),
    x.shape.filter((_, a) => a !== axis),
  );
}

export interface At {
  (x: Tensor, ...indices: TensorLike[]): Tensor;
  (x: TensorLike, ...indices: TensorLike[]): Value;
}

/**
 * The element, row, … of `x` at integer `indices`, one per leading axis. Negative indices count from the end. An
 * index known when the function is traced is checked; a traced int32 index beyond the ends is clamped. @shape x [n,
 * ...], i → [...]
 */
export const at: At = ((x: TensorLike, ...indices: TensorLike[]) => {
  if (indices.length === 0) fail("value", "at: expected at least one index");
  const operands = operandsOf("at", [x, ...indices]);
  const [array, ...places] = operands as [Operand, ...Operand[]];
  if (places.length > array.shape.length)
    fail(
      "axis",
      `at: ${places.length} indices for an array of shape ${showShape(array.shape)}, which has ` +
        `${array.shape.length} axes`,
    );
  for (const i of places)
    if (i.shape.length > 0)
      fail("shape", `at: an index has shape ${showShape(i.shape)}; indices are scalars, use take for arrays of them`);
  const dynamic = indices.map((i, k) =>
    typeof i === "number" ? undefined : indexOperand("at", places[k] as Operand, array.shape, k),
  );
  const traced = dynamic.filter((i): i is Operand => i !== undefined);
  return operate(
    "at",
    [array, ...traced],
    [array.dtype, ...traced.map(() => "int32" as const)],
    array.weak,
    (node, ...rest) => {
      let y = node;
      let next = 0;
      for (const i of indices) y = typeof i === "number" ? pickOne("at", y, 0, i) : gather(y, rest[next++] as Node, 0);
      return y;
    },
  );
}) as At;

export interface TakeOptions {
  /** The axis to take along; the flattened array unless given. */
  readonly axis?: number;
}

/**
 * Elements of `x` at integer `indices` along `axis`; the axes of `indices` take that axis's place. Without `axis`, of
 * the flattened array. Constant indices are checked when the function is traced; traced ones are clamped to the axis.
 * Negative indices count from the end. Repeated indices add up in derivatives.
 * @shape x [a, n, b], indices [k, l], axis 1 → [a, k, l, b] */
export const take: With<[indices: TensorLike, options?: TakeOptions | number]> = /* @__PURE__ */ operation(
  "take",
  3,
  (x: TensorLike, indices: TensorLike, options: TakeOptions | number = {}) => {
    if (typeof options !== "number") checkOptions("take", options, ["axis"]);
    const { axis } = typeof options === "number" ? { axis: options } : options;
    const [array, given] = operandsOf("take", [x, indices]) as [Operand, Operand];
    const flat = axis === undefined;
    const a = flat ? 0 : axisOf("take", axis, array.shape.length);
    const shape = flat ? [array.shape.reduce((n, d) => n * d, 1)] : array.shape;
    const idx = indexOperand("take", given, shape, a);
    return operate("take", [array, idx], [array.dtype, "int32"], array.weak, (node, i) =>
      gather(flat ? p.reshape(node, shape) : node, i, a),
    );
  },
);

/** Integer indices: constant ones are checked against axis `axis` of `shape` and made non-negative. */
export function indexOperand(name: string, index: Operand, shape: Shape, axis: number): Operand {
  const extent = shape[axis] as number;
  if (index.traced) {
    if (index.dtype !== "int32")
      fail("dtype", `${name}: a traced index must be int32, got ${index.dtype}; convert it with astype(i, "int32")`);
    return index;
  }
  const empty = index.shape.includes(0);
  if (index.dtype !== "int32" && !index.integral && !empty)
    fail(
      "dtype",
      `${name}: indices must be integers, got ${index.weak ? "numbers that are not" : index.dtype}; use an Int32Array`,
    );
  const data = index.data("int32") as Int32Array;
  let negative = false;
  for (const i of data) {
    if (i >= extent || i < -extent)
      fail("axis", `${name}: index ${i} is out of range for axis ${axis} of shape ${showShape(shape)}`);
    if (i < 0) negative = true;
  }
  if (!negative) return index;
  const wrapped = data.map((i) => (i < 0 ? i + extent : i));
  return {
    ...index,
    dtype: "int32",
    weak: false,
    node: () =>
      index.shape.length === 0 ? scalar(wrapped[0] as number, "int32") : literal(wrapped, index.shape, "int32"),
    data: () => wrapped,
  };
}
