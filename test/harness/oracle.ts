// Multiple-precision elementary functions, to measure the kernels against: BigInt arithmetic, results good to 200
// bits and more.
//
// A Real is m * 2^e, rounded to PRECISION bits after every operation; doubles convert exactly. exp and sin/cos are
// Taylor series after argument reduction; log and atan improve the double answer by one step whose remainder is a
// short series; the rest is composed. Slow paths for tiny arguments keep relative accuracy where a composition would
// cancel.

const PRECISION = 320;
const P = BigInt(PRECISION);

/** m * 2^e */
export type Real = { readonly m: bigint; readonly e: number };

const abs = (m: bigint): bigint => (m < 0n ? -m : m);
const words = new DataView(new ArrayBuffer(8));
/**
 * Bits of |m|: the exponent of the double nearest to it, which is one too high where rounding carried into the next
 * power of two.
 */
export const bitLength = (m: bigint): number => {
  const size = Number(abs(m));
  if (size === Infinity) return 1000 + bitLength(abs(m) >> 1000n);
  if (size === 0) return 0;
  words.setFloat64(0, size);
  const n = (words.getUint32(0) >>> 20) - 1022;
  return n > 53 && (words.getUint32(0) & 0xfffff) === 0 && words.getUint32(4) === 0 && abs(m) >> BigInt(n - 1) === 0n
    ? n - 1
    : n;
};

function rounded(m: bigint, e: number): Real {
  const excess = bitLength(m) - PRECISION;
  return excess > 0 ? { m: m >> BigInt(excess), e: e + excess } : { m, e };
}

const buffer = new DataView(new ArrayBuffer(8));

/** The exact value of a finite double. */
export function real(x: number): Real {
  buffer.setFloat64(0, x);
  const bits = buffer.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const m = exponent === 0 ? fraction : fraction | 0x10000000000000n;
  return { m: x < 0 ? -m : m, e: Math.max(exponent, 1) - 1075 };
}

/** The double nearest to v, good enough as a starting value: 53 leading bits truncated. */
export function toNumber(v: Real): number {
  const excess = bitLength(v.m) - 53;
  const [m, e] = excess > 0 ? [v.m >> BigInt(excess), v.e + excess] : [v.m, v.e];
  return Number(m) * 2 ** Math.trunc(e / 2) * 2 ** (e - Math.trunc(e / 2));
}

/** Position of the leading bit: 2^k <= |v| < 2^(k + 1). */
export const magnitude = (v: Real): number => bitLength(v.m) + v.e - 1;

export const neg = (a: Real): Real => ({ m: -a.m, e: a.e });
export const mul = (a: Real, b: Real): Real => rounded(a.m * b.m, a.e + b.e);
export const div = (a: Real, b: Real): Real => {
  const shift = Math.max(0, PRECISION + 8 + bitLength(b.m) - bitLength(a.m));
  return rounded((a.m << BigInt(shift)) / b.m, a.e - b.e - shift);
};
export function add(a: Real, b: Real): Real {
  if (a.m === 0n) return b;
  if (b.m === 0n) return a;
  const [high, low] = magnitude(a) >= magnitude(b) ? [a, b] : [b, a];
  if (magnitude(high) - magnitude(low) > 2 * PRECISION) return high;
  const e = Math.min(high.e, low.e);
  return rounded((high.m << BigInt(high.e - e)) + (low.m << BigInt(low.e - e)), e);
}
export const sub = (a: Real, b: Real): Real => add(a, neg(b));

/** v as an integer multiple of 2^-bits, truncated. */
export function fixed(v: Real, bits: number): bigint {
  const shift = v.e + bits;
  return shift >= 0 ? v.m << BigInt(shift) : v.m >> BigInt(-shift);
}

const ONE = real(1);
const TWO = real(2);
const isTiny = (v: Real): boolean => v.m === 0n || magnitude(v) < -60;

const ratios = new Map<string, Real>();
/** n/d, kept. */
function ratio(n: number, d: number): Real {
  const key = `${n}/${d}`;
  let v = ratios.get(key);
  if (!v) ratios.set(key, (v = div(real(n), real(d))));
  return v;
}
/** c0 + x (c1 + x (c2 + ...)), coefficients as fractions numerator / denominator. */
function series(x: Real, ...coefficients: [number, number][]): Real {
  let sum = real(0);
  for (const [n, d] of coefficients.reverse()) sum = add(mul(sum, x), ratio(n, d));
  return sum;
}

// ---- constants ----

/** atan(1/n) * 2^bits */
function inverseAtan(n: bigint, bits: number): bigint {
  let power = (1n << BigInt(bits)) / n;
  let sum = power;
  for (let k = 3n, sign = -1n; power !== 0n; k += 2n, sign = -sign) {
    power /= n * n;
    sum += (sign * power) / k;
  }
  return sum;
}

const PI_BITS = 1600;
/** pi/2 * 2^PI_BITS (Machin). */
const HALF_PI = 8n * inverseAtan(5n, PI_BITS) - 2n * inverseAtan(239n, PI_BITS);
export const PI: Real = { m: HALF_PI >> BigInt(PI_BITS - 400), e: -399 };

/** ln 2 * 2^bits = 2 atanh(1/3) */
const LN2_BITS = 400;
const LN2 = (() => {
  let power = (2n << BigInt(LN2_BITS + 16)) / 3n;
  let sum = power;
  for (let k = 3n; power !== 0n; k += 2n) {
    power /= 9n;
    sum += power / k;
  }
  return sum >> 16n;
})();

// ---- exp, log ----

export function exp(x: Real): Real {
  if (x.m === 0n) return ONE;
  // x = k ln2 + r, then exp(r) = exp(r / 2^16)^(2^16)
  const full = fixed(x, LN2_BITS);
  const k = (2n * full + LN2) / (2n * LN2);
  const r = (full - k * LN2) >> BigInt(LN2_BITS - PRECISION - 16);
  const bits = P + 32n; // 2^-16 r at this scale has the digits of r at PRECISION + 16
  const t = r;
  let term = 1n << bits;
  let sum = term;
  for (let n = 1n; term !== 0n; n++) {
    term = ((term * t) >> bits) / n;
    sum += term;
  }
  for (let i = 0; i < 16; i++) sum = (sum * sum) >> bits;
  return rounded(sum, Number(k) - Number(bits));
}

export function expm1(x: Real): Real {
  if (isTiny(x)) return mul(x, series(x, [1, 1], [1, 2], [1, 6], [1, 24], [1, 120]));
  return sub(exp(x), ONE);
}

export function log1p(x: Real): Real {
  if (isTiny(x)) return mul(x, series(x, [1, 1], [-1, 2], [1, 3], [-1, 4], [1, 5]));
  return log(add(ONE, x));
}

export function log(x: Real): Real {
  // the double estimate y, then log(x) = y + log(x e^-y), whose argument is 1 + d with d below 2^-45
  const shift = magnitude(x);
  const m: Real = { m: x.m, e: x.e - shift };
  const y = real(Math.log(toNumber(m)));
  const d = sub(mul(m, exp(neg(y))), ONE);
  const rest = d.m === 0n ? d : mul(d, series(d, [1, 1], [-1, 2], [1, 3], [-1, 4], [1, 5], [-1, 6]));
  const kLn2: Real = { m: LN2 * BigInt(shift), e: -LN2_BITS };
  return add(kLn2, add(y, rest));
}

export const pow = (x: Real, y: Real): Real => exp(mul(y, log(x)));

// ---- circular ----

/** x - n pi/2 as a fixed-point number with PRECISION bits, |x - n pi/2| <= pi/4, and n mod 4. */
function reduceAngle(x: Real): [r: bigint, quadrant: number] {
  const bits = Math.min(PI_BITS, Math.max(0, magnitude(x)) + PRECISION + 16);
  const halfPi = HALF_PI >> BigInt(PI_BITS - bits);
  const full = fixed(x, bits);
  const twice = 2n * full + halfPi;
  let n = twice / (2n * halfPi);
  if (twice < 0n && n * 2n * halfPi !== twice) n -= 1n;
  return [(full - n * halfPi) >> BigInt(bits - PRECISION), Number(((n % 4n) + 4n) % 4n)];
}

/** Sum of r^(start + 2 i) (-1)^i / (start + 2 i)!, fixed point. */
function alternating(r: bigint, start: bigint): bigint {
  const square = (r * r) >> P;
  let term = start === 0n ? 1n << P : r;
  let sum = term;
  for (let k = start; abs(term) > 1n; k += 2n) {
    term = -((term * square) >> P) / ((k + 1n) * (k + 2n));
    sum += term;
  }
  return sum;
}

function turned(x: Real, quarter: number): Real {
  const [r, quadrant] = reduceAngle(x);
  const q = (quadrant + quarter) & 3;
  const value = alternating(r, q & 1 ? 0n : 1n);
  return { m: q & 2 ? -value : value, e: -PRECISION };
}

export function sin(x: Real): Real {
  if (isTiny(x)) return mul(x, series(mul(x, x), [1, 1], [-1, 6], [1, 120]));
  return turned(x, 0);
}
export const cos = (x: Real): Real => (isTiny(x) ? series(mul(x, x), [1, 1], [-1, 2], [1, 24]) : turned(x, 1));
export const tan = (x: Real): Real => div(sin(x), cos(x));

export function atan(x: Real): Real {
  if (isTiny(x)) return mul(x, series(mul(x, x), [1, 1], [-1, 3], [1, 5]));
  const y = real(Math.atan(toNumber(x)));
  const s = sin(y);
  const c = cos(y);
  // tan(atan(x) - y)
  const d = div(sub(mul(x, c), s), add(c, mul(x, s)));
  return add(y, d.m === 0n ? d : mul(d, series(mul(d, d), [1, 1], [-1, 3], [1, 5])));
}

// ---- hyperbolic, logistic ----

/** tanh(x) = -expm1(-2x) / (2 + expm1(-2x)) */
export function tanh(x: Real): Real {
  const t = expm1(mul(neg(TWO), x));
  return neg(div(t, add(TWO, t)));
}
export const sigmoid = (x: Real): Real => div(ONE, add(ONE, exp(neg(x))));
export const softplus = (x: Real): Real => log1p(exp(x));
export function dsigmoid(x: Real): Real {
  const e = exp(x);
  const d = add(ONE, e);
  return div(e, mul(d, d));
}
export const sech2 = (x: Real): Real => mul(real(4), dsigmoid(mul(TWO, x)));

// ---- roots, inverse functions, other bases ----

/** The integer part of the n-th root of m. */
function integerRoot(m: bigint, n: bigint): bigint {
  let x = 1n << BigInt(Math.ceil(bitLength(m) / Number(n)) + 1);
  for (;;) {
    const y = ((n - 1n) * x + m / x ** (n - 1n)) / n;
    if (y >= x) return x;
    x = y;
  }
}

/** The n-th root of |v|, for n = 2 and 3. */
function root(v: Real, n: 2 | 3): Real {
  if (v.m === 0n) return v;
  let shift = Math.max(0, n * PRECISION - bitLength(v.m));
  while ((v.e - shift) % n !== 0) shift++;
  return rounded(integerRoot(abs(v.m) << BigInt(shift), BigInt(n)), (v.e - shift) / n);
}
export const sqrt = (x: Real): Real => root(x, 2);
export const cbrt = (x: Real): Real => (x.m < 0n ? neg(root(x, 3)) : root(x, 3));
export const hypot = (x: Real, y: Real): Real => sqrt(add(mul(x, x), mul(y, y)));

const HALF = real(0.5);
/** (sinh x, cosh x) = (e^x -+ e^-x)/2 */
export function sinh(x: Real): Real {
  if (x.m < 0n) return neg(sinh(neg(x)));
  const t = expm1(x);
  return mul(HALF, add(t, div(t, add(t, ONE))));
}
export const cosh = (x: Real): Real => mul(HALF, add(exp(x), exp(neg(x))));
export function asinh(x: Real): Real {
  if (x.m < 0n) return neg(asinh(neg(x)));
  const square = mul(x, x);
  return log1p(add(x, div(square, add(ONE, sqrt(add(ONE, square))))));
}
export function acosh(x: Real): Real {
  const t = sub(x, ONE);
  return log1p(add(t, sqrt(mul(t, add(t, TWO)))));
}
export const atanh = (x: Real): Real => mul(HALF, log1p(div(mul(TWO, x), sub(ONE, x))));
export const logit = (x: Real): Real => {
  const d = sub(x, HALF);
  return magnitude(d) < -4 || d.m === 0n
    ? log1p(div(mul(TWO, mul(TWO, d)), sub(ONE, mul(TWO, d))))
    : log(div(x, sub(ONE, x)));
};

export function asin(x: Real): Real {
  const c = mul(sub(ONE, x), add(ONE, x));
  return c.m === 0n ? (x.m < 0n ? neg(mul(HALF, PI)) : mul(HALF, PI)) : atan(div(x, sqrt(c)));
}
export function acos(x: Real): Real {
  const d = add(ONE, x);
  return d.m === 0n ? PI : mul(TWO, atan(sqrt(div(sub(ONE, x), d))));
}
/** Off the negative x axis. */
export function atan2(y: Real, x: Real): Real {
  if (y.m < 0n) return neg(atan2(neg(y), x));
  const steep = magnitude(y) > magnitude(x);
  if (steep) return sub(mul(HALF, PI), x.m === 0n ? x : atan(div(x, y)));
  return x.m < 0n ? add(PI, atan(div(y, x))) : atan(div(y, x));
}

const ln2: Real = { m: LN2, e: -LN2_BITS };
export const exp2 = (x: Real): Real => exp(mul(x, ln2));
export const log2 = (x: Real): Real => div(log(x), ln2);
export const log10 = (x: Real): Real => div(log(x), log(real(10)));
/** x - floor(x/y) y, exactly. */
export function mod(x: Real, y: Real): Real {
  const e = Math.min(x.e, y.e);
  const [a, b] = [x.m << BigInt(x.e - e), y.m << BigInt(y.e - e)];
  const r = a % b;
  return { m: r !== 0n && r < 0n !== b < 0n ? r + b : r, e };
}
