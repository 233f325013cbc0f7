// The functions of fixtures/exponents.json, written as users of the library would, on one array (or two) of arguments.
import type { Tensor } from "../../src/index.ts";
import * as h from "../../src/index.ts";

export type One = (x: Tensor) => Tensor;
export type Two = (x: Tensor, y: Tensor) => Tensor;
type Operation = (...x: readonly unknown[]) => Tensor;
const op = (name: string): Operation => (h as unknown as Record<string, Operation>)[name] as Operation;
const { add, div, exp, log, mul, neg, pow, prod, sqrt, square, stack, sub } = h as unknown as Record<
  "add" | "div" | "exp" | "log" | "mul" | "neg" | "pow" | "prod" | "sqrt" | "square" | "stack" | "sub",
  Operation
>;

const NAMES =
  "square sqrt cbrt reciprocal rsqrt exp exp2 expm1 log log2 log10 log1p sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh sigmoid " +
  "logSigmoid softplus silu softsign gelu erf erfc ndtr erfinv entr lgamma digamma logit";
const EXPONENTS = [
  0.5,
  1.5,
  2.5,
  3,
  4,
  5,
  7,
  0.25,
  0.375,
  2 ** -10,
  -0.5,
  -1,
  -1.5,
  -2,
  -2.5,
  -3,
  -4,
  -6,
  1.3,
  -0.7,
  0.3,
];
const TWO_NAMES = "mul div hypot atan2 logaddexp xlogy xlog1py pow mod betaln";
const named = <F>(names: string): [string, F][] => names.split(" ").map((n) => [n, op(n) as unknown as F]);

export const ONE: Readonly<Record<string, One>> = {
  ...Object.fromEntries(named<One>(NAMES).map(([n, f]) => [n, (x: Tensor) => f(x)])),
  geluTanh: (x) => op("gelu")(x, { approximate: true }),
  polygamma1: (x) => op("polygamma")(1, x),
  ...Object.fromEntries(EXPONENTS.map((c) => [`pow ${c}`, (x: Tensor) => pow(x, c)])),
  "1/x²": (x) => div(1, square(x)),
  "1/(1+x²)": (x) => div(1, add(1, square(x))),
  "x/(1+x²)": (x) => div(x, add(1, mul(x, x))),
  "exp(-1/x²)": (x) => exp(div(-1, square(x))),
  "1/(1+exp(-x))": (x) => div(1, add(1, exp(neg(x)))),
  "1/cosh": (x) => div(1, op("cosh")(x)),
  "1/sinh": (x) => div(1, op("sinh")(x)),
  "log(x²)": (x) => log(square(x)),
  "log(1+x²)": (x) => log(add(1, square(x))),
  "log1p(x²)": (x) => op("log1p")(mul(x, x)),
  "x log x": (x) => mul(x, log(x)),
  "xlogy(x,x)": (x) => op("xlogy")(x, x),
  "pow(x,x)": (x) => pow(x, x),
  "√x log x": (x) => mul(sqrt(x), log(x)),
  "1/(x x x)": (x) => div(1, mul(mul(x, x), x)),
  "1/sqrt(x²+1)": (x) => div(1, sqrt(add(square(x), 1))),
  "log(ndtr)": (x) => log(op("ndtr")(x)),
  "log(.3 exp(-x²/2))": (x) => log(mul(0.3, exp(mul(-0.5, square(x))))),
  "sqrt(sqrt)": (x) => sqrt(sqrt(x)),
  "log(log)": (x) => log(log(x)),
  "log(x³)": (x) => log(mul(x, mul(x, x))),
  "log(pow -3)": (x) => log(pow(x, -3)),
  "exp(log)/x": (x) => div(sqrt(x), x),
  "log(prod)": (x) => log(prod(stack([x, x, x]), { axis: 0 })),
};
/** Steps of a formula that leave the range of a type where the value does not: there it is not judged. */
export const INSIDE: Readonly<Record<string, (x: number, y: number) => number[]>> = {
  "1/x²": (x) => [x * x],
  "1/(1+x²)": (x) => [1 + x * x],
  "x/(1+x²)": (x) => [1 + x * x],
  "exp(-1/x²)": (x) => [x * x, 1 / (x * x)],
  "1/(1+exp(-x))": (x) => [Math.exp(-x)],
  "1/cosh": (x) => [Math.cosh(x)],
  "1/sinh": (x) => [Math.sinh(x)],
  "log(x²)": (x) => [x * x],
  "log(1+x²)": (x) => [1 + x * x],
  "log1p(x²)": (x) => [x * x],
  "1/(x x x)": (x) => [x * x, x ** 3],
  "1/sqrt(x²+1)": (x) => [x * x + 1],
  "log(ndtr)": (x) => [Math.exp((-x * x) / 2) / (3 - x)],
  "log(.3 exp(-x²/2))": (x) => [x * x, Math.exp((-x * x) / 2) / 3],
  "log(x³)": (x) => [x * x, x ** 3, x ** 4],
  "log(pow -3)": (x) => [x ** -3],
  // The cotangent of the product too: in reverse mode over itself it is the square of 1/x³.
  "log(prod)": (x) => [x ** 3, x ** 6, x ** 8],
  "1/(xy)": (x, y) => [x * y],
  "x/y²": (_x, y) => [y * y],
  "x²/y": (x) => [x * x],
  "log(xy)": (x, y) => [x * y],
};
/** Columns of a matrix, of whose rows the first element of `f` is wanted. */
const first =
  (f: (rows: Tensor) => Tensor): Two =>
  (x, y) =>
    op("slice")(f(stack([x, y, sub(y, 1)], 1)), [], 0);
export const TWO: Readonly<Record<string, Two>> = {
  ...Object.fromEntries(named<Two>(TWO_NAMES)),
  "1/(xy)": (x, y) => div(1, mul(x, y)),
  "x/y²": (x, y) => div(x, square(y)),
  "x²/y": (x, y) => div(square(x), y),
  "log(xy)": (x, y) => log(mul(x, y)),
  norm: (x, y) => op("norm")(stack([x, y]), { axis: 0 }),
  norm3: (x, y) => op("norm")(stack([x, y, mul(2, x)]), { axis: 0 }),
  std3: (x, y) => op("std")(stack([x, y, mul(2, x)]), { axis: 0 }),
  softmax: first((r) => op("softmax")(r)),
  logSoftmax: first((r) => op("logSoftmax")(r)),
  logsumexp: (x, y) => op("logsumexp")(stack([x, y, sub(y, 1)], 1), { axis: 1 }),
};
