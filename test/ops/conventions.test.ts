// Conventions of reductions and activations where there is no derivative, and masks around them: exact values, in
// every composition.
import { describe, expect, test } from "vitest";
import * as h from "../../src/index.ts";
import { grad, hvp, jvp, type Tensor, vdot, vmap } from "../../src/index.ts";
import { plain } from "../harness/values.ts";

type F = (x: Tensor) => Tensor;
const numbers = (v: unknown): number[] => (plain(v) as number[]).map((x) => x + 0);

/** Gradient, and the Hessian's product with (1, 2, …) in three compositions. */
function expectDerivatives(f: F, x: number[], slope: number[], curvature: number[] = x.map(() => 0)): void {
  const v = x.map((_, i) => i + 1);
  expect(numbers(grad(f)(x))).toEqual(slope);
  expect(numbers(hvp(f, x, v))).toEqual(curvature);
  expect(numbers(jvp(grad(f), [x], [v])[1])).toEqual(curvature);
  expect(numbers(grad((t: Tensor) => vdot(grad(f)(t) as Tensor, v))(x))).toEqual(curvature);
  expect(numbers(grad((t: Tensor) => (jvp(f, [t], [v]) as [Tensor, Tensor])[1])(x))).toEqual(curvature);
  expect(numbers(h.ravel(vmap(grad(f))([x, x])))).toEqual([...slope, ...slope]);
}

describe("kinks", () => {
  test("the Euclidean norm at 0, and along axes where some are 0", () => {
    expectDerivatives((x) => h.norm(x), [0, 0, 0], [0, 0, 0]);
    // At (5, 0) the Hessian is diag(0, 1/5).
    expectDerivatives((x) => h.sum(h.norm(x.reshape([2, 2]), 1)), [0, 0, 5, 0], [0, 0, 1, 0], [0, 0, 0, 0.8]);
  });
  test("the standard deviation of equal elements", () => {
    expect(h.std([5, 5, 5])).toBe(0);
    expectDerivatives((x) => h.std(x), [5, 5, 5], [0, 0, 0]);
    expectDerivatives((x) => h.std(x), [7], [0]);
  });
  test("the other norms: signs, shared ties", () => {
    expectDerivatives((x) => h.norm(x, { ord: 1 }), [-3, 0, 2], [-1, 0, 1]);
    expectDerivatives((x) => h.norm(x, { ord: Infinity }), [-3, 3, 2], [-0.5, 0.5, 0]);
    expectDerivatives((x) => h.norm(x, { ord: -Infinity }), [-3, 3, 5], [-0.5, 0.5, 0]);
  });
  test("running extrema share ties, as max and min do", () => {
    // Weights 1; 10 and 100 shared by two; 1200 shared by three.
    expectDerivatives((x) => h.sum(h.mul([1, 10, 100, 1200], h.cummax(x))), [2, 2, 1, 2], [456, 455, 0, 400]);
    const last =
      (op: (x: Tensor) => Tensor): F =>
      (x) =>
        op(x).at(-1);
    for (const x of [
      [1, 3, 3, 2],
      [3, 3, 3, 3],
    ]) {
      expect(plain(grad(last((t) => h.cummax(t)))(x))).toEqual(plain(grad((t: Tensor) => h.max(t))(x)));
      expect(plain(grad(last((t) => h.cummin(t)))(x))).toEqual(plain(grad((t: Tensor) => h.min(t))(x)));
    }
  });
  test("sorted ties: the first of equal elements comes first", () => {
    expectDerivatives((x) => h.sum(h.mul([1, 10, 100], h.sort(x))), [2, 1, 1], [100, 1, 10]);
    expectDerivatives((x) => h.median(x), [1, 1, 1], [0, 1, 0]);
  });
  test("activations", () => {
    expectDerivatives((x) => h.sum(h.relu(x)), [-1, 0, 2], [0, 0, 1]);
    expectDerivatives((x) => h.sum(h.relu6(x)), [-1, 0, 2, 6, 7], [0, 0, 1, 0, 0]);
    expectDerivatives((x) => h.sum(h.hardTanh(x)), [-1, 0, 1, 2], [0, 1, 0, 0]);
    expectDerivatives((x) => h.sum(h.leakyRelu(x, 0.25)), [-1, 0, 2], [0.25, 0.25, 1]);
    expectDerivatives((x) => h.sum(h.elu(x)), [0, 2, 1000], [1, 1, 1], [1, 0, 0]);
    expectDerivatives((x) => h.sum(h.softsign(x)), [0], [1], [0]);
    for (const f of [h.relu, h.relu6, h.hardTanh, h.leakyRelu, h.elu, h.selu, h.softsign])
      expect(f(Number.NaN)).toBeNaN();
    expect(numbers(h.softsign([Infinity, -Infinity]))).toEqual([1, -1]);
  });
});

describe("infinities", () => {
  const inf = Infinity;
  test("logsumexp", () => {
    expectDerivatives((x) => h.logsumexp(x), [inf, 3], [1, 0]);
    expectDerivatives((x) => h.logsumexp(x), [inf, 3, inf], [0.5, 0, 0.5], [-0.5, 0, 0.5]);
    expectDerivatives((x) => h.logsumexp(x), [-inf, -inf], [0, 0]);
    expectDerivatives((x) => h.logsumexp(x), [-inf, 5, 5], [0, 0.5, 0.5], [0, -0.25, 0.25]);
  });
  test("cumlogsumexp", () => {
    expect(numbers(h.cumlogsumexp([-inf, -inf, 1, inf, 3]))).toEqual([-inf, -inf, 1, inf, inf]);
    expectDerivatives((x) => h.sum(h.cumlogsumexp(x)), [-inf, -inf], [0, 0]);
    expectDerivatives((x) => h.sum(h.cumlogsumexp(x)), [-inf, 1, inf, 3], [0, 1, 2, 0]);
    expectDerivatives((x) => h.sum(h.cumlogsumexp(x, { reverse: true })), [3, inf, 1, -inf], [0, 2, 1, 0]);
  });
  test("softmax and logSoftmax", () => {
    expect(numbers(h.softmax([-inf, 5, 5]))).toEqual([0, 0.5, 0.5]);
    expect(numbers(h.softmax([inf, 5, inf]))).toEqual([0.5, 0, 0.5]);
    expect(numbers(h.logSoftmax([-inf, 5, 5]))).toEqual([-inf, -Math.LN2, -Math.LN2]);
    expectDerivatives((x) => h.sum(h.mul([1, 2, 4], h.softmax(x))), [-inf, 5, 5], [0, -0.5, 0.5], [0, 0, 0]);
  });
  test("medians and quantiles between infinities", () => {
    expect(h.median([inf, inf])).toBe(inf);
    expect(h.quantile([inf, inf, inf], 0.3)).toBe(inf);
    expect(h.quantile([1, inf], 0.25)).toBe(inf);
    expect(h.median([1, inf, -inf])).toBe(1);
  });
});

describe("masks survive", () => {
  // √x and log x have infinite derivatives at 0, where the mask is false.
  const root: F = (x) => h.where(h.gt(x, 0), h.sqrt(x), 0);
  test.each([
    ["cumsum", (x: Tensor) => h.cumsum(root(x))],
    ["cumprod", (x: Tensor) => h.cumprod(h.add(1, root(x)))],
    ["norm", (x: Tensor) => h.norm(root(x))],
    ["std", (x: Tensor) => h.std(root(x))],
    ["sort", (x: Tensor) => h.sort(root(x))],
    ["softmax", (x: Tensor) => h.mul([1, 2, 3], h.softmax(root(x)))],
    ["cumlogsumexp", (x: Tensor) => h.cumlogsumexp(root(x))],
    ["logsumexp", (x: Tensor) => h.logsumexp(root(x))],
    ["median", (x: Tensor) => h.median(root(x))],
    ["cummax", (x: Tensor) => h.cummax(root(x))],
  ] as [string, F][])("%s of a masked root", (_name, op) => {
    const f: F = (x) => h.sum(h.square(op(x)));
    const x = [4, 0, 1];
    const v = [1, 2, -1];
    const numbersOf = (y: unknown): number[] => Array.from(y as Float64Array);
    for (const y of [
      grad(f)(x),
      hvp(f, x, v),
      jvp(grad(f), [x], [v])[1],
      grad((t: Tensor) => vdot(grad(f)(t) as Tensor, v))(x),
      grad((t: Tensor) => (jvp(f, [t], [v]) as [Tensor, Tensor])[1])(x),
    ]) {
      expect(numbersOf(y).every(Number.isFinite), `${_name}: ${numbersOf(y)}`).toBe(true);
      expect(numbersOf(y)[1]).toBe(0);
    }
  });
  test("what a scan reaches only outside the mask is exactly zero, even where it has overflowed", () => {
    // 1e200 · 1e200 overflows at the second element; only the first counts.
    const f: F = (x) => h.sum(h.where([true, false, false], h.cumprod(x), 0));
    expectDerivatives(f, [1e200, 1e200, 1e200], [1, 0, 0]);
    const g: F = (x) => h.sum(h.where([true, false, false], h.cumsum(h.exp(x)), 0));
    expectDerivatives(g, [0, 1000, 1000], [1, 0, 0], [1, 0, 0]);
  });
  test("distances masked on the diagonal", () => {
    const f: F = (x) => {
      const d = h.sub(x.reshape([3, 1]), x.reshape([1, 3]));
      return h.sum(h.norm(h.stack([d, d], { axis: 2 }), { axis: 2 }));
    };
    // Σ √2 |xᵢ - xⱼ|, twice each pair
    expect(numbers(grad(f)([0, 1, 3])).map((v) => Math.round((v / Math.SQRT2) * 1e12) / 1e12)).toEqual([-4, 0, 4]);
    expect(numbers(hvp(f, [0, 1, 3], [1, 2, 3])).every((v) => Math.abs(v) < 1e-14)).toBe(true);
  });
});

test("norms and deviations neither overflow nor underflow", () => {
  expect(h.norm([3e300, 4e300])).toBe(5e300);
  expect(h.norm([3 * 2 ** -1070, 4 * 2 ** -1070])).toBe(5 * 2 ** -1070);
  expect(h.norm([Number.MAX_VALUE, 0])).toBe(Number.MAX_VALUE);
  expect(h.norm(Float32Array.of(3e37, 4e37)) as number).toBeCloseTo(5e37, -32);
  expect(h.norm(Float32Array.of(3 * 2 ** -148, 4 * 2 ** -148))).toBe(5 * 2 ** -148);
  expect(h.norm([Infinity, 1])).toBe(Infinity);
  expect(h.norm([NaN, 0])).toBeNaN();
  expect(h.std([-3e200, 3e200])).toBe(3e200);
});

test("logarithms of sums keep what hardly counts", () => {
  // log(1 + e⁻⁴⁰) = e⁻⁴⁰ - …, log(1 + 2e⁻⁵⁰): where the sum itself rounds to 1. Three roundings.
  const near = (got: unknown, want: number): void =>
    expect(Math.abs((got as number) / want - 1)).toBeLessThan(4 * 2 ** -53);
  near(h.logsumexp([0, -40]), Math.exp(-40));
  near(h.logsumexp([-50, 0, -50]), 2 * Math.exp(-50));
  const y = h.logSoftmax([7, -33]) as Float64Array;
  near(y[0], -Math.exp(-40));
  near(y[1], -40);
  expect(numbers(h.logSoftmax([3, 3]))).toEqual([-Math.LN2, -Math.LN2]);
  expect(h.logsumexp([5])).toBe(5);
});

test("of nothing", () => {
  expect(h.any([])).toBe(false);
  expect(h.all([])).toBe(true);
  expect(h.countNonzero([])).toBe(0);
  expect(h.norm([])).toBe(0);
  expect(h.variance([])).toBeNaN();
  expect(h.std([])).toBeNaN();
  expect(h.median([])).toBeNaN();
  expect(h.variance([1], { ddof: 1 })).toBeNaN();
  expect(plain(h.sort([]))).toEqual([]);
});

test("questions of other types", () => {
  expect(plain(h.isnan(Int32Array.of(1)))).toEqual([0]);
  expect(plain(h.isfinite([true]))).toEqual([1]);
  expect(h.argmax([false, true, true])).toBe(1);
  expect(h.argmin(Int32Array.of(3, -1, -1))).toBe(1);
  expect(h.argmax([-0, 0])).toBe(0);
  expect(
    plain(
      h.argmax([
        [1, NaN],
        [NaN, 2],
      ]),
    ),
  ).toBe(1);
  expect(h.all([1, NaN])).toBe(true);
  expect(h.any(Int32Array.of(0, 0))).toBe(false);
  expect(plain(h.sort([true, false]))).toEqual([0, 1]);
  expect(plain(h.relu(Int32Array.of(-1, 2)))).toEqual([0, 2]);
});
