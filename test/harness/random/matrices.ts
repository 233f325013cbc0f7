// Products and linear algebra of random programs. Factorizations are small and written out number by number.
import {
  type Arg,
  anyArray,
  axisOf,
  broadcastShapes,
  type Drawing,
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
import { dotOf, of1, of2, sum } from "./elementwise.ts";
import type { Tape } from "./tape.ts";
import { wide } from "./wide.ts";

type Matrix = number[][];
const float = (shape: readonly number[], data: readonly number[]): RArray => ({ shape, kind: "float", data });
const rows = (a: RArray): Matrix => range(a.shape[0]!).map((i) => a.data.slice(i * a.shape[1]!, (i + 1) * a.shape[1]!));
const array = (m: Matrix): RArray => float([m.length, m[0]?.length ?? 0], m.flat());
const transposed = (m: Matrix): Matrix => range(m[0]?.length ?? 0).map((j) => m.map((r) => r[j]!));
const times = (t: Tape, a: Matrix, b: Matrix): Matrix => {
  const columns = transposed(b);
  return a.map((r) => columns.map((c) => dotOf(t, r, c)));
};
const column = (b: RArray): Matrix => (b.shape.length === 1 ? b.data.map((id) => [id]) : rows(b));
const like = (b: RArray, m: Matrix): RArray => (b.shape.length === 1 ? float([m.length], m.flat()) : array(m));
const [add, sub, mul, div] = ["add", "sub", "mul", "div"].map((name) => (t: Tape, a: number, b: number) => of2(t, name, a, b)) as [
  Op,
  Op,
  Op,
  Op,
];
type Op = (t: Tape, a: number, b: number) => number;
/**
 * A copy that every correct program may round differently. Factorizations are right for a matrix nearby, in the size of its largest
 * entries: with `mixed`, noise makes every entry, and every derivative, a little dependent on all others.
 */
const loose = (t: Tape, m: Matrix, roundoffs = 16, mixed = false): Matrix => {
  const all = m.flat();
  const finite = all.every((id) => Number.isFinite(t.get(id)));
  const noise = mixed && finite ? t.noise : undefined;
  const u = t.single ? 2 ** -24 : 2 ** -53;
  return m.map((r) =>
    r.map((id) => {
      const near = { of: roundoffs * Math.abs(t.get(id)) || 1e-300 };
      if (!noise) {
        const copy = t.node(t.get(id), near, [id], [wide(1)]);
        return finite ? copy : t.unsure(copy);
      }
      const factors = all.map((other) => (other === id ? 1 : (noise() < 0.5 ? -1 : 1) * (0.5 + noise()) * roundoffs * u));
      return t.node(
        all.reduce((s, other, k) => s + factors[k]! * t.get(other), 0),
        near,
        all,
        factors.map(wide),
      );
    }),
  );
};

/** Gaussian elimination with partial pivoting: A·X = B, and the determinant. */
function eliminate(
  t: Tape,
  a: Matrix,
  b: Matrix,
): { x: Matrix; pivots: number[]; swaps: number; lower: Matrix; upper: Matrix; order: number[] } {
  const n = a.length;
  const [m, r] = [loose(t, a, 4, true), loose(t, b)];
  const order = range(n);
  const lower = m.map(() => range(n).map(() => t.constant(0)));
  let swaps = 0;
  for (let k = 0; k < n; k++) {
    let p = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(t.get(m[i]![k]!)) > Math.abs(t.get(m[p]![k]!))) p = i;
    t.decide(p);
    if (p !== k) {
      for (const list of [m, r, lower, order] as unknown[][]) [list[k], list[p]] = [list[p], list[k]];
      swaps++;
    }
    lower[k]![k] = t.constant(1);
    for (let i = k + 1; i < n; i++) {
      const l = div(t, m[i]![k]!, m[k]![k]!);
      lower[i]![k] = l;
      m[i] = m[i]!.map((id, j) => (j > k ? sub(t, id, mul(t, l, m[k]![j]!)) : id));
      r[i] = r[i]!.map((id, j) => sub(t, id, mul(t, l, r[k]![j]!)));
    }
  }
  const x: Matrix = range(n).map(() => []);
  for (let i = n - 1; i >= 0; i--)
    x[i] = (r[i] ?? []).map((id, c) => {
      let s = id;
      for (let j = i + 1; j < n; j++) s = sub(t, s, mul(t, m[i]![j]!, x[j]![c]!));
      return div(t, s, m[i]![i]!);
    });
  const upper = m.map((row, i) => row.map((id, j) => (j >= i ? id : t.constant(0))));
  return { x: loose(t, x), pivots: m.map((row, i) => row[i]!), swaps, lower, upper, order };
}
const identity = (t: Tape, n: number): Matrix => range(n).map((i) => range(n).map((j) => t.constant(i === j ? 1 : 0)));
const solved = (t: Tape, a: Matrix, b: Matrix): Matrix => eliminate(t, a, b).x;

function choleskyOf(t: Tape, a: Matrix): Matrix {
  const n = a.length;
  const source = loose(t, a, 4, true);
  const l: Matrix = range(n).map(() => range(n).map(() => t.constant(0)));
  for (let j = 0; j < n; j++)
    for (let i = j; i < n; i++) {
      // The lower and the upper triangle count half each.
      let s = i === j ? source[i]![i]! : scaled(t, add(t, source[i]![j]!, source[j]![i]!), 0.5);
      for (let k = 0; k < j; k++) s = sub(t, s, mul(t, l[i]![k]!, l[j]![k]!));
      l[i]![j] = i === j ? of1(t, "sqrt", s) : div(t, s, l[j]![j]!);
    }
  return l;
}
const scaled = (t: Tape, id: number, c: number): number => t.node(c * t.get(id), 0, [id], [wide(c)]);
/** Solves with a triangle; `lower` says which. */
function triangle(t: Tape, a: Matrix, b: Matrix, lower: boolean, unit: boolean): Matrix {
  const n = a.length;
  const right = loose(t, b);
  const x: Matrix = range(n).map(() => []);
  for (const i of lower ? range(n) : range(n).reverse())
    x[i] = right[i]!.map((id, c) => {
      let s = id;
      for (const j of range(n)) if (lower ? j < i : j > i) s = sub(t, s, mul(t, a[i]![j]!, x[j]![c]!));
      return unit ? s : div(t, s, a[i]![i]!);
    });
  return loose(t, x);
}
/** Householder's reduced factors, R's signs as LAPACK has them, through Gram–Schmidt with the sign of -a. */
function qrOf(t: Tape, a: Matrix): { q: Matrix; r: Matrix } {
  const columns = transposed(loose(t, a, 4, true));
  const n = columns.length;
  const q: Matrix = [];
  const r: Matrix = range(n).map(() => range(n).map(() => t.constant(0)));
  // A reflection turns column k of what earlier reflections left; its sign comes from there, so these are applied to it.
  let rest: Matrix = columns.map((c) => [...c]);
  for (let k = 0; k < n; k++) {
    let v = columns[k]!;
    for (let i = 0; i < k; i++) {
      const p = dotOf(t, q[i]!, v);
      r[i]![k] = dotOf(t, q[i]!, columns[k]!);
      v = v.map((id, e) => sub(t, id, mul(t, p, q[i]![e]!)));
    }
    const size = of1(
      t,
      "sqrt",
      sum(
        t,
        v.map((id) => of1(t, "square", id)),
      ),
    );
    const lead = t.get(rest[k]![k]!);
    // A column that has nothing below is not reflected, as in LAPACK: R keeps its sign.
    const below = rest[k]!.slice(k + 1).some((id) => t.get(id) !== 0);
    const sign = lead >= 0 === below ? -1 : 1;
    t.decide(sign);
    r[k]![k] = scaled(t, size, sign);
    q.push(v.map((id) => div(t, id, r[k]![k]!)));
    rest = reflected(t, rest, k);
  }
  return { q: transposed(q), r };
}
/** Columns after the reflection that makes column k zero below its k-th element; numbers only, for the signs. */
function reflected(t: Tape, columns: Matrix, k: number): Matrix {
  const c = columns.map((col) => col.map((id) => t.get(id)));
  const x = c[k]!.map((v, i) => (i < k ? 0 : v));
  const norm = Math.hypot(...x);
  x[k] = x[k]! + (x[k]! >= 0 ? norm : -norm);
  const s = x.reduce((p, v) => p + v * v, 0);
  if (s === 0 || c[k]!.slice(k + 1).every((v) => v === 0)) return columns;
  return c.map((col) => {
    const p = (2 * x.reduce((acc, v, i) => acc + v * col[i]!, 0)) / s;
    return col.map((v, i) => t.constant(v - p * x[i]!));
  });
}
/** Eigenvalues, ascending, by rotations whose angles are smooth functions of the entries: derivatives converge with the values. */
function eighOf(t: Tape, a: Matrix): { values: number[]; vectors: Matrix } {
  const n = a.length;
  const source = loose(t, a, 4, true);
  let m: Matrix = range(n).map((i) =>
    range(n).map((j) => (i === j ? source[i]![i]! : scaled(t, add(t, source[i]![j]!, source[j]![i]!), 0.5))),
  );
  let v = identity(t, n);
  for (let sweep = 0; sweep < 9; sweep++)
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        const angle = scaled(t, of2(t, "atan2", scaled(t, m[p]![q]!, 2), sub(t, m[q]![q]!, m[p]![p]!)), 0.5);
        const [c, s] = [of1(t, "cos", angle), of1(t, "sin", angle)];
        const turn = (x: Matrix): Matrix =>
          x.map((row) => {
            const out = [...row];
            out[p] = sub(t, mul(t, c, row[p]!), mul(t, s, row[q]!));
            out[q] = add(t, mul(t, s, row[p]!), mul(t, c, row[q]!));
            return out;
          });
        m = transposed(turn(transposed(turn(m))));
        v = turn(v);
      }
  const order = range(n).sort((i, j) => t.get(m[i]![i]!) - t.get(m[j]![j]!));
  for (const i of order) t.decide(i);
  return { values: order.map((i) => m[i]![i]!), vectors: v.map((row) => order.map((i) => row[i]!)) };
}
function expmOf(t: Tape, a: Matrix): Matrix {
  const n = a.length;
  const size = Math.max(...a.map((row) => row.reduce((s, id) => s + Math.abs(t.get(id)), 0)));
  const squarings = Math.max(0, Math.ceil(Math.log2(size / 0.5)));
  const m = loose(t, a).map((row) => row.map((id) => scaled(t, id, 2 ** -squarings)));
  let result = identity(t, n);
  for (let k = 16; k >= 1; k--) {
    const p = times(t, m, result).map((row) => row.map((id) => t.node(t.get(id) / k, 1, [id], [wide(1 / k)])));
    result = p.map((row, i) => row.map((id, j) => (i === j ? add(t, id, t.constant(1)) : id)));
  }
  for (let k = 0; k < squarings; k++) result = times(t, result, result);
  return result;
}

// ---- draws ----

const square =
  (n = 4) =>
  (a: RArray): boolean =>
    a.shape.length === 2 && a.shape[0] === a.shape[1] && a.shape[0]! <= n && a.shape[0]! >= 1;
/** A square matrix far from singular: squashed entries beside a large diagonal. */
function regular(g: Drawing, positive = false): Ref | undefined {
  const x = anyArray(g, square()) ?? smallSquare(g);
  if (!x) return undefined;
  const n = x[1].shape[0]!;
  const soft = g.step("tanh", [x[0]]);
  const whole = positive && soft ? g.step("add", [soft, g.step("transpose", [soft]) as Ref]) : soft;
  const diagonal = { captured: range(n * n).map((k) => (k % (n + 1) === 0 ? 2.5 * n + k / 16 : 0)), shape: [n, n], kind: "float" } as const;
  return whole && g.step("add", [whole, diagonal]);
}
function smallSquare(g: Drawing): [Ref, RArray] | undefined {
  const x = anyArray(g, (a) => a.data.length >= 4);
  const flat = x && g.step("ravel", [x[0]]);
  const n = x && x[1].data.length >= 9 && g.chance(0.5) ? 3 : 2;
  const cut = flat && n && g.step("slice", [flat, [0, n * n]]);
  const made = cut && n && g.step("reshape", [cut, [n, n]]);
  return made && [made, g.array(made)];
}
const ofSquare = (name: string, reference: (t: Tape, a: Matrix) => RArray | RArray[], positive = false, weight = 1): Operation => ({
  name,
  weight,
  reference: (t, a: RArray) => reference(t, rows(a)),
  draw(g) {
    const a = regular(g, positive);
    return a && [a];
  },
});
const rightSide = (g: Drawing, n: number): Arg =>
  g.pick((b) => (b.shape.length === 1 || b.shape.length === 2) && b.shape[0] === n && b.data.length <= 12) ?? g.captured([n]);
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

const decompositions: Operation[] = [
  solver("solve", solved),
  solver("lstsq", solved),
  solver("choSolve", (t, l, b) => triangle(t, transposed(l), triangle(t, l, b, true, false), false, false)),
  solver(
    "triangularSolve",
    (t, a, b, options: { lower?: boolean; transposeA?: boolean; unitDiagonal?: boolean } = {}) => {
      const m = options.transposeA ? transposed(a) : a;
      return triangle(t, m, b, Boolean(options.lower) !== Boolean(options.transposeA), Boolean(options.unitDiagonal));
    },
    false,
    (g) => [
      oneOf<Arg>(g, {}, { lower: true }, { lower: true, transposeA: true }, { transposeA: true }, { lower: true, unitDiagonal: true }),
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
      const m = loose(t, rows(a));
      const { values, vectors } = eighOf(t, times(t, transposed(m), m));
      const s = values.map((id) => of1(t, "sqrt", id)).reverse();
      const v = vectors.map((r) => [...r].reverse());
      const u = times(t, m, v).map((r) => r.map((id, j) => div(t, id, s[j]!)));
      return [array(u), float([s.length], s), array(transposed(v))];
    },
    draw(g) {
      const a = regular(g);
      return a && [a];
    },
  },
];

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
    reference: (t, x: RArray, y: RArray) => (x.shape.length === 0 || y.shape.length === 0 ? mulOf(t, x, y) : matmulOf(t, x, y)),
    draw: (g) => contraction(g),
  },
  {
    name: "vdot",
    reference: (t, x: RArray, y: RArray) => float([], [x.shape.length === 0 ? mul(t, x.data[0]!, y.data[0]!) : dotOf(t, x.data, y.data)]),
    draw(g) {
      const x = anyArray(g);
      const y = x && g.pick((b) => sizeOf(b.shape) === sizeOf(x[1].shape) && (b.shape.length === 0) === (x[1].shape.length === 0));
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
    reference: (t, x: RArray, y: RArray) => make([x.data.length, y.data.length], ([i, j]) => mul(t, x.data[i!]!, y.data[j!]!)),
    draw(g) {
      const x = anyArray(g, (a) => a.data.length <= 8);
      const y = x && g.pick((a) => a.data.length <= 8);
      return y && [x[0], y];
    },
  },
  {
    name: "kron",
    reference: (t, x: RArray, y: RArray) => {
      const [[m, n], [p, q]] = [x.shape, y.shape] as [[number, number], [number, number]];
      return make([m * p, n * q], ([i, j]) =>
        mul(t, x.data[place([m, n], [Math.floor(i! / p), Math.floor(j! / q)])]!, y.data[place([p, q], [i! % p, j! % q])]!),
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
  {
    name: "conv1d",
    reference: (t, x: RArray, w: RArray) => convolved(t, x, w, 1),
    draw(g) {
      const x = anyArray(g, (a) => a.shape.length === 1 && a.shape[0]! >= 3) ?? anyArray(g, (a) => a.data.length >= 4);
      const k = x && g.step("reshape", [x[0], [1, 1, x[1].data.length]]);
      return k && [k, g.chance(0.6) ? g.captured([2, 1, 2]) : (g.step("slice", [k, null, null, [0, 2]]) as Ref)];
    },
  },
  {
    name: "conv2d",
    reference: (t, x: RArray, w: RArray) => convolved(t, x, w, 2),
    draw(g) {
      const x = anyArray(g, (a) => a.shape.length === 2 && a.shape.every((d) => d >= 2 && d <= 6));
      const k = x && g.step("reshape", [x[0], [1, 1, ...x[1].shape]]);
      return k && [k, g.chance(0.6) ? g.captured([1, 1, 2, 2]) : (g.step("slice", [k, null, null, [0, 2], [0, 2]]) as Ref)];
    },
  },
];
function convolved(t: Tape, x: RArray, w: RArray, rank: number): RArray {
  const window = w.shape.slice(2);
  const out = x.shape.slice(2).map((d, i) => d - window[i]! + 1);
  const offsets = range(sizeOf(window)).map((k) => (rank === 1 ? [k] : [Math.floor(k / window[1]!), k % window[1]!]));
  return make([x.shape[0]!, w.shape[0]!, ...out], ([n, o, ...at]) => {
    const terms = offsets.flatMap((offset) =>
      range(w.shape[1]!).map(
        (c) =>
          [x.data[place(x.shape, [n!, c, ...at.map((i, a) => i + offset[a]!)])]!, w.data[place(w.shape, [o!, c, ...offset])]!] as const,
      ),
    );
    return dotOf(
      t,
      terms.map(([p]) => p),
      terms.map(([, q]) => q),
    );
  });
}
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
    return xs.length > 1 ? dotOf(t, p!, q!) : sum(t, p!);
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
  return float([...(x.shape.length === 1 ? [] : [m.length]), ...(y.shape.length === 1 ? [] : [m[0]!.length])], m.flat());
}
function contraction(g: Drawing): Arg[] | undefined {
  const x = anyArray(g, withRank(1, 2));
  if (!x) return undefined;
  const n = x[1].shape.at(-1)!;
  const y = g.chance(0.2) ? g.captured(g.chance(0.5) ? [n] : [n, 1 + upTo(g, 3)]) : g.pick((b) => withRank(1, 2)(b) && b.shape[0] === n);
  return y && [x[0], y];
}
function sameLast(g: Drawing): Arg[] | undefined {
  const x = anyArray(g, withRank(1, 2));
  const y = x && g.pick((b) => withRank(1, 2)(b) && b.shape.at(-1) === x[1].shape.at(-1));
  return y && [x[0], y];
}

/** Singular matrices: their factors are not unique, and how they overflow says nothing. */
const settled = (t: Tape, made: RArray | readonly RArray[]): RArray | readonly RArray[] => {
  const ids = (Array.isArray(made) ? (made as RArray[]) : [made as RArray]).filter((a) => a.kind === "float").flatMap((a) => a.data);
  if (ids.some((id) => !Number.isFinite(t.get(id)))) for (const id of ids) if (t.parents[id]!.length > 0 || !t.active[id]) t.unsure(id);
  return made;
};
export const matrixOperations: readonly Operation[] = [
  ...decompositions
    .filter((o) => o.weight !== 0)
    .map((o): Operation => ({ ...o, reference: (t, ...args) => settled(t, o.reference(t, ...args)) })),
  ...products,
];
export { axisOf };
