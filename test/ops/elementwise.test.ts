// Element-wise operations: NumPy's answers, at once and compiled, and derivatives by hand.
import { describe, expect, test } from "vitest";
import type { Tensor, TensorLike } from "../../src/index.ts";
import * as h from "../../src/index.ts";
import { specialFunctions } from "../harness/special-functions.ts";
import { check, plain } from "../harness/values.ts";

const A = [
  [1, 2, 3],
  [4, 5, 6],
];
const V = [10, 20, 30];

describe("arithmetic", () => {
  test("broadcasts as NumPy", () => {
    check((x) => h.add(x, V), A, [
      [11, 22, 33],
      [14, 25, 36],
    ]);
    check((x) => h.mul(x, [[2], [3]]), A, [
      [2, 4, 6],
      [12, 15, 18],
    ]);
    check(
      (x) => h.sub([[1], [2]], x),
      [1, 2],
      [
        [0, -1],
        [1, 0],
      ],
    );
    check((x) => h.add(x, new Float64Array(0)), 1, []);
    check((x) => h.add(x, [[1]]), [], [[]]);
  });
  test("values", () => {
    check((x) => h.div(x, 2), [1, 3], [0.5, 1.5]);
    check(h.neg, [1, -2], [-1, 2]);
    check(h.abs, [-1, 2], [1, 2]);
    check(h.sign, [-3, 0, 2], [-1, 0, 1]);
    check(h.square, [-3, 2], [9, 4]);
    check(h.sqrt, [4, 9], [2, 3]);
    check(h.reciprocal, [4], [0.25]);
    check((x) => h.pow(x, 3), [2, -2], [8, -8]);
    check((x) => h.pow(2, x), [0, 1, 3], [1, 2, 8]);
    check((x) => h.pow(x, [0, 2]), [5, 3], [1, 9]);
    check((x) => h.maximum(x, 2), [1, 3], [2, 3]);
    check((x) => h.minimum(x, 2), [1, 3], [1, 2]);
    check((x) => h.clip(x, 0, 1), [-1, 0.5, 2], [0, 0.5, 1]);
    check((x) => h.clip(x, null, 1), [-1, 2], [-1, 1]);
    check((x) => h.clip(x, 0), [-1, 2], [0, 2]);
    check((x) => h.clip(x, 0, 1), [Number.NaN], [Number.NaN]);
  });
  test("integers stay integers", () => {
    expect(h.mul(Int32Array.of(2, 3), Int32Array.of(4, 5))).toEqual(Int32Array.of(8, 15));
    expect(h.neg(Int32Array.of(2))).toEqual(Int32Array.of(-2));
    expect(h.abs(Int32Array.of(-2))).toEqual(Int32Array.of(2));
    expect(h.sum(Int32Array.of(2, 3))).toBe(5);
    expect(h.max(Int32Array.of(2, 3))).toBe(3);
    expect(h.mean(Int32Array.of(2, 3))).toBe(2.5);
    expect(h.matmul([[1, 2]], Int32Array.of(3, 4))).toEqual(Int32Array.of(11));
    expect(
      plain(
        h.matmul(
          { data: Int32Array.of(1, 2, 3, 4), shape: [2, 2] },
          { data: Int32Array.of(5, 6, 7, 8), shape: [2, 2] },
        ),
      ),
    ).toEqual([
      [19, 22],
      [43, 50],
    ]);
  });
  test("clip's derivative is 1 at the limits and 0 beyond", () => {
    expect(h.grad((x) => h.sum(h.clip(x, 0, 1)))([-1, 0, 0.5, 1, 2])).toEqual(Float64Array.of(0, 1, 1, 1, 0));
  });
});

describe("elementary functions", () => {
  const near = (f: (x: TensorLike) => TensorLike, g: (x: number) => number, xs: number[]) => {
    for (const y of [f(xs), h.jit((t: Tensor) => f(t) as Tensor)(xs)]) {
      (y as Float64Array).forEach((v, i) =>
        expect(Math.abs(v - g(xs[i]!))).toBeLessThanOrEqual(1e-15 * 4 * Math.max(Math.abs(v), Number.MIN_VALUE)),
      );
    }
  };
  const xs = [-2.5, -0.1, 0.3, 1, 4];
  test.each([
    ["exp", h.exp, Math.exp, xs],
    ["expm1", h.expm1, Math.expm1, xs],
    ["log", h.log, Math.log, [0.1, 1, 7]],
    ["log1p", h.log1p, Math.log1p, [-0.5, 1e-9, 3]],
    ["sin", h.sin, Math.sin, xs],
    ["cos", h.cos, Math.cos, xs],
    ["tan", h.tan, Math.tan, xs],
    ["atan", h.atan, Math.atan, xs],
    ["tanh", h.tanh, Math.tanh, xs],
    ["sigmoid", h.sigmoid, (x: number) => 1 / (1 + Math.exp(-x)), xs],
    ["softplus", h.softplus, (x: number) => Math.log1p(Math.exp(x)), xs],
    ["erf", h.erf, specialFunctions["erf"]!, xs],
    ["erfc", h.erfc, specialFunctions["erfc"]!, xs],
    ["gelu", h.gelu, (x: number) => 0.5 * x * specialFunctions["erfc"]!(-x * Math.SQRT1_2), xs],
    [
      "gelu with tanh",
      (x: TensorLike) => h.gelu(x, { approximate: true }),
      (x: number) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
      [-0.1, 0.3, 1, 4],
    ],
  ] as const)("%s", (_name, f, g, points) => near(f as (x: TensorLike) => TensorLike, g, [...points]));
});

describe("comparison and logic", () => {
  test("values", () => {
    check((x) => h.lt(x, 2), [1, 2, 3], [1, 0, 0]);
    check((x) => h.le(x, 2), [1, 2, 3], [1, 1, 0]);
    check((x) => h.gt(x, 2), [1, 2, 3], [0, 0, 1]);
    check((x) => h.ge(x, 2), [1, 2, 3], [0, 1, 1]);
    check((x) => h.eq(x, 2), [1, 2, 3], [0, 1, 0]);
    check((x) => h.ne(x, 2), [1, 2, 3], [1, 0, 1]);
    check((x) => h.and(h.gt(x, 1), h.lt(x, 3)), [1, 2, 3], [0, 1, 0]);
    check((x) => h.or(h.le(x, 1), x), [0, 2], [1, 1]);
    check((x) => h.not(x), [0, 2], [1, 0]);
    check(
      (x) => h.where(h.gt(x, 1), x, [[0], [-1]]),
      [1, 2],
      [
        [0, 2],
        [-1, 2],
      ],
    );
  });
  test("an arm not taken contributes nothing, in either order of derivative", () => {
    const f = (x: Tensor) => h.sum(h.where(h.gt(x, 0), h.log(x), 0));
    expect(h.grad(f)([0, 2])).toEqual(Float64Array.of(0, 0.5));
    expect(h.hvp(f, [0, 2], [1, 1])).toEqual(Float64Array.of(0, -0.25));
  });
  test("stopGradient", () => expect(h.grad((x) => h.mul(x, h.stopGradient(x)))(3)).toBe(3));
});

test("derivatives of powers that are no whole ones are those of +0 at -0", () => {
  // c·xᶜ⁻¹ and c(c - 1)·xᶜ⁻², with the values of Annex F: a power that is no odd integer has no sign there.
  for (const c of [0.5, 1.5, -0.5, -1.5, -2.5, 0.3, -0.7])
    for (const x of [0, -0]) {
      const f = (t: Tensor): Tensor => h.pow(t, c);
      expect(h.grad(f)(x), `gradient of x^${c} at ${x}`).toBe(c * x ** (c - 1));
      expect(h.hvp(f, x, 1), `curvature of x^${c} at ${x}`).toBe(c * (c - 1) * x ** (c - 2));
    }
});

describe("derivatives of x log y", () => {
  test("stay in range on the way: of 1/(x log x) at a large x (mpmath)", () => {
    const x = [6.811327874485732e118];
    const g = h.grad((z: Tensor) => h.sum(h.div(1, h.xlogy(z, z))))(x) as unknown as Float64Array;
    expect((g[0] as number) / -7.906187937222302e-241).toBeCloseTo(1, 14);
  });
  test.each([5e-324, 1e-310, 1e-300])("are log y and 0 at x = 0 and y = %d", (y) => {
    const g = h.grad((z: Tensor) => h.xlogy(z.at(0), z.at(1)))([0, y]) as unknown as Float64Array;
    const [first, second] = [...g] as [number, number];
    expect(first / Math.log(y)).toBeCloseTo(1, 14);
    expect(second).toBe(0);
  });
});
