// Reductions: NumPy's answers, at once and compiled, and derivatives by hand.
import { describe, expect, test } from "vitest";
import type { Tensor } from "../../src/index.ts";
import * as h from "../../src/index.ts";
import { check } from "../harness/values.ts";

const A = [
  [1, 2, 3],
  [4, 5, 6],
];

describe("reductions", () => {
  test("over all axes, one, several, none; kept or not", () => {
    check((x) => h.sum(x), A, 21);
    check((x) => h.sum(x, { axis: 0 }), A, [5, 7, 9]);
    check((x) => h.sum(x, -1), A, [6, 15]);
    check((x) => h.sum(x, [0, 1]), A, 21);
    check((x) => h.sum(x, { axis: [] }), A, A);
    check((x) => h.sum(x, { axis: 1, keepdims: true }), A, [[6], [15]]);
    check((x) => h.sum(x, { keepdims: true }), A, [[21]]);
    check((x) => h.mean(x, { axis: 0 }), A, [2.5, 3.5, 4.5]);
    check((x) => h.max(x, { axis: 0 }), A, [4, 5, 6]);
    check((x) => h.min(x, { axis: 1, keepdims: true }), A, [[1], [4]]);
    check((x) => h.prod(x, { axis: 1 }), A, [6, 120]);
  });
  test("of nothing", () => {
    check((x) => h.sum(x), [], 0);
    check((x) => h.prod(x), [], 1);
    check((x) => h.mean(x), [], Number.NaN);
    check((x) => h.logsumexp(x), [], Number.NEGATIVE_INFINITY);
  });
  test("of booleans: counted, any, all", () => {
    const bits = [true, false, true];
    expect(h.sum(bits)).toBe(2);
    expect(h.max(bits)).toBe(true);
    expect(h.min(bits)).toBe(false);
    expect(h.mean(bits)).toBe(2 / 3);
  });
  test("the product's derivatives at zeros", () => {
    expect(h.grad((x) => h.prod(x))([2, 0, 3])).toEqual(Float64Array.of(0, 6, 0));
    expect(h.hvp((x: Tensor) => h.prod(x), [2, 0, 3], [1, 0, 0])).toEqual(Float64Array.of(0, 3, 0));
  });
});

describe("logsumexp", () => {
  const f = (x: Tensor) => h.logsumexp(x);
  const inf = Number.POSITIVE_INFINITY;
  test("does not overflow", () => {
    check((x) => h.logsumexp(x), [1000, 1000], 1000 + Math.LN2);
    check((x) => h.logsumexp(x), [-1000, -1000], -1000 + Math.LN2);
    check(
      (x) => h.logsumexp(x, { axis: 1 }),
      [
        [0, 0],
        [1, 1],
      ],
      [Math.LN2, 1 + Math.LN2],
    );
  });
  test("infinities", () => {
    check((x) => h.logsumexp(x), [-inf, 3], 3);
    check((x) => h.logsumexp(x), [-inf, -inf], -inf);
    check((x) => h.logsumexp(x), [inf, 3], inf);
    check((x) => h.logsumexp(x), [inf, -inf], inf);
    expect(f).toBeTypeOf("function");
  });
  test("derivatives", () => {
    expect(h.grad(f)([5, 5])).toEqual(Float64Array.of(0.5, 0.5));
    expect(h.hvp(f, [5, 5], [1, 0])).toEqual(Float64Array.of(0.25, -0.25));
    expect(h.grad(f)([-inf, 3])).toEqual(Float64Array.of(0, 1));
    expect(h.hvp(f, [-inf, 3], [1, 1])).toEqual(Float64Array.of(0, 0));
    expect(h.grad(f)([-inf, -inf])).toEqual(Float64Array.of(0, 0));
    expect(h.grad(f)([inf, 3])[1]).toBe(0);
  });
});
