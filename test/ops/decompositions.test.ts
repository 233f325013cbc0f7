// The decompositions as users call them: values and derivatives against JAX, reconstruction and backward errors,
// batches, float32, extents 0 and 1, failures and misuse.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Tensor } from "../../src/index.ts";
import * as h from "../../src/index.ts";
import {
  build,
  diagonalMatrix,
  distance,
  flip,
  identity,
  largest,
  type M,
  plus,
  product,
  rows,
  U,
  vector,
  wave,
} from "../harness/matrices.ts";

const { add, matmul, mul, sum, eye, cos, arange, sin, square } = h;
// ---- values, gradients and second derivatives ----

interface Case {
  readonly name: string;
  readonly n: number;
  readonly f: number;
  readonly gv: number;
  readonly hw: number;
  readonly grad?: number[];
  readonly hvp?: number[];
  readonly gradNorm?: number;
  readonly hvpNorm?: number;
}
const cases = JSON.parse(readFileSync(new URL("../fixtures/linalg.json", import.meta.url), "utf8")) as Case[];

/** Σ cos(k) yₖ */
const weighted = (y: Tensor): Tensor => sum(mul(cos(arange(y.size)), y.reshape([y.size])));
const columns = (x: Tensor, a: number, b: number): Tensor => x.slice(null, [a, b]);
const shifted = (x: Tensor, c: number): Tensor => add(x, mul(c, eye(x.length)));
const steps = (x: Tensor, from: number, by: number): Tensor =>
  add(x, diagonalMatrix(Array.from({ length: x.length }, (_, i) => from + by * i)));

/** The functions of fixtures/linalg.py. */
const functions: Record<string, (x: Tensor) => Tensor> = {
  cholesky: (x) => weighted(h.cholesky(add(mul(1 / x.length, matmul(x, x.T)), eye(x.length)))),
  triangularSolve: (x) => weighted(h.triangularSolve(shifted(x, 2), columns(x, 0, 2), { lower: true })),
  "triangularSolve, transposed, unit diagonal": (x) =>
    weighted(h.triangularSolve(mul(0.3, x), columns(x, 0, 2), { transposeA: true, unitDiagonal: true })),
  solve: (x) => weighted(h.solve(shifted(x, 3), columns(x, 0, 2))),
  inv: (x) => weighted(h.inv(shifted(x, 3))),
  det: (x) => h.det(shifted(mul(0.5, x), 1)),
  slogdet: (x) => h.slogdet(shifted(x, 3)).logabsdet,
  lu: (x) => {
    const { l, u } = h.lu(h.roll(shifted(x, 5), 1, 0));
    return add(weighted(l), weighted(sin(u)));
  },
  qr: (x) => {
    const { q, r } = h.qr(shifted(x, 2));
    return add(weighted(q), weighted(r));
  },
  lstsq: (x) => weighted(h.lstsq(columns(shifted(x, 2), 0, 3), x.slice(null, -1))),
  "lstsq, wide": (x) => weighted(h.lstsq(shifted(x, 2).slice([0, 3]), x.slice([0, 3], -1))),
  eigh: (x) => {
    const { eigenvalues, eigenvectors } = h.eigh(steps(x, 0, 2));
    return add(weighted(square(eigenvalues)), weighted(square(eigenvectors)));
  },
  svd: (x) => {
    const { u, s, vt } = h.svd(columns(steps(x, 2, 1), 0, 3));
    return add(add(weighted(square(s)), weighted(square(u))), weighted(square(vt)));
  },
  matrixExp: (x) => weighted(h.matrixExp(x)),
};

describe("against JAX in float64", () => {
  // Both round; second derivatives divide by gaps of the spectrum (≥ 0.2) twice, which costs up to three digits.
  const TOLERANCE = 1e-11;
  test.each(cases.map((c) => [`${c.name}, ${c.n} × ${c.n}`, c] as const))("%s", (_name, c) => {
    const { n } = c;
    const x =
      n === 4
        ? plus(wave(n, n, 1.7, 0.9), wave(n, n, 3.1, 0.4), 0.1)
        : wave(n, n, 1.7, 0.9).map((r) => r.map((v) => v / n));
    const v = wave(n, n, 0.3, 2.1);
    const f = functions[c.name] as (x: Tensor) => Tensor;
    const close = (got: number, want: number, scale: number): void =>
      expect(Math.abs(got - want)).toBeLessThan(TOLERANCE * scale);
    const norm = (a: M): number => Math.hypot(...a.flat());
    const inner = (a: M, b: M): number => a.flat().reduce((s, t, i) => s + t * (b.flat()[i] as number), 0);
    const problem = h.objective(f, x);
    close(problem.value(x), c.f, Math.max(1, Math.abs(c.f)));
    const g = rows(problem.grad(x));
    const gNorm = c.gradNorm ?? Math.hypot(...(c.grad as number[]));
    const hNorm = c.hvpNorm ?? Math.hypot(...(c.hvp as number[]));
    close(inner(g, v), c.gv, gNorm * norm(v));
    close(norm(g), gNorm, gNorm);
    c.grad?.forEach((w, i) => close(g.flat()[i] as number, w, gNorm));
    const products = {
      "forward over reverse": rows(problem.hvp(x, v)),
      "reverse over reverse": rows(h.grad((y: Tensor) => h.vdot(h.grad(f)(y), v))(x)),
      "reverse over forward": rows(h.grad((y: Tensor) => h.jvp(f, [y], [v])[1] as Tensor)(x)),
    };
    for (const hv of Object.values(products)) {
      const hw = hv.flat().reduce((s, t, k) => s + Math.cos(k) * t, 0);
      close(hw, c.hw, hNorm * Math.sqrt(n * n));
      close(norm(hv), hNorm, hNorm);
      c.hvp?.forEach((w, i) => close(hv.flat()[i] as number, w, hNorm));
    }
  });
});

// ---- reconstruction ----

// Extents on either side of the block of 16 rows, of the tiles and of the halves.
const EXTENTS = [1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 50, 64, 65, 100];

describe.each(EXTENTS)("%i × %i", (n) => {
  const a = wave(n, n, 1.7, 0.9 + 1 / n).map((row, i) => row.map((v, j) => v + Math.sin(i * i + 3.3 * j * j)));
  const b = wave(n, 3, 0.7, 1.3);
  // Bounds of the usual backward error analysis are c·n·u with c of order 1 (Higham 2002); 8 leaves room for norms by
  // the largest element, and n ≥ 8 for the constants.
  const bound = (...scales: number[]): number => 8 * Math.max(n, 8) * U * scales.reduce((p, s) => p * s, 1);

  test("cholesky", () => {
    const s = plus(product(a, flip(a)), identity(n));
    const l = rows(h.cholesky(s));
    expect(distance(product(l, flip(l)), s)).toBeLessThan(bound(largest(s)));
    expect(l.every((row, i) => row.every((v, j) => (j > i ? v === 0 : j < i || v > 0)))).toBe(true);
    const x = rows(h.choSolve(l, b));
    expect(distance(product(s, x), b)).toBeLessThan(bound(n * largest(s), largest(x)));
  });
  test("lu, solve, inv, slogdet", () => {
    const { permutation, l, u } = h.lu(a);
    expect(Array.from(permutation as Int32Array).sort((p, q) => p - q)).toEqual(Array.from({ length: n }, (_, i) => i));
    const permuted = vector(permutation).map((i) => a[i] as number[]);
    expect(distance(product(rows(l), rows(u)), permuted)).toBeLessThan(bound(n * largest(rows(u))));
    expect(largest(rows(l))).toBe(1);
    const x = rows(h.solve(a, b));
    expect(distance(product(a, x), b)).toBeLessThan(bound(n * largest(a), largest(x)));
    expect(
      vector(
        h.solve(
          a,
          b.map((r) => r[0] as number),
        ),
      ),
    ).toEqual(
      rows(
        h.solve(
          a,
          b.map((r) => [r[0] as number]),
        ),
      ).flat(),
    );
    const i = rows(h.inv(a));
    expect(distance(product(a, i), identity(n))).toBeLessThan(bound(n * largest(a), largest(i)));
    const { sign, logabsdet } = h.slogdet(a);
    const pivots = rows(u).map((r, k) => r[k] as number);
    expect(logabsdet).toBeCloseTo(
      pivots.reduce((t, p) => t + Math.log(Math.abs(p)), 0),
      10,
    );
    // the sign of the permutation by its cycles
    const seen = new Set<number>();
    let negative = pivots.filter((p) => p < 0).length;
    vector(permutation).forEach((_, k) => {
      for (let at = k, length = 0; !seen.has(at); at = vector(permutation)[at] as number, length++) {
        seen.add(at);
        if (length > 0) negative++;
      }
    });
    expect(sign).toBe(negative % 2 ? -1 : 1);
    if (n <= 17) expect(h.det(a) as number).toBeCloseTo((sign as number) * Math.exp(logabsdet as number), 6);
  });
  test.each([0, 5])("qr and svd, %i rows more than columns, or columns than rows", (more) => {
    for (const m of [[...a, ...wave(more, n, 2.3, 1.9)], flip([...a, ...wave(more, n, 2.3, 1.9)])]) {
      const k = Math.min(m.length, m[0]!.length);
      const { q, r } = h.qr(m);
      expect(distance(product(rows(q), rows(r)), m)).toBeLessThan(bound(Math.sqrt(n) * largest(m)));
      expect(distance(product(flip(rows(q)), rows(q)), identity(k))).toBeLessThan(bound(1));
      expect(rows(r).every((row, i) => row.every((v, j) => j >= i || v === 0))).toBe(true);
      const { u, s, vt } = h.svd(m);
      expect(distance(product(product(rows(u), diagonalMatrix(vector(s))), rows(vt)), m)).toBeLessThan(
        bound(Math.sqrt(n) * vector(s)[0]!),
      );
      // U is a product of Q and all rotations: a few roundings for each of some eight sweeps of n rotations.
      expect(distance(product(flip(rows(u)), rows(u)), identity(k))).toBeLessThan(4 * bound(1));
      expect(distance(product(rows(vt), flip(rows(vt))), identity(k))).toBeLessThan(4 * bound(1));
      expect(vector(s).every((v, i, all) => v >= 0 && (i === 0 || v <= all[i - 1]!))).toBe(true);
    }
  });
  test("eigh", () => {
    const s = plus(a, flip(a)).map((row) => row.map((v) => v / 2));
    const { eigenvalues, eigenvectors } = h.eigh(a);
    const [w, v] = [vector(eigenvalues), rows(eigenvectors)];
    expect(distance(product(s, v), product(v, diagonalMatrix(w)))).toBeLessThan(bound(n * largest(s)));
    expect(distance(product(flip(v), v), identity(n))).toBeLessThan(4 * bound(1));
    expect(w.every((x, i) => i === 0 || x >= w[i - 1]!)).toBe(true);
  });
  test("matrixExp of A and of -A are inverses", () => {
    const t = a.map((row) => row.map((v) => v / Math.sqrt(n)));
    const [p, m] = [rows(h.matrixExp(t)), rows(h.matrixExp(t.map((row) => row.map((v) => -v))))];
    // Errors of both factors, each relative to its norm.
    expect(distance(product(p, m), identity(n))).toBeLessThan(bound(n * largest(p), largest(m)));
  });
});

// ---- known matrices ----

const hilbert = (n: number): M => build(n, n, (i, j) => 1 / (i + j + 1));

describe("known results", () => {
  test("Hilbert matrices, condition up to 1e10: residuals are as small as for any matrix", () => {
    const a = hilbert(8);
    const l = rows(h.cholesky(a));
    expect(distance(product(l, flip(l)), a)).toBeLessThan(9 * U); // (n + 1)·u·max aᵢᵢ: Higham 2002, theorem 10.3
    const b = a.map((row) => row.reduce((s, v) => s + v, 0));
    const x = vector(h.solve(a, b));
    const residual = a.map((row, i) => row.reduce((s, v, j) => s + v * x[j]!, 0) - b[i]!);
    // 3·n·u·‖|L||U|‖·‖x‖ (theorem 9.4), here with ‖A‖ = 2.7 and ‖x‖ = 1
    expect(Math.max(...residual.map(Math.abs))).toBeLessThan(3 * 8 * U * 2.8);
    // det of the Hilbert matrix of order 6: 1/186313420339200000 (OEIS A005249), relative error below n·u·cond = 1e-8
    expect((h.det(hilbert(6)) as number) * 186313420339200000).toBeCloseTo(1, 8);
  });
  test("lauchli: least squares without squaring the condition", () => {
    // [1 1; ε 0; 0 ε] x = (2, ε, ε) has the solution (1, 1); by normal equations ε² would be lost.
    const epsilon = 1e-9;
    const x = vector(
      h.lstsq(
        [
          [1, 1],
          [epsilon, 0],
          [0, epsilon],
        ],
        [2, epsilon, epsilon],
      ),
    );
    expect(x[0]).toBeCloseTo(1, 6);
    expect(x[1]).toBeCloseTo(1, 6);
  });
  test("eigenvalues of the second difference: 2 - 2 cos(kπ/(n + 1))", () => {
    const n = 40;
    const a = build(n, n, (i, j) => (i === j ? 2 : Math.abs(i - j) === 1 ? -1 : 0));
    const w = vector(h.eigh(a).eigenvalues);
    for (let k = 1; k <= n; k++)
      expect(Math.abs(w[k - 1]! - (2 - 2 * Math.cos((k * Math.PI) / (n + 1))))).toBeLessThan(n * U * 4);
    const s = vector(h.svd(a).s); // n·u·‖A‖ for each of two stages, the QR factors and the rotations
    for (let k = 1; k <= n; k++)
      expect(Math.abs(s[n - k]! - (2 - 2 * Math.cos((k * Math.PI) / (n + 1))))).toBeLessThan(2 * n * U * 4);
  });
  test("svd keeps tiny singular values of a graded matrix to relative accuracy", () => {
    // a well-conditioned matrix with its columns scaled by 1, 1e-10, 1e-20
    const b = [
      [1, 0.5, 0.25],
      [0.5, 1, 0.5],
      [0.25, 0.5, 1],
    ];
    const a = b.map((row) => row.map((v, j) => v * 10 ** (-10 * j)));
    // mpmath, 80 digits
    const s = vector(h.svd(a).s);
    expect(s[0]).toBeCloseTo(1.14564392373896, 14);
    expect(s[1]! / 7.3192505471139991e-11).toBeCloseTo(1, 12);
    expect(s[2]! / 6.7082039324993687e-21).toBeCloseTo(1, 12);
  });
  test("exponentials: a rotation by 50, a nilpotent matrix, a large diagonal", () => {
    const r = rows(
      h.matrixExp([
        [0, 50],
        [-50, 0],
      ]),
    );
    // squared five times: the error doubles at each
    expect(Math.abs(r[0]![0]! - Math.cos(50))).toBeLessThan(200 * U);
    expect(
      rows(
        h.matrixExp([
          [0, 1, 0],
          [0, 0, 1],
          [0, 0, 0],
        ]),
      ),
    ).toEqual([
      [1, 1, 0.5],
      [0, 1, 1],
      [0, 0, 1],
    ]);
    expect(
      rows(
        h.matrixExp([
          [3, 0],
          [0, -40],
        ]),
      )[1]![1]! / Math.exp(-40),
    ).toBeCloseTo(1, 10);
  });
  test("det of 4 × 4 at a singular matrix: derivatives of every order are those of the polynomial", () => {
    // Row 2 is twice row 1; cofactors and H·v by differences of the exact determinant at 110 digits (mpmath).
    const a = { data: [1, 2, 3, 4, 2, 4, 6, 8, 1, 1, 1, 0, 5, 2, 2, 1], shape: [4, 4] as const };
    const v = { data: [1, 0.5, 0, 2.5, 2, 1.5, 4, 3.5, 3, 5.5, 5, 4.5, 7, 6.5, 6, 8.5], shape: [4, 4] as const };
    const exact = (y: { data: ArrayLike<number> }): number[] => Array.from(y.data, (e) => e + 0);
    expect(Math.abs(h.det(a) as number)).toBe(0);
    expect(exact(h.grad((x: Tensor) => h.det(x))(a))).toEqual([-2, 28, -26, 6, 1, -14, 13, -3, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(exact(h.hvp((x: Tensor) => h.det(x), a, v))).toEqual([
      -10.5, 97.5, -132, 58.5, 3.5, -49, 68, -24, -24.5, 95.5, -21.5, -25.5, 15.5, -19, 3.5, 3,
    ]);
  });
  test("det up to 4 × 4 is a polynomial: the gradient at a singular matrix is the cofactor matrix", () => {
    expect(
      rows(
        h.grad((a: Tensor) => h.det(a))([
          [1, 2],
          [2, 4],
        ]),
      ),
    ).toEqual([
      [4, -2],
      [-2, 1],
    ]);
    expect(
      h.det([
        [2, 0, 1],
        [1, 3, 0],
        [0, 1, 4],
      ]),
    ).toBe(25);
    expect([h.det([[7]]), h.det({ data: [], shape: [0, 0] })]).toEqual([7, 1]);
  });
  test("cholesky: the gradient is symmetric, as in JAX", () => {
    const g = rows(
      h.grad((a: Tensor) => weighted(h.cholesky(a)))([
        [4, 9],
        [1, 3],
      ]),
    );
    expect(g[0]![1]).toBe(g[1]![0]);
    expect(
      rows(
        h.cholesky([
          [4, 3],
          [1, 5],
        ]),
      ),
    ).toEqual([
      [2, 0],
      [1, 2],
    ]); // of [[4, 2], [2, 5]]
  });
  test("second derivatives of a large factor, with panels in its products: log det of A + t·B in t", () => {
    // f(t) = log det(A + t·B) = Σ log(aᵢ + t·bᵢ) for A and B with common eigenvectors: here I and J = all ones / n,
    // eigenvalues 0 and 1, so f = log(1 + t): f' = 1/(1 + t), f'' = -1/(1 + t)²
    const n = 90;
    const ones = build(n, n, () => 1 / n);
    const f = (t: Tensor): Tensor => {
      const l = h.cholesky(add(eye(n), mul(t, ones)));
      return mul(2, sum(h.log(l.reshape([n * n]).slice([0, n * n, n + 1]))));
    };
    const fr = h.jvp(h.grad(f) as (t: Tensor) => Tensor, [0.5], [1])[1] as unknown as number;
    const rr = h.grad((t: Tensor) => h.grad(f)(t))(0.5);
    // n terms of order 1, each with a few roundings, second derivatives of order 1
    expect(Math.abs(fr + 1 / 2.25)).toBeLessThan(8 * n * U);
    expect(Math.abs(rr + 1 / 2.25)).toBeLessThan(8 * n * U);
  });
  test("derivatives of eigenvalues exist where others coincide", () => {
    const g = rows(
      h.grad((a: Tensor) => h.eigh(a).eigenvalues.at(2))([
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 2],
      ]),
    );
    expect(g).toEqual([
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 1],
    ]);
  });
});
