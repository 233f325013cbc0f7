// Long batches of small matrices, computed with one in each lane: the bits of one call for each.
import { describe, expect, test } from "vitest";
import * as h from "../../src/index.ts";
import { flat } from "../harness/flat.ts";
import { rng, vector } from "../harness/rng.ts";

const SIZE = 70;
type T = h.Tensor;
type Real = typeof Float64Array | typeof Float32Array;

/** Matrices R·Rᵀ + n, or R + n beside a permutation of rows, and right-hand sides. */
function given(n: number, m: number, Real: Real, isDefinite: boolean) {
  const r = vector(rng(n), SIZE * n * n);
  const a = new Real(SIZE * n * n);
  for (let b = 0; b < SIZE; b++)
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        const row = (k: number, l: number): number => r[(b * n + k) * n + l] as number;
        let s = i === j ? n : 0;
        if (isDefinite) for (let k = 0; k < n; k++) s += row(i, k) * row(j, k);
        else s = row(i, j) + (j === (i + b) % n ? 1 : 0);
        a[(b * n + i) * n + j] = s;
      }
  return {
    A: { data: a, shape: [SIZE, n, n] },
    B: { data: Real.from(vector(rng(m), SIZE * n * m)), shape: [SIZE, n, m] },
  };
}
const part = <A extends Float64Array | Float32Array>({ data, shape }: { data: A; shape: number[] }, b: number) => {
  const size = (shape[1] as number) * (shape[2] as number);
  return { data: data.slice(b * size, (b + 1) * size), shape: shape.slice(1) };
};

const functions: [string, boolean, (a: T, b: T) => T][] = [
  ["cholesky", true, (a) => h.cholesky(a)],
  ["choSolve", true, (a, b) => h.choSolve(h.cholesky(a), b)],
  ["triangularSolve, upper, transposed", true, (a, b) => h.triangularSolve(a, b, { transposeA: true })],
  ["solve", false, (a, b) => h.solve(a, b)],
  ["inv", false, (a) => h.inv(a)],
];
const sizes = [
  [1, 1],
  [2, 3],
  [3, 1],
  [5, 2],
  [6, 6],
  [8, 3],
] as const;

describe.each([Float64Array, Float32Array] as const)("%o", (Real) => {
  test.each(sizes.flatMap(([n, m]) => functions.map((f) => [...f, n, m] as const)))("%s", (_, isDefinite, f, n, m) => {
    const { A, B } = given(n, m, Real, isDefinite);
    const weighted = (a: T, b: T): T => h.sum(h.mul(f(a, b), h.cos(f(a, b))));
    const both = (a: T, b: T): T[] => [f(a, b), ...h.grad(weighted, { argnums: [0, 1] })(a, b)];
    const all = h.jit((a: T, b: T) => h.vmap(both)(a, b))(A as never, B as never) as unknown as never[];
    const one = h.jit(both);
    for (const b of [0, 1, 17, SIZE - 1]) {
      const alone = one(part(A, b) as never, part(B, b) as never) as unknown as never[];
      for (const [k, values] of alone.entries()) {
        const size = flat(values).length;
        const got = flat(all[k] as never).slice(b * size, (b + 1) * size);
        // Values bit for bit; of derivatives products of matrices may be summed in another order.
        if (k === 0) expect(got).toEqual(flat(values));
        else {
          const scale = Math.max(1, ...flat(values).map(Math.abs));
          flat(values).forEach((v, i) =>
            expect(Math.abs((got[i] as number) - v)).toBeLessThan((Real === Float64Array ? 1e-12 : 1e-3) * scale),
          );
        }
      }
    }
  });
});

test("a matrix without a factor, and one without an inverse, spoil no others", () => {
  const { A } = given(3, 1, Float64Array, true);
  A.data.fill(0, 9, 18);
  A.data[18] = -1;
  const L = flat(h.vmap(h.cholesky)(A));
  expect(L.slice(9, 18).map(Number.isNaN)).toEqual([1, 0, 0, 1, 1, 0, 1, 1, 1].map(Boolean));
  expect(L.slice(18, 27).map(Number.isNaN)).toEqual([1, 0, 0, 1, 1, 0, 1, 1, 1].map(Boolean));
  expect(L.slice(0, 9)).toEqual(flat(h.cholesky(part(A, 0))));
  expect(L.slice(27, 36)).toEqual(flat(h.cholesky(part(A, 3))));
  const inverses = flat(h.inv(A));
  expect(inverses.slice(9, 18).every((x) => !Number.isFinite(x))).toBe(true);
  expect(inverses.slice(27, 36)).toEqual(flat(h.inv(part(A, 3))));
});
