// The factorizations for the random tests: what each primitive means, by a formula or a naive loop that is not the
// kernel's, and random subjects at points where it is smooth and well conditioned.
import fc from "fast-check";
import { sizeOf } from "../../src/ir/aval.ts";
import { make } from "../../src/ir/build.ts";
import type { Node } from "../../src/ir/graph.ts";
import * as A from "../../src/primitives/arithmetic.ts";
import { convert } from "../../src/primitives/cast.ts";
import * as C from "../../src/primitives/cholesky.ts";
import { matmul } from "../../src/primitives/contraction.ts";
import { flipMatrix } from "../../src/primitives/factorization.ts";
import { iota } from "../../src/primitives/leaf.ts";
import * as logic from "../../src/primitives/logic.ts";
import * as LU from "../../src/primitives/lu.ts";
import { qrPrim } from "../../src/primitives/qr.ts";
import { broadcast } from "../../src/primitives/spread.ts";
import type { Rule } from "./reference.ts";
import { integer, rng, vector } from "./rng.ts";
import type { SubjectMaker } from "./subjects.ts";

// ---- matrices of numbers, rows of rows ----

export type Matrix = number[][];
export const build = (m: number, n: number, f: (i: number, j: number) => number): Matrix =>
  Array.from({ length: m }, (_, i) => Array.from({ length: n }, (_, j) => f(i, j)));
export const e = (x: Matrix, i: number, j: number): number => x[i]?.[j] as number;
export const product = (a: Matrix, b: Matrix, n = b[0]?.length ?? 0): Matrix =>
  build(a.length, n, (i, j) => b.reduce((s, _, k) => s + e(a, i, k) * e(b, k, j), 0));
export const flip = (a: Matrix, n = a[0]?.length ?? 0): Matrix => build(n, a.length, (i, j) => e(a, j, i));

/** Gauss-Jordan elimination with partial pivoting on [A | B]: A⁻¹·B. */
function gauss(a: Matrix, b: Matrix): Matrix {
  const n = a.length;
  const rows = a.map((row, i) => [...row, ...(b[i] as number[])]);
  for (let j = 0; j < n; j++) {
    let p = j;
    for (let i = j; i < n; i++) if (Math.abs(e(rows, i, j)) > Math.abs(e(rows, p, j))) p = i;
    [rows[j], rows[p]] = [rows[p] as number[], rows[j] as number[]];
    const pivot = e(rows, j, j);
    rows[j] = (rows[j] as number[]).map((v) => v / pivot);
    for (let i = 0; i < n; i++) {
      const f = e(rows, i, j);
      if (i !== j) rows[i] = (rows[i] as number[]).map((v, k) => v - f * e(rows, j, k));
    }
  }
  return rows.map((row) => row.slice(n));
}
const inverse = (a: Matrix): Matrix =>
  gauss(
    a,
    build(a.length, a.length, (i, j) => Number(i === j)),
  );

/** Φ: the lower triangle with half the diagonal. */
const phi = (a: Matrix): Matrix =>
  build(a.length, a.length, (i, j) => (i < j ? 0 : i === j ? 0.5 * e(a, i, j) : e(a, i, j)));
const lowerOf = (a: Matrix): Matrix => build(a.length, a.length, (i, j) => (i < j ? 0 : e(a, i, j)));
const symmetric = (a: Matrix): Matrix => build(a.length, a.length, (i, j) => 0.5 * (e(a, i, j) + e(a, j, i)));

/** Cholesky–Banachiewicz, right-looking. */
function choleskyOf(matrix: Matrix): Matrix {
  const a = symmetric(matrix);
  const n = a.length;
  const l = build(n, n, () => 0);
  for (let j = 0; j < n; j++) {
    const d = Math.sqrt(e(a, j, j));
    for (let i = j; i < n; i++) (l[i] as number[])[j] = i === j ? d : e(a, i, j) / d;
    for (let i = j + 1; i < n; i++)
      for (let k = j + 1; k < n; k++) (a[i] as number[])[k] = e(a, i, k) - e(l, i, j) * e(l, k, j);
  }
  return l;
}
/** Murray (2016): L·Φ(L⁻¹·S·L⁻ᵀ), and its transpose. */
function tangentOf(l: Matrix, s: Matrix): Matrix {
  const w = inverse(lowerOf(l));
  return product(lowerOf(l), phi(product(product(w, symmetric(s)), flip(w))));
}
function adjointOf(l: Matrix, b: Matrix): Matrix {
  const w = inverse(lowerOf(l));
  return symmetric(product(product(flip(w), phi(product(flip(lowerOf(l)), lowerOf(b)))), w));
}

/** Doolittle, column by column, with the rows exchanged. */
function luOf(a: Matrix): number[] {
  const n = a.length;
  const f = a.map((row, i) => [...row, i]);
  for (let j = 0; j < n; j++) {
    let p = j;
    for (let i = j + 1; i < n; i++) if (Math.abs(e(f, i, j)) > Math.abs(e(f, p, j))) p = i;
    [f[j], f[p]] = [f[p] as number[], f[j] as number[]];
    for (let i = j + 1; i < n; i++) {
      const v = e(f, i, j) / e(f, j, j);
      (f[i] as number[])[j] = v;
      for (let k = j + 1; k < n; k++) (f[i] as number[])[k] = e(f, i, k) - v * e(f, j, k);
    }
  }
  return [...f.flatMap((row) => row.slice(0, n)), ...f.map((row) => row[n] as number)];
}

/** Modified Gram-Schmidt, twice, with LAPACK's signs: R's diagonal opposes the pivot entry that its reflection met. */
function qrOf(a: Matrix, n: number): number[] {
  const m = a.length;
  const q = flip(a, n);
  const r = build(n, n, () => 0);
  const dot = (x: readonly number[], y: readonly number[]): number =>
    x.reduce((s, v, i) => s + v * (y[i] as number), 0);
  for (let j = 0; j < n; j++) {
    let v = q[j] as number[];
    for (let pass = 0; pass < 2; pass++)
      for (let k = 0; k < j; k++) {
        const c = dot(q[k] as number[], v);
        (r[k] as number[])[j] = e(r, k, j) + c;
        v = v.map((x, i) => x - c * e(q, k, i));
      }
    const norm = Math.sqrt(dot(v, v));
    (r[j] as number[])[j] = norm;
    q[j] = v.map((x) => x / norm);
  }
  // The reflections of a positive R would be those of -R: the sign of column j is that of its pivot entry after the
  // others.
  let work = a.map((row) => [...row]);
  for (let j = 0; j < n; j++) {
    const x = work.slice(j).map((row) => row[j] as number);
    const norm = Math.hypot(...x);
    const below = x.slice(1).some((v) => v !== 0);
    const beta = !below ? (x[0] as number) : (x[0] as number) > 0 ? -norm : norm;
    if (beta < 0) {
      r[j] = (r[j] as number[]).map((v) => -v);
      q[j] = (q[j] as number[]).map((v) => -v);
    }
    if (!below) continue;
    const v = [(x[0] as number) - beta, ...x.slice(1)];
    const vv = dot(v, v);
    work = work.map((row, i) => {
      if (i < j) return row;
      return row.map(
        (value, k) => value - (2 * (v[i - j] as number) * v.reduce((s, t, h) => s + t * e(work, h + j, k), 0)) / vv,
      );
    });
  }
  return [...build(m, n, (i, j) => e(q, j, i)).flat(), ...r.flat()];
}

/** Well-conditioned subjects: rounding differs by at most this many roundoffs of the largest element, per row. */
const ROUNDOFFS = 40;

/** A rule from what it does to the matrices; integers (pivots) in `exact` rows come without error. */
export const rule =
  (f: (matrices: Matrix[], node: Node) => readonly number[]): Rule =>
  (node, x, out, error) => {
    const first = x[0]!.shape;
    const count = first.length === 3 ? (first[0] as number) : 1;
    const rows = x.map((v) => v.shape.at(-2) as number);
    for (let k = 0; k < count; k++) {
      const matrices = x.map((v, i) => {
        const n = v.shape.at(-1) as number;
        return build(rows[i] as number, n, (r, c) => v.data[(k * (rows[i] as number) + r) * n + c] as number);
      });
      const y = f(matrices, node);
      const largest = y.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
      y.forEach((v, i) => {
        out[k * y.length + i] = v;
        if (error) error[k * y.length + i] = ROUNDOFFS * (rows[0] as number) * largest;
      });
    }
  };

export const factorizationRules: Record<string, Rule> = {
  cholesky: rule(([a]) => choleskyOf(a!).flat()),
  choleskyTangent: rule(([l, s]) => tangentOf(l!, s!).flat()),
  choleskyAdjoint: rule(([l, b]) => adjointOf(l!, b!).flat()),
  triangularSolve: rule(([a, b], node) => {
    const { lower, unit } = node.params as { lower: boolean; unit: boolean };
    const t = build(a!.length, a!.length, (i, j) =>
      i === j ? (unit ? 1 : e(a!, i, i)) : i > j === lower ? e(a!, i, j) : 0,
    );
    return gauss(t, b!).flat();
  }),
  lu: (node, x, out, error) => {
    rule(([a]) => luOf(a!))(node, x, out, error);
    const n = node.shape.at(-1) as number;
    const size = n * (n + 1);
    if (error) for (let i = 0; i < out.length; i++) if (i % size >= n * n) error[i] = 0; // the permutation
  },
  luSolve: rule(([a, , b], node) =>
    gauss((node.params as { transposed: boolean }).transposed ? flip(a!) : a!, b!).flat(),
  ),
  qr: rule(([a], node) => qrOf(a!, (node.inputs[0] as Node).shape.at(-1) as number)),
};

// ---- subjects ----

export const eye = (x: Node): Node => {
  const shape = x.shape.slice(-2);
  const one = convert(logic.eq(iota(shape, 0, "int32"), iota(shape, 1, "int32")), x.dtype);
  return broadcast(one, x.shape, [x.shape.length - 2, x.shape.length - 1]);
};
/** Symmetric positive definite: X·Xᵀ + 2·1. */
export const definite = (x: Node): Node => A.add(matmul(x, flipMatrix(x)), A.mul(2, eye(x)));
/** Far from singular, its pivots far from ties: X + 4·(the identity with its rows turned by one). */
export const pivoted = (x: Node): Node => {
  const n = x.shape.at(-1) as number;
  const shape = x.shape.slice(-2);
  const turned = logic.eq(
    iota(shape, 1, "int32"),
    logic.select(logic.eq(iota(shape, 0, "int32"), n - 1), 0, A.add(iota(shape, 0, "int32"), 1)),
  );
  return A.add(x, A.mul(4, broadcast(convert(turned, x.dtype), x.shape, [x.shape.length - 2, x.shape.length - 1])));
};

const extent = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 5 }) },
  { weight: 1, arbitrary: fc.constant(0) },
  // over one block, so that the halves and the product are used
  { weight: 1, arbitrary: fc.constant(18) },
);
const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const batches = fc.oneof(
  { weight: 2, arbitrary: fc.constant([] as number[]) },
  { weight: 1, arbitrary: fc.constant([2]) },
);

/** Subjects of matrices [.., n, n] and, where `wide`, one of right-hand sides [.., n, m]. */
export const ofMatrices =
  (
    f: (x: readonly Node[], n: number, seed: number) => Node,
    second: "none" | "square" | "wide" | "tall" = "none",
    extents = extent,
  ): SubjectMaker =>
  (prim) =>
    fc.tuple(extents, fc.integer({ min: 1, max: 3 }), batches, seeds).map(([n, m, lead, seed]) => {
      const random = rng(seed);
      const first = second === "tall" ? [...lead, n + m - 1, n] : [...lead, n, n];
      const shapes =
        second === "none" || second === "tall" ? [first] : [first, [...lead, n, second === "wide" ? m : n]];
      return {
        name: prim.name,
        build: (x) => [f(x, n, seed)],
        shapes,
        // 0.6/√n keeps the spectrum of the perturbation within ±1.2
        point: shapes.map((s) => vector(random, sizeOf(s)).map((v) => (0.6 * v) / Math.sqrt(Math.max(1, n)))),
      };
    });

export const factorizationSubjects: Record<string, SubjectMaker> = {
  cholesky: ofMatrices(([x]) => C.cholesky(definite(x!))),
  choleskyTangent: ofMatrices(([x, s]) => make(C.choleskyTangentPrim, [C.cholesky(definite(x!)), s!]), "square"),
  choleskyAdjoint: ofMatrices(([x, s]) => make(C.choleskyAdjointPrim, [C.cholesky(definite(x!)), s!]), "square"),
  triangularSolve: ofMatrices(([x, b], _n, seed) => {
    const kind = integer(rng(seed), 0, 3);
    return C.triangularSolve(A.add(x!, A.mul(2, eye(x!))), b!, kind % 2 === 0, kind > 1);
  }, "wide"),
  lu: ofMatrices(([x]) => LU.lu(pivoted(x!))),
  luSolve: ofMatrices(([x, b]) => LU.solve(pivoted(x!), b!), "wide"),
  qr: ofMatrices(([x]) => make(qrPrim, [A.add(x!, A.mul(2, eye(x!)))]), "tall"),
};
