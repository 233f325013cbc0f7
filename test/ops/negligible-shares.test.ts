// Shares of softmax and logsumexp below 2^-970 (float32: 2^-103) of the largest are 0: no subnormal number is made of
// them.
import { describe, expect, test } from "vitest";
import * as h from "../../src/index.ts";
import { flat } from "../harness/flat.ts";

describe.each([
  ["float64", Float64Array, 970, 2 ** -1022, 1e-13],
  ["float32", Float32Array, 103, 2 ** -126, 1e-5],
] as const)("%s", (_dtype, Real, bits, least, tolerance) => {
  const limit = -bits * Math.LN2;
  test("exact above the limit, 0 below it", () => {
    const above = Real.of(0, limit + 0.01);
    const share = Math.exp(above[1] as number);
    for (const y of [h.softmax(above), h.grad((x: h.Tensor) => h.logsumexp(x))(above)])
      expect(Math.abs((flat(y)[1] as number) / share - 1)).toBeLessThan(tolerance);
    const below = Real.of(0, limit - 0.01);
    expect(flat(h.softmax(below))).toEqual([1, 0]);
    expect(flat(h.grad((x: h.Tensor) => h.logsumexp(x))(below))).toEqual([1, 0]);
    expect(h.logsumexp(below)).toBe(0);
  });
  test("no subnormal number in values and derivatives", () => {
    const x = Real.from(Array.from({ length: 400 }, (_, i) => (-i * bits) / 300));
    const v = Real.from(Array.from({ length: 400 }, (_, i) => 1 + (i % 3)));
    const f = (y: h.Tensor): h.Tensor => h.logsumexp(y) as h.Tensor;
    const all = [h.softmax(x), h.grad(f)(x), h.hvp(f, x, v)].flatMap(flat);
    expect(all.filter((y) => y !== 0 && Math.abs(y) < least)).toEqual([]);
  });
});
