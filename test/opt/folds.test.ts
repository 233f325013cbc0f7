// Folded constants are what the program would have computed: integers wrap and saturate, scales do not overflow on
// the way.
import { expect, test } from "vitest";
import {
  astype,
  div,
  exp,
  full,
  grad,
  gt,
  hessian,
  hvp,
  jit,
  log,
  mul,
  NdArray,
  pow,
  sin,
  sqrt,
  square,
  sum,
  type Tensor,
  take,
  where,
} from "../../src/index.ts";

const ints = (v: number): Tensor => full([2], v, { dtype: "int32" }) as unknown as Tensor;
test("int32 products wrap around", () => {
  expect(jit(() => mul(ints(123456789), ints(987654321)))()).toEqual(
    new Int32Array(2).fill(Math.imul(123456789, 987654321)),
  );
  expect(jit(() => square(ints(123456789)))()).toEqual(new Int32Array(2).fill(Math.imul(123456789, 123456789)));
});
test("conversion to int32 saturates", () => {
  expect(jit(() => astype(full([2], 3e9), "int32"))()).toEqual(new Int32Array(2).fill(2147483647));
  expect(jit(() => astype(full([2], Number.NaN), "int32"))()).toEqual(new Int32Array(2));
});
test("powers of two are merged only where nothing can overflow", () => {
  expect(jit((x: Tensor) => mul(2 ** 600, mul(2 ** 600, x)))([2 ** -700])).toEqual(Float64Array.of(2 ** 500));
  expect(jit((x: Tensor) => mul(2 ** -600, mul(2 ** -600, x)))([2 ** 700])).toEqual(Float64Array.of(2 ** -500));
  expect(jit((x: Tensor) => mul(mul(2 ** 600, x), mul(2 ** -500, x)))([2 ** -300])).toEqual(Float64Array.of(2 ** -500));
  expect(jit((x: Tensor) => div(x, 2 ** -140))(Float32Array.of(0, 2 ** -140, 1))).toEqual(
    Float32Array.of(0, 1, Number.POSITIVE_INFINITY),
  );
});
test("x to a traced power 0 keeps its mixed derivative", () => {
  const H = hessian((z: Tensor) => pow(z.at(0), z.at(1)))([2, 0]) as NdArray;
  const want = [0, 0.5, 0.5, Math.log(2) ** 2];
  want.forEach((w, i) => {
    expect(Math.abs((H.data[i] as number) - w)).toBeLessThan(1e-15);
  });
  expect(
    [...(hessian((z: Tensor) => pow(z.at(0), z.at(1)))([0, 0]) as NdArray).data].every((v) => !Number.isNaN(v)),
  ).toBe(true);
});
test("sin and cos of small angles beside large and non-finite ones", () => {
  for (const big of [1e6, 1e22, Number.POSITIVE_INFINITY, Number.NaN]) {
    for (const small of [5e-4, -1e-5, 1e-3, 0, 1, 7e4, 5e-324]) {
      const x = Float64Array.from({ length: 16 }, (_, i) => (i % 2 ? big : small));
      const h = hvp((x: Tensor) => sum(sin(x)), x, new Float64Array(16).fill(1));
      for (let i = 0; i < 16; i += 2) expect(Math.abs((h[i] as number) + Math.sin(small))).toBeLessThanOrEqual(2e-16);
      for (let i = 1; i < 16; i += 2) {
        if (Number.isFinite(big)) expect(Math.abs((h[i] as number) + Math.sin(big))).toBeLessThan(2e-16);
        else expect(h[i]).toBeNaN();
      }
      const f = sin(Float32Array.from(x)) as Float32Array;
      expect(Math.abs((f[0] as number) - Math.sin(Math.fround(small)))).toBeLessThan(1e-7);
    }
  }
});
test("arrays that do not fit their shape never reach the shared memory", () => {
  const wrong = new NdArray(Float64Array.of(1, 1), [5, 5], "float64");
  expect(() => sum(exp(wrong))).toThrow();
});
test("a mask survives a gather", () => {
  const f = (x: Tensor) => sum(where(gt(take(x, [0, 1, 1]), 0), take(log(x), [0, 1, 1]), 0));
  expect(grad(f)([0, 2])).toEqual(Float64Array.of(0, 1));
  expect(hvp(f, [0, 2], [1, 1])).toEqual(Float64Array.of(0, -0.5));
  const g = (x: Tensor) =>
    sum(
      where(
        [[true], [false]],
        take(sqrt(x), [
          [0, 2],
          [1, 1],
        ]),
        0,
      ),
    );
  expect(grad(g)([4, 0, 1])).toEqual(Float64Array.of(0.25, 0, 0.5));
});
