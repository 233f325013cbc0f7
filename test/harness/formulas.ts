// What the less common functions mean, in plain JavaScript, for the reference interpreter.

/** Half to even. */
export const roundEven = (x: number): number => (Math.abs(x) % 1 === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));

/** JavaScript's %, moved to the sign of y. */
export function mod(x: number, y: number): number {
  const r = x % y;
  return r === 0 ? 0 * Math.sign(y) : r < 0 === y < 0 || Number.isNaN(r) ? r : r + y;
}

const sigmoid = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
const dsigmoid = (x: number): number => Math.exp(-Math.abs(x)) / (1 + Math.exp(-Math.abs(x))) ** 2;
/** x f(y), 0 where x is and y is a number. */
const times = (x: number, y: number, f: (y: number) => number): number => (x === 0 && !Number.isNaN(y) ? 0 : x * f(y));

/** By name of the primitive. */
export const functions = {
  sigmoid,
  dsigmoid,
  sech2: (x: number) => 4 * dsigmoid(2 * x),
  softplus: (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  // C99's: 1 to any power and -1 to an infinite one are 1, where JavaScript says NaN.
  pow: (x: number, p: number) => (x === 1 || (x === -1 && Math.abs(p) === Infinity) ? 1 : x ** p),
  powHalf: (x: number, p: number) => x ** p,
  powSlope: (x: number, p: number, k: number) => {
    let c = 1;
    for (let i = 0; i < k; i++) c *= p - i;
    return c === 0 ? 0 : c * x ** (p - k);
  },

  sinh: Math.sinh,
  cosh: Math.cosh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  oneMinusSquare: (x: number) => (1 - x) * (1 + x),
  asin: Math.asin,
  acos: Math.acos,
  atan2: Math.atan2,
  exp2: (x: number) => 2 ** x,
  log2: Math.log2,
  log10: Math.log10,
  cbrt: Math.cbrt,
  cbrtSlope: (x: number) => 1 / (3 * Math.cbrt(x) ** 2),
  hypot: (x: number, y: number) => Math.hypot(x, y),
  hypotSlope: (x: number, y: number) => x / Math.hypot(x, y),

  logit: (x: number) => (Math.abs(x - 0.5) < 0.25 ? 2 * Math.atanh(2 * x - 1) : Math.log(x) - Math.log1p(-x)),
  logaddexp: (a: number, b: number) => Math.max(a, b) + Math.log1p(Math.exp(a === b ? 0 : -Math.abs(a - b))),
  sigmoidGap: (a: number, b: number) => sigmoid(a === b ? 0 : a - b),
  sigmoidGapSlope: (a: number, b: number) => sigmoid(a === b ? 0 : a - b) * sigmoid(a === b ? 0 : b - a),
  geluSigmoid: (x: number) => sigmoid(Math.sqrt(8 / Math.PI) * (x + 0.044715 * x ** 3)),
  geluSpread: (x: number) => {
    const z = Math.sqrt(8 / Math.PI) * (x + 0.044715 * x ** 3);
    return sigmoid(z) * sigmoid(-z);
  },
  xlogy: (x: number, y: number) => times(x, y, Math.log),
  xlog1py: (x: number, y: number) => times(x, y, Math.log1p),
  entr: (x: number) => (x < 0 ? -Infinity : x === 0 ? 0 : -x * Math.log(x)),
};
