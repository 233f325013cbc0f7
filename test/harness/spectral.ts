// The spectral primitives for the random tests: other algorithms than the kernels', and subjects with well-separated
// spectra.

import fc from "fast-check";
import { make } from "../../src/ir/build.ts";
import type { Node } from "../../src/ir/graph.ts";
import * as A from "../../src/primitives/arithmetic.ts";
import { convert } from "../../src/primitives/cast.ts";
import { iota } from "../../src/primitives/leaf.ts";
import * as logic from "../../src/primitives/logic.ts";
import * as P from "../../src/primitives/spectral.ts";
import { broadcast } from "../../src/primitives/spread.ts";
import { build, e, flip, type Matrix, ofMatrices, product, rule } from "./factorizations.ts";
import type { Rule } from "./reference.ts";
import type { SubjectMaker } from "./subjects.ts";

/** Two-sided cyclic Jacobi on a symmetric matrix: eigenvalues with their vectors, in rows, in order of `before`. */
export function jacobi(matrix: Matrix, before: (a: number, b: number) => number): { values: number[]; rows: Matrix } {
  const n = matrix.length;
  let a = build(n, n, (i, j) => 0.5 * (e(matrix, i, j) + e(matrix, j, i)));
  let v = build(n, n, (i, j) => Number(i === j));
  for (let sweep = 0; sweep < 30; sweep++)
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        const angle = 0.5 * Math.atan2(2 * e(a, p, q), e(a, q, q) - e(a, p, p));
        const [c, s] = [Math.cos(angle), Math.sin(angle)];
        const turn = (rows: Matrix): Matrix =>
          rows.map((row, i) =>
            i === p
              ? row.map((x, k) => c * x - s * e(rows, q, k))
              : i === q
                ? row.map((x, k) => s * e(rows, p, k) + c * x)
                : row,
          );
        a = flip(turn(flip(turn(a), n)), n);
        v = turn(v);
      }
  const order = v.map((_, i) => i).sort((i, j) => before(e(a, i, i), e(a, j, j)));
  const oriented = (row: number[]): number[] => {
    const top = row.reduce((m, x) => (Math.abs(x) > Math.abs(m) ? x : m), 0);
    return top < 0 ? row.map((x) => -x) : row;
  };
  return { values: order.map((i) => e(a, i, i)), rows: order.map((i) => oriented(v[i] as number[])) };
}

/** Σ (A/2ˢ)ᵏ/k!, squared s times. */
function taylor(a: Matrix): Matrix {
  const n = a.length;
  const norm = Math.max(0, ...a.map((row) => row.reduce((s, x) => s + Math.abs(x), 0)));
  const s = Math.max(0, Math.ceil(Math.log2(norm || 1)) + 1);
  const x = a.map((row) => row.map((v) => v / 2 ** s));
  let term = build(n, n, (i, j) => Number(i === j));
  let sum = term;
  for (let k = 1; k < 30; k++) {
    term = product(term, x).map((row) => row.map((v) => v / k));
    sum = sum.map((row, i) => row.map((v, j) => v + e(term, i, j)));
  }
  for (let k = 0; k < s; k++) sum = product(sum, sum);
  return sum;
}

export const spectralRules: Record<string, Rule> = {
  eigh: rule(([a]) => {
    const { values, rows } = jacobi(a!, (x, y) => x - y);
    return [...values, ...flip(rows, rows.length).flat()];
  }),
  svd: rule(([a], node) => {
    const n = (node.inputs[0] as Node).shape.at(-1) as number;
    const { values, rows } = jacobi(product(flip(a!, n), a!, n), (x, y) => y - x);
    const s = values.map(Math.sqrt);
    const av = product(a!, flip(rows, n), n);
    return [...av.flatMap((row) => row.map((x, j) => x / (s[j] as number))), ...s, ...rows.flat()];
  }),
  expm: rule(([a]) => taylor(a!).flat()),
  expmFrechet: rule(([a, d]) => {
    const n = a!.length;
    const block = build(2 * n, 2 * n, (i, j) => (i < n === j < n ? e(a!, i % n, j % n) : i < n ? e(d!, i, j - n) : 0));
    return taylor(block)
      .slice(0, n)
      .flatMap((row) => row.slice(n));
  }),
};

/** x plus 3, 6, 9, … on the diagonal: simple spectra, singular vectors near unit vectors. */
export const graded = (x: Node): Node => {
  const shape = x.shape.slice(-2);
  const [row, column] = [iota(shape, 0, "int32"), iota(shape, 1, "int32")];
  const steps = logic.select(logic.eq(row, column), A.mul(3, convert(A.add(row, 1), x.dtype)), 0);
  return A.add(x, broadcast(steps, x.shape, [x.shape.length - 2, x.shape.length - 1]));
};

/** Every derivative of the exponential doubles the matrix, and the interpreter is slow. */
const small = fc.integer({ min: 0, max: 4 });

export const spectralSubjects: Record<string, SubjectMaker> = {
  eigh: ofMatrices(([x]) => make(P.eighPrim, [graded(x!)]), "none", small),
  svd: ofMatrices(([x]) => make(P.svdPrim, [graded(x!)]), "tall", small),
  expm: ofMatrices(([x]) => P.expm(A.mul(2, x!)), "none", small),
  expmFrechet: ofMatrices(([x, d]) => make(P.expmFrechetPrim, [x!, d!]), "square", small),
};
