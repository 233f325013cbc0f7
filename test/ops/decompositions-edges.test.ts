// The decompositions at the edges: batches, strided operands, float32, extents of 0, matrices that cannot be
// factored, misuse.
import { describe, expect, test } from "vitest";
import type { Concrete, NdArray, Tensor, TensorLike } from "../../src/index.ts";
import * as h from "../../src/index.ts";
import { build, distance, flip, identity, type M, plus, product, rows, vector, wave } from "../harness/matrices.ts";

const { eye } = h;

// ---- batches, strides, types ----

const batch = (n: number, count: number): M[] =>
  Array.from({ length: count }, (_, k) => plus(wave(n, n, 1.1 + k, 0.7), identity(n), 4));

describe("batches", () => {
  const stack = (f: (a: M) => unknown, list: M[]): unknown[] =>
    list.map((a) => (typeof f(a) === "number" ? f(a) : nested(f(a))));
  const nested = (x: unknown): unknown =>
    x instanceof h.NdArray ? x.toArray() : typeof x === "number" ? x : Array.from(x as Float64Array);
  const single: Record<string, (a: TensorLike) => unknown> = {
    cholesky: (a) => h.cholesky(a),
    inv: (a) => h.inv(a),
    det: (a) => h.det(a),
    slogdet: (a) => (h.slogdet(a as Concrete) as { logabsdet: unknown }).logabsdet,
    "lu.u": (a) => h.lu(a as Concrete).u,
    "lu.permutation": (a) => h.lu(a as Concrete).permutation,
    "qr.q": (a) => h.qr(a as Concrete).q,
    "eigh.eigenvectors": (a) => h.eigh(a as Concrete).eigenvectors,
    "svd.u": (a) => h.svd(a as Concrete).u,
    matrixExp: (a) => h.matrixExp(a),
  };
  test.each(Object.keys(single))("%s of leading axes and under vmap", (name) => {
    const f = single[name] as (a: TensorLike) => unknown;
    const list = batch(5, 6);
    const want = stack(f as (a: M) => unknown, list);
    const data = { data: Float64Array.from(list.flat(2)), shape: [2, 3, 5, 5] };
    expect((nested(f(data)) as unknown[]).flat()).toEqual(want);
    const all = { data: data.data, shape: [6, 5, 5] };
    expect(nested(h.vmap(f as (a: Tensor) => Tensor)(all))).toEqual(want);
    expect((nested(h.vmap(h.vmap(f as (a: Tensor) => Tensor))(data)) as unknown[]).flat()).toEqual(want);
  });
  test("solve and triangularSolve broadcast, and one matrix takes many right-hand sides", () => {
    const list = batch(4, 3);
    const b = wave(4, 2, 0.3, 0.9);
    const data = { data: Float64Array.from(list.flat(2)), shape: [3, 4, 4] };
    for (const f of [
      (a: TensorLike, y: TensorLike) => h.solve(a, y),
      (a: TensorLike, y: TensorLike) => h.triangularSolve(a, y, { lower: true }),
      (a: TensorLike, y: TensorLike) => h.triangularSolve(a, y, { transposeA: true }),
    ]) {
      expect((f(data, b) as NdArray).toArray()).toEqual(list.map((a) => rows(f(a, b))));
      const rhs = [b, plus(b, b), wave(4, 2, 2, 1)];
      const together = { data: Float64Array.from(rhs.flat(2)), shape: [3, 4, 2] };
      const want = rhs.map((y) => rows(f(list[0]!, y)));
      // the side-by-side product may sum tails in another order
      expect(distance(((f(list[0]!, together) as NdArray).toArray() as M[]).flat(), want.flat())).toBeLessThan(1e-15);
      const mapped = h.vmap((y: Tensor) => f(list[0]!, y) as unknown as Tensor)(together) as unknown as NdArray;
      expect(distance((mapped.toArray() as M[]).flat(), want.flat())).toBeLessThan(1e-15);
    }
  });
  test("leftSide: false solves X·A = B", () => {
    const a = batch(5, 1)[0]!;
    const b = wave(2, 5, 0.4, 1.2);
    for (const lower of [true, false])
      for (const transposeA of [true, false]) {
        const t = build(5, 5, (i, j) => (i === j || i > j === lower ? a[i]![j]! : 0));
        const x = rows(h.triangularSolve(a, b, { lower, transposeA, leftSide: false }));
        expect(distance(product(x, transposeA ? flip(t) : t), b)).toBeLessThan(1e-14);
      }
  });
});

describe("strided operands", () => {
  // Within a trace, transposes and slices are strides of the kernel: both layouts, a column as right-hand side.
  const n = 37;
  const a = plus(wave(n, n, 1.3, 0.8), identity(n), 8);
  const near = (x: unknown, y: unknown): void => expect(distance(rows(x), rows(y))).toBeLessThan(1e-12);
  const jit = (f: (x: Tensor) => Tensor): unknown => h.jit(f)(a);
  test("give what copies of them give", () => {
    const s = plus(product(a, flip(a)), identity(n));
    near(h.jit((x: Tensor) => h.cholesky(x.T))(s), h.cholesky(s));
    near(
      jit((x) => h.solve(x.T, x)),
      h.solve(flip(a), a),
    );
    near(
      jit((x) => h.inv(x.T)),
      h.inv(flip(a)),
    );
    near(
      jit((x) => h.solve(x.slice([1], [1]), x.slice([1], [0, 2]))),
      h.solve(
        a.slice(1).map((r) => r.slice(1)),
        a.slice(1).map((r) => r.slice(0, 2)),
      ),
    );
    near(
      jit((x) => h.triangularSolve(x.T, x.T, { lower: true })),
      h.triangularSolve(flip(a), flip(a), { lower: true }),
    );
    near(
      jit((x) => h.triangularSolve(x, h.flip(x, 0))),
      h.triangularSolve(a, [...a].reverse()),
    );
    near(
      jit((x) => h.qr(x.T).r),
      h.qr(flip(a)).r,
    );
    near(
      jit((x) => h.svd(x.T).vt),
      h.svd(flip(a)).vt,
    );
    near(
      jit((x) => h.eigh(x.T).eigenvectors),
      h.eigh(flip(a)).eigenvectors,
    );
    expect(
      vector(h.jit((x: Tensor) => h.solve(x, x.slice(null, 3)))(a)).every(
        (v, i) => Math.abs(v - Number(i === 3)) < 1e-14,
      ),
    ).toBe(true);
  });
});

describe("float32", () => {
  const f32 = (a: M): { data: Float32Array; shape: number[] } => ({
    data: Float32Array.from(a.flat()),
    shape: [a.length, a[0]!.length],
  });
  const n = 21;
  const a = plus(wave(n, n, 1.3, 0.8), identity(n), 8);
  const s = plus(product(a, flip(a)), identity(n));
  test.each<[string, (x: never) => unknown, M]>([
    ["cholesky", (x) => h.cholesky(x), s],
    ["inv", (x) => h.inv(x), a],
    ["qr", (x) => h.qr(x).r, a],
    ["eigh", (x) => h.eigh(x).eigenvalues, a],
    ["svd", (x) => h.svd(x).s, a],
    ["matrixExp", (x) => h.matrixExp(x), a.map((r) => r.map((v) => v / 8))],
    ["slogdet", (x) => (h.slogdet(x) as { logabsdet: unknown }).logabsdet, a],
  ])("%s stays float32 and agrees with float64", (_name, f, x) => {
    const flat = (y: unknown): number[] =>
      y instanceof h.NdArray ? Array.from(y.data) : typeof y === "number" ? [y] : vector(y);
    const [got, want] = [f(f32(x) as never), f(x as never)];
    if (typeof got !== "number")
      expect(got instanceof h.NdArray ? got.dtype : got).toEqual(
        got instanceof h.NdArray ? "float32" : expect.any(Float32Array),
      );
    const scale = Math.max(...flat(want).map(Math.abs));
    // n·u of the type, condition numbers below 10, a factor of 10
    flat(want).forEach((w, i) => expect(Math.abs(flat(got)[i]! - w)).toBeLessThan(100 * n * 2 ** -24 * scale));
  });
});

// ---- edges ----

describe("extent 0", () => {
  const none = { data: new Float64Array(0), shape: [0, 0] };
  const shapeOf = (x: unknown): readonly number[] => (x instanceof h.NdArray ? x.shape : [(x as Float64Array).length]);
  test("gives empty results", () => {
    for (const f of [h.cholesky, h.inv, h.matrixExp]) expect(shapeOf(f(none))).toEqual([0, 0]);
    expect(shapeOf(h.eigh(none).eigenvalues)).toEqual([0]);
    expect(shapeOf(h.lu(none).u)).toEqual([0, 0]);
    expect(shapeOf(h.solve(none, new Float64Array(0)))).toEqual([0]);
    expect(shapeOf(h.solve(eye(3), { data: new Float64Array(0), shape: [3, 0] }))).toEqual([3, 0]);
    expect(h.slogdet(none)).toEqual({ sign: 1, logabsdet: 0 });
    expect(shapeOf(h.qr({ data: new Float64Array(0), shape: [3, 0] }).q)).toEqual([3, 0]);
    expect(shapeOf(h.svd({ data: new Float64Array(0), shape: [0, 3] }).vt)).toEqual([0, 3]);
    expect(shapeOf(h.cholesky({ data: new Float64Array(0), shape: [0, 2, 2] }))).toEqual([0, 2, 2]);
  });
});

describe("matrices that cannot be factored", () => {
  test("cholesky: not positive definite is NaN below, also where the last pivot is zero, or far down", () => {
    for (const a of [
      [
        [1, 2],
        [2, 1],
      ],
      [
        [1, 1],
        [1, 1],
      ],
      [
        [0, 0],
        [0, 1],
      ],
    ]) {
      const l = rows(h.cholesky(a));
      expect([l[0]![0], l[1]![0], l[1]![1]].every(Number.isNaN)).toBe(true);
      expect(l[0]![1]).toBe(0);
    }
    const big = identity(40);
    big[30]![30] = -1;
    expect(rows(h.cholesky(big)).every((row, i) => row.every((v, j) => (j > i ? v === 0 : Number.isNaN(v))))).toBe(
      true,
    );
  });
  test("solve: singular gives infinities or NaN; slogdet 0 and -∞", () => {
    expect(
      vector(
        h.solve(
          [
            [1, 2],
            [2, 4],
          ],
          [1, 1],
        ),
      ).some((v) => !Number.isFinite(v)),
    ).toBe(true);
    expect(
      h.slogdet([
        [1, 2],
        [2, 4],
      ]),
    ).toEqual({ sign: 0, logabsdet: -Infinity });
    expect(
      vector(
        h.triangularSolve(
          [
            [0, 0],
            [1, 1],
          ],
          [1, 1],
          { lower: true },
        ),
      )[0],
    ).toBe(Infinity);
  });
  test("eigh, svd and matrixExp of NaN are NaN", () => {
    const a = [
      [1, Number.NaN],
      [Number.NaN, 2],
    ];
    expect(vector(h.eigh(a).eigenvalues).every(Number.isNaN)).toBe(true);
    expect(vector(h.svd(a).s).every(Number.isNaN)).toBe(true);
    expect(rows(h.matrixExp(a)).flat().every(Number.isNaN)).toBe(true);
  });
  test("a zero matrix has orthonormal singular vectors all the same", () => {
    const { u, s, vt } = h.svd([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    expect([vector(s), rows(vt), product(flip(rows(u)), rows(u))]).toEqual([[0, 0], identity(2), identity(2)]);
  });
  test("debugNans names the factorization", () => {
    h.debugNans(true);
    try {
      expect(() =>
        h.cholesky([
          [1, 2],
          [2, 1],
        ]),
      ).toThrow(/cholesky produced NaN in 3 of 4 elements/);
    } finally {
      h.debugNans(false);
    }
  });
});

describe("misuse", () => {
  const message = (f: () => unknown): string => {
    try {
      f();
    } catch (error) {
      expect(error).toBeInstanceOf(h.HvpError);
      return (error as Error).message;
    }
    throw new Error("did not throw");
  };
  const wide = wave(2, 3, 1, 1);
  test.each<[string, () => unknown]>([
    ["cholesky: expected a square matrix, or a batch of them [..., n, n], got shape [2, 3]", () => h.cholesky(wide)],
    ["inv: expected a matrix, or a batch of them [..., m, n], got shape [3]; reshape it first", () => h.inv([1, 2, 3])],
    ["lu: expected a square matrix, or a batch of them [..., n, n], got shape [2, 3]", () => h.lu(wide)],
    ["qr: expected a matrix, or a batch of them [..., m, n], got shape []; reshape it first", () => h.qr(1)],
    [
      "solve: matrices of shape [2, 2] need right-hand sides [2] or [..., 2, m], got shape [3]",
      () => h.solve(identity(2), [1, 2, 3]),
    ],
    [
      "triangularSolve: matrices of shape [2, 2] need right-hand sides [2] or [..., 2, m], got shape [3, 2]",
      () => h.triangularSolve(identity(2), flip(wide)),
    ],
    [
      "lstsq: matrices of shape [2, 3] need right-hand sides [2] or [..., 2, m], got shape [3]",
      () => h.lstsq(wide, [1, 2, 3]),
    ],
    [
      "triangularSolve: unknown option upper; the options are lower, transposeA, unitDiagonal, leftSide",
      () => h.triangularSolve(identity(2), [1, 2], { upper: true } as never),
    ],
  ])("%s", (want, f) => expect(message(f)).toBe(want));
  test("batches that do not broadcast", () => {
    const of = (...shape: number[]): { data: Float64Array; shape: number[] } => ({
      data: new Float64Array(shape.reduce((p, d) => p * d, 1)),
      shape,
    });
    expect(message(() => h.solve(of(2, 3, 3), of(4, 3, 1)))).toMatch(/^solve: shapes \[2\] and \[4\] do not broadcast/);
  });
});
