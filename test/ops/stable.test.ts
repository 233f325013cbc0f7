// Functions in place of formulas that cancel: value and first to third derivatives in multiple precision, over the
// whole range.
import { describe, expect, test } from "vitest";
import * as h from "../../src/index.ts";
import * as oracle from "../harness/oracle.ts";
import { add, cosh, div, expm1, hypot, mul, neg, type Real, real, sub, tanh } from "../harness/oracle.ts";
import * as stable from "../harness/stable-oracle.ts";
import { type Format, ulpError } from "../harness/ulp.ts";

type F = (x: h.Tensor) => h.Tensor;
type Numbers = Float64Array | Float32Array;
const operations: Pick<typeof h, "log1mexp" | "logCosh" | "sinc" | "exprel" | "logDiffExp" | "pseudoHuber"> = h;
const [ONE, TWO] = [real(1), real(2)];
const square = (x: Real): Real => mul(x, x);
const both = (...x: number[]): number[] => x.flatMap((v) => [v, -v]);

/** 1/(eˣ - 1) */
const odds = (x: Real): Real => div(ONE, expm1(x));
const oddsSlope = (x: Real): Real => mul(odds(x), add(ONE, odds(x)));
const sech2 = (x: Real): Real => div(ONE, square(cosh(x)));

interface Row {
  readonly name: "log1mexp" | "logCosh" | "sinc" | "exprel";
  /** The function and its derivatives up to the third. */
  readonly exact: readonly ((x: Real) => Real)[];
  readonly at: readonly number[];
  /** As in contracts.ts, of the derivative of order k. */
  readonly floor?: (x: number, k: number) => number;
}
const rows: Row[] = [
  {
    name: "log1mexp",
    exact: [stable.log1mexp, odds, (x) => neg(oddsSlope(x)), (x) => mul(oddsSlope(x), add(ONE, mul(TWO, odds(x))))],
    at: [1e-30, 1e-9, 0.01, 0.4, 0.69, 0.6931471805599453, 0.7, 1.5, 5, 37, 40, 80],
  },
  {
    name: "logCosh",
    exact: [stable.logCosh, tanh, sech2, (x) => mul(mul(real(-2), tanh(x)), sech2(x))],
    at: both(1e-15, 1e-8, 0.01, 0.5, 1, 1.9999, 2, 3, 19, 38),
  },
  {
    name: "sinc",
    exact: [0, 1, 2, 3].map((k) => stable.sincDerivative(k)),
    at: both(1e-12, 1e-8, 1e-3, 0.3, 0.5, 0.9999, 1.5, 2.25, 7.75, 100.5, 12345.6875),
    // They oscillate; their own zeros are irrational.
    floor: (x, k) => (k === 0 ? 0 : Math.PI ** k * Math.min(1 / (k + 1), 1 / (Math.PI * Math.abs(x)))),
  },
  {
    name: "exprel",
    exact: [0, 1, 2, 3].map((k) => stable.exprelDerivative(k)),
    at: [...both(1e-12, 1e-8, 0.01, 0.7, 3, 5, 40), 80, -700],
  },
];
const BOUND = 8;

describe.each(rows)("$name", ({ name, exact, at, floor }) => {
  describe.each(["f64", "f32"] as const)("%s", (format: Format) => {
    const x = format === "f64" ? Float64Array.from(at) : Float32Array.from(at);
    const ones = x.map(() => 1) as Numbers;
    const f: F = (t) => h.sum(operations[name](t));
    const check = (got: unknown, k: number): void => {
      const y = got as Numbers;
      expect(y.constructor).toBe(x.constructor);
      x.forEach((v, i) => {
        const e = (exact[k] as (x: Real) => Real)(real(v));
        expect(
          ulpError(y[i] as number, e, format, floor?.(v, k)),
          `order ${k} at ${v}: ${y[i]}, not ${oracle.toNumber(e)}`,
        ).toBeLessThan(BOUND);
      });
    };
    test("value", () => check(operations[name](x), 0));
    test("first derivative", () => check(h.grad(f)(x), 1));
    test("second derivative, forward over reverse", () => check(h.hvp(f, x, ones), 2));
    test("second derivative, reverse over reverse", () => check(h.grad((t: h.Tensor) => h.sum(h.grad(f)(t)))(x), 2));
    test("second derivative, reverse over forward", () =>
      check(h.grad((t: h.Tensor) => h.jvp(f, [t], [ones])[1] as h.Tensor)(x), 2));
    test("third derivative", () =>
      check(
        h.hvp((t: h.Tensor) => h.sum(h.grad(f)(t)), x, ones),
        3,
      ));
    test("compiled, in an objective and by vmap", () => {
      expect(h.jit((t: h.Tensor) => operations[name](t))(x)).toEqual(operations[name](x));
      expect(h.objective(f, x).hvp(x, ones)).toEqual(h.hvp(f, x, ones));
      expect(h.vmap((t: h.Tensor) => operations[name](t))(x)).toEqual(operations[name](x));
    });
  });
  test("empty arrays, scalars, matrices, integers", () => {
    expect(operations[name](new Float32Array(0))).toEqual(new Float32Array(0));
    expect(operations[name](new Float64Array(0))).toEqual(new Float64Array(0));
    expect(operations[name](1)).toBe((operations[name]([1]) as Float64Array)[0]);
    expect(operations[name](Int32Array.of(1, 2))).toEqual(operations[name]([1, 2]));
    expect((operations[name]([[1], [2]]) as h.NdArray).shape).toEqual([2, 1]);
  });
});

test("values at zeros and infinities", () => {
  expect(h.log1mexp([0, -1, Infinity, NaN])).toEqual(Float64Array.of(-Infinity, NaN, 0, NaN));
  expect(h.grad(h.log1mexp)(Infinity)).toBe(0);
  expect(h.logCosh([0, -Infinity, Infinity, 1e308, NaN])).toEqual(Float64Array.of(0, Infinity, Infinity, 1e308, NaN));
  expect(h.hvp(h.logCosh, 0, 1)).toBe(1);
  expect(h.sinc([0, -0, 1, -7, 2 ** 60, 1e308, Infinity])).toEqual(Float64Array.of(1, 1, 0, 0, 0, 0, NaN));
  expect(h.exprel([0, -0, -Infinity, Infinity, 720])).toEqual(Float64Array.of(1, 1, 0, Infinity, Infinity));
  // e⁷¹⁶/716 is finite where e⁷¹⁶ is not
  expect(ulpError(h.exprel(716) as number, stable.exprel(real(716)))).toBeLessThan(4);
});

test("derivatives of sinc and exprel at 0, to order 8: (-1)^(k/2) πᵏ/(k + 1), and 1/(k + 1)", () => {
  let [s, e]: [F, F] = [h.sinc, h.exprel];
  for (let k = 1; k <= 8; k++) {
    [s, e] = [h.grad(s) as F, h.grad(e) as F];
    const want = k % 2 ? 0 : ((-1) ** (k / 2) * Math.PI ** k) / (k + 1);
    expect(Math.abs((s(0 as unknown as h.Tensor) as unknown as number) - want)).toBeLessThanOrEqual(
      1e-15 * Math.PI ** k,
    );
    expect(e(0 as unknown as h.Tensor)).toBeCloseTo(1 / (k + 1), 15);
  }
});

// ---- two arguments ----

type Exact = Readonly<Record<"f" | "a" | "b" | "aa" | "ab" | "bb", (a: Real, b: Real) => Real>>;
const gap = (f: (g: Real) => Real) => (a: Real, b: Real) => f(sub(a, b));
const third = (x: Real): Real => mul(x, square(x));
const tables: { name: "logDiffExp" | "pseudoHuber"; exact: Exact; at: [number, number][] }[] = [
  {
    name: "logDiffExp",
    exact: {
      f: stable.logDiffExp,
      a: gap((g) => add(ONE, odds(g))),
      b: gap((g) => neg(odds(g))),
      aa: gap((g) => neg(oddsSlope(g))),
      ab: gap(oddsSlope),
      bb: gap((g) => neg(oddsSlope(g))),
    },
    at: [
      [1, 0.5],
      [0.1, -0.3],
      [-3, -3.001],
      [40.1, 0.3],
      [-20.7, -90.1],
      [1000, 999],
      [-1e5, -1e5 - 2],
    ],
  },
  {
    name: "pseudoHuber",
    exact: {
      f: stable.pseudoHuber,
      a: stable.pseudoHuberSlope,
      b: (x, d) => mul(stable.hypotExcess(x, d), stable.hypotLoss(x, d)),
      aa: (x, d) => third(div(d, hypot(x, d))),
      ab: (x, d) => third(div(x, hypot(x, d))),
      bb: (x, d) => {
        const c = stable.hypotLoss(x, d);
        return neg(mul(square(c), add(TWO, div(d, hypot(x, d)))));
      },
    },
    at: [
      [0.3, 1],
      [-2, 1],
      [1e-6, 1],
      [1e6, 2],
      [-1e12, 0.1],
      [5, 1e-5],
      [3e-12, 1e-10],
      [0.25, 8e5],
    ],
  },
];

describe.each(tables)("$name", ({ name, exact, at }) => {
  test.each(["f64", "f32"] as const)("value, gradient and the three compositions of the product, %s", (format) => {
    const Type = format === "f64" ? Float64Array : Float32Array;
    const [a, b] = [Type.from(at.map((p) => p[0])), Type.from(at.map((p) => p[1]))];
    const [one, none] = [a.map(() => 1), a.map(() => 0)];
    const f = (a: h.Tensor, b: h.Tensor): h.Tensor => h.sum(operations[name](a, b));
    const z = [a, b];
    const F = ([a, b]: h.Tensor[]): h.Tensor => f(a as h.Tensor, b as h.Tensor);
    const check = (got: unknown, key: keyof Exact): void =>
      a.forEach((x, i) => {
        const [p, q] = [real(x), real(b[i] as number)];
        const e = exact[key](p, q);
        // The sum a + log(1 - e^(b - a)) may cancel; the error of a pair is relative to its terms.
        const floor = key === "f" && name === "logDiffExp" ? Math.abs(x) : 0;
        const y = (got as Numbers)[i] as number;
        expect(
          ulpError(y, e, format, floor),
          `${key} at (${x}, ${b[i]}): ${y}, not ${oracle.toNumber(e)}`,
        ).toBeLessThan(BOUND);
      });
    check(operations[name](a, b), "f");
    const g = h.grad(F)(z as never) as unknown as Numbers[];
    check(g[0], "a");
    check(g[1], "b");
    for (const [v, keys] of [
      [
        [one, none],
        ["aa", "ab"],
      ],
      [
        [none, one],
        ["ab", "bb"],
      ],
    ] as const) {
      const dot = (t: readonly h.Tensor[]): h.Tensor =>
        h.add(h.vdot(t[0] as h.Tensor, v[0]), h.vdot(t[1] as h.Tensor, v[1]));
      const products = [
        h.hvp(F, z as never, v as never),
        h.grad((t: h.Tensor[]) => dot(h.grad(F)(t) as unknown as h.Tensor[]))(z as never),
        h.grad((t: h.Tensor[]) => h.jvp(F as never, [t] as never, [v] as never)[1] as h.Tensor)(z as never),
      ] as unknown as Numbers[][];
      for (const p of products) {
        check(p[0], keys[0]);
        check(p[1], keys[1]);
      }
    }
  });
});

test("logDiffExp at its ends", () => {
  const inf = Infinity;
  expect(h.logDiffExp([2, 1, 3, -inf, inf, inf], [2, 2, -inf, -inf, 1, inf])).toEqual(
    Float64Array.of(-inf, NaN, 3, -inf, inf, NaN),
  );
  const g = h.grad((z: h.Tensor) => h.logDiffExp(z.at(0), z.at(1)));
  expect(g([3, -inf])).toEqual(Float64Array.of(1, -0));
  expect(g([-inf, -inf])).toEqual(Float64Array.of(1, -0));
  expect(g([2, 2])).toEqual(Float64Array.of(inf, -inf));
});

test("logDiffExp where the square of 1/(a - b) leaves the range", () => {
  // Right values: mpmath, 400 digits.
  const slope = (a: number, b: number): unknown => h.grad((t: h.Tensor) => h.logDiffExp(a, t))(b);
  expect(slope(-1e-200, -5e-198)).toBe(-2.0040080160320642e197);
  expect(slope(-1e-253, -1e-160)).toBe(-1e160);
  // The likelihood of a normal variable between x and x + 4, written on the side that cancels.
  const f = (x: h.Tensor): h.Tensor => h.logDiffExp(h.logNdtr(h.add(x, 4)), h.logNdtr(x));
  for (const [x, y, dy, ddy] of [
    [27, -368.7161424686564, -27.03693611644419, -0.9986394206911267],
    [34, -582.4461622468717, -34.02936109799502, -0.9991394059061258],
  ] as const) {
    expect(f(x as never)).toBeCloseTo(y, 11);
    expect(h.grad(f)(x)).toBeCloseTo(dy, 12);
    const reverse = h.grad((z: h.Tensor) => h.grad(f)(z))(x);
    for (const c of [h.hvp(f, x, 1), h.objective(f, x).hvp(x, 1), reverse]) expect(c).toBeCloseTo(ddy, 11);
  }
});

test("pseudoHuber beyond the squares of its arguments", () => {
  expect(h.pseudoHuber(1e200, 3)).toBeCloseTo(3e200, -190);
  expect(h.grad((x: h.Tensor) => h.pseudoHuber(x, 1))(1e300)).toBe(1);
  expect(h.grad((x: h.Tensor) => h.pseudoHuber(x, 1))(1e-300)).toBe(1e-300);
  expect(h.hvp((x: h.Tensor) => h.pseudoHuber(x, 1e-200), 0, 1)).toBe(1);
});

describe("huber", () => {
  const x = [-3, -1, -0.5, 0, 0.5, 1, 2];
  test("is SciPy's, with the quadratic piece at |x| = delta", () => {
    expect(h.huber(x)).toEqual(Float64Array.of(2.5, 0.5, 0.125, 0, 0.125, 0.5, 1.5));
    expect(h.huber(x, 2)).toEqual(Float64Array.of(4, 0.5, 0.125, 0, 0.125, 0.5, 2));
    expect(h.huber(Float32Array.of(3), 0.5)).toEqual(Float32Array.of(1.375));
    expect(h.huber([NaN, -Infinity])).toEqual(Float64Array.of(NaN, Infinity));
  });
  test("derivatives in x and delta", () => {
    const f = (t: h.Tensor): h.Tensor => h.sum(h.huber(t));
    expect(h.grad(f)(x)).toEqual(Float64Array.of(-1, -1, -0.5, 0, 0.5, 1, 1));
    expect(h.hvp(f, x, [1, 1, 1, 1, 1, 1, 1])).toEqual(Float64Array.of(0, 1, 1, 1, 1, 1, 0));
    expect(h.grad((d: h.Tensor) => h.huber(3, d))(2)).toBe(1);
    expect(h.grad((d: h.Tensor) => h.huber(1, d))(2)).toBe(0);
    // beyond 1e154 the other piece overflows, unseen
    expect(h.grad(f)([1e200])).toEqual(Float64Array.of(1));
  });
});

test("a scale that is not positive is refused, and so are arguments too many", () => {
  for (const f of [h.huber, h.pseudoHuber]) {
    expect(() => f([1], 0)).toThrow(/delta is 0; it must be a positive number/);
    expect(() => f([1], -1)).toThrow(h.HvpError);
    expect(() => (f as (...x: unknown[]) => unknown)([1], 1, 2)).toThrow(/1 argument too many/);
    expect((f([[1, 2]], [[1], [2]]) as h.NdArray).shape).toEqual([2, 2]);
  }
});
