// Arrays refilled while a function is traced: each capture has the content it had then.
import { expect, test } from "vitest";
import { add, grad, mul, objective, sum, type Tensor, take } from "../../src/index.ts";

const refill: Record<string, () => { fill(i: number): void; now(): Float64Array | number[] }> = {
  Float64Array: () => {
    const buffer = new Float64Array(3);
    return { fill: (i) => buffer.set([i, i + 1, i + 2]), now: () => buffer };
  },
  "number[]": () => {
    const buffer = [0, 0, 0];
    return { fill: (i) => buffer.splice(0, 3, i, i + 1, i + 2), now: () => buffer };
  },
};
test.each(Object.keys(refill))("%s", (name) => {
  const { fill, now } = (refill[name] as (typeof refill)[string])();
  const f = (x: Tensor): Tensor => {
    let s: Tensor = sum(mul(x, 0));
    for (let i = 0; i < 3; i++) {
      fill(i);
      s = add(s, sum(mul(x, now())));
    }
    return s;
  };
  expect(grad(f)([1, 1, 1])).toEqual(Float64Array.of(3, 6, 9));
  expect(objective(f, [1, 1, 1]).grad([1, 1, 1])).toEqual(Float64Array.of(3, 6, 9));
});
test("indices", () => {
  const at = new Int32Array(1);
  const f = (x: Tensor): Tensor => {
    let s: Tensor = sum(mul(x, 0));
    for (let i = 0; i < 3; i++) {
      at[0] = i;
      s = add(s, mul(10 ** i, sum(take(x, at))));
    }
    return s;
  };
  expect(grad(f)([1, 2, 3])).toEqual(Float64Array.of(1, 10, 100));
});
