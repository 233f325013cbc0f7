// One-shot evaluation: what is compiled again and what is not.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  add,
  arange,
  grad,
  hvp,
  jit,
  lt,
  matmul,
  mul,
  pow,
  sin,
  square,
  sum,
  type Tensor,
  take,
  where,
} from "../../src/index.ts";

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
  expect(compiled.mock.calls.length).toBe(after);
});

test("whole numbers that change from call to call are arguments from the second on", () => {
  const uses: Record<string, [(k: number) => unknown, (k: number) => unknown]> = {
    "a float64 factor": [(k) => grad((x: Tensor) => sum(mul(k, sin(x))))([0]), (k) => Float64Array.of(k)],
    "a half": [(k) => grad((x: Tensor) => sum(mul(k + 0.5, sin(x))))([0]), (k) => Float64Array.of(k + 0.5)],
    "beside a fraction that changes too": [
      (k) => grad((x: Tensor) => sum(mul(k, sin(mul(k / 7 + 0.01, x)))))([0]),
      (k) => Float64Array.of(k * (k / 7 + 0.01)),
    ],
    "int32 arithmetic": [(k) => add(mul(k, Int32Array.of(3, -4)), 11 * k), (k) => Int32Array.of(14 * k, 7 * k)],
    "int32 beyond the range": [(k) => mul(Int32Array.of(2 ** 30), k), (k) => Int32Array.of((2 ** 30 * k) | 0)],
    "an offset of indices": [
      (k) => grad((x: Tensor) => sum(take(x, add(Int32Array.of(0, 1), k))))(new Float64Array(30)),
      (k) => Float64Array.from({ length: 30 }, (_, i) => Number(i === k || i === k + 1)),
    ],
    "compared to data": [(k) => where(lt([k - 1, k], k), [7, 8], k), (k) => Float64Array.of(7, k)],
  };
  for (const [name, [at, want]] of Object.entries(uses)) {
    // Powers of two may have a structure of their own.
    for (const k of [2, 3, 4, 5]) expect(at(k), name).toEqual(want(k));
    const after = compiled.mock.calls.length;
    for (const k of [5, 7, 16, 21, 27, 5]) expect(at(k), name).toEqual(want(k));
    expect(compiled.mock.calls.length, name).toBe(after);
    // Those that shape code still do.
    for (const k of [0, 1, -1]) if (k >= 0 || !name.includes("ind")) expect(at(k), name).toEqual(want(k));
  }
});

test("numbers that places are compared to stay known", () => {
  const at = (k: number) =>
    grad((x: Tensor) => sum(where(lt(arange(10, { dtype: "int32" }), k), square(x), 0)))(Array(10).fill(1));
  for (const k of [2, 3, 4, 5, 6, 0, 1, 9])
    expect(at(k)).toEqual(Float64Array.from({ length: 10 }, (_, i) => (i < k ? 2 : 0)));
});

test("exponents that change keep their rules", () => {
  for (const p of [0.3, 1.7, 2, 2.3, -0.7, 3, 0.5, 0, 4, 5, 6, -2, -3, 1, 7]) {
    const g = grad((x: Tensor) => sum(pow(x, p)))([0.5, 2]);
    for (const [i, x] of [0.5, 2].entries())
      expect(Math.abs((g[i] as number) - p * x ** (p - 1))).toBeLessThan(
        1e-14 * Math.max(1, Math.abs(p * x ** (p - 1))),
      );
  }
});

test("powers have the bits of their own exponent, whatever exponents came before", () => {
  const x = Float64Array.of(0.3, 1.7, 2.9);
  const slope = (p: number) => grad((t: Tensor) => sum(pow(sin(t), p)));
  const exponents = [2, 3, 4, 5, 6, 7, -1.5, -2.5, 1.5, 2.5, -2, -3];
  const compiledOnce = exponents.map((p) => jit(slope(p))(x));
  exponents.forEach((p, i) => void expect(slope(p)(x)).toEqual(compiledOnce[i]));
});

test("captured arrays are seen as they are at each call", () => {
  const a = Float64Array.of(1, 2, 3, 4);
  const f = (x: Tensor) => sum(matmul({ data: a, shape: [2, 2] }, x));
  expect(grad(f)([1, 1])).toEqual(Float64Array.of(4, 6));
  a[0] = 10;
  expect(grad(f)([1, 1])).toEqual(Float64Array.of(13, 6));
});
