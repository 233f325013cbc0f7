// Incomplete gamma functions and the logarithm of the normal distribution: kernels against multiple precision
// (fixtures/gammainc.py), derivatives through the public transforms in every composition, conventions at the edges,
// and the cases that users reported.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as h from "../src/index.ts";
import { loadKernels } from "./harness/kernels.ts";

const kernels = loadKernels();
const rows = JSON.parse(readFileSync(new URL("fixtures/gammainc.json", import.meta.url), "utf8")) as number[][];
const a = Float64Array.from(rows, (r) => r[0] as number);
const x = Float64Array.from(rows, (r) => r[1] as number);
const numbers = (n: number): Float64Array => Float64Array.from(rows, () => n);
const numbered = (kernel: string, column: number, counts: readonly number[]) =>
  counts.map((n, i) => [`${kernel} ${n}`, kernels.map(`${kernel}_f64x2`, numbers(n), a, x), column + i] as const);

/**
 * Size of the terms of which a second derivative is the difference: it has zeros, where the error is that of the
 * terms.
 */
const terms: Readonly<Record<string, (r: readonly number[]) => number>> = {
  "gammainc 2": (r) => Math.min(r[2]!, r[5]!) / r[0]!,
  "gammaDensity 1": (r) => r[6]!,
  "gammaDensity 2": (r) => r[6]! / r[0]!,
  "logGammaincc 5": (r) => (r[0]! + 1) / r[1]! ** 2,
};

describe("kernels against multiple precision", () => {
  test.each([
    ...numbered("gammainc", 2, [0, 1, 2]),
    ["gammaincc", kernels.map("gammaincc_f64x2", a, x), 5] as const,
    ...numbered("gammaDensity", 6, [0, 1, 2]),
    ...numbered("logGammainc", 9, [0, 1, 2, 3, 4, 5]),
    ...numbered("logGammaincc", 15, [0, 1, 2, 3, 4, 5]),
  ])("%s", (name, got, column) => {
    const wrong = rows.flatMap((r, i) => {
      const want = r[column] as number;
      // log Q for a < 1e-6 and x < 1: its mixed derivative is a difference of terms 1/a.
      const bound =
        name === "logGammaincc 4" && r[0]! < 1e-6 && r[1]! < 1
          ? 1e-7
          : name === "logGammaincc 4" && r[0]! < 0.1
            ? 1e-11
            : 4e-14;
      const error = Math.abs((got[i] as number) - want);
      return error <= bound * Math.max(Math.abs(want), terms[name]?.(r) ?? 0) + 1e-290
        ? []
        : [`(${r[0]}, ${r[1]}): ${got[i]}, not ${want}`];
    });
    expect(wrong).toEqual([]);
  });
});

test("in float32 the results are those of float64, rounded", () => {
  const [s, t] = [Float32Array.from([0.5, 3.5, 100, 8]), Float32Array.from([0.25, 36, 90, 9])];
  const wide = (f: typeof h.gammainc) =>
    Float32Array.from(f(Float64Array.from(s), Float64Array.from(t)) as Float64Array);
  for (const f of [h.gammainc, h.gammaincc, h.logGammainc, h.logGammaincc]) expect(f(s, t)).toEqual(wide(f));
});

test("edges: as in SciPy, NaN outside and at (0, 0)", () => {
  const [s, t] = [
    [0, 2, 2, 0, -1, 2, NaN, Infinity, Infinity],
    [1, 0, Infinity, 0, 1, -1, 1, 1, Infinity],
  ];
  expect(h.gammainc(s!, t!)).toEqual(Float64Array.of(1, 0, 1, NaN, NaN, NaN, NaN, 0, NaN));
  expect(h.gammaincc(s!, t!)).toEqual(Float64Array.of(0, 1, 0, NaN, NaN, NaN, NaN, 1, NaN));
  expect(h.logGammainc(s!, t!)).toEqual(Float64Array.of(0, -Infinity, 0, NaN, NaN, NaN, NaN, -Infinity, NaN));
  expect(h.logGammaincc(s!, t!)).toEqual(Float64Array.of(-Infinity, 0, -Infinity, NaN, NaN, NaN, NaN, 0, NaN));
});

test("integers and shapes promote and broadcast", () => {
  expect(h.gammainc(1, 2)).toBeCloseTo(1 - Math.exp(-2), 15);
  const table = h.gammaincc([[1], [2]], [1, 3]) as h.NdArray;
  expect(table.shape).toEqual([2, 2]);
  // Q(1, x) = e^-x, Q(2, x) = (1 + x) e^-x
  const want = [Math.exp(-1), Math.exp(-3), 2 * Math.exp(-1), 4 * Math.exp(-3)];
  want.forEach((w, i) => expect(Math.abs((table.data[i] as number) / w - 1)).toBeLessThan(1e-15));
});

test("at x = 0 the derivatives in x of P(a, x) are those of the exponential and Erlang distributions", () => {
  const second = (s: number) => h.hvp((t: h.Tensor) => h.gammainc(s, t), 0, 1);
  expect([1, 2, 3].map(second)).toEqual([-1, 1, 0]);
});

type Two = (v: h.Tensor) => h.Tensor;
const close = (got: ArrayLike<number>, want: readonly number[], tolerance: number): void =>
  want.forEach((w, i) =>
    expect(Math.abs((got[i] as number) - w), `${got[i]} for ${w}`).toBeLessThanOrEqual(tolerance * Math.abs(w)),
  );

/**
 * Truncation of a normal distribution at 12 to 290 standard deviations: numpyro 1492. log(Φ(u) - Φ(v)) = log Φ(u) +
 * log(1 - e^(log Φ(v) - log Φ(u))).
 */
const truncated: Two = (v) => {
  const [mu, s] = [v.at(0), h.exp(v.at(1))];
  const upper = h.logNdtr(h.div(h.sub(-1, mu), s));
  const lower = h.logNdtr(h.div(h.sub(-20, mu), s));
  const density = h.sub(h.sub(h.mul(-0.5, h.square(h.div(h.sub(-15, mu), s))), v.at(1)), 0.9189385332046728);
  return h.sub(density, h.add(upper, h.log1p(h.neg(h.exp(h.sub(lower, upper))))));
};

describe.each<[string, Two, number[], number[], number, number[], number[]]>([
  [
    "truncated normal distribution",
    truncated,
    [1.35, -2.5257286443082556],
    [1, 0.5],
    -20447.217971826365,
    [-2187.075448712507, 40904.2523044744],
    [2187.319194663591, -36531.24965874694],
  ],
  [
    "log of a survival function (stan-dev/math 2006)",
    (v) => h.logGammaincc(v.at(0), v.at(1)),
    [3.5, 36],
    [1, -0.5],
    -28.172298003402933,
    [2.5092577665934224, -0.932507343149641],
    [-0.3430426800418368, 0.027855264955360715],
  ],
  [
    "tails of log Φ (jax 25564)",
    (v) => h.sum(h.logNdtr(v)),
    [-30, -5, 0, 3],
    [1, 1, 1, 1],
    -470.0807403408566,
    [30.033259667433676, 5.186503967125842, 0.7978845608028654, 0.004437839042125664],
    [-0.9988962284881099, -0.9673035653828878, -0.6366197723675814, -0.013333211541740806],
  ],
])("%s", (_name, f, at, v, value, gradient, product) => {
  const p = Float64Array.from(at);
  const d = Float64Array.from(v);
  test("value and gradient", () => {
    close([h.jit(f)(p) as number], [value], 1e-14);
    close(h.grad(f)(p) as Float64Array, gradient, 1e-13);
  });
  test("products, in every composition", () => {
    const g = h.grad(f) as (x: h.Tensor) => h.Tensor;
    close(h.hvp(f, p, d) as Float64Array, product, 1e-12);
    close(h.grad((x: h.Tensor) => h.sum(h.mul(g(x), d)))(p) as Float64Array, product, 1e-12);
    close(h.hvp((x: h.Tensor) => h.checkpoint(f)(x) as h.Tensor, p, d) as Float64Array, product, 1e-12);
  });
});

test("a third derivative in a is an HvpError that says so; in x it is right", () => {
  const second = h.grad((s: h.Tensor) => h.grad((r: h.Tensor) => h.gammainc(r, 2))(s) as h.Tensor);
  expect(() => h.grad(second as never)(1.5)).toThrow(/third derivative with respect to a/);
  // P(2, x)''' = (2 - x)(-1) e^-x - e^-x, P'' = (1 - x) e^-x
  const third = h.grad((t: h.Tensor) => h.hvp((r: h.Tensor) => h.gammainc(2, r), t, 1) as h.Tensor)(3) as number;
  expect(Math.abs(third / ((3 - 2) * Math.exp(-3)) - 1)).toBeLessThan(1e-14);
});
