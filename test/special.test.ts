// Derivatives of the special functions, first and second order through the public transforms, against multiple
// precision.
import { describe, expect, test } from "vitest";
import * as h from "../src/index.ts";
import * as multiple from "./harness/oracle.ts";
import { mul, neg, type Real, real } from "./harness/oracle.ts";
import * as oracle from "./harness/special-oracle.ts";
import { ulpError } from "./harness/ulp.ts";

type F = (x: h.Tensor) => h.Tensor;
const minusTwice = (x: Real): Real => mul(real(-2), x);

/** Function, points, first and second derivative; issue 4 asks for 8 ulps where the function is well conditioned. */
const rows: [string, F, number[], (x: Real) => Real, (x: Real) => Real][] = [
  ["erf", h.erf, [-26, -3, -0.1, 1e-9, 0.5, 2, 25], oracle.gauss, (x) => mul(minusTwice(x), oracle.gauss(x))],
  [
    "erfc",
    h.erfc,
    [-3, -0.1, 1e-9, 0.5, 2, 25, 26],
    (x) => neg(oracle.gauss(x)),
    (x) => mul(neg(minusTwice(x)), oracle.gauss(x)),
  ],
  ["lgamma", h.lgamma, [1e-5, 0.3, 1.2, 2, 7.5, 40, 1e6], oracle.digamma, oracle.polygamma(1)],
  ["digamma", h.digamma, [1e-5, 0.3, 1.2, 2, 7.5, 40, 1e6], oracle.polygamma(1), oracle.polygamma(2)],
  ["trigamma", (x) => h.polygamma(1, x), [1e-5, 0.3, 1.2, 2, 7.5, 40, 1e6], oracle.polygamma(2), oracle.polygamma(3)],
];

describe.each(rows)("%s", (_name, f, points, first, second) => {
  const worst = (got: ArrayLike<number>, exact: (x: Real) => Real): number =>
    Math.max(...points.map((x, i) => ulpError(got[i] as number, exact(real(x)))));
  const x = Float64Array.from(points);
  const total = (t: h.Tensor): h.Tensor => h.sum(f(t));
  test("first derivative", () => expect(worst(h.grad(total)(x) as Float64Array, first)).toBeLessThanOrEqual(8));
  test("second derivative", () =>
    expect(worst(h.hvp(total, x, new Float64Array(x.length).fill(1)) as Float64Array, second)).toBeLessThanOrEqual(8));
});

test("gelu takes no other options", () =>
  expect(() => h.gelu(1, { tanh: true } as never)).toThrow(/unknown option tanh/));

// ---- inverse error functions, the normal distribution, gamma functions left of 0 ----

const { add, div, sub } = multiple;
const TWO = real(2);
const square = (x: Real): Real => mul(x, x);
const tail = (x: Real): Real => mul(TWO, mul(oracle.erfinv(x), square(oracle.erfinvSlope(x))));
const upper = (p: Real): Real => mul(TWO, mul(oracle.erfcinv(p), square(oracle.erfcinvSlope(p))));
const SQRT_8 = multiple.sqrt(real(8));
/** Of gelu: Φ + x φ and φ (2 - x²). */
const gelu1 = (x: Real): Real => add(oracle.ndtr(x), mul(x, oracle.normalDensity(x)));
const gelu2 = (x: Real): Real => mul(oracle.normalDensity(x), sub(TWO, square(x)));
/** Of gelu's tanh form: S + x S' and 2 S' + x S'', S = σ(z(x)). */
const [C1, C3] = [multiple.sqrt(div(real(8), multiple.PI)), div(real(44715), real(1e6))];
const z0 = (x: Real): Real => mul(C1, add(x, mul(C3, mul(x, square(x)))));
const z1 = (x: Real): Real => mul(C1, add(real(1), mul(real(3), mul(C3, square(x)))));
const z2 = (x: Real): Real => mul(mul(C1, real(6)), mul(C3, x));
const s1 = (x: Real): Real => mul(multiple.dsigmoid(z0(x)), z1(x));
const s2 = (x: Real): Real =>
  add(
    mul(multiple.dsigmoid(z0(x)), z2(x)),
    neg(mul(mul(multiple.dsigmoid(z0(x)), multiple.tanh(div(z0(x), TWO))), square(z1(x)))),
  );
const normal = [-37, -20, -6, -1.2, -0.3, 1e-9, 0.4, 1.1, 3];
const nearEnds = [-0.9999999999999999, -0.99, -0.3, 1e-300, 0.2, 0.6, 0.999999];
const left = [-0.3, -1.2, -2.7, -5.1, -7.9, -30.4, -1e-30];

describe.each<[string, F, number[], (x: Real) => Real, (x: Real) => Real]>([
  ["erfinv", h.erfinv, nearEnds, oracle.erfinvSlope, tail],
  ["erfcinv", h.erfcinv, [1e-150, 1e-9, 0.3, 0.9, 1.4, 1.9999999], (p) => neg(oracle.erfcinvSlope(p)), upper],
  [
    "ndtri",
    h.ndtri,
    [1e-150, 1e-9, 0.1, 0.4, 0.7, 0.9999999],
    (p) => mul(SQRT_8, oracle.erfcinvSlope(mul(TWO, p))),
    (p) => neg(mul(mul(TWO, SQRT_8), upper(mul(TWO, p)))),
  ],
  ["ndtr", h.ndtr, normal, oracle.normalDensity, (x) => neg(mul(x, oracle.normalDensity(x)))],
  ["gelu", (x) => h.gelu(x), normal, gelu1, gelu2],
  [
    "gelu with tanh",
    (x) => h.gelu(x, { approximate: true }),
    [-21, -10, -4, -1.2, -0.3, 1e-9, 0.4, 1.1, 3],
    (x) => add(multiple.sigmoid(z0(x)), mul(x, s1(x))),
    (x) => add(mul(TWO, s1(x)), mul(x, s2(x))),
  ],
  ["erfcx", h.erfcx, [-20, -3, -0.4, 1e-9, 0.6, 3, 9, 1e4, 1e50], oracle.erfcxSlope, oracle.erfcxCurvature],
  ["logNdtr", h.logNdtr, [-1e150, -1e9, -1234.5, -38, -7, -1.1, -1e-9], oracle.inverseMills, oracle.inverseMillsSlope],
  ["logNdtr to the right", h.logNdtr, [1e-9, 0.4, 1.5, 6, 30], oracle.inverseMills, oracle.inverseMillsSlope],
  [
    "its derivative",
    (x) => h.grad((t: h.Tensor) => h.sum(h.logNdtr(t)))(x) as h.Tensor,
    [-1e90, -1e5, -77, -3],
    oracle.inverseMillsSlope,
    oracle.inverseMillsCurvature,
  ],
  ["i0e", h.i0e, [-30, -3, 0.2, 1.7, 9, 60, 400], oracle.i0eSlope, oracle.i0eCurvature],
  ["i1e", h.i1e, [-30, -3, 0.2, 1.2, 9, 60, 400], oracle.i1eSlope, oracle.i1eCurvature],
  [
    "j0",
    h.j0,
    [-7, 0.2, 1.7, 3.3, 20, 50],
    (x) => neg(oracle.j1(x)),
    (x) => sub(oracle.besselJOverPower(1, x), oracle.j0(x)),
  ],
  [
    "j1",
    h.j1,
    [-7, 0.2, 1.1, 3.3, 20, 50],
    (x) => sub(oracle.j0(x), oracle.besselJOverPower(1, x)),
    (x) => sub(mul(x, oracle.besselJOverPower(2, x)), oracle.j1(x)),
  ],
  ["lgamma left of 0", h.lgamma, left, oracle.digamma, oracle.polygamma(1)],
  ["digamma left of 0", h.digamma, left, oracle.polygamma(1), oracle.polygamma(2)],
  ["trigamma left of 0", (x) => h.polygamma(1, x), left, oracle.polygamma(2), oracle.polygamma(3)],
])("%s", (_name, f, points, first, second) => {
  const worst = (got: ArrayLike<number>, exact: (x: Real) => Real): [number, number] =>
    points
      .map((x, i): [number, number] => [ulpError(got[i] as number, exact(real(x))), x])
      .reduce((a, b) => (b[0] > a[0] ? b : a));
  const x = Float64Array.from(points);
  const total = (t: h.Tensor): h.Tensor => h.sum(f(t));
  test("first derivative", () => {
    const [error, at] = worst(h.grad(total)(x) as Float64Array, first);
    expect(error, `at ${at}`).toBeLessThanOrEqual(8);
  });
  test("second derivative", () => {
    const [error, at] = worst(h.hvp(total, x, new Float64Array(x.length).fill(1)) as Float64Array, second);
    expect(error, `at ${at}`).toBeLessThanOrEqual(8);
  });
});

test("poles of the gamma functions: as in SciPy", () => {
  expect(h.lgamma([0, -1, -7])).toEqual(Float64Array.of(Infinity, Infinity, Infinity));
  expect(h.digamma([-1, -7])).toEqual(Float64Array.of(NaN, NaN));
  expect(h.polygamma(1, [0, -1, -7, -Infinity])).toEqual(Float64Array.of(Infinity, Infinity, Infinity, NaN));
  expect(h.polygamma(2, [0, -1, -7])).toEqual(Float64Array.of(-Infinity, -Infinity, -Infinity));
});

test("logaddexp of rounded gaps: first derivatives", () => {
  const points: [number, number][] = [
    [-300.1, 0.3],
    [1e-20, -40.3],
    [700.1, 0.7],
    [-0.1, -0.3],
  ];
  for (const [a, b] of points) {
    const g = h.grad((v: h.Tensor) => h.logaddexp(v.at(0), v.at(1)))(Float64Array.of(a, b)) as Float64Array;
    const gap = sub(real(a), real(b));
    expect(ulpError(g[0]!, multiple.sigmoid(gap)), `${a}, ${b}`).toBeLessThanOrEqual(2);
    expect(ulpError(g[1]!, multiple.sigmoid(neg(gap))), `${a}, ${b}`).toBeLessThanOrEqual(2);
  }
});

test("Bessel functions at 0 and far out", () => {
  const at = (f: F, x: number): number[] => [h.grad(f)(x) as number, h.hvp(f, x, 1) as number];
  expect(at(h.j1, 0)).toEqual([0.5, 0]);
  expect(at(h.j0, 0)).toEqual([-0, -0.5]);
  expect(at(h.i0e, 0)).toEqual([0, 1.5]);
  expect(at(h.i1e, 0)).toEqual([0.5, 0]);
  // J₀(10⁶), J₁(10⁶), by mpmath
  expect(Math.abs((h.j0(1e6) as number) - 0.00033104301373987376)).toBeLessThan(1e-18);
  expect(Math.abs((h.j1(1e6) as number) + 0.000725968356813763)).toBeLessThan(1e-18);
});
