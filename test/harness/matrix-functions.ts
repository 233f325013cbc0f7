// Functions of matrices and distances for the random tests: what each primitive means by plain formulas that hold
// where eigenvalues are well apart and distances are not 0, and random subjects there.
import fc from "fast-check";
import { scalarFunction, spectralCalculus } from "../../src/ad/scalar-function.ts";
import { sizeOf } from "../../src/ir/aval.ts";
import { inSession, make } from "../../src/ir/build.ts";
import type { Node } from "../../src/ir/graph.ts";
import type { ScalarFunction } from "../../src/ir/scalar-function.ts";
import * as A from "../../src/primitives/arithmetic.ts";
import * as E from "../../src/primitives/eigenvalues.ts";
import { flipMatrix } from "../../src/primitives/factorization.ts";
import * as L from "../../src/primitives/leaf.ts";
import * as M from "../../src/primitives/matrix-function.ts";
import { radial } from "../../src/primitives/radial.ts";
import { reshape, slice } from "../../src/primitives/shape.ts";
import { reduceSum } from "../../src/primitives/spread.ts";
import { exp } from "../../src/primitives/transcendental.ts";
import { build, e, flip, type Matrix, ofMatrices, product, rule } from "./factorizations.ts";
import { evaluateReference, type Rule, type Value } from "./reference.ts";
import { rng, uniform } from "./rng.ts";
import { graded, jacobi } from "./spectral.ts";
import type { SubjectMaker } from "./subjects.ts";

interface Applied {
  readonly fn: ScalarFunction;
  readonly order: number;
  readonly flags: readonly boolean[];
}

/** Value of the function and its derivatives at a number, for member `k` of a batch: its graphs, interpreted. */
function scalarAt(
  node: Node,
  inputs: readonly Value[],
  first: number,
  k: number,
): (derivative: number, x: number) => number {
  const { fn, flags } = node.params as Applied;
  const captured = inputs.slice(first).map((v, i) => {
    const shape = v.shape.slice(flags[i] ? 1 : 0);
    const size = sizeOf(shape);
    return { shape, data: Float64Array.from(flags[i] ? v.data.slice(k * size, (k + 1) * size) : v.data) };
  });
  const known = new Map<string, number>();
  const compute = (derivative: number, x: number): number =>
    inSession(() => {
      let f = fn;
      for (let i = 0; i < derivative; i++) f = f.derivative();
      const at = L.parameter([1], node.dtype);
      const parameters = captured.map((c) => L.parameter(c.shape, node.dtype));
      const y = f.at(
        at,
        parameters,
        captured.map(() => false),
      );
      const [value] = evaluateReference([y], [at, ...parameters], [Float64Array.of(x), ...captured.map((c) => c.data)]);
      return value?.[0] as number;
    });
  return (derivative, x) => {
    const key = `${derivative} ${x}`;
    const value = known.get(key) ?? compute(derivative, x);
    known.set(key, value);
    return value;
  };
}

const symmetric = (a: Matrix): Matrix => build(a.length, a.length, (i, j) => 0.5 * (e(a, i, j) + e(a, j, i)));
const orders = (list: readonly Matrix[]): Matrix[][] =>
  list.length < 2
    ? [[...list]]
    : list.flatMap((x, i) => orders(list.filter((_, j) => j !== i)).map((rest) => [x, ...rest]));

/**
 * Derivative of f(A) along directions: Daleckii and Krein's sum, entry by entry; confluent differences where indices
 * repeat.
 */
function derivativeOf(a: Matrix, directions: readonly Matrix[], f: (derivative: number, x: number) => number): Matrix {
  const n = a.length;
  const { values, rows } = jacobi(a, (x, y) => x - y);
  const into = (x: Matrix): Matrix => product(product(rows, symmetric(x), n), flip(rows, n), n);
  const local = directions.map(into);
  /** Distinct eigenvalues: equal indices stand together in the sorted list, where the difference is a derivative. */
  const at = (points: readonly number[]): number => {
    const sorted = [...points].sort((x, y) => x - y);
    const [x, z] = [sorted[0] as number, sorted.at(-1) as number];
    const m = sorted.length - 1;
    if (x === z) return f(m, x) / [1, 1, 2, 6, 24][m]!;
    return (at(sorted.slice(1)) - at(sorted.slice(0, -1))) / (z - x);
  };
  const y = build(n, n, (i, j) => {
    const walk = (path: readonly number[], left: readonly Matrix[]): number => {
      if (left.length === 0) return path.at(-1) === j ? at(path.map((p) => values[p] as number)) : 0;
      const last = path.at(-1) as number;
      return values.reduce(
        (s, _, k) =>
          left.length === 1 && k !== j ? s : s + e(left[0] as Matrix, last, k) * walk([...path, k], left.slice(1)),
        0,
      );
    };
    return orders(local).reduce((s, list) => s + (directions.length === 0 && i !== j ? 0 : walk([i], list)), 0);
  });
  return product(product(flip(rows, n), y, n), rows, n);
}

/** A rule for matrices first, then anything: `f` gets the matrices of one member of the batch and its number. */
const perMatrix =
  (
    matrices: (node: Node) => number,
    f: (m: Matrix[], node: Node, x: readonly Value[], k: number) => readonly number[],
  ): Rule =>
  (node, x, out, error) => {
    let k = 0;
    rule((m) => f(m, node, x, k++))(node, x.slice(0, matrices(node)), out, error);
  };

const spectrumIn = (packed: ArrayLike<number>, n: number, k: number): { values: number[]; v: Matrix } => {
  const start = k * n * (n + 1);
  return {
    values: Array.from({ length: n }, (_, i) => packed[start + i] as number),
    v: build(n, n, (i, j) => packed[start + n + i * n + j] as number),
  };
};
const localTo = (v: Matrix, x: Matrix): Matrix =>
  product(product(flip(v, v.length), symmetric(x), v.length), v, v.length);
const matrixAt = (x: Value, n: number, k: number): Matrix =>
  build(n, n, (i, j) => x.data[(k * n + i) * n + j] as number);

export const matrixFunctionRules: Record<string, Rule> = {
  matrixFunction: perMatrix(
    (node) => 1 + (node.params as Applied).order,
    ([a, ...directions], node, x, k) =>
      derivativeOf(a!, directions, scalarAt(node, x, 1 + directions.length, k)).flat(),
  ),
  spectralSum: perMatrix(
    () => 1,
    ([a], node, x, k) => {
      const f = scalarAt(node, x, 1, k);
      return [jacobi(a!, (p, q) => p - q).values.reduce((s, v) => s + f(0, v), 0)];
    },
  ),
  spectrum: rule(([a]) => {
    const { values, rows } = jacobi(a!, (x, y) => x - y);
    return [...values, ...flip(rows, rows.length).flat()];
  }),
  eigenvalueTangent: perMatrix(
    () => 1,
    ([a], _node, [, packed, x], k) => {
      const { v } = spectrumIn(packed!.data, a!.length, k);
      const c = localTo(v, matrixAt(x!, a!.length, k));
      return c.map((_, i) => e(c, i, i));
    },
  ),
  eigenvalueCotangent: perMatrix(
    () => 1,
    ([a], _node, [, packed, g], k) => {
      const n = a!.length;
      const { v } = spectrumIn(packed!.data, n, k);
      return build(n, n, (i, j) =>
        v.reduce((s, _, m) => s + e(v, i, m) * (g!.data[k * n + m] as number) * e(v, j, m), 0),
      ).flat();
    },
  ),
  eigenvalueCurvature: perMatrix(
    () => 1,
    ([a], _node, [, packed, x, y], k) => {
      const n = a!.length;
      const { values, v } = spectrumIn(packed!.data, n, k);
      const [c, d] = [x!, y!].map((z) => localTo(v, matrixAt(z, n, k))) as [Matrix, Matrix];
      return values.map((l, i) =>
        values.reduce((s, m, j) => (i === j ? s : s + (2 * e(c, i, j) * e(d, i, j)) / (l - m)), 0),
      );
    },
  ),
  /** (d/ds)ᵏ f(√s) as a sum of f⁽ʲ⁾(r)·rᵐ, differentiated term by term. */
  radial(node, x, out, error) {
    const { order, flags } = node.params as Applied;
    let terms = [{ c: 1, j: 0, m: 0 }];
    for (let i = 0; i < order; i++)
      terms = terms.flatMap(({ c, j, m }) => [
        { c: c / 2, j: j + 1, m: m - 1 },
        ...(m === 0 ? [] : [{ c: (c * m) / 2, j, m: m - 2 }]),
      ]);
    const s = x[0] as Value;
    const rows = flags.some((f) => f) ? (s.shape[0] as number) : 1;
    for (let i = 0; i < out.length; i++) {
      const f = scalarAt(node, x, 1, Math.floor((i * rows) / out.length));
      const r = Math.sqrt(s.data[i] as number);
      const parts = terms.map(({ c, j, m }) => c * f(j, r) * r ** m);
      out[i] = parts.reduce((a, b) => a + b, 0);
      if (error) error[i] = 100 * parts.reduce((a, b) => a + Math.abs(b), 0);
    }
  },
};

// ---- subjects ----

/** exp(c·x) with a captured number c. */
const growth = (c: Node): { fn: ScalarFunction; captured: readonly Node[] } => {
  const x = L.parameter([], c.dtype);
  return scalarFunction(exp(A.mul(c, x)), x);
};
/** A number that depends on all elements. */
const mean = (x: Node): Node =>
  A.mul(
    1 / (4 + x.size),
    reduceSum(
      x,
      x.shape.map((_, i) => i),
    ),
  );
const rules = { calculus: spectralCalculus };
const spectrumAt = (a: Node): Node => make(E.spectrumPrim, [a], rules);
const small = fc.integer({ min: 0, max: 3 });

/** A matrix function of `x` or its derivative along `d`. */
export function functionOf(x: Node, d: Node | undefined): Node {
  const a = A.mul(0.25, graded(x));
  const { fn, captured } = growth(A.add(1, mean(x)));
  const flags = captured.map(() => false);
  return d
    ? make(M.matrixFunctionPrim, [a, d, ...captured], { fn, order: 1, flags })
    : M.matrixFunction(a, fn, captured);
}
export const sumOf = (x: Node): Node => {
  const { fn, captured } = growth(A.add(1, mean(x)));
  return M.spectralSum(A.mul(0.25, graded(x)), fn, captured);
};
export const radialOf = (s: Node): Node => {
  const r = L.parameter([], s.dtype);
  const c = A.add(1, mean(s));
  const { fn, captured } = scalarFunction(A.mul(A.add(1, A.mul(c, r)), exp(A.neg(r))), r);
  return radial(s, fn, captured);
};
export const eigenvaluesAlong = (x: Node, d: Node): Node => {
  const a = graded(x);
  return make(E.eigenvalueTangentPrim, [a, spectrumAt(a), d], rules);
};
export const eigenvalueGradient = (x: Node, d: Node): Node => {
  const a = graded(x);
  const r = d.shape.length;
  const g = reshape(slice(d, r - 2, 0, Math.min(1, d.shape[r - 2] as number)), d.shape.slice(0, -1));
  return make(E.eigenvalueCotangentPrim, [a, spectrumAt(a), g], rules);
};
export const curvatureOf = (x: Node, d: Node): Node => {
  const a = graded(x);
  return make(E.eigenvalueCurvaturePrim, [a, spectrumAt(a), d, A.add(x, flipMatrix(d))], rules);
};

export const matrixFunctionSubjects: Record<string, SubjectMaker> = {
  matrixFunction: (prim) =>
    fc.oneof(
      ofMatrices(([x]) => functionOf(x!, undefined), "none", small)(prim),
      ofMatrices(([x, d]) => functionOf(x!, d), "square", fc.integer({ min: 0, max: 2 }))(prim),
    ),
  spectralSum: ofMatrices(([x]) => sumOf(x!), "none", small),
  spectrum: ofMatrices(([x]) => spectrumAt(graded(x!)), "none", fc.integer({ min: 0, max: 4 })),
  eigenvalueTangent: ofMatrices(([x, d]) => eigenvaluesAlong(x!, d!), "square", small),
  eigenvalueCotangent: ofMatrices(([x, d]) => eigenvalueGradient(x!, d!), "square", small),
  eigenvalueCurvature: ofMatrices(([x, d]) => curvatureOf(x!, d!), "square", small),
  radial: (prim) =>
    fc
      .tuple(fc.constantFrom([], [1], [3], [2, 3], [0]), fc.integer({ min: 0, max: 2 ** 31 - 1 }))
      .map(([shape, seed]) => ({
        name: prim.name,
        build: ([s]) => [radialOf(s as Node)],
        shapes: [shape],
        point: [Array.from({ length: sizeOf(shape) }, () => uniform(rng(seed), 0.6, 4))],
      })),
};
