// The diagonal of two axes: a view whose strides are sums of strides. Its transpose is a masked broadcast.
import { fail } from "../errors.ts";
import { showAval } from "../ir/aval.ts";
import { make } from "../ir/build.ts";
import type { Node, Primitive } from "../ir/graph.ts";
import type { Affine } from "../ir/index-map.ts";
import { iota, iotaPrim } from "./leaf.ts";
import { eq, eqPrim, select } from "./logic.ts";
import { reshape, transpose } from "./shape.ts";
import { broadcast, constValue, full, isBroadcast, linearJvp, viewThroughMask } from "./spread.ts";

interface Pair {
  readonly a: number;
  readonly b: number;
}

/** Axes other than the pair. */
const others = (rank: number, { a, b }: Pair): number[] =>
  Array.from({ length: rank }, (_, i) => i).filter((i) => i !== a && i !== b);

/** Whether `x` is true exactly where its indices along `a` and `b` agree. */
function isIdentity(x: Node, { a, b }: Pair): boolean {
  if (x.prim !== eqPrim) return false;
  const axes = x.inputs.map((i) =>
    i.prim === (iotaPrim as unknown as Primitive) ? (i.params as { axis: number }).axis : -1,
  );
  return axes.includes(a) && axes.includes(b);
}

export const diagonalPrim: Primitive<Pair> = {
  name: "diagonal",
  aval([x], { a, b }) {
    const { shape } = x!;
    if (!(a < b) || shape[a] !== shape[b])
      fail("shape", `diagonal: axes ${a} and ${b} of ${showAval(x!)} must have one extent`);
    return {
      shape: [...others(shape.length, { a, b }).map((i) => shape[i] as number), shape[a] as number],
      dtype: x!.dtype,
    };
  },
  simplify([x], pair, aval) {
    const { a, b } = pair;
    const c = constValue(x!);
    if (c !== undefined) return full(aval.shape, c, aval.dtype);
    if (isIdentity(x!, pair)) return full(aval.shape, 1, "bool");
    if (x!.shape[a] === 1) return reshape(x!, aval.shape);
    if (isBroadcast(x!)) {
      const { axes } = x!.params as { axes: readonly number[] };
      if (axes.includes(a) && axes.includes(b)) return undefined;
      // At most one of the two axes has elements of its own: it becomes the last axis.
      const last = aval.shape.length - 1;
      const kept = others(x!.shape.length, pair);
      const at = axes.map((axis) => (axis === a || axis === b ? last : kept.indexOf(axis)));
      const order = at.map((_, i) => i).sort((i, j) => (at[i] as number) - (at[j] as number));
      return broadcast(
        transpose(x!.inputs[0] as Node, order),
        aval.shape,
        order.map((i) => at[i] as number),
      );
    }
    return viewThroughMask(x!, (y) => diagonal(y, a, b));
  },
  jvp: linearJvp,
  transpose: (node, ct) => [spread(ct, (node.inputs[0] as Node).shape.length, node.params)],
  batch: (node, inputs) => diagonal(inputs[0]!, node.params.a + 1, node.params.b + 1),
  lower: {
    kind: "view",
    source(node, index) {
      const { a, b } = node.params;
      const at: Affine[] = [];
      others(index.length + 1, node.params).forEach((axis, i) => {
        at[axis] = index[i] as Affine;
      });
      at[a] = at[b] = index[index.length - 1] as Affine;
      return { input: 0, index: at };
    },
  },
};

/** Zeros of `rank` axes with `d` on the diagonal of the pair. */
function spread(d: Node, rank: number, pair: Pair): Node {
  const { a, b } = pair;
  const n = d.shape.at(-1) as number;
  const kept = others(rank, pair);
  const shape: number[] = [];
  kept.forEach((axis, i) => {
    shape[axis] = d.shape[i] as number;
  });
  shape[a] = shape[b] = n;
  // The last axis of d goes where axis a is among those that remain without b.
  const perm = Array.from({ length: rank - 1 }, (_, i) => i).map((i) => (i < a ? i : i === a ? rank - 2 : i - 1));
  const axes = Array.from({ length: rank }, (_, i) => i).filter((i) => i !== b);
  return select(eq(iota(shape, a, "int32"), iota(shape, b, "int32")), broadcast(transpose(d, perm), shape, axes), 0);
}

/** The elements of `x` whose indices along axes `a` < `b` agree; these axes leave, the diagonal becomes the last one.
 * @shape x [.., n, .., n, ..] → [.., n] */
export const diagonal = (x: Node, a: number, b: number): Node => make(diagonalPrim, [x], { a, b });

/** Matrices with the last axis of `d` on their diagonals and exact zeros beside it. @shape d [.., n] → [.., n, n] */
export const diagonalMatrix = (d: Node): Node =>
  spread(d, d.shape.length + 1, { a: d.shape.length - 1, b: d.shape.length });
