// Hessians by matrices that are factors of products: the unit vectors of their elements pick rows and columns.
import { describe, expect, test } from "vitest";
import * as h from "../../src/index.ts";
import { flat } from "../harness/flat.ts";
import { rng, vector } from "../harness/rng.ts";

type T = h.Tensor;
type F = (w: T) => T;
const matrix = (seed: number, rows: number, columns: number) => ({
  data: vector(rng(seed), rows * columns),
  shape: [rows, columns],
});
/** Columns one by one along numbers, by a program that knows no unit vectors. */
function byProducts(f: F, w: { data: Float64Array; shape: number[] }): number[] {
  const at = h.objective(f, w).at(w);
  const unit = (k: number) => ({ data: Float64Array.from(w.data, (_, i) => Number(i === k)), shape: w.shape });
  return Array.from(w.data, (_, k) => [...flat(at.hvp(unit(k)))]).flat();
}

describe.each([
  [2, 3, 4],
  [5, 2, 6],
  [1, 3, 2],
  [3, 1, 2],
  [3, 4, 1],
  [7, 5, 5],
])("%i × %i, %i", (rows, columns, other) => {
  const [left, right] = [matrix(1, other, rows), matrix(2, columns, other)];
  const w = matrix(3, rows, columns);
  const cases: [string, F][] = [
    ["A W", (w) => h.sum(h.tanh(h.matmul(left, w)))],
    ["W B", (w) => h.sum(h.exp(h.matmul(w, right)))],
    ["A W B", (w) => h.sum(h.square(h.sin(h.matmul(h.matmul(left, w), right))))],
    ["tanh(A W) c", (w) => h.sum(h.square(h.matmul(h.tanh(h.matmul(left, w)), vector(rng(4), columns))))],
    ["tanh(A W) B", (w) => h.sum(h.square(h.matmul(h.tanh(h.matmul(left, w)), right)))],
    ["Wᵀ W", (w) => h.sum(h.square(h.matmul(h.transpose(w), w)))],
  ];
  test.each(cases)("%s", (_, f) => {
    const expected = byProducts(f, w);
    const size = Math.max(1, ...expected.map(Math.abs));
    // Sums of at most a few dozen terms, in another order.
    for (const H of [h.hessian(f)(w), h.objective(f, w).hessian(w), h.jit(h.hessian(f))(w)])
      flat(H as never).forEach((v, k) => expect(Math.abs(v - (expected[k] as number))).toBeLessThan(1e-13 * size));
  });
  test("‖A W‖²: twice AᵀA for each column", () => {
    const H = flat(h.hessian((w: T) => h.sum(h.square(h.matmul(left, w))))(w));
    const a = (i: number, r: number): number => left.data[i * rows + r] as number;
    H.forEach((v, k) => {
      const [p, q] = [Math.floor(k / (rows * columns)), k % (rows * columns)];
      const [r, s] = [Math.floor(p / columns), Math.floor(q / columns)];
      const gram = Array.from({ length: other }, (_, i) => a(i, r) * a(i, s)).reduce((x, y) => x + y, 0);
      expect(v).toBeCloseTo(p % columns === q % columns ? 2 * gram : 0, 13);
    });
  });
});

test("columns that are not finite leave the others alone", () => {
  // Sums of rows, and of columns, each twice: their roots have the second derivatives -1 / (4 · 16 √16), and -∞ at 0.
  const ones = { data: Float64Array.of(1, 1, 1, 1), shape: [2, 2] };
  const [none, some] = [-Infinity, -2 / 256];
  const rows = [none, none, 0, 0, none, none, 0, 0, 0, 0, some, some, 0, 0, some, some];
  const columns = [none, 0, none, 0, 0, some, 0, some, none, 0, none, 0, 0, some, 0, some];
  const cases: [F, number[], number[]][] = [
    [(w) => h.sum(h.sqrt(h.matmul(w, ones))), [0, 0, 4, 12], rows],
    [(w) => h.sum(h.sqrt(h.matmul(ones, w))), [0, 4, 0, 12], columns],
  ];
  for (const [f, data, expected] of cases) {
    const w = { data: Float64Array.from(data), shape: [2, 2] };
    // Zeros of either sign.
    expect(flat(h.hessian(f)(w)).map((v) => v + 0)).toEqual(expected);
    expect(flat(h.objective(f, w).hessian(w)).map((v) => v + 0)).toEqual(expected);
  }
});
