// More functions for the oracle of random programs, of power series and recurrences from M. Abramowitz and I.
// Stegun's handbook: good to about 1e-12 where they are asked, between -4 and 4.
// @ts-expect-error plain JavaScript without types
import * as special from "../../../bench/functions/special.mjs";
import { type BinaryFunction, binary, book, dsigma, smooth, type UnaryFunction } from "./functions.ts";

const { exp, expm1, log, log1p, abs, sqrt, sign, tanh } = Math;
/** Σ cₖ, k = 0, 1, …, of c₀ and of what takes one to the next. */
function series(first: number, next: (c: number, k: number) => number): number {
  let [sum, term] = [0, first];
  for (let k = 0; k < 80; k++) {
    sum += term;
    term = next(term, k);
  }
  return sum;
}
/**
 * Σ (±x²/4)ᵏ wₖ / k!², where the ratio of neighbours of w is given: Bessel functions, their quotients by x, and
 * differences of these.
 */
const bessel = (z: number, ratio: (k: number) => number = () => 1): number =>
  series(1, (c, k) => (c * z * ratio(k)) / (k + 1) ** 2);
const I0 = (x: number): number => bessel((x * x) / 4);
/** I₁(x)/x */
const I1x = (x: number): number => 0.5 * bessel((x * x) / 4, (k) => (k + 1) / (k + 2));
const J0 = (x: number): number => bessel((-x * x) / 4);
const J1x = (x: number): number => 0.5 * bessel((-x * x) / 4, (k) => (k + 1) / (k + 2));
/** (2 I₁(x)/x - I₀(x)) / x = -Σ k/(k + 1) (x²/4)ᵏ / (k!² x), and of J likewise. */
const gap = (z: number, x: number): number => (-z * series(0.5, (c, k) => (c * z) / ((k + 1) * (k + 3)))) / x;
const at0 = (x: number): boolean => x === 0;

/** tⁿ-th derivative of Σ (-1)ᵏ t²ᵏ/(2k + 1)!, the quotient of sin t by t. */
function sincOf(t: number, n: 0 | 1 | 2): number {
  let [sum, power, factorial] = [0, 1, 1];
  for (let k = 0; k < 40; k++) {
    const c = n === 0 ? 1 : n === 1 ? 2 * k : 2 * k * (2 * k - 1);
    if (c !== 0) sum += (c * power * (k % 2 ? -1 : 1) * (n === 0 ? 1 : n === 1 ? 1 / t : 1 / (t * t))) / factorial;
    power *= t * t;
    factorial *= (2 * k + 2) * (2 * k + 3);
  }
  return t === 0 ? [1, 0, -1 / 3][n]! : sum;
}
/** ∫₀¹ uⁿ e^(xu) du = Σ xᵏ / (k! (k + n + 1)) */
const moment = (x: number, n: number): number =>
  series(1 / (n + 1), (c, k) => (c * x * (k + n + 1)) / ((k + 1) * (k + n + 2)));
const Phi = (x: number): number => special.erfc(-x * Math.SQRT1_2) / 2;
const phi = (x: number): number => exp((-x * x) / 2) / sqrt(2 * Math.PI);
const erfcx = (x: number): number => exp(x * x) * special.erfc(x);

const fine = { error: 1e5, slopeError: 1e6 };
/** By public name. */
export const moreUnaryFunctions: Readonly<Record<string, UnaryFunction>> = {
  logNdtr: book(
    (x) => (x < 1 ? log(Phi(x)) : log1p(-Phi(-x))),
    (x) => [phi(x) / Phi(x), (-phi(x) / Phi(x)) * (x + phi(x) / Phi(x))],
    "moderate",
    fine,
  ),
  erfcx: book(
    erfcx,
    (x, y) => [2 * x * y - 2 / sqrt(Math.PI), 2 * y + 2 * x * (2 * x * y - 2 / sqrt(Math.PI))],
    "open unit",
    fine,
  ),
  i0e: book(
    (x) => exp(-abs(x)) * I0(x),
    (x) => [exp(-abs(x)) * (x * I1x(x) - sign(x) * I0(x)), exp(-abs(x)) * (2 * I0(x) - 2 * abs(x) * I1x(x) - I1x(x))],
    "moderate",
    { ...fine, kink: at0 },
  ),
  i1e: book(
    (x) => exp(-abs(x)) * x * I1x(x),
    (x) => [
      exp(-abs(x)) * (I0(x) - I1x(x) - abs(x) * I1x(x)),
      exp(-abs(x)) * (2 * x * I1x(x) - sign(x) * (2 * I0(x) - 2 * I1x(x)) + gap((x * x) / 4, x)),
    ],
    "moderate",
    { ...fine, kink: at0 },
  ),
  j0: book(J0, (x) => [-x * J1x(x), J1x(x) - J0(x)], "moderate", fine),
  j1: book(
    (x) => x * J1x(x),
    (x) => [J0(x) - J1x(x), -x * J1x(x) + (x === 0 ? 0 : gap((-x * x) / 4, x))],
    "moderate",
    fine,
  ),
  sinc: book(
    (x) => sincOf(Math.PI * x, 0),
    (x) => [Math.PI * sincOf(Math.PI * x, 1), Math.PI ** 2 * sincOf(Math.PI * x, 2)],
    "unit",
    fine,
  ),
  exprel: book(
    (x) => moment(x, 0),
    (x) => [moment(x, 1), moment(x, 2)],
    "moderate",
    fine,
  ),
  logCosh: smooth(
    (x) => (abs(x) < 300 ? log1p(Math.sinh(x) ** 2) / 2 : abs(x) - Math.LN2),
    (x) => [tanh(x), 4 * dsigma(2 * x)],
    "moderate",
  ),
  log1mexp: smooth(
    (x) => 0 + (x < Math.LN2 ? log(-expm1(-x)) : log1p(-exp(-x))), // a + log(1 - e⁻ˣ) with a = 0: never -0
    (x) => [1 / expm1(x), -1 / (expm1(x) * -expm1(-x))],
    "positive",
    {
      slopeError: 100,
    },
  ),
};

/** log(eᵃ - eᵇ), a > b. */
export const logDiffExp: BinaryFunction = binary(
  (a, b) => a + log(-expm1(b - a)),
  (a, b) => {
    const [p, q] = [-1 / expm1(b - a), -1 / expm1(a - b)];
    return [p, q, p * q, -p * q, p * q];
  },
  ["all", "all"],
  { error: 1e4, slopeError: 1000, kink: (a, b) => !(a - b > 1e-3) },
);

/**
 * Sums over the terms of P(a, x) = Σ xᵃ⁺ⁿ e⁻ˣ / Γ(a + n + 1): itself, and its first and second derivative in a.
 * `sizes`: sums of magnitudes instead.
 */
function lower(a: number, x: number, sizes = false): readonly [number, number, number] {
  const [p, pa, paa] = [[0], [0], [0]] as [number[], number[], number[]];
  let term = exp(a * log(x) - x - special.lgamma(a + 1));
  let [psi, psi1] = [special.polygamma(0, a + 1), special.polygamma(1, a + 1)] as [number, number];
  for (let n = 1; n < 120; n++) {
    const l = sizes ? abs(log(x)) + abs(psi) : log(x) - psi;
    p[0]! += term;
    pa[0]! += term * l;
    paa[0]! += term * (sizes ? l * l + psi1 : l * l - psi1);
    term *= x / (a + n);
    psi += 1 / (a + n);
    psi1 -= 1 / (a + n) ** 2;
  }
  return [p[0]!, pa[0]!, paa[0]!];
}
/** P or Q and their derivatives by a, x, aa, ax, xx. */
function incomplete(upper: boolean, a: number, x: number): readonly [number, number, number, number, number, number] {
  const [p, pa, paa] = lower(a, x);
  const density = exp((a - 1) * log(x) - x - special.lgamma(a));
  const slopes = [pa, density, paa, density * (log(x) - special.polygamma(0, a)), density * ((a - 1) / x - 1)] as const;
  const [da, dx, daa, dax, dxx] = upper ? slopes.map((s) => -s) : slopes;
  return [upper ? 1 - p : p, da!, dx!, daa!, dax!, dxx!];
}
/** Sizes of the terms that cancel in the derivatives of `incomplete`. */
function incompleteSizes(a: number, x: number): readonly [number, number, number, number, number] {
  const [, pa, paa] = lower(a, x, true);
  const density = exp((a - 1) * log(x) - x - special.lgamma(a));
  const l = abs(log(x)) + abs(special.polygamma(0, a) as number);
  return [pa, density, paa, density * l, density * ((a + 1) / x + 1)];
}
const ofGamma = (upper: boolean, logarithm: boolean): BinaryFunction =>
  binary(
    (a, x) => (logarithm ? log(incomplete(upper, a, x)[0]) : incomplete(upper, a, x)[0]),
    (a, x) => {
      const [y, da, dx, daa, dax, dxx] = incomplete(upper, a, x);
      if (!logarithm) return [da, dx, daa, dax, dxx];
      const [ra, rx] = [da / y, dx / y];
      return [ra, rx, daa / y - ra * ra, dax / y - ra * rx, dxx / y - rx * rx];
    },
    ["shape", "shape"],
    {
      error: 1e6,
      slopeError: 1e7,
      sizes(a, x) {
        const sizes = incompleteSizes(a, x);
        if (!logarithm) return sizes;
        const [y, da, dx] = incomplete(upper, a, x);
        const [ra, rx, aa, ax, xx] = sizes.map((s) => s / y) as unknown as typeof sizes;
        return [ra, rx, aa + (da / y) ** 2, ax + abs((da * dx) / y ** 2), xx + (dx / y) ** 2];
      },
    },
  );
/** δ²(√(1 + (x/δ)²) - 1) */
const pseudoHuber = binary(
  (x, d) => (x * x) / (1 + sqrt(1 + (x / d) ** 2)),
  (x, d) => {
    const s = sqrt(1 + (x / d) ** 2);
    const dd = x ** 4 / (d ** 3 * s * (1 + s) ** 2);
    const mixed = (x / (d * s)) ** 3;
    // Euler's relation for a function of degree 2.
    return [x / s, dd, 1 / s ** 3, mixed, (dd - x * mixed) / d];
  },
  ["moderate", "positive"],
  { slopeError: 1000, strict: true },
);
const huber = binary(
  (x, d) => (abs(x) <= d ? (x * x) / 2 : d * (abs(x) - d / 2)),
  (x, d) => (abs(x) <= d ? [x, 0, 1, 0, 0] : [d * sign(x), abs(x) - d, 0, sign(x), -1]),
  ["moderate", "positive"],
  { kink: (x, d) => abs(x) === d, strict: true },
);
/** By public name. */
export const moreBinaryFunctions: Readonly<Record<string, BinaryFunction>> = {
  gammainc: ofGamma(false, false),
  gammaincc: ofGamma(true, false),
  logGammainc: ofGamma(false, true),
  logGammaincc: ofGamma(true, true),
  pseudoHuber,
  huber,
};
