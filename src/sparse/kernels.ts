// What the results of kernels on whole arrays read, by family (`Reads` in ir/graph.ts). A kernel of no family reads
// all.
import { type Data, type Shape, sizeOf, stridesOf } from "../ir/aval.ts";
import type { Node, Reads } from "../ir/graph.ts";
import type { Windows } from "../primitives/convolution.ts";
import { collected, type Ids, type MaybeIds, positions, reduced, unite } from "./places.ts";
import type { Sets } from "./sets.ts";

/** What a rule is asked with: the sets of the inputs, and the values of those that are known. */
export interface Asked {
  readonly sets: Sets;
  readonly inputs: readonly MaybeIds[];
  known(x: Node): Data | undefined;
}
type Rule = (node: Node, asked: Asked) => Ids;

const filled = (size: number, of: (k: number) => number): Ids => {
  const y = new Int32Array(size);
  for (let k = 0; k < size; k++) y[k] = of(k);
  return y;
};

/** Everything that moves. */
export function all(sets: Sets, inputs: readonly MaybeIds[]): number {
  const each = inputs.flatMap((ids) => (ids ? [sets.unionOf(ids, 0, ids.length)] : []));
  return each.reduce((a, b) => sets.union(a, b), 0);
}

/** The row that an index means: negative ones count from the end, then all are clamped. */
const rowOf = (index: number, extent: number): number =>
  Math.max(0, Math.min(extent - 1, index < 0 ? index + extent : index));

/** Elements of input 0 along an axis, picked by input 1. */
export function gathered(node: Node, { sets, inputs, known }: Asked): Ids {
  const x = node.inputs[0] as Node;
  const { axis } = node.params as { axis: number };
  const ids = inputs[0] as Ids;
  const index = known(node.inputs[1] as Node);
  const extent = x.shape[axis] as number;
  const inner = sizeOf(x.shape.slice(axis + 1));
  const count = (node.inputs[1] as Node).size;
  const united = index ? undefined : reduced(sets, x.shape, [axis], ids);
  return filled(node.size, (k) => {
    const i = k % inner;
    const rest = (k - i) / inner;
    const o = Math.floor(rest / count);
    if (united) return united[o * inner + i] as number;
    return ids[(o * extent + rowOf((index as Data)[rest - o * count] as number, extent)) * inner + i] as number;
  });
}

/** Input 0 with rows of input 2 added where input 1 says. */
function scattered(node: Node, { sets, inputs, known }: Asked): Ids {
  const [x, idx] = node.inputs as [Node, Node];
  const [into, , rows] = inputs;
  if (!rows) return into as Ids;
  const inner = x.size / Math.max(1, x.shape[0] as number);
  const index = known(idx);
  const own = into ?? new Int32Array(x.size);
  if (!index) {
    const any = collected(sets, inner, filled(rows.length, (k) => k % inner) as Int32Array, rows);
    return filled(x.size, (k) => sets.union(own[k] as number, any[k % inner] as number));
  }
  const ids = new Int32Array(own.length + rows.length);
  ids.set(own);
  ids.set(rows, own.length);
  const owner = filled(ids.length, (k) => {
    if (k < own.length) return k;
    const r = k - own.length;
    const i = r % inner;
    return rowOf(index[(r - i) / inner] as number, x.shape[0] as number) * inner + i;
  });
  return collected(sets, x.size, owner, ids);
}

/** Σ_k a[.., m, k] · b[.., k, n]; zeros of a known factor are no terms. */
function contracted(node: Node, { sets, inputs, known }: Asked): Ids {
  const [m, n] = node.shape.slice(-2) as [number, number];
  const k = (node.inputs[0] as Node).shape.at(-1) as number;
  const terms = (which: 0 | 1): MaybeIds => {
    const ids = inputs[which];
    if (!ids) return undefined;
    const { shape } = node.inputs[which] as Node;
    const factor = inputs[1 - which] ? undefined : known(node.inputs[1 - which] as Node);
    if (!factor?.includes(0)) {
      const lines = reduced(sets, shape, [shape.length - 1 - which], ids);
      return filled(
        node.size,
        (e) => lines[which === 0 ? Math.floor(e / n) : Math.floor(e / (m * n)) * n + (e % n)] as number,
      );
    }
    const list = new Int32Array(k);
    return filled(node.size, (e) => {
      const c = e % n;
      const r = ((e - c) / n) % m;
      const matrix = Math.floor(e / (m * n));
      let count = 0;
      for (let i = 0; i < k; i++) {
        const [p, q] = [(matrix * m + r) * k + i, (matrix * k + i) * n + c];
        if (factor[which === 0 ? q : p] !== 0) list[count++] = ids[which === 0 ? p : q] as number;
      }
      return sets.unionOf(list, 0, count);
    });
  };
  return unite(sets, terms(0), terms(1)) as Ids;
}

/** All elements up to here along an axis. */
function running(node: Node, { sets, inputs }: Asked): Ids {
  const { axis, reverse } = node.params as { axis: number; reverse: boolean };
  const ids = inputs.reduce((a, b) => unite(sets, a, b)) as Ids;
  const step = stridesOf(node.shape)[axis] as number;
  const extent = node.shape[axis] as number;
  const y = ids.slice();
  for (const first of positions(
    node.shape.map((d, a) => (a === axis ? 1 : d)),
    stridesOf(node.shape),
  ))
    for (let i = 1; i < extent; i++) {
      const k = first + (reverse ? extent - 1 - i : i) * step;
      y[k] = sets.union(y[k + (reverse ? step : -step)] as number, y[k] as number);
    }
  return y;
}

/** The last axis but one, or the last two, are read whole; the results have the others. */
const matrixwise =
  (summed: 1 | 2): Rule =>
  (node, { sets, inputs }) => {
    const rank = node.shape.length;
    const lines = inputs.reduce<MaybeIds>((found, ids, i) => {
      if (!ids) return found;
      const { shape } = node.inputs[i] as Node;
      return unite(sets, found, reduced(sets, shape, summed === 1 ? [rank - 2] : [rank - 2, rank - 1], ids));
    }, undefined) as Ids;
    const [m, n] = node.shape.slice(-2) as [number, number];
    return filled(
      node.size,
      (k) => lines[summed === 1 ? Math.floor(k / (m * n)) * n + (k % n) : Math.floor(k / (m * n))] as number,
    );
  };

/** Places of x, along one axis, that place p of the result sees: of each place of the window, or -1. */
function windowPlaces(x: Shape, w: Shape, y: Shape, p: Windows, axis: number): readonly (readonly number[])[] {
  const [stride, spread, dilation] = [p.stride, p.spread, p.dilation].map((list) => list[axis] as number) as [
    number,
    number,
    number,
  ];
  const low = (p.padding[axis] as readonly [number, number])[0];
  return Array.from({ length: y[3 + axis] as number }, (_, at) =>
    Array.from({ length: w[3 + axis] as number }, (_, k) => {
      const q = at * stride + k * dilation - low;
      return q >= 0 && q % spread === 0 && q / spread < (x[3 + axis] as number) ? q / spread : -1;
    }),
  );
}

/** y[g, n, o, p] = Σ w[g, o, c, k] · x[g, n, c, places seen from p]. */
function windowed(node: Node, { sets, inputs }: Asked): Ids {
  const [x, w] = node.inputs as [Node, Node];
  const params = node.params as Windows;
  // Channels are summed whatever the place.
  const [images, filters] = inputs.map((ids, i) => ids && reduced(sets, (node.inputs[i] as Node).shape, [2], ids));
  const axes = params.stride.map((_, a) => windowPlaces(x.shape, w.shape, node.shape, params, a));
  const [groups, n, o] = node.shape as readonly number[] as [number, number, number];
  const [rows, columns] = axes.length === 2 ? (axes as [number[][], number[][]]) : [[[0]], axes[0] as number[][]];
  const [area, window] = [sizeOf(x.shape.slice(3)), sizeOf(w.shape.slice(3))];
  const width = x.shape.at(-1) as number;
  const [list, other] = [new Int32Array(window), new Int32Array(window)];
  const y = new Int32Array(node.size);
  let e = 0;
  for (let g = 0; g < groups; g++)
    for (let i = 0; i < n; i++)
      for (let c = 0; c < o; c++)
        for (const seenRows of rows)
          for (const seenColumns of columns) {
            let [count, k] = [0, 0];
            for (const r of seenRows)
              for (const q of seenColumns) {
                const at = k++;
                if (r < 0 || q < 0) continue;
                other[count] = filters?.[(g * o + c) * window + at] ?? 0;
                list[count++] = images?.[(g * n + i) * area + r * width + q] ?? 0;
              }
            y[e++] = sets.union(sets.unionOf(list, 0, count), sets.unionOf(other, 0, count));
          }
  return y;
}

const everything: Rule = (node, { sets, inputs }) => new Int32Array(node.size).fill(all(sets, inputs));

const RULES: Readonly<Record<Exclude<Reads, "product">, Rule>> = {
  contraction: contracted,
  scatter: scattered,
  running,
  windows: windowed,
  columns: /* @__PURE__ */ matrixwise(1),
  matrices: /* @__PURE__ */ matrixwise(2),
};

/** The sets of a kernel's result. */
export const called: Rule = (node, asked) => {
  const { reads } = node.prim;
  return (reads && reads !== "product" ? RULES[reads] : everything)(node, asked);
};
