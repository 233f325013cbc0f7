// Numbers and lists of numbers take the type of what they meet inside a compiled function, as they do outside one.
import { expect, test } from "vitest";
import { jit, mul, type Tensor } from "../../src/index.ts";

test("lists beside float32 stay float32, and compiled programs are told apart by it", () => {
  const f = jit((x: Tensor, y: Tensor) => mul(x, y)) as unknown as (x: unknown, y: unknown) => unknown;
  const x = Float32Array.of(1.1);
  // 2 · fround(1.1) is exact in either type.
  const want = 2 * Math.fround(1.1);
  for (const y of [[2], 2]) expect(f(x, y)).toEqual(Float32Array.of(want));
  expect(f(x, Float64Array.of(2))).toEqual(Float64Array.of(want));
  expect(f(x, [2])).toEqual(Float32Array.of(want));
  expect(f([3], [2])).toEqual(Float64Array.of(6));
  expect(f({ data: [3, 4], shape: [2] }, Float32Array.of(2, 3))).toEqual(mul([3, 4], Float32Array.of(2, 3)));
});
