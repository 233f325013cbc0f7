// Elements picked and updated at integer indices, windows at traced places, and segments. An array is never changed:
// an update gives a new one.
import { fail } from "../errors.ts";
import { type DType, isFloat, type Shape, sameShape, showShape, sizeOf, stridesOf } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { withElement } from "../ir/lists.ts";
import { takeAlong } from "../primitives/along.ts";
import { add, maximum, minimum, mul } from "../primitives/arithmetic.ts";
import { convert } from "../primitives/cast.ts";
import { gather, rowNumbers, scatterAdd as scatterNode, scatterSet as setNode } from "../primitives/indexing.ts";
import { iota, scalar } from "../primitives/leaf.ts";
import { and, eq, ge, lt, select } from "../primitives/logic.ts";
import { reshape, slice, transpose } from "../primitives/shape.ts";
import { broadcast, full } from "../primitives/spread.ts";
import { describe, type Operand, show } from "../trace/convert.ts";
import { promote } from "../trace/promote.ts";
import { Tensor } from "../trace/tracer.ts";
import type { TensorLike, Value, With } from "../trace/types.ts";
import { axisOf, broadcastShapes, checkOptions, expand, numbersOf, operandsOf, operate, operation } from "./apply.ts";
import { indexOperand, take } from "./indexing.ts";
import type { AxisOption } from "./shape.ts";

/** The axis of `options`, `none` unless given. */
function axisOption<T extends number | undefined>(name: string, options: AxisOption | undefined, none: T): number | T {
  if (options === undefined || typeof options === "number") return options ?? none;
  if (typeof options !== "object" || options === null)
    return fail("axis", `${name}: the axis is ${describe(options)}; expected an integer`);
  checkOptions(name, options, ["axis"]);
  return options.axis ?? none;
}

const count = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** The elements of `x` at `indices` along `axis` (the last unless given), one index for each result: for axis 1,
 * `result[i, j] = x[i, indices[i, j]]`. The other extents broadcast. Constant indices are checked, traced int32 ones
 * clamped; negative ones count from the end. Sorting with the result of `argsort` is the usual use.
 * @shape x [a, n], indices [a, m] → [a, m] */
export const takeAlongAxis: With<[indices: TensorLike, axis?: AxisOption]> = /* @__PURE__ */ operation(
  "takeAlongAxis",
  3,
  (x: TensorLike, indices: TensorLike, options?: AxisOption) => {
    const name = "takeAlongAxis";
    const [array, given] = operandsOf(name, [x, indices]) as [Operand, Operand];
    const rank = array.shape.length;
    const axis = axisOf(name, axisOption(name, options, -1), rank);
    if (given.shape.length !== rank)
      fail(
        "shape",
        `${name}: indices of shape ${showShape(given.shape)} for an array of shape ${showShape(array.shape)}; ` +
          "they need as many axes (take picks whole rows)",
      );
    const idx = indexOperand(name, given, array.shape, axis);
    const around = broadcastShapes(name, [withElement(array.shape, axis, 1), withElement(given.shape, axis, 1)]);
    return operate(name, [array, idx], [array.dtype, "int32"], array.weak, (node, i) =>
      takeAlong(
        expand(node, withElement(around, axis, node.shape[axis] as number)),
        expand(i, withElement(around, axis, i.shape[axis] as number)),
        axis,
      ),
    );
  },
);

// ---- updates ----

export interface Scatter {
  (x: Tensor, indices: TensorLike, rows: TensorLike, axis?: AxisOption): Tensor;
  (x: TensorLike, indices: TensorLike, rows: Tensor, axis?: AxisOption): Tensor;
  (x: TensorLike, indices: TensorLike, rows: TensorLike, axis?: AxisOption): Value;
}

/** An update of rows along an axis: `update` sees it, the indices, and one row for each in the place of the axis. */
function scatter(
  name: string,
  update: (x: Node, axis: number, idx: Node, rows: Node, known: Operand) => Node,
): Scatter {
  return operation(name, 4, (x: TensorLike, indices: TensorLike, rows: TensorLike, options?: AxisOption) => {
    const [array, given, values] = operandsOf(name, [x, indices, rows]) as [Operand, Operand, Operand];
    const axis = axisOf(name, axisOption(name, options, 0), array.shape.length);
    const idx = indexOperand(name, given, array.shape, axis);
    const { dtype, weak } = promote([array, values], "any");
    const wide = [...array.shape.slice(0, axis), ...idx.shape, ...array.shape.slice(axis + 1)];
    if (!sameShape(broadcastShapes(name, [wide, values.shape]), wide))
      fail(
        "shape",
        `${name}: rows of shape ${showShape(values.shape)} do not broadcast to ${showShape(wide)}, one row for ` +
          "each index",
      );
    if (array.shape[axis] === 0 && sizeOf(idx.shape) > 0)
      fail("axis", `${name}: axis ${axis} of shape ${showShape(array.shape)} is empty: it has no row to update`);
    return operate(name, [array, idx, values], [dtype, "int32", dtype], weak, (node, i, r) =>
      update(node, axis, i, expand(r, wide), idx),
    );
  });
}

/**
 * `x` with `rows` added at `indices` along `axis` (0 unless given), as `x[indices] += rows` would be if repeated
 * indices added up. The transpose of `take`: indices are read alike, constant ones checked, traced int32 ones
 * clamped. Sums of integers saturate. @shape x [n, ...], indices [k], rows [k, ...] → x
 */
export const scatterAdd: Scatter = /* @__PURE__ */ scatter("scatterAdd", (x, axis, idx, rows) => {
  if (isFloat(x.dtype)) return added(x, axis, idx, rows);
  return convert(added(convert(x, "float64"), axis, idx, convert(rows, "float64")), x.dtype);
});

function added(x: Node, axis: number, idx: Node, rows: Node): Node {
  const rank = x.shape.length;
  const places = idx.shape.length;
  const front = [axis, ...count(rank).filter((a) => a !== axis)];
  const ahead = [
    ...count(places).map((k) => axis + k),
    ...count(rows.shape.length).filter((a) => a < axis || a >= axis + places),
  ];
  const to = transpose(x, front);
  const from = reshape(transpose(rows, ahead), [idx.size, ...to.shape.slice(1)]);
  const back = count(rank).map((a) => front.indexOf(a));
  return transpose(scatterNode(to, reshape(idx, [idx.size]), from), back);
}

/**
 * `x` with `rows` in the place of its rows at `indices` along `axis` (0 unless given), as `x[indices] = rows`. Where
 * an index is repeated the last row stays, as in NumPy; the others, and the rows of `x` that are replaced, have
 * exactly zero derivatives. Constant indices are checked, traced int32 ones clamped. In a loop a carry that nothing
 * else needs afterwards is updated in place, which takes the time of `rows` alone.
 * @shape x [n, ...], indices [k], rows [k, ...] → x
 */
export const scatterSet: Scatter = /* @__PURE__ */ scatter("scatterSet", (x, axis, idx, rows, known) => {
  if (idx.size === 0 || x.size === 0) return x;
  const extent = x.shape[axis] as number;
  const lead = sizeOf(x.shape.slice(0, axis));
  // Rows of all that lies before the axis are laid end to end, so that the array is written where it is.
  const flat = reshape(idx, [idx.size]);
  const all = lead === 1 ? flat : rowNumbers(broadcast(flat, [lead, idx.size], [1]), lead, extent);
  const rest = x.shape.slice(axis + 1);
  const set = setNode(
    reshape(x, [lead * extent, ...rest]),
    reshape(all, [all.size]),
    reshape(rows, [all.size, ...rest]),
    idx.size === 1 || (!known.traced && areDistinct(known.data("int32"), extent)),
  );
  return reshape(set, x.shape);
});

/** Whether no two indices mean the same of so many rows. */
function areDistinct(indices: ArrayLike<number>, extent: number): boolean {
  const seen = new Uint8Array(extent);
  return Array.from(indices).every((i) => {
    const row = i < 0 ? i + extent : i;
    return !seen[row] && (seen[row] = 1);
  });
}

// ---- windows at traced places ----

type Starts = TensorLike | readonly TensorLike[];

/** One start per axis: numbers and traced int32 scalars. */
function startsOf(name: string, starts: Starts, shape: Shape): (number | Tensor)[] {
  const rank = shape.length;
  if (starts instanceof Tensor) {
    if (starts.ndim !== 1 || starts.size !== rank)
      fail("shape", `${name}: starts of shape ${showShape(starts.shape)}; expected one for each of the ${rank} axes`);
    return count(rank).map((i) => checked(new Tensor(reshape(slice(starts.node, 0, i, i + 1), []))));
  }
  const list = typeof starts === "number" ? [starts] : starts;
  if (!Array.isArray(list) && !ArrayBuffer.isView(list))
    return fail("value", `${name}: the starts are ${describe(list)}; expected one for each axis`);
  const each: (number | Tensor)[] = ArrayBuffer.isView(list)
    ? numbersOf(`${name}: the starts`, list)
    : Array.from(list);
  if (each.length !== rank)
    fail("shape", `${name}: ${each.length} starts for shape ${showShape(shape)}; expected one for each axis`);
  return each.map((s) => {
    if (s instanceof Tensor) return checked(s);
    return Number.isInteger(s)
      ? s
      : fail("value", `${name}: the start ${typeof s === "number" ? s : describe(s)} is not an integer`);
  });
  function checked(s: Tensor): Tensor {
    if (s.ndim !== 0)
      fail("shape", `${name}: a start has shape ${showShape(s.shape)}; starts are scalars, one for each axis`);
    if (s.dtype !== "int32")
      fail("dtype", `${name}: a traced start must be int32, got ${s.dtype}; convert it with astype(i, "int32")`);
    return s;
  }
}

const clampedTo = (start: number, extent: number, size: number): number =>
  Math.min(Math.max(start < 0 ? start + extent : start, 0), extent - size);

/** A start as JAX reads it: negative ones count from the end, then all are clamped so that the window lies within. */
function clampStart(start: number | Node, extent: number, size: number): Node {
  if (typeof start === "number") return scalar(clampedTo(start, extent, size), "int32");
  return minimum(maximum(select(lt(start, 0), add(start, extent), start), 0), extent - size);
}

/** A function of an array, another one, and starts of which some are traced. */
function withStarts(
  name: string,
  arrays: readonly Operand[],
  starts: readonly (number | Tensor)[],
  build: (nodes: readonly Node[], at: readonly (number | Node)[]) => Node,
): Tensor | Value {
  const { dtype, weak } = promote(arrays, "any");
  const traced = operandsOf(
    name,
    starts.filter((s) => s instanceof Tensor),
  );
  const types: DType[] = [...arrays.map(() => dtype), ...traced.map((): DType => "int32")];
  return operate(name, [...arrays, ...traced], types, weak, (...nodes) => {
    let next = arrays.length;
    return build(
      nodes.slice(0, arrays.length),
      starts.map((s) => (typeof s === "number" ? s : (nodes[next++] as Node))),
    );
  });
}

/**
 * The window of `x` that begins at `starts` and has the shape `sizes`. Starts are numbers or traced int32 scalars,
 * one for each axis; negative ones count from the end, then they are clamped so that the window lies within the
 * array, as in JAX.
 * @shape x [n, ...], starts per axis, sizes [m, ...] → [m, ...] */
export const dynamicSlice: With<[starts: Starts, sizes: number | readonly number[]]> = /* @__PURE__ */ operation(
  "dynamicSlice",
  3,
  (x: TensorLike, starts: Starts, sizes: number | readonly number[]) => {
    const name = "dynamicSlice";
    const [array] = operandsOf(name, [x]) as [Operand];
    const shape = array.shape;
    const window = typeof sizes === "number" ? [sizes] : sizes;
    if (
      !Array.isArray(window) ||
      window.length !== shape.length ||
      window.some((m, i) => !Number.isInteger(m) || m < 0 || m > (shape[i] as number))
    )
      fail(
        "shape",
        `${name}: sizes ${show(window)} of a window in shape ${showShape(shape)}; expected one for each axis, at ` +
          "most its extent",
      );
    return withStarts(name, [array], startsOf(name, starts, shape), ([node], at) => windowOf(node as Node, at, window));
  },
);

function windowOf(x: Node, at: readonly (number | Node)[], sizes: Shape): Node {
  if (sizeOf(sizes) === 0) return full(sizes, 0, x.dtype);
  // Axes taken whole have nothing to choose; if no other start is traced, all is a slice.
  const chosen = count(sizes.length).filter((a) => sizes[a] !== x.shape[a]);
  if (chosen.every((a) => typeof at[a] === "number"))
    return chosen.reduce((y, a) => {
      const from = clampedTo(at[a] as number, x.shape[a] as number, sizes[a] as number);
      return slice(y, a, from, from + (sizes[a] as number));
    }, x);
  const { rows, places } = windowRows(x, at, sizes);
  return reshape(gather(rows, places, 0), sizes);
}

/** Rows of all axes up to the last one that a window does not take whole, and the numbers of those in the window. */
function windowRows(x: Node, at: readonly (number | Node)[], sizes: Shape): { rows: Node; places: Node } {
  const end = x.shape.map((n, axis) => n !== sizes[axis]).lastIndexOf(true) + 1;
  const [outer, window] = [x.shape.slice(0, end), sizes.slice(0, end)];
  return { rows: reshape(x, [sizeOf(outer), ...x.shape.slice(end)]), places: placesOf(outer, window, at) };
}

/** The row-major numbers of the elements of a window. */
function placesOf(shape: Shape, window: Shape, at: readonly (number | Node)[]): Node {
  const strides = stridesOf(shape);
  const place = window.reduce<Node>(
    (sum, m, axis) => {
      const from = clampStart(at[axis] as number | Node, shape[axis] as number, m);
      const i = add(iota(window, axis, "int32"), broadcast(from, window, []));
      return add(sum, mul(i, strides[axis] as number));
    },
    full(window, 0, "int32"),
  );
  return reshape(place, [place.size]);
}

export interface DynamicUpdateSlice {
  (x: Tensor, update: TensorLike, starts: Starts): Tensor;
  (x: TensorLike, update: Tensor, starts: Starts): Tensor;
  (x: TensorLike, update: TensorLike, starts: Starts): Value;
}
/**
 * `x` with `update` in the place of its window that begins at `starts`, read as `dynamicSlice` reads them. What is
 * replaced has exactly zero derivatives. In a loop a carry that nothing else needs afterwards is updated in place,
 * which takes the time of `update` alone. @shape x [n, ...], update [m, ...], starts per axis → x
 */
export const dynamicUpdateSlice: DynamicUpdateSlice = /* @__PURE__ */ operation(
  "dynamicUpdateSlice",
  3,
  (x: TensorLike, update: TensorLike, starts: Starts) => {
    const name = "dynamicUpdateSlice";
    const [array, part] = operandsOf(name, [x, update]) as [Operand, Operand];
    const shape = array.shape;
    if (part.shape.length !== shape.length || part.shape.some((m, i) => m > (shape[i] as number)))
      fail("shape", `${name}: an update of shape ${showShape(part.shape)} does not fit into shape ${showShape(shape)}`);
    return withStarts(name, [array, part], startsOf(name, starts, shape), (nodes, at) =>
      updated(nodes[0] as Node, nodes[1] as Node, at),
    );
  },
);

function updated(x: Node, part: Node, at: readonly (number | Node)[]): Node {
  if (part.size === 0) return x;
  if (sameShape(part.shape, x.shape)) return part;
  const { rows, places } = windowRows(x, at, part.shape);
  return reshape(setNode(rows, places, reshape(part, [places.size, ...rows.shape.slice(1)]), true), x.shape);
}

// ---- segments, one-hot, masks known beforehand ----

/**
 * Sums of the rows of `x` that have the same segment id, for the ids 0 … `segments` - 1; an empty segment sums to
 * zero. Constant ids are checked; rows whose traced id is out of range are left out, as in JAX.
 * @shape x [n, ...], ids [n] → [segments, ...] */
export const segmentSum: With<[ids: TensorLike, segments: number]> = /* @__PURE__ */ operation(
  "segmentSum",
  3,
  (x: TensorLike, ids: TensorLike, segments: number) => {
    const name = "segmentSum";
    if (!Number.isInteger(segments) || segments < 0)
      fail(
        "value",
        `${name}: the number of segments is ${typeof segments === "number" ? segments : describe(segments)}; ` +
          "expected a non-negative integer",
      );
    const [array, given] = operandsOf(name, [x, ids]) as [Operand, Operand];
    if (given.shape.length !== 1 || array.shape.length === 0 || given.shape[0] !== array.shape[0])
      fail(
        "shape",
        `${name}: ids of shape ${showShape(given.shape)} for rows of shape ${showShape(array.shape)}; expected ` +
          "one id for each row",
      );
    if (!given.traced) checkIds(name, given, segments);
    const idx = indexOperand(name, given, [segments], 0);
    const { dtype, weak } = promote([array], "number");
    return operate(name, [array, idx], [dtype, "int32"], weak, (rows, i) => {
      const own = dtype === "int32" ? "float64" : dtype;
      // One segment more takes what is out of range.
      const safe = given.traced ? select(and(ge(i, 0), lt(i, segments)), i, segments) : i;
      const bins = given.traced ? segments + 1 : segments;
      if (bins === 0) return full([0, ...rows.shape.slice(1)], 0, dtype);
      const sums = scatterNode(full([bins, ...rows.shape.slice(1)], 0, own), safe, convert(rows, own));
      return convert(slice(sums, 0, 0, segments), dtype);
    });
  },
);

/** Segment ids do not count from the end. */
function checkIds(name: string, ids: Operand, segments: number): void {
  const low = Array.from(ids.data(ids.dtype)).find((i) => i < 0 || i >= segments);
  if (low !== undefined) fail("axis", `${name}: id ${low} is not one of the segments 0 to ${segments - 1}`);
}

export interface OneHotOptions {
  /** Where the new axis goes: last unless given. */
  readonly axis?: number;
  /** float64 that adapts to what it meets, unless given. */
  readonly dtype?: DType;
}
/** 1 at the place that each of `indices` says along a new axis of `size`, 0 elsewhere; all 0 for an index out of range.
 * @shape indices [n] → [n, size] */
export const oneHot: With<[size: number, options?: OneHotOptions]> = /* @__PURE__ */ operation(
  "oneHot",
  3,
  (indices: TensorLike, size: number, options: OneHotOptions = {}) => {
    const name = "oneHot";
    checkOptions(name, options, ["axis", "dtype"]);
    if (!Number.isInteger(size) || size < 0)
      fail(
        "value",
        `${name}: the size is ${typeof size === "number" ? size : describe(size)}; expected a non-negative integer`,
      );
    const [given] = operandsOf(name, [indices]) as [Operand];
    if (given.dtype !== "int32" && !given.integral && !given.shape.includes(0))
      fail(
        "dtype",
        `${name}: indices must be integers, got ${given.weak ? "numbers that are not" : given.dtype}; convert ` +
          `them with astype(i, "int32")`,
      );
    const rank = given.shape.length + 1;
    const axis = axisOf(name, options.axis ?? -1, rank);
    const dtype = options.dtype ?? "float64";
    return operate(name, [given], ["int32"], options.dtype === undefined, (i) => {
      const shape = [...i.shape.slice(0, axis), size, ...i.shape.slice(axis)];
      const wide = broadcast(
        i,
        shape,
        count(rank).filter((a) => a !== axis),
      );
      return convert(eq(wide, iota(shape, axis, "int32")), dtype);
    });
  },
);

/**
 * The rows of `x` along `axis` (of the flattened array unless given) where `mask` is true. The mask must be known
 * when the function is traced, since it decides the shape of the result; a traced one selects with `where(mask, x,
 * 0)` instead.
 * @shape x [n, ...], mask [n] → [number of true, ...] */
export const compress: With<[mask: TensorLike, axis?: AxisOption]> = /* @__PURE__ */ operation(
  "compress",
  3,
  (x: TensorLike, mask: TensorLike, options?: AxisOption) => {
    const name = "compress";
    const [array, given] = operandsOf(name, [x, mask]) as [Operand, Operand];
    if (given.traced)
      fail(
        "trace",
        `${name}: the mask is traced, so the size of the result is not known; keep the shape with where(mask, x, ` +
          "0), or pass a mask of plain booleans",
      );
    const axis = axisOption(name, options, undefined);
    const extent =
      axis === undefined ? sizeOf(array.shape) : (array.shape[axisOf(name, axis, array.shape.length)] as number);
    if (given.shape.length !== 1 || given.shape[0] !== extent)
      fail(
        "shape",
        `${name}: a mask of shape ${showShape(given.shape)} for an axis of ${extent}; expected a boolean for ` +
          "each element",
      );
    const kept = Int32Array.from(count(extent).filter((i) => given.data(given.dtype)[i] !== 0));
    return take(x, kept, axis === undefined ? {} : { axis });
  },
);
