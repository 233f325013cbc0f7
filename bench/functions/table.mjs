// The element-wise functions that `npm run bench:functions` times, and what they are held against: the function of
// Math, or the formula with Math that one would write in JavaScript. `by` is that formula, in x and y; M is Math
// there, and NativeMath or NativeMathf where the same formula is compiled as AssemblyScript, unless `native` is
// another one. S is special.mjs, which exists in JavaScript alone.
import * as hvp from "hvp";

/** Arguments are uniform in [low, high). */
const row = (name, f, by, ranges, more = {}) => ({
  name,
  f,
  by,
  ranges: typeof ranges[0] === "number" ? [ranges] : ranges,
  ...more,
});
/** A function that Math has under the same name. */
const known = (name, f, range, more) => row(name, f, `M.${name}(${name === "atan2" ? "y, x" : "x"})`, range, more);
/** `times`: how many times faster than Math the design wants it, [float64, float32]. */
const fast = { times: [2, 4] };
const logistic = "1 / (1 + M.exp(-x))";
const log1pExp = "M.log1p(M.exp(-M.abs(x)))";

export const functions = [
  known("exp", hvp.exp, [-10, 10], fast),
  row("exp2", hvp.exp2, "M.pow(2, x)", [-10, 10], { native: "M.exp2(x)" }),
  known("expm1", hvp.expm1, [-2, 2]),
  known("log", hvp.log, [0.1, 10], fast),
  known("log2", hvp.log2, [0.1, 10]),
  known("log10", hvp.log10, [0.1, 10]),
  known("log1p", hvp.log1p, [-0.5, 4]),
  known("sqrt", hvp.sqrt, [0, 10]),
  known("cbrt", hvp.cbrt, [-10, 10]),
  row("pow(x, y)", hvp.pow, "M.pow(x, y)", [
    [0.1, 10],
    [-3, 3],
  ]),
  row("pow(x, 3)", (x) => hvp.pow(x, 3), "M.pow(x, 3)", [-3, 3]),
  row("pow(x, 7)", (x) => hvp.pow(x, 7), "M.pow(x, 7)", [-3, 3]),
  row("pow(x, 1.5)", (x) => hvp.pow(x, 1.5), "M.pow(x, 1.5)", [0.1, 10]),
  row("pow(x, 3.5)", (x) => hvp.pow(x, 3.5), "M.pow(x, 3.5)", [0.1, 10]),
  row("hypot", hvp.hypot, "M.hypot(x, y)", [
    [-10, 10],
    [-10, 10],
  ]),
  known("sin", hvp.sin, [-10, 10], fast),
  known("cos", hvp.cos, [-10, 10], fast),
  known("tan", hvp.tan, [-10, 10]),
  known("asin", hvp.asin, [-1, 1]),
  known("acos", hvp.acos, [-1, 1]),
  known("atan", hvp.atan, [-5, 5]),
  row("atan2", hvp.atan2, "M.atan2(x, y)", [
    [-5, 5],
    [-5, 5],
  ]),
  known("sinh", hvp.sinh, [-5, 5]),
  known("cosh", hvp.cosh, [-5, 5]),
  known("tanh", hvp.tanh, [-3, 3], fast),
  known("asinh", hvp.asinh, [-5, 5]),
  known("acosh", hvp.acosh, [1, 10]),
  known("atanh", hvp.atanh, [-1, 1]),
  row("sigmoid", hvp.sigmoid, logistic, [-8, 8]),
  row("logSigmoid", hvp.logSigmoid, `M.min(x, 0) - ${log1pExp}`, [-8, 8]),
  row("softplus", hvp.softplus, `M.max(x, 0) + ${log1pExp}`, [-8, 8]),
  row("logaddexp", hvp.logaddexp, "M.max(x, y) + M.log1p(M.exp(-M.abs(x - y)))", [
    [-8, 8],
    [-8, 8],
  ]),
  row("logit", hvp.logit, "M.log(x / (1 - x))", [0, 1]),
  row("xlogy", hvp.xlogy, "x == 0 ? 0 : x * M.log(y)", [
    [0, 1],
    [0.1, 10],
  ]),
  row("xlog1py", hvp.xlog1py, "x == 0 ? 0 : x * M.log1p(y)", [
    [0, 1],
    [-0.5, 4],
  ]),
  row("entr", hvp.entr, "x > 0 ? -x * M.log(x) : 0", [0, 1]),
  row("silu", hvp.silu, `x * (${logistic})`, [-8, 8]),
  row(
    "gelu, tanh",
    (x) => hvp.gelu(x, { approximate: true }),
    "0.5 * x * (1 + M.tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)))",
    [-4, 4],
  ),
  row("gelu", (x) => hvp.gelu(x), "0.5 * x * S.erfc(-0.7071067811865476 * x)", [-4, 4]),
  row("erf", hvp.erf, "1 - S.erfc(x)", [-3, 3]),
  row("erfc", hvp.erfc, "S.erfc(x)", [-3, 6]),
  row("erfinv", hvp.erfinv, "S.erfinv(x)", [-1, 1]),
  row("lgamma", hvp.lgamma, "S.lgamma(x)", [0.1, 20]),
  row("digamma", hvp.digamma, "S.polygamma(0, x)", [0.1, 20]),
  ...[1, 2, 3].map((n) => row(`polygamma(${n}, x)`, (x) => hvp.polygamma(n, x), `S.polygamma(${n}, x)`, [0.1, 20])),
  known("floor", hvp.floor, [-100, 100]),
  known("ceil", hvp.ceil, [-100, 100]),
  known("trunc", hvp.trunc, [-100, 100]),
  known("round", hvp.round, [-100, 100]),
  row("mod", hvp.mod, "((x % y) + y) % y", [
    [-100, 100],
    [1, 10],
  ]),
  row("remainder", hvp.remainder, "x - M.floor(x / y) * y", [
    [-100, 100],
    [1, 10],
  ]),
];
