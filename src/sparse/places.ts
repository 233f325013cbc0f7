// Which elements of its inputs an element of a view reads, and sums over elements: index maps applied to numbers of
// sets, one array at a time.
import { type Shape, stridesOf } from "../ir/aval.ts";
import { Box, cutting, type Ranges, Refusal, Split } from "../ir/box.ts";
import type { Node, ViewSource } from "../ir/graph.ts";
import { type Affine, addTo, constant } from "../ir/index-map.ts";
import { withElement } from "../ir/lists.ts";
import type { SetNumber, Sets } from "./sets.ts";

/** The number of the set of each element. Of arrays that grow without bound, one row: all rows have the same sets. */
export type Ids = Int32Array<ArrayBuffer>;
/** Undefined: no element depends on anything. */
export type MaybeIds = Ids | undefined;

/** Σ index[a] · strides[a] of every element, in row-major order. */
export function positions(shape: Shape, strides: readonly number[]): Int32Array {
  let at = new Int32Array(1);
  for (const [a, extent] of shape.entries()) {
    const next = new Int32Array(at.length * extent);
    let k = 0;
    for (const base of at) for (let i = 0; i < extent; i++) next[k++] = base + i * (strides[a] as number);
    at = next;
  }
  return at;
}

/** `count` unions: element k is in that of number `owner[k]`. */
export function collected(sets: Sets, count: number, owner: Int32Array, ids: Ids): Ids {
  const ends = new Int32Array(count + 1);
  for (let k = 0; k < ids.length; k++) if (ids[k] !== 0) ends[(owner[k] as number) + 1]!++;
  for (let o = 0; o < count; o++) ends[o + 1]! += ends[o] as number;
  const list = new Int32Array(ends[count] as number);
  const next = ends.slice(0, count);
  for (let k = 0; k < ids.length; k++) if (ids[k] !== 0) list[next[owner[k] as number]!++] = ids[k] as number;
  for (let o = 0; o < count; o++) next[o] = sets.unionOf(list, ends[o] as number, ends[o + 1] as number);
  return next;
}

/** Unions along `axes`, which disappear. */
export function reduced(sets: Sets, shape: Shape, axes: readonly number[], ids: Ids): Ids {
  const kept = shape.map((extent, a) => (axes.includes(a) ? 1 : extent));
  const strides = stridesOf(kept).map((s, a) => (axes.includes(a) ? 0 : s));
  const count = kept.reduce((n, d) => n * d, 1);
  return collected(sets, count, positions(shape, strides), ids);
}

export function unite(sets: Sets, a: MaybeIds, b: MaybeIds): MaybeIds {
  if (!a || !b || a === b) return a ?? b;
  const y = new Int32Array(a.length);
  for (let k = 0; k < y.length; k++) y[k] = sets.union(a[k] as SetNumber, b[k] as SetNumber);
  return y;
}

/** Boxes of the view that have one source each. */
function sourcesOf(node: Node, source: (index: readonly Affine[], box: Box) => ViewSource) {
  const rank = node.shape.length;
  const index = node.shape.map((_, axis) => withElement(constant(0, rank), axis + 1, 1));
  return cutting([node.shape.map((extent) => [0, extent] as const)], (ranges) => {
    try {
      return { ranges, source: source(index, new Box(ranges)) };
    } catch (e) {
      throw e instanceof Refusal ? halves(ranges) : e;
    }
  });
}
/** Where no cut along one axis decides: the longest side in two. */
function halves(ranges: Ranges): Split {
  const extents = ranges.map(([lo, hi]) => hi - lo);
  const axis = extents.indexOf(Math.max(...extents));
  const [lo, hi] = ranges[axis] as readonly [number, number];
  return new Split(axis, (lo + hi) >> 1);
}

export function viewed(node: Node, inputs: readonly MaybeIds[]): Ids {
  const { lower } = node.prim;
  if (lower.kind !== "view") throw new TypeError(node.prim.name);
  if (lower.flat && inputs[0]) return inputs[0];
  const y = new Int32Array(node.size);
  if (node.size === 0) return y;
  const strides = stridesOf(node.shape);
  for (const { ranges, source } of sourcesOf(node, (index, box) => lower.source(node, index, box))) {
    if (source === "zero") continue;
    const ids = inputs[source.input];
    if (!ids) continue;
    const at = "flat" in source ? source.flat : flattened(source.index, node.inputs[source.input] as Node);
    copyBox({ y, strides, ranges, ids, at }, 0, 0, at?.[0] ?? 0);
  }
  return y;
}
/** Coordinates as a row-major position. */
function flattened(index: readonly Affine[], x: Node): Affine | undefined {
  const strides = stridesOf(x.shape);
  const flat = (index[0] ?? []).map(() => 0);
  index.forEach((a, axis) => {
    addTo(flat, a, strides[axis] as number);
  });
  return flat.length === 0 ? undefined : flat;
}

interface BoxCopy {
  readonly y: Ids;
  readonly strides: readonly number[];
  readonly ranges: Ranges;
  readonly ids: Ids;
  /** Row-major position in `ids`; undefined: 0. */
  readonly at: Affine | undefined;
}
function copyBox(box: BoxCopy, axis: number, to: number, from: number): void {
  const { y, strides, ranges, ids, at } = box;
  if (axis === ranges.length) {
    y[to] = ids[from] as number;
    return;
  }
  const [lo, hi] = ranges[axis] as readonly [number, number];
  const [step, stride] = [strides[axis] as number, at?.[axis + 1] ?? 0];
  let [p, q] = [to + lo * step, from + lo * stride];
  const isLast = axis === ranges.length - 1;
  for (let i = lo; i < hi; i++) {
    if (isLast) y[p] = ids[q] as number;
    else copyBox(box, axis + 1, p, q);
    p += step;
    q += stride;
  }
}
