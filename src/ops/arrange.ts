// Rearrangements: axes moved, arrays repeated and split, triangles and diagonals. Compositions of views and masks:
// nothing here copies data inside a compiled program.
import { checkCount, fail } from "../errors.ts";
import { type Shape, showShape } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { withElement } from "../ir/lists.ts";
import { add, sub } from "../primitives/arithmetic.ts";
import { diagonalMatrix, diagonal as diagonalNode } from "../primitives/diagonal.ts";
import { gather } from "../primitives/indexing.ts";
import { iota, literal } from "../primitives/leaf.ts";
import { le, not, select } from "../primitives/logic.ts";
import { pad, reshape, slice, transpose } from "../primitives/shape.ts";
import { broadcast, reduceSum } from "../primitives/spread.ts";
import { describe } from "../trace/convert.ts";
import type { OfList, Tensor, TensorLike, Value, With } from "../trace/types.ts";
import {
  apply,
  axisList,
  axisOf,
  checkOptions,
  numbersOf,
  oneList,
  only,
  operandsOf,
  operation,
  refuseArray,
  unary,
} from "./apply.ts";
import { type AxisOption, concat } from "./shape.ts";

const count = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** The axis of `options`, if it has one. */
function axisOption(name: string, options: AxisOption | undefined): number | undefined {
  if (options === undefined || typeof options === "number") return options;
  if (typeof options !== "object" || options === null)
    return fail("axis", `${name}: the axis is ${describe(options)}; expected an integer`);
  checkOptions(name, options, ["axis"]);
  return options.axis;
}

const integer = (name: string, what: string, value: unknown, least = Number.NEGATIVE_INFINITY): number =>
  Number.isInteger(value) && (value as number) >= least
    ? (value as number)
    : fail(
        "value",
        `${name}: ${what} is ${typeof value === "number" ? value : describe(value)}; expected ` +
          `${least === 0 ? "a non-negative" : least === 1 ? "a positive" : "an"} integer`,
      );

// ---- axes ----

/** `x` with axes `a` and `b` exchanged. @shape x [l, m, n], 0, 2 → [n, m, l] */
export const swapaxes: With<[a: number, b: number]> = /* @__PURE__ */ operation(
  "swapaxes",
  3,
  (x: TensorLike, a: number, b: number) =>
    apply("swapaxes", [x], "any", (node) => {
      const rank = node.shape.length;
      const [i, j] = [axisOf("swapaxes", a, rank), axisOf("swapaxes", b, rank)];
      return transpose(
        node,
        count(rank).map((k) => (k === i ? j : k === j ? i : k)),
      );
    }),
);

type Axes = number | readonly number[];

/**
 * `x` with the axes `source` moved to the places `destination`; the others keep their order. @shape x [l, m, n], 0, 2
 * → [m, n, l]
 */
export const moveaxis: With<[source: Axes, destination: Axes]> = /* @__PURE__ */ operation(
  "moveaxis",
  3,
  (x: TensorLike, source: Axes, destination: Axes) =>
    apply("moveaxis", [x], "any", (node) => {
      const rank = node.shape.length;
      const [from, to] = [source, destination].map((axes) => axisList("moveaxis", axes ?? [axes], rank)) as [
        number[],
        number[],
      ];
      if (from.length !== to.length)
        fail(
          "axis",
          `moveaxis: ${from.length} axes to move, ${to.length} places to move them to; they must be as many`,
        );
      const rest = count(rank).filter((a) => !from.includes(a));
      return transpose(
        node,
        count(rank).map((i) => (to.includes(i) ? (from[to.indexOf(i)] as number) : (rest.shift() as number))),
      );
    }),
);

/** `x` with axes of extent 1 in front until it has at least one. @shape [] → [1] */
export const atleast1d: With<[]> = /* @__PURE__ */ unary("atleast1d", "any", (x) =>
  x.shape.length > 0 ? x : reshape(x, [1]),
);

/** `x` with axes of extent 1 in front until it has at least two. @shape [n] → [1, n] */
export const atleast2d: With<[]> = /* @__PURE__ */ unary("atleast2d", "any", (x) =>
  x.shape.length > 1 ? x : reshape(x, [1, ...(x.shape.length === 0 ? [1] : x.shape)]),
);

/** Arrays side by side: along axis 1, vectors and scalars along axis 0. @shape [m, a], [m, b] → [m, a + b] */
export const hstack: OfList<[]> = /* @__PURE__ */ listed("hstack", (xs) => {
  const list = xs.map((x) => atleast1d(x)) as unknown as Tensor[];
  return concat(list, operandsOf("hstack", list).every((x) => x.shape.length === 1) ? 0 : 1);
});

/** Arrays on top of each other: along axis 0, vectors as rows. @shape [a, n], [b, n] → [a + b, n] */
export const vstack: OfList<[]> = /* @__PURE__ */ listed("vstack", (xs) =>
  concat(xs.map((x) => atleast2d(x)) as unknown as Tensor[]),
);

/** An operation on a list of arrays without settings. */
function listed(name: string, join: (xs: readonly TensorLike[]) => unknown): OfList<[]> {
  return operation(name, 1, (xs: readonly TensorLike[]) => join(arrays(name, xs)), oneList(name));
}

/** The list `xs`. */
const arrays = (name: string, xs: readonly TensorLike[]): readonly TensorLike[] =>
  Array.isArray(xs) && xs.length > 0
    ? xs
    : fail("value", `${name}: expected a list of arrays that is not empty: ${name}([a, b])`);

// ---- repetition ----

/** `x` laid out `reps` times along each axis (a number: along the last). @shape x [m, n], [p, q] → [p·m, q·n] */
export const tile: With<[reps: number | readonly number[]]> = ((
  x: TensorLike,
  ...counts: (number | readonly number[])[]
) =>
  apply("tile", [x], "any", (node) => {
    const reps = only("tile", counts);
    const given = typeof reps === "number" ? [reps] : reps;
    if (!Array.isArray(given))
      return fail("value", `tile: the repetitions are ${describe(given)}; expected a count, or one per axis`);
    for (const r of given) integer("tile", "a repetition", r, 0);
    const rank = Math.max(node.shape.length, given.length);
    const shape: Shape = [...new Array<number>(rank - node.shape.length).fill(1), ...node.shape];
    const times = [...new Array<number>(rank - given.length).fill(1), ...given];
    return repeated(
      node,
      shape.flatMap((d, i) => [times[i] as number, d]),
      shape.map((d, i) => d * (times[i] as number)),
      shape.map((_, i) => 2 * i + 1),
    );
  })) as With<[reps: number | readonly number[]]>;

/** `x`, its axes at `axes` of `wide`, repeated along the others, which are then merged to `shape`. */
const repeated = (x: Node, wide: Shape, shape: Shape, axes: readonly number[]): Node =>
  reshape(
    broadcast(
      reshape(
        x,
        axes.map((a) => wide[a] as number),
      ),
      wide,
      axes,
    ),
    shape,
  );

/**
 * Every element of `x` repeated `times` times along `axis` (of the flattened array unless given); `times` is one
 * number for all or a list with one for each. @shape x [m, n], k, axis 1 → [m, k·n]
 */
export const repeat: With<[times: number | readonly number[], axis?: AxisOption]> = /* @__PURE__ */ operation(
  "repeat",
  3,
  (x: TensorLike, times: number | readonly number[], options?: AxisOption) => {
    const along = axisOption("repeat", options);
    return apply("repeat", [x], "any", (given) => {
      const node = along === undefined ? reshape(given, [given.size]) : given;
      const axis = along === undefined ? 0 : axisOf("repeat", along, node.shape.length);
      const n = node.shape[axis] as number;
      if (typeof times === "number") {
        integer("repeat", "the count", times, 0);
        const wide = [...node.shape.slice(0, axis + 1), times, ...node.shape.slice(axis + 1)];
        return repeated(
          node,
          wide,
          withElement(node.shape, axis, n * times),
          node.shape.map((_, i) => (i <= axis ? i : i + 1)),
        );
      }
      const list = numbersOf("repeat: the counts", times);
      for (const t of list) integer("repeat", "a count", t, 0);
      if (list.length !== n)
        fail(
          "shape",
          `repeat: ${list.length} counts for axis ${axis} of shape ${showShape(node.shape)}; give one for each ` +
            `of its ${n} elements`,
        );
      const places = Int32Array.from(list.flatMap((t, i) => new Array<number>(t).fill(i)));
      return gather(node, literal(places, [places.length], "int32"), axis);
    });
  },
);

export interface MeshgridOptions {
  /**
   * "xy" (the default, as NumPy): the first two axes of the results are those of the second and the first vector;
   * "ij": in order.
   */
  readonly indexing?: "xy" | "ij";
}
export interface ManyOfList<Options extends unknown[]> {
  (xs: readonly Tensor[], ...options: Options): Tensor[];
  (xs: readonly TensorLike[], ...options: Options): Value[];
}

/**
 * Coordinates of a grid: each vector repeated along the axes of the others. @shape [n], [m] → two of [m, n] (or [n,
 * m] with "ij")
 */
export const meshgrid: ManyOfList<[options?: MeshgridOptions]> = /* @__PURE__ */ operation(
  "meshgrid",
  2,
  (xs: readonly TensorLike[], options: MeshgridOptions = {}) => {
    refuseArray("meshgrid", options);
    const list = arrays("meshgrid", xs);
    checkOptions("meshgrid", options, ["indexing"]);
    const { indexing = "xy" } = options;
    if (indexing !== "xy" && indexing !== "ij")
      fail("value", `meshgrid: indexing is ${describe(indexing)}; expected "xy" or "ij"`);
    const sizes = operandsOf("meshgrid", list).map((x, i) =>
      x.shape.length < 2
        ? (x.shape[0] ?? 1)
        : fail("shape", `meshgrid: array ${i + 1} has shape ${showShape(x.shape)}; expected vectors`),
    );
    const axis = (i: number): number => (indexing === "xy" && list.length > 1 && i < 2 ? 1 - i : i);
    const shape: number[] = [];
    sizes.forEach((n, i) => {
      shape[axis(i)] = n;
    });
    return list.map((x, i) =>
      apply("meshgrid", [x], "any", (node) => broadcast(reshape(node, [sizes[i] as number]), shape, [axis(i)])),
    );
  },
);

// ---- parts ----

export interface Split {
  (x: Tensor, parts: number | readonly number[], axis?: AxisOption): Tensor[];
  (x: TensorLike, parts: number | readonly number[], axis?: AxisOption): Value[];
}

function splitter(name: string, equal: boolean): Split {
  return operation(name, 3, (x: TensorLike, parts: number | readonly number[], options: AxisOption = 0) => {
    const { shape } = operandsOf(name, [x])[0] as { shape: Shape };
    const axis = axisOf(name, axisOption(name, options) ?? 0, shape.length);
    const n = shape[axis] as number;
    let cuts: number[];
    if (typeof parts === "number") {
      integer(name, "the number of parts", parts, 1);
      if (equal && n % parts !== 0)
        fail(
          "shape",
          `${name}: axis ${axis} of shape ${showShape(shape)} cannot be split into ${parts} equal parts; use ` +
            "arraySplit for parts of different sizes, or give the places",
        );
      // The first n mod parts of them have one element more.
      cuts = count(parts).map((i) => i * Math.floor(n / parts) + Math.min(i, n % parts));
    } else {
      if (!Array.isArray(parts))
        return fail("value", `${name}: the parts are ${describe(parts)}; expected a count, or a list of places to cut`);
      for (const p of parts) integer(name, "a place to cut", p);
      cuts = [0, ...parts.map((p) => Math.min(Math.max(p < 0 ? p + n : p, 0), n))];
    }
    return cuts.map((from, i) => {
      const to = Math.max(from, i + 1 < cuts.length ? (cuts[i + 1] as number) : n);
      return apply(name, [x], "any", (node) => slice(node, axis, from, to));
    });
  });
}

/** `x` cut along `axis` (0 unless given) into `parts` equal parts, or before each of the places in a list.
 * @shape x [n, ...], k → k × [n / k, ...] */
export const split: Split = /* @__PURE__ */ splitter("split", true);

/**
 * `split` along `axis` (0 unless given) where the parts need not be equal: the first `n mod parts` have one element
 * more. @shape x [n, ...], k → k × [⌈n / k⌉ or ⌊n / k⌋, ...]
 */
export const arraySplit: Split = /* @__PURE__ */ splitter("arraySplit", false);

export interface DiffOptions {
  /** How often differences are taken: 1 unless given. */
  readonly n?: number;
  /** The axis: the last unless given. */
  readonly axis?: number;
}

/** Differences of neighbours along an axis, `x[1:] - x[:-1]`, taken `n` times. @shape x [..., m] → [..., m - n] */
export const diff: With<[options?: DiffOptions]> = /* @__PURE__ */ operation(
  "diff",
  2,
  (x: TensorLike, options: DiffOptions = {}) => {
    checkOptions("diff", options, ["n", "axis"]);
    const times = integer("diff", "n", options.n ?? 1, 0);
    return apply("diff", [x], "number", (node) => {
      const axis = axisOf("diff", options.axis ?? -1, node.shape.length);
      let y = node;
      for (let k = 0; k < times && (y.shape[axis] as number) > 0; k++) {
        const n = y.shape[axis] as number;
        y = sub(slice(y, axis, 1, n), slice(y, axis, 0, n - 1));
      }
      return y;
    });
  },
);

// ---- triangles and diagonals ----

/** Whether an element of `x` is on diagonal `k` of the last two axes or below it. */
function onOrBelow(name: string, x: Node, k: number): Node {
  integer(name, "the diagonal", k);
  const rank = x.shape.length;
  if (rank < 2) fail("shape", `${name}: expected a matrix or a stack of matrices, got shape ${showShape(x.shape)}`);
  const row = iota(x.shape, rank - 2, "int32");
  return le(iota(x.shape, rank - 1, "int32"), k === 0 ? row : add(row, k));
}

/**
 * The lower triangle: zero above diagonal `k` (0, the main one, unless given; 1 is the one above). What is cut away
 * has no influence on derivatives, not even a NaN. @shape x [..., m, n] → x
 */
export const tril: With<[k?: number]> = /* @__PURE__ */ operation("tril", 2, (x: TensorLike, k = 0) =>
  apply("tril", [x], "any", (node) => select(onOrBelow("tril", node, k), node, 0)),
);

/** The upper triangle: zero below diagonal `k`. @shape x [..., m, n] → x */
export const triu: With<[k?: number]> = /* @__PURE__ */ operation("triu", 2, (x: TensorLike, k = 0) =>
  apply("triu", [x], "any", (node) =>
    select(not(onOrBelow("triu", node, integer("triu", "the diagonal", k) - 1)), node, 0),
  ),
);

export interface DiagonalOptions {
  /** Which diagonal: positive above the main one, negative below it. 0, the main one, unless given. */
  readonly offset?: number;
  /** The axis of rows: 0 unless given. */
  readonly axis1?: number;
  /** The axis of columns: 1 unless given. */
  readonly axis2?: number;
}

function diagonalOf(name: string, x: Node, options: DiagonalOptions): Node {
  const rank = x.shape.length;
  if (rank < 2) fail("shape", `${name}: expected at least two axes, got shape ${showShape(x.shape)}`);
  const offset = integer(name, "the offset", options.offset ?? 0);
  const [a, b] = [axisOf(name, options.axis1 ?? 0, rank), axisOf(name, options.axis2 ?? 1, rank)];
  if (a === b) fail("axis", `${name}: axis1 and axis2 are both ${a}; they must differ`);
  const [rows, columns] = [x.shape[a] as number, x.shape[b] as number];
  const [top, left] = offset < 0 ? [-offset, 0] : [0, offset];
  const n = Math.max(0, Math.min(rows - top, columns - left));
  const from = (start: number, extent: number): [number, number] =>
    n === 0 ? [0, 0] : [Math.min(start, extent), start + n];
  const square = slice(slice(x, a, ...from(top, rows)), b, ...from(left, columns));
  return diagonalNode(square, Math.min(a, b), Math.max(a, b));
}

const readDiagonal = (
  name: string,
  [options = {}, ...more]: readonly (DiagonalOptions | number)[],
): DiagonalOptions => {
  checkCount(name, more, "axes are settings, { offset, axis1, axis2 }");
  if (typeof options === "number") return { offset: options };
  checkOptions(name, options, ["offset", "axis1", "axis2"]);
  return options;
};

/**
 * The diagonal of two axes (0 and 1 unless given), which becomes the last axis: `x[i, i + offset]`. A view, not a
 * copy.
 * @shape x [m, n, ...] → [..., min(m, n)] */
export const diagonal: With<[options?: DiagonalOptions | number]> = ((
  x: TensorLike,
  ...options: (DiagonalOptions | number)[]
) => {
  const read = readDiagonal("diagonal", options);
  return apply("diagonal", [x], "any", (node) => diagonalOf("diagonal", node, read));
}) as With<[options?: DiagonalOptions | number]>;

/** The sum of the diagonal. @shape x [m, n, ...] → [...] */
export const trace: With<[options?: DiagonalOptions | number]> = ((
  x: TensorLike,
  ...options: (DiagonalOptions | number)[]
) => {
  const read = readDiagonal("trace", options);
  return apply("trace", [x], "number", (node) => {
    const d = diagonalOf("trace", node, read);
    return reduceSum(d, [d.shape.length - 1]);
  });
}) as With<[options?: DiagonalOptions | number]>;

/** The matrix with the vector `x` on diagonal `k` and zeros beside it; of a matrix, its diagonal `k`.
 * @shape x [n] → [n + |k|, n + |k|]; x [m, n] → [min(m, n)] */
export const diag: With<[k?: number]> = /* @__PURE__ */ operation("diag", 2, (x: TensorLike, k = 0) => {
  integer("diag", "the diagonal", k);
  return apply("diag", [x], "any", (node) => {
    if (node.shape.length === 2) return diagonalOf("diag", node, { offset: k });
    if (node.shape.length !== 1)
      fail("shape", `diag: expected a vector or a matrix, got shape ${showShape(node.shape)}; diagonal takes any axes`);
    const d = diagonalMatrix(node);
    return k >= 0 ? pad(pad(d, 0, 0, k), 1, k, 0) : pad(pad(d, 0, -k, 0), 1, 0, -k);
  });
});
