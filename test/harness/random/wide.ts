// Numbers with the mantissa of a double and an exponent without limits, for derivatives that leave the range of
// doubles on the way.

/** m · 2^(512 k), with 2^-256 ≤ |m| ≤ 2^256 or m zero, infinite or NaN and k = 0. */
export interface Wide {
  readonly m: number;
  readonly k: number;
}

const LIMIT = 2 ** 256;
const STEP = 2 ** 512;

function normal(m: number, k: number): Wide {
  if (m === 0 || !Number.isFinite(m)) return { m, k: 0 };
  let [mantissa, exponent] = [m, k];
  while (Math.abs(mantissa) > LIMIT) [mantissa, exponent] = [mantissa / STEP, exponent + 1];
  while (Math.abs(mantissa) < 1 / LIMIT) [mantissa, exponent] = [mantissa * STEP, exponent - 1];
  return { m: mantissa, k: exponent };
}

export const ZERO: Wide = { m: 0, k: 0 };
export const ONE: Wide = { m: 1, k: 0 };
export type Real = number | Wide;

export const wide = (x: Real): Wide => (typeof x === "number" ? normal(x, 0) : x);
export const isZero = (x: Wide): boolean => x.m === 0;
export const isOrdinary = (x: Wide): boolean => Number.isFinite(x.m);
export const log2 = (x: Wide): number => Math.log2(Math.abs(x.m)) + 512 * x.k;

export function times(a: Wide, b: Wide): Wide {
  return a.k === 0 && b.k === 0 && Math.abs(a.m) < 1e20 && Math.abs(b.m) < 1e20 && Math.abs(a.m * b.m) > 1e-40
    ? { m: a.m * b.m, k: 0 }
    : normal(a.m * b.m, a.k + b.k);
}

export function plus(a: Wide, b: Wide): Wide {
  if (a.k === b.k) return normal(a.m + b.m, a.k);
  if (a.m === 0 || !Number.isFinite(b.m)) return b;
  if (b.m === 0 || !Number.isFinite(a.m)) return a;
  const [large, small] = a.k > b.k ? [a, b] : [b, a];
  return large.k - small.k > 1 ? large : normal(large.m + small.m / STEP, large.k);
}

/** The product of all factors. */
export const product = (...factors: readonly Real[]): Wide => factors.reduce<Wide>((p, x) => times(p, wide(x)), ONE);
/** `a` divided by all of `divisors`. */
export const quotient = (a: Real, ...divisors: readonly Real[]): Wide =>
  divisors.reduce<Wide>((q, x) => {
    const b = wide(x);
    return normal(q.m / b.m, q.k - b.k);
  }, wide(a));
export const total = (...terms: readonly Real[]): Wide => terms.reduce<Wide>((s, x) => plus(s, wide(x)), ZERO);
export const root = (x: Real): Wide => {
  const { m, k } = wide(x);
  return k % 2 === 0 ? normal(Math.sqrt(m), k / 2) : normal(Math.sqrt(m) * LIMIT, (k - 1) / 2);
};
/** The nearest double. */
export const toNumber = ({ m, k }: Wide): number => {
  let y = m;
  for (let i = 0; i < Math.min(Math.abs(k), 5); i++) y = k > 0 ? y * STEP : y / STEP;
  return y;
};
