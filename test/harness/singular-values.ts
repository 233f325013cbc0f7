// Singular values as the objective sees them, for the random tests: plain loops over given bases, and subjects.
import fc from "fast-check";
import { spectralCalculus } from "../../src/ad/scalar-function.ts";
import { make } from "../../src/ir/build.ts";
import type { Node } from "../../src/ir/graph.ts";
import * as A from "../../src/primitives/arithmetic.ts";
import { reshape, slice } from "../../src/primitives/shape.ts";
import * as P from "../../src/primitives/singular-values.ts";
import { build, e, type Matrix, ofMatrices } from "./factorizations.ts";
import type { Rule, Value } from "./reference.ts";
import { graded, spectralRules } from "./spectral.ts";
import type { SubjectMaker } from "./subjects.ts";

interface Bases {
  readonly m: number;
  readonly n: number;
  readonly u: Matrix;
  readonly s: number[];
  readonly vt: Matrix;
}
/** Each matrix of a batch by itself; `f` gets its bases, and the elements of the other operands. */
const perMatrix =
  (f: (bases: Bases, others: readonly (readonly number[])[]) => number[]): Rule =>
  (_node, [a, packed, ...others], out) => {
    const [m, n] = (a as Value).shape.slice(-2) as [number, number];
    const size = m * n + n + n * n;
    const count = size === 0 ? 0 : (packed as Value).data.length / size;
    const result: number[] = [];
    for (let k = 0; k < count; k++) {
      const at = (i: number): number => (packed as Value).data[k * size + i] as number;
      const bases = {
        m,
        n,
        u: build(m, n, (i, j) => at(i * n + j)),
        s: Array.from({ length: n }, (_, i) => at(m * n + i)),
        vt: build(n, n, (i, j) => at(m * n + n + i * n + j)),
      };
      const pieces = others.map((x) => {
        const { data } = x as Value;
        const each = data.length / count;
        return Array.from({ length: each }, (_, i) => data[k * each + i] as number);
      });
      result.push(...f(bases, pieces));
    }
    result.forEach((x, i) => {
      out[i] = x;
    });
  };

/** uᵢᵀ·X·vⱼ. */
const inBases = ({ m, n, u, vt }: Bases, x: readonly number[]): Matrix =>
  build(n, n, (i, j) => {
    let sum = 0;
    for (let p = 0; p < m; p++) for (let q = 0; q < n; q++) sum += e(u, p, i) * (x[p * n + q] as number) * e(vt, j, q);
    return sum;
  });
/** Products of what X and Y make of vᵢ, outside the columns of U. */
function outside({ m, n, u, vt }: Bases, x: readonly number[], y: readonly number[], i: number): number {
  const image = (z: readonly number[]): number[] =>
    Array.from({ length: m }, (_, p) => vt.reduce((s, _row, q) => s + (z[p * n + q] as number) * e(vt, i, q), 0));
  const rest = (z: number[]): number[] =>
    z.map((_, p) => {
      let r = z[p] as number;
      for (let j = 0; j < n; j++) r -= e(u, p, j) * z.reduce((s, w, k) => s + w * e(u, k, j), 0);
      return r;
    });
  const [a, b] = [rest(image(x)), rest(image(y))];
  return a.reduce((s, w, p) => s + w * (b[p] as number), 0);
}

export const singularValueRules: Record<string, Rule> = {
  singularSpectrum: spectralRules.svd as Rule,
  singularTangent: perMatrix((bases, [x]) => inBases(bases, x!).map((row, i) => row[i] as number)),
  singularCotangent: perMatrix(({ m, n, u, vt }, [g]) =>
    build(m, n, (i, j) => g!.reduce((s, w, k) => s + w * e(u, i, k) * e(vt, k, j), 0)).flat(),
  ),
  /** By perturbation of [[0, A], [Aᵀ, 0]], term by term. */
  singularCurvature: perMatrix((bases, [x, y]) => {
    const [c, d] = [inBases(bases, x!), inBases(bases, y!)];
    const { m, n, s } = bases;
    return s.map((a, i) => {
      let sum = m > n ? outside(bases, x!, y!, i) / a : 0;
      s.forEach((b, j) => {
        if (i === j) return;
        const pair = (z: Matrix, sign: number): number => (e(z, i, j) + sign * e(z, j, i)) / 2;
        sum += (2 * pair(c, 1) * pair(d, 1)) / (a - b) + (2 * pair(c, -1) * pair(d, -1)) / (a + b);
      });
      return sum;
    });
  }),
};

const rules = { calculus: spectralCalculus };
const spectrumAt = (a: Node): Node => {
  return make(P.singularSpectrumPrim, [a], rules);
};
const small = fc.integer({ min: 1, max: 3 });
const along = (x: Node): Node => A.mul(0.5, A.square(x));

export const singularSpectrumOf = (x: Node): Node => spectrumAt(graded(x));
export const singularValuesAlong = (x: Node): Node => {
  const a = graded(x);
  return make(P.singularTangentPrim, [a, spectrumAt(a), along(x)], rules);
};
export const singularGradient = (x: Node): Node => {
  const a = graded(x);
  const r = x.shape.length;
  const g = reshape(slice(x, r - 2, 0, 1), [...x.shape.slice(0, -2), x.shape[r - 1] as number]);
  return make(P.singularCotangentPrim, [a, spectrumAt(a), g], rules);
};
export const singularCurvature = (x: Node): Node => {
  const a = graded(x);
  return make(P.singularCurvaturePrim, [a, spectrumAt(a), along(x), x], rules);
};

export const singularValueSubjects: Record<string, SubjectMaker> = {
  singularSpectrum: ofMatrices(([x]) => singularSpectrumOf(x!), "tall", small),
  singularTangent: ofMatrices(([x]) => singularValuesAlong(x!), "tall", small),
  singularCotangent: ofMatrices(([x]) => singularGradient(x!), "tall", small),
  singularCurvature: ofMatrices(([x]) => singularCurvature(x!), "tall", small),
};
