// First and second derivatives of elementary functions, through grad and hvp, within 8 ulp of the true ones where
// these are well conditioned: in the middle, near singularities, and far out.
import { describe, expect, test } from "vitest";
import * as hvp from "../src/index.ts";
import { grad, type Tensor } from "../src/index.ts";
import * as oracle from "./harness/oracle.ts";
import {
  add,
  cbrt,
  cosh,
  div,
  exp2,
  hypot,
  log,
  mul,
  neg,
  type Real,
  real,
  sigmoid,
  sinh,
  sqrt,
  sub,
} from "./harness/oracle.ts";
import { ulpError } from "./harness/ulp.ts";

const BOUND = 8;
const [ONE, TWO, THREE] = [real(1), real(2), real(3)];
const LN2 = log(TWO);
const LN10 = log(real(10));
const square = (x: Real): Real => mul(x, x);
const cube = (x: Real): Real => mul(x, square(x));
/** 1 - x² and its like. */
const c2 = (x: Real): Real => mul(sub(ONE, x), add(ONE, x));
const both = (...x: number[]): number[] => x.flatMap((v) => [v, -v]);

interface Row {
  readonly name: keyof typeof hvp;
  readonly first: (x: Real) => Real;
  readonly second: (x: Real) => Real;
  readonly at: readonly number[];
}
const rows: Row[] = [
  { name: "sinh", first: cosh, second: sinh, at: both(1e-300, 1e-9, 0.3, 1.7, 20, 700, 709.9) },
  { name: "cosh", first: sinh, second: cosh, at: both(1e-300, 1e-9, 0.3, 1.7, 20, 700, 709.9) },
  {
    name: "asinh",
    first: (x) => div(ONE, hypot(ONE, x)),
    second: (x) => neg(div(x, cube(hypot(ONE, x)))),
    at: both(1e-300, 1e-9, 0.3, 1.7, 1e9, 1e150),
  },
  {
    name: "acosh",
    first: (x) => div(ONE, sqrt(neg(c2(x)))),
    second: (x) => neg(div(x, cube(sqrt(neg(c2(x)))))),
    at: [1.0000000000000002, 1.0001, 1.5, 3, 1e9, 1e150],
  },
  {
    name: "atanh",
    first: (x) => div(ONE, c2(x)),
    second: (x) => div(mul(TWO, x), square(c2(x))),
    at: both(1e-300, 1e-9, 0.3, 0.9999, 0.9999999999999999),
  },
  {
    name: "asin",
    first: (x) => div(ONE, sqrt(c2(x))),
    second: (x) => div(x, cube(sqrt(c2(x)))),
    at: both(1e-300, 1e-9, 0.3, 0.9999, 0.9999999999999999),
  },
  {
    name: "acos",
    first: (x) => neg(div(ONE, sqrt(c2(x)))),
    second: (x) => neg(div(x, cube(sqrt(c2(x))))),
    at: both(1e-300, 1e-9, 0.3, 0.9999, 0.9999999999999999),
  },
  {
    name: "exp2",
    first: (x) => mul(LN2, exp2(x)),
    second: (x) => mul(square(LN2), exp2(x)),
    at: [...both(1e-300, 0.3, 1, 100.5, 1000), -1060],
  },
  {
    name: "log2",
    first: (x) => div(ONE, mul(x, LN2)),
    second: (x) => neg(div(ONE, mul(square(x), LN2))),
    at: [1e-150, 0.3, 1, 7, 1e150],
  },
  {
    name: "log10",
    first: (x) => div(ONE, mul(x, LN10)),
    second: (x) => neg(div(ONE, mul(square(x), LN10))),
    at: [1e-150, 0.3, 1, 7, 1e150],
  },
  {
    name: "cbrt",
    first: (x) => div(ONE, mul(THREE, square(cbrt(x)))),
    second: (x) => neg(div(TWO, mul(real(9), mul(x, square(cbrt(x)))))),
    at: both(1e-150, 0.3, 0.4279683593579995, 1, 7, 1e150),
  },
  {
    name: "logit",
    first: (x) => div(ONE, mul(x, sub(ONE, x))),
    second: (x) => div(sub(add(x, x), ONE), square(mul(x, sub(ONE, x)))),
    at: [1e-150, 1e-9, 0.1, 0.3, 0.8, 0.9999, 0.9999999999999999],
  },
  {
    name: "logSigmoid",
    first: (x) => sigmoid(neg(x)),
    second: (x) => neg(oracle.dsigmoid(x)),
    at: both(1e-9, 0.3, 2, 40, 700),
  },
  {
    name: "silu",
    first: (x) => mul(sigmoid(x), add(ONE, mul(x, sigmoid(neg(x))))),
    second: (x) => mul(oracle.dsigmoid(x), sub(TWO, mul(x, oracle.tanh(div(x, TWO))))),
    at: both(1e-9, 0.3, 5, 40, 700),
  },
  {
    name: "entr",
    first: (x) => neg(add(ONE, log(x))),
    second: (x) => neg(div(ONE, x)),
    at: [1e-300, 0.01, 0.7, 1, 7, 1e300],
  },
];

const operations = hvp as unknown as Record<string, (x: Tensor) => Tensor>;
describe("one argument", () => {
  test.each(rows)("$name", ({ name, first, second, at }) => {
    const f = (x: Tensor): Tensor => hvp.sum(operations[name]!(x));
    const x = Float64Array.from(at);
    const g = grad(f)(x);
    const h = hvp.hvp(f, x, new Float64Array(at.length).fill(1));
    at.forEach((v, i) => {
      expect(ulpError(g[i]!, first(real(v))), `${name}'(${v}) gave ${g[i]}`).toBeLessThanOrEqual(BOUND);
      expect(ulpError(h[i]!, second(real(v))), `${name}''(${v}) gave ${h[i]}`).toBeLessThanOrEqual(BOUND);
    });
  });
});

// ---- two arguments ----

/** Gradient and the products with (1, 0) and (0, 1) at one point. */
function derivatives(f: (a: Tensor, b: Tensor) => Tensor, a: number, b: number): number[] {
  const F = (z: Tensor): Tensor => f(z.at(0), z.at(1));
  const z = Float64Array.of(a, b);
  return [grad(F)(z), hvp.hvp(F, z, Float64Array.of(1, 0)), hvp.hvp(F, z, Float64Array.of(0, 1))].flatMap((r) =>
    Array.from(r),
  );
}
/** f_a, f_b, f_aa, f_ba, f_ab, f_bb: each within the bound, but those that are ill conditioned (undefined). */
function check(f: (a: Tensor, b: Tensor) => Tensor, a: number, b: number, exact: readonly (Real | undefined)[]): void {
  const got = derivatives(f, a, b);
  exact.forEach((e, i) => {
    if (e)
      expect(
        ulpError(got[i]!, e),
        `derivative ${i} at (${a}, ${b}) is ${got[i]}, wanted ${oracle.toNumber(e)}`,
      ).toBeLessThanOrEqual(BOUND);
  });
}
const points: readonly (readonly [number, number])[] = [
  [3, 4],
  [-0.1, 2],
  [0, 3],
  [-2, 0],
  [5, -1e-8],
  [1e-8, -5],
  [1e150, 1e140],
  [1e-150, -3e-145],
];

describe("two arguments", () => {
  test.each(points)("hypot at (%d, %d)", (x, y) => {
    const [X, Y] = [real(x), real(y)];
    const r = hypot(X, Y);
    const mixed = neg(div(mul(X, Y), cube(r)));
    check(hvp.hypot, x, y, [div(X, r), div(Y, r), div(square(Y), cube(r)), mixed, mixed, div(square(X), cube(r))]);
  });

  test.each(points)("atan2 at (%d, %d)", (y, x) => {
    const [Y, X] = [real(y), real(x)];
    const r2 = add(square(X), square(Y));
    const twice = div(mul(TWO, mul(X, Y)), square(r2));
    const mixed = div(sub(square(Y), square(X)), square(r2));
    check(hvp.atan2, y, x, [div(X, r2), neg(div(Y, r2)), neg(twice), mixed, mixed, twice]);
  });

  test.each([
    [1, 1],
    [0, 0],
    [1, 1.5],
    [-3, 2],
    [500, -500],
    [-650, 50],
    [1000, 1000],
    [-1e5, -1e5],
  ])("logaddexp at (%d, %d)", (a, b) => {
    const d = sub(real(a), real(b));
    const s = oracle.dsigmoid(d);
    check(hvp.logaddexp, a, b, [sigmoid(d), sigmoid(neg(d)), s, neg(s), neg(s), s]);
  });

  test("logaddexp 1000 apart and at infinities", () => {
    expect(
      hvp.logaddexp([1000, 0, Infinity, -Infinity, -Infinity, Infinity], [0, 1000, Infinity, -Infinity, 3, -Infinity]),
    ).toEqual(Float64Array.of(1000, 1000, Infinity, -Infinity, 3, Infinity));
    expect(derivatives(hvp.logaddexp, 1000, 0)).toEqual([1, 0, 0, -0, -0, 0]);
    expect(derivatives(hvp.logaddexp, Infinity, 3).slice(0, 2)).toEqual([1, 0]);
    expect(derivatives(hvp.logaddexp, -Infinity, 3).slice(0, 2)).toEqual([0, 1]);
    expect(derivatives(hvp.logaddexp, -Infinity, -Infinity).slice(0, 2)).toEqual([0.5, 0.5]);
  });

  test.each([
    [0, 2],
    [1.5, 0.3],
    [-1e-200, 1e200],
  ])("xlogy and xlog1py at (%d, %d)", (x, y) => {
    const [X, Y] = [real(x), real(y)];
    const one = add(ONE, Y);
    check(hvp.xlogy, x, y, [log(Y), div(X, Y), real(0), div(ONE, Y), div(ONE, Y), neg(div(X, square(Y)))]);
    check(hvp.xlog1py, x, y, [log(one), div(X, one), real(0), div(ONE, one), div(ONE, one), neg(div(X, square(one)))]);
  });

  test("mod: 1 and -⌊x/y⌋", () => {
    expect(derivatives(hvp.mod, 7.5, 2)).toEqual([1, -3, 0, 0, 0, 0]);
    expect(derivatives(hvp.mod, -7.5, 2)).toEqual([1, 4, 0, 0, 0, 0]);
    expect(hvp.remainder([7, -7], [-3, 3])).toEqual(hvp.mod([7, -7], [-3, 3]));
  });
});

// ---- documented conventions ----

test("derivatives where there is none", () => {
  const at = (f: (x: Tensor) => Tensor, x: number): number => grad(f)(x) as number;
  for (const f of [hvp.floor, hvp.ceil, hvp.trunc, hvp.round]) expect(at((x) => hvp.mul(f(x), 1), 2.5)).toBe(0);
  expect(at(hvp.cbrt, 0)).toBe(Infinity);
  expect(at(hvp.entr, 0)).toBe(Infinity);
  expect(at(hvp.asin, 1)).toBe(Infinity);
  expect(at(hvp.acosh, 1)).toBe(Infinity);
  expect(derivatives(hvp.hypot, 0, 0).slice(0, 2)).toEqual([NaN, NaN]);
  expect(derivatives(hvp.atan2, 0, 0).slice(0, 2)).toEqual([NaN, NaN]);
  expect(hvp.round([0.5, 1.5, -2.5, 2.6])).toEqual(Float64Array.of(0, 2, -2, 3));
  expect(hvp.entr([0, -1, 1])).toEqual(Float64Array.of(0, -Infinity, -0));
  expect(hvp.xlogy([0, 0], [0, NaN])).toEqual(Float64Array.of(0, NaN));
});
