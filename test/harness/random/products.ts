// Products of random programs: matrices and tensors, distances.
import {
  type Arg,
  anyArray,
  broadcastShapes,
  type Drawing,
  eachIndex,
  expand,
  lines,
  make,
  type Operation,
  oneOf,
  place,
  type RArray,
  type Ref,
  range,
  same,
  sizeOf,
  toArray,
  upTo,
  withRank,
} from "./arrays.ts";
import { dotOf, of1, sum } from "./elementwise.ts";
import { array, float, identity, loose, mul, rows, sub, times } from "./factorizations.ts";
import { euclidean } from "./folds.ts";
import { smallSquare, square } from "./matrices.ts";
import type { Tape } from "./tape.ts";

const products: Operation[] = [
  {
    name: "matmul",
    weight: 3,
    reference: (t, x: RArray | number, y: RArray | number) => matmulOf(t, toArray(t, x), toArray(t, y)),
    draw: (g) => contraction(g),
  },
  {
    name: "dot",
    weight: 1.5,
    reference: (t, x: RArray, y: RArray) =>
      x.shape.length === 0 || y.shape.length === 0 ? mulOf(t, x, y) : matmulOf(t, x, y),
    draw: (g) => contraction(g),
  },
  {
    name: "vdot",
    reference: (t, x: RArray, y: RArray) =>
      float([], [x.shape.length === 0 ? mul(t, x.data[0]!, y.data[0]!) : dotOf(t, x.data, y.data)]),
    draw(g) {
      const x = anyArray(g);
      const y =
        x &&
        g.pick((b) => sizeOf(b.shape) === sizeOf(x[1].shape) && (b.shape.length === 0) === (x[1].shape.length === 0));
      return y && [x[0], y];
    },
  },
  {
    name: "inner",
    reference: (t, x: RArray, y: RArray) => {
      const [a, b] = [lines(x, [x.shape.length - 1]), lines(y, [y.shape.length - 1])];
      return float(
        [...a.shape, ...b.shape],
        a.groups.flatMap((p) => b.groups.map((q) => dotOf(t, p, q))),
      );
    },
    draw: (g) => sameLast(g),
  },
  {
    name: "tensordot",
    reference: (t, x: RArray, y: RArray) => {
      const [a, b] = [lines(x, [x.shape.length - 1]), lines(y, [0])];
      return float(
        [...a.shape, ...b.shape],
        a.groups.flatMap((p) => b.groups.map((q) => dotOf(t, p, q))),
      );
    },
    draw(g) {
      const x = anyArray(g, withRank(1, 2));
      const y = x && g.pick((b) => withRank(1, 2)(b) && b.shape[0] === x[1].shape.at(-1));
      return y && [x[0], y, 1];
    },
  },
  {
    name: "vecdot",
    reference: (t, x: RArray, y: RArray) => {
      const shape = broadcastShapes([x.shape, y.shape])!;
      const [a, b] = [lines(expand(x, shape), [shape.length - 1]), lines(expand(y, shape), [shape.length - 1])];
      return float(
        a.shape,
        a.groups.map((p, i) => dotOf(t, p, b.groups[i]!)),
      );
    },
    draw(g) {
      const x = anyArray(g, withRank(1, 3));
      const y = x && g.pick((b) => same(b.shape, x[1].shape));
      return y && [x[0], y];
    },
  },
  {
    name: "outer",
    reference: (t, x: RArray, y: RArray) =>
      make([x.data.length, y.data.length], ([i, j]) => mul(t, x.data[i!]!, y.data[j!]!)),
    draw(g) {
      const x = anyArray(g, (a) => a.data.length <= 8);
      const y = x && g.pick((a) => a.data.length <= 8);
      return y && [x[0], y];
    },
  },
  {
    name: "cross",
    reference: (t, x: RArray, y: RArray) => {
      const shape = broadcastShapes([x.shape, y.shape])!;
      const [a, b] = [expand(x, shape), expand(y, shape)];
      return along3(shape, (at) => {
        const [p, q] = [a, b].map((z) => range(3).map((k) => z.data[place(shape, [...at, k])]!)) as [
          number[],
          number[],
        ];
        return range(3).map((k) => {
          const [i, j] = [(k + 1) % 3, (k + 2) % 3];
          return sub(t, mul(t, p[i]!, q[j]!), mul(t, p[j]!, q[i]!));
        });
      });
    },
    draw(g) {
      const x = anyArray(g, (a) => a.shape.at(-1) === 3) ?? three(g);
      const y =
        x &&
        (g.chance(0.7)
          ? g.pick((b) => b.shape.at(-1) === 3 && broadcastShapes([b.shape, x[1].shape]) !== undefined)
          : g.captured([3]));
      return y && [x[0], y];
    },
  },
  {
    name: "squaredDistances",
    reference: (t, x: RArray, y: RArray) =>
      distances(t, x, y, (ids) =>
        sum(
          t,
          ids.map((id) => of1(t, "square", id)),
        ),
      ),
    draw: (g) => points(g),
  },
  {
    name: "cdist",
    reference: (t, x: RArray, y: RArray, { p = 2 }: { p?: number } = {}) =>
      distances(t, x, y, (ids) =>
        p === 2
          ? euclidean(t, ids)
          : sum(
              t,
              ids.map((id) => of1(t, "abs", id)),
            ),
      ),
    draw(g) {
      const args = points(g);
      return args && [...args, ...(g.chance(0.3) ? [{ p: 1 }] : [])];
    },
  },
  {
    name: "kron",
    reference: (t, x: RArray, y: RArray) => {
      const [[m, n], [p, q]] = [x.shape, y.shape] as [[number, number], [number, number]];
      return make([m * p, n * q], ([i, j]) =>
        mul(
          t,
          x.data[place([m, n], [Math.floor(i! / p), Math.floor(j! / q)])]!,
          y.data[place([p, q], [i! % p, j! % q])]!,
        ),
      );
    },
    draw(g) {
      const x = anyArray(g, (a) => a.shape.length === 2 && a.data.length <= 9);
      const y = x && g.pick((a) => a.shape.length === 2 && a.data.length <= 9);
      return y && [x[0], y];
    },
  },
  {
    name: "matrixPower",
    reference: (t, x: RArray, n: number) => {
      let m = identity(t, x.shape[0]!);
      for (let k = 0; k < n; k++) m = k === 0 ? rows(x) : times(t, rows(x), m);
      return array(loose(t, m, 4));
    },
    draw(g) {
      const x = anyArray(g, square()) ?? smallSquare(g);
      const soft = x && g.step("tanh", [x[0]]);
      return soft && [soft, 1 + upTo(g, 2)];
    },
  },
  {
    name: "einsum",
    weight: 2,
    reference: (t, spec: string, ...xs: RArray[]) => einsumOf(t, spec, xs),
    draw(g) {
      const x = anyArray(g, withRank(1, 2));
      if (!x) return undefined;
      const [n, m] = x[1].shape;
      if (x[1].shape.length === 1) {
        const y = g.pick((b) => same(b.shape, [n!]));
        return y && [oneOf(g, "i,i->", "i,i->i", "i,j->ij"), ...[x[0], y]];
      }
      if (n === m && g.chance(0.3)) return [oneOf(g, "ii->", "ii->i"), x[0]];
      const y = g.pick((b) => b.shape.length === 2 && b.shape[0] === m);
      const z = g.pick((b) => same(b.shape, x[1].shape));
      return y && g.chance(0.6)
        ? [oneOf(g, "ij,jk->ik", "ij,jk->ki", "ij,jk->i", "ij,jk->"), x[0], y]
        : z && [oneOf(g, "ij,ij->", "ij,ij->j", "ij,kj->ik"), x[0], z];
    },
  },
];
function einsumOf(t: Tape, spec: string, xs: readonly RArray[]): RArray {
  const [left, out] = spec.split("->") as [string, string];
  const names = left.split(",");
  const extent = new Map<string, number>();
  names.forEach((s, i) => {
    [...s].forEach((c, a) => extent.set(c, xs[i]!.shape[a]!));
  });
  const inner = [...extent.keys()].filter((c) => !out.includes(c));
  const shape = [...out].map((c) => extent.get(c)!);
  const innerShape = inner.map((c) => extent.get(c)!);
  // An axis of one operand alone may be summed before the product, which infinities can tell.
  const early = inner.some((c) => names.filter((s) => s.includes(c)).length === 1);
  return make(shape, (index) => {
    const value = new Map([...out].map((c, i) => [c, index[i]!]));
    const [p, q]: number[][] = [[], []];
    for (let k = 0; k < sizeOf(innerShape); k++) {
      let rest = k;
      for (let i = inner.length - 1; i >= 0; i--) {
        value.set(inner[i]!, rest % innerShape[i]!);
        rest = Math.floor(rest / innerShape[i]!);
      }
      const of = (i: number): number =>
        xs[i]!.data[
          place(
            xs[i]!.shape,
            [...names[i]!].map((c) => value.get(c)!),
          )
        ]!;
      p!.push(of(0));
      q!.push(xs.length > 1 ? of(1) : t.constant(1));
    }
    if (inner.length === 0) return xs.length > 1 ? mul(t, p![0]!, q![0]!) : p![0]!;
    if (xs.length === 1) return sum(t, p!);
    const y = dotOf(t, p!, q!);
    return early && [...p!, ...q!].some((id) => !Number.isFinite(t.get(id))) ? t.lost(y) : y;
  });
}
const mulOf = (t: Tape, x: RArray, y: RArray): RArray => {
  const shape = broadcastShapes([x.shape, y.shape])!;
  const [a, b] = [expand(x, shape), expand(y, shape)];
  return float(
    shape,
    a.data.map((id, i) => mul(t, id, b.data[i]!)),
  );
};
function matmulOf(t: Tape, x: RArray, y: RArray): RArray {
  const a = x.shape.length === 1 ? [x.data as number[]] : rows(x);
  const b = y.shape.length === 1 ? (y.data as number[]).map((id) => [id]) : rows(y);
  const m = times(t, a, b);
  return float(
    [...(x.shape.length === 1 ? [] : [m.length]), ...(y.shape.length === 1 ? [] : [m[0]!.length])],
    m.flat(),
  );
}
function contraction(g: Drawing): Arg[] | undefined {
  const x = anyArray(g, withRank(1, 2));
  if (!x) return undefined;
  const n = x[1].shape.at(-1)!;
  const y = g.chance(0.2)
    ? g.captured(g.chance(0.5) ? [n] : [n, 1 + upTo(g, 3)])
    : g.pick((b) => withRank(1, 2)(b) && b.shape[0] === n);
  return y && [x[0], y];
}
/** An array of `shape`, whose vectors along the last axis are given. */
function along3(shape: readonly number[], vector: (at: readonly number[]) => readonly number[]): RArray {
  const lead = shape.slice(0, -1);
  const data: number[] = [];
  eachIndex(lead as number[], (at) => data.push(...vector(at)));
  return float(shape, data);
}
function three(g: Drawing): [Ref, RArray] | undefined {
  const x = anyArray(g, (a) => a.data.length >= 3);
  const made = x && g.step("slice", [g.step("ravel", [x[0]]) as Ref, [0, 3]]);
  return made && [made, g.array(made)];
}
function distances(t: Tape, x: RArray, y: RArray, length: (ids: readonly number[]) => number): RArray {
  const [a, b] = [rows(x), rows(y)];
  return float(
    [a.length, b.length],
    a.flatMap((p) => b.map((q) => length(p.map((id, k) => sub(t, id, q[k]!))))),
  );
}
function points(g: Drawing): Arg[] | undefined {
  const x = anyArray(g, (a) => a.shape.length === 2 && a.data.length <= 12);
  const y =
    x &&
    (g.chance(0.7)
      ? g.pick((b) => b.shape.length === 2 && b.shape[1] === x[1].shape[1] && b.data.length <= 12)
      : undefined);
  return x && [x[0], y ?? g.captured([2, x[1].shape[1]!])];
}
function sameLast(g: Drawing): Arg[] | undefined {
  const x = anyArray(g, withRank(1, 2));
  const y = x && g.pick((b) => withRank(1, 2)(b) && b.shape.at(-1) === x[1].shape.at(-1));
  return y && [x[0], y];
}

export const productOperations: readonly Operation[] = products;
