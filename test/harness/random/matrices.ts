// Linear algebra of random programs: solves, factorizations and functions of square matrices.
import {
  type Arg,
  anyArray,
  type Drawing,
  type Operation,
  oneOf,
  type RArray,
  type Ref,
  range,
  upTo,
} from "./arrays.ts";
import { of1, sum } from "./elementwise.ts";
import {
  array,
  choleskyOf,
  column,
  div,
  eighOf,
  eliminate,
  expmOf,
  float,
  identity,
  like,
  loose,
  type Matrix,
  mul,
  qrOf,
  rows,
  scaled,
  solved,
  times,
  transposed,
  triangle,
} from "./factorizations.ts";
import type { Tape } from "./tape.ts";

export const square =
  (n = 4) =>
  (a: RArray): boolean =>
    a.shape.length === 2 && a.shape[0] === a.shape[1] && a.shape[0]! <= n && a.shape[0]! >= 1;
/** A square matrix far from singular: squashed entries beside a large diagonal. */
export function regular(g: Drawing, positive = false): Ref | undefined {
  const x = anyArray(g, square()) ?? smallSquare(g);
  if (!x) return undefined;
  const n = x[1].shape[0]!;
  const soft = g.step("tanh", [x[0]]);
  const whole = positive && soft ? g.step("add", [soft, g.step("transpose", [soft]) as Ref]) : soft;
  const diagonal = {
    captured: range(n * n).map((k) => (k % (n + 1) === 0 ? 2.5 * n + k / 16 : 0)),
    shape: [n, n],
    kind: "float",
  } as const;
  return whole && g.step("add", [whole, diagonal]);
}
/** A matrix of independent columns, with a row or two more than columns. */
export function tall(g: Drawing): Ref | undefined {
  const a = regular(g);
  const n = a ? g.array(a).shape[0]! : 0;
  return a && g.step("concat", [[a, g.captured([1 + upTo(g, 1), n])]]);
}
export function smallSquare(g: Drawing): [Ref, RArray] | undefined {
  const x = anyArray(g, (a) => a.data.length >= 4);
  const flat = x && g.step("ravel", [x[0]]);
  const n = x && x[1].data.length >= 9 && g.chance(0.5) ? 3 : 2;
  const cut = flat && n && g.step("slice", [flat, [0, n * n]]);
  const made = cut && n && g.step("reshape", [cut, [n, n]]);
  return made && [made, g.array(made)];
}
const ofSquare = (
  name: string,
  reference: (t: Tape, a: Matrix) => RArray | RArray[],
  positive = false,
  weight = 1,
): Operation => ({
  name,
  weight,
  reference: (t, a: RArray) => reference(t, rows(a)),
  draw(g) {
    const a = regular(g, positive);
    return a && [a];
  },
});
const rightSide = (g: Drawing, n: number): Arg =>
  g.pick((b) => (b.shape.length === 1 || b.shape.length === 2) && b.shape[0] === n && b.data.length <= 12) ??
  g.captured([n]);
const solver = (
  name: string,
  reference: (t: Tape, a: Matrix, b: Matrix, options?: never) => Matrix,
  positive = false,
  more: (g: Drawing) => Arg[] = () => [],
): Operation => ({
  name,
  reference: (t, a: RArray, b: RArray, options) => like(b, reference(t, rows(a), column(b), options as never)),
  draw(g) {
    const a = regular(g, positive);
    return a && [a, rightSide(g, g.array(a).shape[0]!), ...more(g)];
  },
});

/** Least squares by the normal equations. */
function normal(t: Tape, a: Matrix, b: Matrix): Matrix {
  const adjoint = transposed(loose(t, a, 4, true));
  return solved(t, times(t, adjoint, transposed(adjoint)), times(t, adjoint, b));
}

const decompositions: Operation[] = [
  solver("solve", solved),
  {
    ...solver("lstsq", (t, a, b) => (a.length === a[0]!.length ? solved(t, a, b) : normal(t, a, b))),
    draw(g) {
      const a = g.chance(0.5) ? tall(g) : regular(g);
      return a && [a, rightSide(g, g.array(a).shape[0]!)];
    },
  },
  solver("choSolve", (t, l, b) => triangle(t, transposed(l), triangle(t, l, b, true, false), false, false)),
  solver(
    "triangularSolve",
    (t, a, b, options: { lower?: boolean; transposeA?: boolean; unitDiagonal?: boolean } = {}) => {
      const m = options.transposeA ? transposed(a) : a;
      return triangle(t, m, b, Boolean(options.lower) !== Boolean(options.transposeA), Boolean(options.unitDiagonal));
    },
    false,
    (g) => [
      oneOf<Arg>(
        g,
        {},
        { lower: true },
        { lower: true, transposeA: true },
        { transposeA: true },
        { lower: true, unitDiagonal: true },
      ),
    ],
  ),
  ofSquare("inv", (t, a) => array(solved(t, a, identity(t, a.length)))),
  ofSquare("det", (t, a) => {
    const { pivots, swaps } = eliminate(
      t,
      a,
      a.map(() => []),
    );
    return float([], [pivots.reduce((p, id) => mul(t, p, id), t.constant(swaps % 2 ? -1 : 1))]);
  }),
  {
    results: ["sign", "logabsdet"],
    ...ofSquare("slogdet", (t, a) => {
      const { pivots, swaps } = eliminate(
        t,
        a,
        a.map(() => []),
      );
      const sign = pivots.reduce((s, id) => s * Math.sign(t.get(id)), swaps % 2 ? -1 : 1);
      return [
        float([], [t.constant(sign)]),
        float(
          [],
          [
            sum(
              t,
              pivots.map((id) => of1(t, "log", of1(t, "abs", id))),
            ),
          ],
        ),
      ];
    }),
  },
  ofSquare("cholesky", (t, a) => array(choleskyOf(t, a)), true),
  {
    results: ["permutation", "l", "u"],
    ...ofSquare("lu", (t, a) => {
      const { lower, upper, order } = eliminate(
        t,
        a,
        a.map(() => []),
      );
      return [{ shape: [order.length], kind: "int32", data: order }, array(lower), array(upper)];
    }),
  },
  {
    results: ["q", "r"],
    ...ofSquare("qr", (t, a) => {
      const { q, r } = qrOf(t, a);
      return [array(loose(t, q)), array(r)];
    }),
    draw(g) {
      const a = g.chance(0.5) ? tall(g) : regular(g);
      return a && [a];
    },
  },
  ofSquare(
    "matrixExp",
    (t, a) =>
      array(
        expmOf(
          t,
          a.map((r) => r.map((id) => scaled(t, id, 1))),
        ),
      ),
    false,
    0,
  ),
  {
    name: "matrixExp",
    reference: (t, a: RArray) => array(expmOf(t, rows(a))),
    draw(g) {
      const x = anyArray(g, square(3)) ?? smallSquare(g);
      const soft = x && g.step("tanh", [x[0]]);
      return soft && [soft];
    },
  },
  {
    // Its vectors are known up to their sign, so their squares are what the program goes on with.
    name: "eigh",
    results: ["eigenvalues", "eigenvectors"],
    hidden: [1],
    after: (g, results) => void g.step("square", [results[1]!]),
    reference: (t, a: RArray) => {
      const { values, vectors } = eighOf(t, rows(a));
      return [float([values.length], values), array(vectors)];
    },
    draw(g) {
      const a = regular(g, true);
      return a && [a];
    },
  },
  {
    name: "svd",
    results: ["u", "s", "vt"],
    hidden: [0, 2],
    after: (g, results) => void g.step("square", [results[oneOf(g, 0, 2)]!]),
    reference: (t, a: RArray) => {
      const wide = a.shape[0]! < a.shape[1]!;
      const m = loose(t, wide ? transposed(rows(a)) : rows(a));
      const { values, vectors } = eighOf(t, times(t, transposed(m), m));
      const s = values.map((id) => of1(t, "sqrt", id)).reverse();
      const v = vectors.map((r) => [...r].reverse());
      const u = times(t, m, v).map((r) => r.map((id, j) => div(t, id, s[j]!)));
      return [array(wide ? v : u), float([s.length], s), array(transposed(wide ? u : v))];
    },
    draw(g) {
      const a = g.chance(0.5) ? tall(g) : regular(g);
      return a && [g.chance(0.3) ? (g.step("transpose", [a]) as Ref) : a];
    },
  },
];

/** Singular matrices: their factors are not unique, and how they overflow says nothing. */
const settled = (t: Tape, made: RArray | readonly RArray[]): RArray | readonly RArray[] => {
  const ids = (Array.isArray(made) ? (made as RArray[]) : [made as RArray])
    .filter((a) => a.kind === "float")
    .flatMap((a) => a.data);
  if (ids.some((id) => !Number.isFinite(t.get(id))))
    for (const id of ids) if (t.parents[id]!.length > 0 || !t.active[id]) t.unsure(id);
  return made;
};
export const matrixOperations: readonly Operation[] = decompositions
  .filter((o) => o.weight !== 0)
  .map((o): Operation => ({ ...o, heavy: true, reference: (t, ...args) => settled(t, o.reference(t, ...args)) }));
