// One-shot evaluation: what is compiled again and what is not.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { grad, hvp, matmul, mul, pow, sin, sum, type Tensor } from "../../src/index.ts";

let compiled: ReturnType<typeof vi.spyOn>;
beforeEach(() => {
  compiled = vi.spyOn(WebAssembly, "Module");
});
afterEach(() => {
  compiled.mockRestore();
});

test("a fresh closure of a known structure is not compiled again", () => {
  const once = () => hvp((x) => sum(mul(3, sin(x))), [0.5, 1], [1, 2]);
  const first = once();
  const after = compiled.mock.calls.length;
  for (let k = 0; k < 20; k++) expect(once()).toEqual(first);
  expect(compiled.mock.calls.length).toBe(after);
});

test("a number that changes from call to call costs one more compilation, not one each", () => {
  const at = (t: number) => grad((x: Tensor) => sum(mul(t, sin(x))))([0.5, 1]);
  at(0.1);
  at(0.2);
  const after = compiled.mock.calls.length;
  for (let k = 0; k < 50; k++) {
    const t = 0.3 + k / 7;
    const g = at(t);
    expect(Math.abs((g[0] as number) - t * Math.cos(0.5))).toBeLessThan(1e-14 * (1 + t));
  }
  // Whole and half numbers (t = 9.3 … passes none) stay part of the structure.
  expect(compiled.mock.calls.length).toBe(after);
});

test("exponents that change keep their rules", () => {
  for (const p of [0.3, 1.7, 2, 2.3, -0.7, 3, 0.5, 0]) {
    const g = grad((x: Tensor) => sum(pow(x, p)))([0.5, 2]);
    for (const [i, x] of [0.5, 2].entries()) expect(Math.abs((g[i] as number) - p * x ** (p - 1))).toBeLessThan(1e-14);
  }
});

test("captured arrays are seen as they are at each call", () => {
  const a = Float64Array.of(1, 2, 3, 4);
  const f = (x: Tensor) => sum(matmul({ data: a, shape: [2, 2] }, x));
  expect(grad(f)([1, 1])).toEqual(Float64Array.of(4, 6));
  a[0] = 10;
  expect(grad(f)([1, 1])).toEqual(Float64Array.of(13, 6));
});
