// Indexing with integer arrays: gather; its transpose, scatter-add; and rows put in the place of others.
import { fail } from "../errors.ts";
import { bytesOf, showAval } from "../ir/aval.ts";
import { make } from "../ir/build.ts";
import type { FixedIndex, Know, MaybeNode, Node, Primitive } from "../ir/graph.ts";
import { instanceOf } from "../ir/kernel.ts";
import { scatter_add } from "../kernels/products.gen.ts";
import { scatter_set } from "../kernels/window.gen.ts";
import { add, maximum, minimum, mul, plus } from "./arithmetic.ts";
import { convert } from "./cast.ts";
import { batched } from "./define.ts";
import { lastWriter } from "./last-writer.ts";
import { iota, isLiteral, isStored } from "./leaf.ts";
import { and, eq, gt, lt, not, or, select } from "./logic.ts";
import { reshape, transpose } from "./shape.ts";
import { anyOver, broadcast, constValue, full, isMasked, viewThroughMask, zerosLike } from "./spread.ts";

interface Scatter {
  /** What is known of an index that never changes. */
  readonly fixed?: FixedIndex;
}
interface Gather extends Scatter {
  readonly axis: number;
}

/** Gathers and scatter-adds of the rows that a never changing index means, which know it. */
function told<P extends Scatter & Partial<Gather>>(node: Node<P>, know: Know): MaybeNode {
  const [x, idx, ...rest] = node.inputs as [Node, Node, ...Node[]];
  const { axis = 0, fixed } = node.params;
  const rows = x.shape[axis] as number;
  const known = fixed || x.size === 0 || isLiteral(x) ? undefined : know(idx, rows, x.size / rows, x.dtype);
  return known && indexed(node.prim, [x, known.index, ...rest], node.params, known);
}

const indexed = <P extends Scatter>(
  prim: Primitive<P>,
  inputs: readonly Node[],
  params: P,
  fixed: FixedIndex | undefined,
): Node => (fixed ? make(prim, [...inputs, ...fixed.arrays], { ...params, fixed }) : make(prim, inputs, params));

/** What views of one array show. */
function viewed(x: Node): Node {
  let n = x;
  while (n.prim.lower.kind === "view" && n.inputs.length === 1) n = n.inputs[0] as Node;
  return n;
}

/** Permutation that moves `axis` to the front. */
const toFront = (rank: number, axis: number): number[] => [axis, ...range(rank, 0).filter((i) => i !== axis)];

export const gatherPrim: Primitive<Gather> = {
  name: "gather",
  aval([x, idx], { axis }) {
    if (idx!.dtype !== "int32") fail("dtype", `take: indices must be int32, got ${showAval(idx!)}`);
    if ((x!.shape[axis] as number) === 0 && idx!.size > 0)
      fail("axis", `take: cannot take elements from axis ${axis} of ${showAval(x!)}, which is empty`);
    return { shape: [...x!.shape.slice(0, axis), ...idx!.shape, ...x!.shape.slice(axis + 1)], dtype: x!.dtype };
  },
  // What lies in memory is read from there, without an array of what the mask leaves.
  simplify: ([x, idx], { axis }, { shape, dtype }) =>
    constValue(x!) !== undefined
      ? full(shape, constValue(x!) as number, dtype)
      : isMasked(x!) &&
          x!.inputs.slice(0, 2).every((y) => isStored(viewed(y))) &&
          idx!.size < (x!.shape[axis] as number)
        ? viewThroughMask(x!, (y) => gather(y, idx!, axis))
        : undefined,
  fixed: told,
  jvp: (node, [d]) => d && gather(d, node.inputs[1]!, node.params.axis, node.params.fixed),
  transpose(node, ct) {
    const [x, idx] = node.inputs as [Node, Node];
    const { axis, fixed } = node.params;
    const rank = idx.shape.length;
    // Index axes first, then the kept ones: [count, rest] rows to add into [extent, rest].
    const perm = [...range(rank, axis), ...range(node.shape.length, 0).filter((i) => i < axis || i >= axis + rank)];
    const front = toFront(x.shape.length, axis);
    const rows = front.map((a) => x.shape[a] as number);
    const added = reshape(transpose(ct, perm), [idx.size, ...rows.slice(1)]);
    const sums = scatterAdd(full(rows, 0, x.dtype), reshape(idx, [idx.size]), added, fixed);
    return [
      transpose(
        sums,
        front.map((_, a) => front.indexOf(a)),
      ),
      undefined,
    ];
  },
  support(node, of) {
    const s = of(node.inputs[0]!);
    return s && gather(s, node.inputs[1]!, node.params.axis);
  },
  finite: true,
  batch(node, inputs, has, size) {
    const [x, idx] = inputs as [Node, Node];
    const { axis } = node.params;
    if (has[0] && !has[1]) return gather(x, idx, axis + 1);
    if (!has[0]) {
      // [.., batch, idx.., ..] with the batch moved to the front
      const y = gather(x, idx, axis);
      return transpose(y, toFront(y.shape.length, axis));
    }
    // Both: number the rows of [batch · extent].
    const front = [0, ...toFront(x.shape.length, axis + 1).filter((i) => i > 0)];
    const extent = x.shape[axis + 1] as number;
    const rows = transpose(x, front);
    const flat = reshape(rows, [size * extent, ...rows.shape.slice(2)]);
    const y = gather(flat, rowNumbers(idx, size, extent), 0);
    // y: [batch, idx.., rest..]; put idx axes where `axis` was.
    const k = idx.shape.length - 1;
    const rest = y.shape.length - 1 - k;
    return transpose(y, [0, ...range(axis, 1 + k), ...range(k, 1), ...range(rest - axis, 1 + k + axis)]);
  },
  lower: { kind: "gather" },
};
const range = (n: number, from: number): number[] => Array.from({ length: n }, (_, i) => from + i);

/** Indices [batch, ...] into axes of `extent`, as indices into the rows of all batches laid end to end. */
export const rowNumbers = (idx: Node, size: number, extent: number): Node =>
  add(inRange(idx, extent), mul(iota([size, ...idx.shape.slice(1)], 0, "int32"), extent));

/**
 * Elements of `x` at the int32 indices `idx` along `axis`; the index axes take the place of that axis. Negative
 * indices count from the end; then indices are clamped to the axis. `fixed`: what is known of `idx`, for the
 * transpose.
 */
export const gather = (x: Node, idx: Node, axis: number, fixed?: FixedIndex): Node =>
  indexed(gatherPrim, [x, idx], { axis }, fixed);

export const scatterAddPrim: Primitive<Scatter> = {
  name: "scatterAdd",
  aval([x, idx, rows]) {
    if (idx!.dtype !== "int32") fail("dtype", `scatterAdd: indices must be int32, got ${showAval(idx!)}`);
    if (
      rows!.shape[0] !== idx!.shape[0] ||
      String(rows!.shape.slice(1)) !== String(x!.shape.slice(1)) ||
      rows!.dtype !== x!.dtype
    ) {
      fail("shape", `scatterAdd: cannot add rows ${showAval(rows!)} at ${showAval(idx!)} of ${showAval(x!)}`);
    }
    return { shape: x!.shape, dtype: x!.dtype };
  },
  simplify: ([x, idx]) => (idx!.size === 0 ? x : undefined),
  fixed: told,
  jvp: (node, [dx, , drows]) => {
    const [x, idx, rows] = node.inputs as [Node, Node, Node];
    return dx || drows ? scatterAdd(dx ?? zerosLike(x), idx, drows ?? zerosLike(rows), node.params.fixed) : undefined;
  },
  transpose: (node, ct, linear) => [
    linear[0] ? ct : undefined,
    undefined,
    linear[2] ? gather(ct, node.inputs[1]!, 0, node.params.fixed) : undefined,
  ],
  support({ inputs: [x, idx, rows] }, of) {
    const [s, t] = [of(x!), of(rows!)];
    // Where no row arrives nothing is added, so the places of all rows are a support too.
    if (!s) return undefined;
    if (idx!.size ** 2 <= s.shape[0]!)
      return onto(s, idx!, united(idx!, t ?? full(rows!.shape, 1, "bool"), s.shape[0]!));
    const arrived = scatterAdd(full(x!.shape, 0, x!.dtype), idx!, convert(t ?? full(rows!.shape, 1, "bool"), x!.dtype));
    return or(s, gt(arrived, 0));
  },
  finite: true,
  onto: ({ inputs: [, ...rows], params, shape }, array) =>
    make(scatterAddPrim, [reshape(array, shape), ...rows], params),
  reads: "scatter",
  batch(_node, inputs, has, size) {
    const [x, idx, rows] = inputs.slice(0, 3).map((n, i) => batched(n, has[i] as boolean, size)) as [Node, Node, Node];
    const [extent, ...rest] = x.shape.slice(1) as [number, ...number[]];
    const flat = reshape(rowNumbers(idx, size, extent), [idx.size]);
    return reshape(scatterAdd(reshape(x, [size * extent, ...rest]), flat, reshape(rows, [idx.size, ...rest])), x.shape);
  },
  lower: {
    kind: "call",
    call: (node) => ({
      strided: node.inputs.map(() => false),
      init: 0,
      emit(args) {
        const { fixed } = node.params;
        if (fixed) return fixed.add(args);
        const [x, idx] = node.inputs as [Node, Node];
        const rows = x.shape[0] as number;
        args.call(instanceOf(scatter_add, x.dtype), [
          idx.size,
          x.size / Math.max(1, rows),
          { ptr: 1 },
          { ptr: 2 },
          { ptr: -1 },
          rows,
        ]);
      },
    }),
  },
};
/**
 * `x` with `rows[i]` added to row `idx[i]`; repeated indices add up. Indices are read as `gather` reads them, so that
 * the two are each other's transposes. `fixed`: what is known of `idx`.
 */
export const scatterAdd = (x: Node, idx: Node, rows: Node, fixed?: FixedIndex): Node =>
  indexed(scatterAddPrim, [x, idx, rows], {}, fixed);

/**
 * Indices as `gather` and `scatterAdd` read them: negative ones count from the end, then all are clamped to the axis.
 */
const inRange = (idx: Node, extent: number): Node =>
  minimum(maximum(select(lt(idx, 0), add(idx, extent), idx), 0), extent - 1);

interface Places {
  /** No row is written twice. */
  readonly distinct: boolean;
}

export const scatterSetPrim: Primitive<Places> = {
  name: "scatterSet",
  aval([x, idx, rows]) {
    if (idx!.dtype !== "int32" || idx!.shape.length !== 1)
      fail("dtype", `scatterSet: indices must be an int32 vector, got ${showAval(idx!)}`);
    if (String(rows!.shape) !== String([idx!.size, ...x!.shape.slice(1)]) || rows!.dtype !== x!.dtype)
      fail("shape", `scatterSet: cannot put rows ${showAval(rows!)} at ${showAval(idx!)} of ${showAval(x!)}`);
    return { shape: x!.shape, dtype: x!.dtype };
  },
  simplify([x, _idx, rows]) {
    const c = constValue(rows!);
    return rows!.size === 0 || (c !== undefined && Object.is(c, constValue(x!))) ? x : undefined;
  },
  jvp: ({ inputs, params }, [dx, , drows]) => {
    const [x, idx, rows] = inputs as [Node, Node, Node];
    return dx || drows ? scatterSet(dx ?? zerosLike(x), idx, drows ?? zerosLike(rows), params.distinct) : undefined;
  },
  transpose({ inputs, params: { distinct } }, ct, linear) {
    const [x, idx, rows] = inputs as [Node, Node, Node];
    const arrived = (): Node => {
      const ct0 = gather(ct, idx, 0);
      return distinct ? ct0 : select(broadcast(written(idx, x.shape[0] as number), ct0.shape, [0]), ct0, 0);
    };
    return [
      linear[0] ? scatterSet(ct, idx, zerosLike(rows), distinct) : undefined,
      undefined,
      linear[2] ? arrived() : undefined,
    ];
  },
  support({ inputs, params: { distinct } }, of): MaybeNode {
    const [x, idx, rows] = inputs as [Node, Node, Node];
    const s = of(x);
    return s && scatterSet(s, idx, of(rows) ?? full(rows.shape, 1, "bool"), distinct);
  },
  finite: true,
  onto: ({ inputs: [, idx, rows], shape }, array) => onto(reshape(array, shape), idx!, rows!),
  batch(node, inputs, has, size) {
    const [x, idx, rows] = inputs.map((n, i) => batched(n, has[i] as boolean, size)) as [Node, Node, Node];
    const [extent, ...rest] = x.shape.slice(1) as [number, ...number[]];
    const flat = reshape(rowNumbers(idx, size, extent), [idx.size]);
    const all = reshape(x, [size * extent, ...rest]);
    return reshape(scatterSet(all, flat, reshape(rows, [idx.size, ...rest]), node.params.distinct), x.shape);
  },
  lower: {
    kind: "call",
    call: ({ inputs, dtype }) => ({
      strided: [false, false, false],
      init: 0,
      emit(args) {
        const [x, idx] = inputs as [Node, Node];
        const rows = x.shape[0] as number;
        const bytes = (x.size / rows) * bytesOf(dtype);
        args.call(scatter_set, [idx.size, bytes, { ptr: 1 }, { ptr: 2 }, { ptr: -1 }, rows]);
      },
    }),
  },
};

/** What is there and `rows` together, in the place of rows of `array`. */
const onto = (array: Node, idx: Node, rows: Node): Node =>
  scatterSet(array, idx, (array.dtype === "bool" ? or : plus)(gather(array, idx, 0), rows), false);

/** Whether two indices mean the same row of so many. @shape idx [k] → [k, k] */
function pairsOf(idx: Node, extent: number): Node {
  const [n, at] = [idx.size, inRange(idx, extent)];
  return eq(broadcast(at, [n, n], [0]), broadcast(at, [n, n], [1]));
}

/** For each of the indices whether none after it means the same row: all pairs, unless these are more than the rows. */
function written(idx: Node, extent: number): Node {
  const n = idx.size;
  if (n * n > extent) return eq(gather(lastWriter(idx, extent), idx, 0), iota([n], 0, "int32"));
  const later = gt(iota([n, n], 1, "int32"), iota([n, n], 0, "int32"));
  return not(anyOver(and(later, pairsOf(idx, extent)), [1]));
}

/** Booleans `rows`, those of equal indices united. */
function united(idx: Node, rows: Node, extent: number): Node {
  if (idx.size === 1 || constValue(rows) !== undefined) return rows;
  const all = [idx.size, ...rows.shape];
  const own = rows.shape.map((_, i) => i + 1);
  return anyOver(and(broadcast(pairsOf(idx, extent), all, [0, 1]), broadcast(rows, all, own)), [1]);
}

/**
 * `x` with `rows[i]` in the place of row `idx[i]`; of equal indices the last counts. Indices are read as `gather` reads
 * them. `distinct` promises that no two mean the same row. @shape x [n, ...], idx [k], rows [k, ...] → x
 */
export const scatterSet = (x: Node, idx: Node, rows: Node, distinct: boolean): Node =>
  make(scatterSetPrim, [x, idx, rows], { distinct });
