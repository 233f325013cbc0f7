// Numbers, arrays and comparisons of the tests of many directions.
import { expect } from "vitest";
import { matmul, softplus, sum, type Tensor } from "../../src/index.ts";

export const numbers = (count: number, seed = 1): Float64Array => {
  let s = seed;
  return Float64Array.from({ length: count }, () => {
    s = (s * 48271) % 0x7fffffff;
    return (2 * s) / 0x7fffffff - 1;
  });
};
export const array = (data: Float64Array, ...shape: number[]) => ({ data, shape });

/** Matrices above the size from which a program takes several directions at once. */
export const [M, N] = [220, 80];
export const X = array(numbers(M * N), M, N);
export const logistic = (w: Tensor): Tensor => sum(softplus(matmul(X, w)));
/** `Xᵀ diag(σ(1 - σ)) X` of plain numbers. */
export function logisticHessian(w: Float64Array): Float64Array {
  const H = new Float64Array(N * N);
  for (let i = 0; i < M; i++) {
    const row = X.data.subarray(i * N, (i + 1) * N);
    const z = row.reduce((s, x, j) => s + x * w[j]!, 0);
    const d = 1 / (2 + Math.exp(z) + Math.exp(-z));
    for (let j = 0; j < N; j++) for (let k = 0; k < N; k++) H[j * N + k]! += d * row[j]! * row[k]!;
  }
  return H;
}
export const times = (H: Float64Array, v: Float64Array): Float64Array =>
  v.map((_, i) => v.reduce((s, x, j) => s + H[i * v.length + j]! * x, 0));

export function near(got: ArrayLike<number>, want: ArrayLike<number>, tolerance = 1e-12): void {
  expect(got.length).toBe(want.length);
  const scale = Math.max(1, ...Array.from(want, Math.abs));
  for (let i = 0; i < want.length; i++) expect(Math.abs(got[i]! - want[i]!) / scale).toBeLessThan(tolerance);
}
