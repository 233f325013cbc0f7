// Element-wise functions for the oracle of random programs: values in doubles, first and second partial derivatives
// as `Wide` numbers, so that neither overflows on the way. Special functions are those of
// bench/functions/special.mjs, good to about 1e-12.
// @ts-expect-error plain JavaScript without types
import * as special from "../../../bench/functions/special.mjs";
import { functions as formulas, mod } from "../formulas.ts";
import { ONE, product, quotient, type Real, root, total, type Wide, wide, ZERO } from "./wide.ts";

export type Domain =
  | "all"
  | "positive"
  | "nonnegative"
  | "unit"
  | "open unit"
  | "fraction"
  | "above 1"
  | "nonzero"
  | "moderate"
  | "shape";

export interface UnaryFunction {
  readonly f: (x: number) => number;
  /** First and second derivative, given x and f(x). */
  readonly slopes: (x: number, y: number) => readonly [Wide, Wide];
  /** Rounding error in roundoffs; 0: every program gives these bits. */
  readonly error: number;
  readonly domain: Domain;
  /** Whether the derivative at x is nothing to rely on. */
  readonly kink?: (x: number) => boolean;
  /** Whether the derivative at x is a convention. */
  readonly corner?: (x: number) => boolean;
  /** Whether nothing is promised outside the domain. */
  readonly strict?: boolean;
  /** Roundoffs of the derivatives, where formulas for them cancel. */
  readonly slopeError?: number | ((x: number) => number);
  /** Whether a value beside a jump decides: floor and the like. */
  readonly step?: boolean;
}

const LANE = 8;
/** Functions good to 1e-12. */
const BOOK = 1e4;
const [exp, abs] = [Math.exp, Math.abs];

export const smooth = (
  f: (x: number) => number,
  slopes: (x: number, y: number) => readonly [Real, Real],
  domain: Domain = "all",
  more: Partial<UnaryFunction> = {},
): UnaryFunction => ({ f, slopes: (x, y) => slopes(x, y).map(wide) as [Wide, Wide], error: LANE, domain, ...more });
const stair = (f: (x: number) => number): UnaryFunction => smooth(f, () => [0, 0], "all", { error: 0, step: true });
export const book = (
  f: (x: number) => number,
  slopes: (x: number, y: number) => readonly [Real, Real],
  domain: Domain,
  more: Partial<UnaryFunction> = {},
): UnaryFunction => smooth(f, slopes, domain, { error: BOOK, slopeError: BOOK, ...more });

const sigma = formulas.sigmoid;
export const dsigma = (x: number): number => formulas.dsigmoid(x);
const phi = (x: number): number => exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
const Phi = (x: number): number => special.erfc(-x * Math.SQRT1_2) / 2;
const rootPi = Math.sqrt(Math.PI);
const polygamma = (n: number, x: number): number => special.polygamma(n, x);
const log = (b: number) => (x: number) => [quotient(1, x, Math.log(b)), quotient(-1, x, x, Math.log(b))] as const;
const quantile = (p: number): number => (p < 0.5 ? -Math.SQRT2 * erfinv(1 - 2 * p) : Math.SQRT2 * erfinv(2 * p - 1));

const at0 = (x: number): boolean => x === 0;
const [SELU_A, SELU_B] = [1.0507009873554805, 1.7580993408473766];

/** By public name. */
export const unaryFunctions: Readonly<Record<string, UnaryFunction>> = {
  abs: smooth(abs, (x) => [Math.sign(x), 0], "all", { error: 0, corner: at0 }),
  sign: smooth(Math.sign, () => [0, 0], "all", { error: 0 }),
  neg: smooth(
    (x) => -x,
    () => [-1, 0],
    "all",
    { error: 0 },
  ),
  square: smooth(
    (x) => x * x,
    (x) => [product(2, x), 2],
    "all",
    { error: 0 },
  ),
  sqrt: smooth(Math.sqrt, (x, y) => [quotient(0.5, y), quotient(-0.25, y, x)], "nonnegative", { error: 0, kink: at0 }),
  reciprocal: smooth(
    (x) => 1 / x,
    (x) => [quotient(-1, x, x), quotient(2, x, x, x)],
    "nonzero",
    { error: 0 },
  ),
  rsqrt: smooth(
    (x) => 1 / Math.sqrt(x),
    (x) => [quotient(-0.5, x, root(x)), quotient(0.75, x, x, root(x))],
    "positive",
  ),
  exp: smooth(exp, (_, y) => [y, y], "moderate"),
  exp2: smooth(
    (x) => 2 ** x,
    (_, y) => [product(y, Math.LN2), product(y, Math.LN2, Math.LN2)],
    "moderate",
  ),
  expm1: smooth(Math.expm1, (x) => [exp(x), exp(x)], "moderate"),
  log: smooth(Math.log, log(Math.E), "positive"),
  log2: smooth(Math.log2, log(2), "positive"),
  log10: smooth(Math.log10, log(10), "positive"),
  log1p: smooth(Math.log1p, (x) => [quotient(1, total(1, x)), quotient(-1, total(1, x), total(1, x))], "positive"),
  sin: smooth(Math.sin, (x, y) => [Math.cos(x), -y]),
  cos: smooth(Math.cos, (x, y) => [-Math.sin(x), -y]),
  tan: smooth(Math.tan, (_, y) => [total(1, product(y, y)), product(2, y, total(1, product(y, y)))], "unit"),
  asin: smooth(
    Math.asin,
    (x) => [quotient(1, unitRoot(x)), quotient(x, unitRoot(x), unitRoot(x), unitRoot(x))],
    "open unit",
  ),
  acos: smooth(
    Math.acos,
    (x) => [quotient(-1, unitRoot(x)), quotient(-x, unitRoot(x), unitRoot(x), unitRoot(x))],
    "open unit",
  ),
  atan: smooth(Math.atan, (x) => [quotient(1, onePlus(x)), quotient(product(-2, x), onePlus(x), onePlus(x))]),
  sinh: smooth(Math.sinh, (x, y) => [Math.cosh(x), y], "moderate"),
  cosh: smooth(Math.cosh, (x, y) => [Math.sinh(x), y], "moderate"),
  tanh: smooth(Math.tanh, (x, y) => [4 * dsigma(2 * x), product(-2, y, 4 * dsigma(2 * x))]),
  asinh: smooth(Math.asinh, (x) => [quotient(1, root(onePlus(x))), quotient(-x, onePlus(x), root(onePlus(x)))]),
  acosh: smooth(
    Math.acosh,
    (x) => [quotient(1, aboveRoot(x)), quotient(-x, aboveRoot(x), aboveRoot(x), aboveRoot(x))],
    "above 1",
  ),
  atanh: smooth(
    Math.atanh,
    (x) => [quotient(1, oneMinus(x)), quotient(product(2, x), oneMinus(x), oneMinus(x))],
    "open unit",
  ),
  sigmoid: smooth(sigma, (x) => [dsigma(x), -dsigma(x) * Math.tanh(x / 2)]),
  softplus: smooth(formulas.softplus, (x) => [sigma(x), dsigma(x)]),
  logSigmoid: smooth(
    (x) => -formulas.softplus(-x),
    (x) => [sigma(-x), -dsigma(x)],
  ),
  silu: smooth(
    (x) => (x === -Infinity ? -0 : x * sigma(x)),
    (x) => [sigma(x) + x * dsigma(x), dsigma(x) * (2 - x * Math.tanh(x / 2))],
    "all",
    // Its slope is a sum of σ and x·σ', which cancel near the minimum.
    { slopeError: (x) => 200 + (8 * sigma(x)) / Math.abs(sigma(x) + x * dsigma(x) || 1) },
  ),
  gelu: book(
    (x) => (x === -Infinity ? -0 : x * Phi(x)),
    (x) => [Phi(x) + x * phi(x), phi(x) * (2 - x * x)],
    "moderate",
  ),
  cbrt: smooth(Math.cbrt, (x, y) => [quotient(y, x, 3), quotient(product(-2, y), x, x, 9)], "nonzero", { kink: at0 }),
  degrees: smooth(
    (x) => x * (180 / Math.PI),
    () => [180 / Math.PI, 0],
  ),
  radians: smooth(
    (x) => x * (Math.PI / 180),
    () => [Math.PI / 180, 0],
  ),
  erf: book(
    (x) => (abs(x) < 0.5 ? erfSeries(x) : 1 - special.erfc(x)),
    (x) => [(2 / rootPi) * exp(-x * x), product(-2, x, (2 / rootPi) * exp(-x * x))],
    "moderate",
  ),
  erfc: book(
    (x) => (x === 0 ? 1 : special.erfc(x)),
    (x) => [(-2 / rootPi) * exp(-x * x), product(2, x, (2 / rootPi) * exp(-x * x))],
    "moderate",
  ),
  ndtr: book(Phi, (x) => [phi(x), product(-x, phi(x))], "moderate"),
  ndtri: book(quantile, (_, y) => [quotient(1, phi(y)), quotient(y, phi(y), phi(y))], "fraction", {
    error: 1e5,
    slopeError: 1e6,
  }),
  erfinv: book(
    erfinv,
    (_, y) => [product(rootPi / 2, exp(y * y)), product(2, y, (rootPi / 2) * exp(y * y), (rootPi / 2) * exp(y * y))],
    "open unit",
    { error: 1e5, slopeError: 1e6 },
  ),
  erfcinv: book(
    (p) => erfinv(1 - p),
    (_, y) => [product(-rootPi / 2, exp(y * y)), product(2, y, (rootPi / 2) * exp(y * y), (rootPi / 2) * exp(y * y))],
    "fraction",
    { error: 1e5, slopeError: 1e6 },
  ),
  lgamma: book(special.lgamma, (x) => [polygamma(0, x), polygamma(1, x)], "positive", { error: 1e5, slopeError: 1e5 }),
  digamma: book(
    (x) => polygamma(0, x),
    (x) => [polygamma(1, x), polygamma(2, x)],
    "positive",
    { error: 1e5, slopeError: 1e5 },
  ),
  entr: smooth(formulas.entr, (x) => [total(-1, -Math.log(x)), quotient(-1, x)], "positive", { slopeError: 200 }),
  logit: smooth(
    formulas.logit,
    (x) => [quotient(1, x, 1 - x), quotient(2 * x - 1, product(x, 1 - x), product(x, 1 - x))],
    "fraction",
  ),
  relu: smooth(
    (x) => (x <= 0 ? 0 : x),
    (x) => [x > 0 ? 1 : 0, 0],
    "all",
    { error: 0, corner: at0 },
  ),
  relu6: smooth(
    (x) => (x <= 0 ? 0 : x >= 6 ? 6 : x),
    (x) => [x > 0 && x < 6 ? 1 : 0, 0],
    "all",
    { error: 0, corner: (x) => x === 0 || x === 6 },
  ),
  hardTanh: smooth(
    (x) => (x <= -1 ? -1 : x >= 1 ? 1 : x),
    (x) => [x > -1 && x < 1 ? 1 : 0, 0],
    "all",
    { error: 0, corner: (x) => abs(x) === 1 },
  ),
  leakyRelu: smooth(
    (x) => (x > 0 ? x : 0.01 * x),
    (x) => [x > 0 ? 1 : 0.01, 0],
    "all",
    { error: 2, corner: at0 },
  ),
  elu: smooth(
    (x) => (x > 0 ? x : Math.expm1(x)),
    (x) => (x > 0 ? [1, 0] : [exp(x), exp(x)]),
    "all",
    { kink: at0 },
  ),
  selu: smooth(
    (x) => (x > 0 ? SELU_A * x : SELU_B * Math.expm1(x)),
    (x) => (x > 0 ? [SELU_A, 0] : [SELU_B * exp(x), SELU_B * exp(x)]),
    "all",
    { kink: at0 },
  ),
  softsign: smooth(
    (x) => (abs(x) === Infinity ? Math.sign(x) : x / (1 + abs(x))),
    (x) => [
      quotient(1, total(1, abs(x)), total(1, abs(x))),
      quotient(-2 * Math.sign(x), total(1, abs(x)), total(1, abs(x)), total(1, abs(x))),
    ],
    "all",
    { error: 4, kink: at0 },
  ),
  floor: stair(Math.floor),
  ceil: stair(Math.ceil),
  trunc: stair(Math.trunc),
  round: stair(formulas_round),
};

function formulas_round(x: number): number {
  return abs(x) % 1 === 0.5
    ? 2 * Math.round(x / 2)
    : x < 0 && x >= -0.5
      ? -0
      : abs(x) < 2 ** 52
        ? Math.sign(x) * Math.round(abs(x))
        : x;
}
function erfSeries(x: number): number {
  let [sum, term] = [x, x];
  for (let k = 1; k < 40; k++) {
    term *= (-x * x) / k;
    sum += term / (2 * k + 1);
  }
  return (2 / rootPi) * sum;
}
/** The inverse of erf; near 0 by Newton's method on the series, good to a few roundoffs of its own size there. */
function erfinv(x: number): number {
  if (x === 0) return x;
  let y: number = special.erfinv(x);
  if (abs(y) < 0.4) for (let k = 0; k < 3; k++) y -= ((erfSeries(y) - x) * rootPi * exp(y * y)) / 2;
  return y;
}
const onePlus = (x: number): Wide => total(1, product(x, x));
const oneMinus = (x: number): Wide => product(1 - x, 1 + x);
const unitRoot = (x: number): Wide => root(oneMinus(x));
const aboveRoot = (x: number): Wide => product(root(x - 1), root(x + 1));

export interface BinaryFunction {
  readonly f: (a: number, b: number) => number;
  /** ∂a, ∂b, ∂aa, ∂ab, ∂bb */
  readonly slopes: (a: number, b: number, y: number) => readonly [Wide, Wide, Wide, Wide, Wide];
  /** Sizes of the terms that cancel in these, if they do. */
  readonly sizes?: (a: number, b: number) => readonly [number, number, number, number, number];
  readonly error: number;
  readonly domains: readonly [Domain, Domain];
  readonly kink?: (a: number, b: number) => boolean;
  readonly corner?: (a: number, b: number) => boolean;
  readonly strict?: boolean;
  readonly slopeError?: number;
  readonly step?: boolean;
}

export const binary = (
  f: (a: number, b: number) => number,
  slopes: (a: number, b: number, y: number) => readonly [Real, Real, Real, Real, Real],
  domains: readonly [Domain, Domain] = ["all", "all"],
  more: Partial<BinaryFunction> = {},
): BinaryFunction => ({
  f,
  slopes: (a, b, y) => slopes(a, b, y).map(wide) as unknown as [Wide, Wide, Wide, Wide, Wide],
  error: LANE,
  domains,
  ...more,
});
const exact = { error: 0 };
const tie = { error: 0, corner: (a: number, b: number) => a === b };
const share = (a: number, b: number): number => (a > b ? 1 : a === b ? 0.5 : 0);

/** By public name. */
export const binaryFunctions: Readonly<Record<string, BinaryFunction>> = {
  add: binary(
    (a, b) => a + b,
    () => [ONE, ONE, ZERO, ZERO, ZERO],
    undefined,
    exact,
  ),
  sub: binary(
    (a, b) => a - b,
    () => [1, -1, 0, 0, 0],
    undefined,
    exact,
  ),
  mul: binary(
    (a, b) => a * b,
    (a, b) => [b, a, 0, 1, 0],
    undefined,
    exact,
  ),
  div: binary(
    (a, b) => a / b,
    (a, b) => [quotient(1, b), quotient(-a, b, b), 0, quotient(-1, b, b), quotient(product(2, a), b, b, b)],
    ["all", "nonzero"],
    exact,
  ),
  maximum: binary(Math.max, (a, b) => [share(a, b), share(b, a), 0, 0, 0], undefined, tie),
  minimum: binary(Math.min, (a, b) => [share(b, a), share(a, b), 0, 0, 0], undefined, tie),
  pow: binary(formulas.pow, powSlopes, ["positive", "moderate"], { slopeError: 1000 }),
  atan2: binary(
    Math.atan2,
    (y, x) => {
      const r2 = total(product(x, x), product(y, y));
      const [dy, dx] = [quotient(x, r2), quotient(-y, r2)];
      const cross = quotient(product(2, x, y), r2, r2);
      return [dy, dx, product(-1, cross), quotient(product(y - x, y + x), r2, r2), cross];
    },
    ["all", "all"],
    { kink: (y, x) => x === 0 && y === 0, slopeError: 100 },
  ),
  hypot: binary(
    Math.hypot,
    (x, y) => {
      const r = root(total(product(x, x), product(y, y)));
      const of = (p: number, q: number): Wide => quotient(product(p, q), r, r, r);
      return [quotient(x, r), quotient(y, r), of(y, y), product(-1, of(x, y)), of(x, x)];
    },
    ["all", "all"],
    { kink: (x, y) => x === 0 && y === 0 },
  ),
  mod: binary(mod, (a, b, r) => [1, -Math.round((a - r) / b), 0, 0, 0], ["all", "nonzero"], {
    error: 2,
    kink: (a, b) => mod(a, b) === 0,
    step: true,
  }),
  remainder: binary(mod, (a, b, r) => [1, -Math.round((a - r) / b), 0, 0, 0], ["all", "nonzero"], {
    error: 2,
    kink: (a, b) => mod(a, b) === 0,
    step: true,
  }),
  logaddexp: binary(formulas.logaddexp, (a, b) => {
    const [p, q, d] = [sigma(a - b), sigma(b - a), dsigma(a - b)];
    return [p, q, d, -d, d];
  }),
  xlogy: binary(formulas.xlogy, (x, y) => [Math.log(y), quotient(x, y), 0, quotient(1, y), quotient(-x, y, y)], [
    "all",
    "positive",
  ]),
  xlog1py: binary(
    formulas.xlog1py,
    (x, y) => [
      Math.log1p(y),
      quotient(x, total(1, y)),
      0,
      quotient(1, total(1, y)),
      quotient(-x, total(1, y), total(1, y)),
    ],
    ["all", "positive"],
  ),
  betaln: binary(
    (a, b) => special.lgamma(a) + special.lgamma(b) - special.lgamma(a + b),
    (a, b) => {
      const [s0, s1] = [polygamma(0, a + b), polygamma(1, a + b)];
      return [polygamma(0, a) - s0, polygamma(0, b) - s0, polygamma(1, a) - s1, -s1, polygamma(1, b) - s1];
    },
    ["positive", "positive"],
    { error: 1e6, slopeError: 1e6 },
  ),
};

function powSlopes(x: number, p: number, y: number): readonly [Real, Real, Real, Real, Real] {
  if (x === 0)
    return Number.isInteger(p) && p >= 0 ? [p === 1 ? 1 : 0, 0, p === 2 ? 2 : 0, 0, 0] : [NaN, NaN, NaN, NaN, NaN];
  const l = x < 0 ? NaN : Math.log(x);
  return [
    quotient(product(p, y), x),
    product(y, l),
    quotient(product(p, p - 1, y), x, x),
    quotient(product(y, total(1, product(p, l))), x),
    product(y, l, l),
  ];
}
