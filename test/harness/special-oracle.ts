// The error and gamma functions in multiple precision, good to 120 bits and more: what the kernels of `special` are measured against.
import { add, cos, div, exp, log, magnitude, mul, neg, PI, type Real, real, sin, sub, toNumber } from "./oracle.ts";

const ONE = real(1);
const TWO = real(2);
const HALF = real(0.5);
const SQRT_PI = exp(mul(HALF, log(PI)));

/** 2/√π e^(-x²) */
export const gauss = (x: Real): Real => div(mul(TWO, exp(neg(mul(x, x)))), SQRT_PI);

/** x Σ (2x²)ⁿ / (1·3·…·(2n+1)), times 2/√π e^(-x²): all terms of one sign (Abramowitz and Stegun 7.1.6). For |x| < 2. */
export function erf(x: Real): Real {
  if (x.m === 0n) return x;
  if (magnitude(x) >= 1) return x.m < 0n ? sub(erfc(neg(x)), ONE) : sub(ONE, erfc(x));
  const step = mul(TWO, mul(x, x));
  let term = ONE;
  let sum = ONE;
  for (let n = 1; term.m !== 0n && magnitude(term) > -330; n++) {
    term = div(mul(term, step), real(2 * n + 1));
    sum = add(sum, term);
  }
  return mul(mul(x, sum), gauss(x));
}

/** e^(-x²)/(x√π) / (1 + a/(1 + 2a/(1 + 3a/…))), a = 1/(2x²) (7.1.14), where erf would cancel; in fixed point. */
export function erfc(x: Real): Real {
  if (x.m < 0n || magnitude(x) < 1) return sub(ONE, erf(x));
  const bits = 192n;
  const one = 1n << bits;
  const a = div(HALF, mul(x, x));
  const step = a.e + 192 >= 0 ? a.m << BigInt(a.e + 192) : a.m >> BigInt(-a.e - 192);
  let tail = one;
  for (let n = Math.ceil(60 + 1600 / toNumber(x) ** 2); n > 0; n--) tail = one + ((BigInt(n) * step) << bits) / tail;
  return div(div(exp(neg(mul(x, x))), mul(x, SQRT_PI)), { m: tail, e: -192 });
}

// ---- gamma ----

/** B₂, B₄, … from the tangent numbers (R. P. Brent and D. Harvey, "Fast computation of Bernoulli, tangent and secant numbers", 2011). */
const BERNOULLI: Real[] = (() => {
  const n = 70;
  const t = [0n, 1n];
  for (let k = 2; k <= n; k++) t[k] = BigInt(k - 1) * (t[k - 1] as bigint);
  for (let k = 2; k <= n; k++)
    for (let j = k; j <= n; j++) t[j] = BigInt(j - k) * (t[j - 1] as bigint) + BigInt(j - k + 2) * (t[j] as bigint);
  return t.slice(1).map((tangent, i) => {
    const k = i + 1;
    const four = 4n ** BigInt(k);
    const b = div({ m: BigInt(2 * k) * tangent, e: 0 }, { m: four * (four - 1n), e: 0 });
    return k % 2 ? b : neg(b);
  });
})();

/** x + n with n such that the asymptotic series below reach the precision, and what was passed on the way. */
function shifted(x: Real): [z: Real, passed: Real[]] {
  const passed: Real[] = [];
  let z = x;
  while (z.m < 0n || z.m === 0n || magnitude(z) < 5) {
    passed.push(z);
    z = add(z, ONE);
  }
  return [z, passed];
}

/** Σ B₂ₖ c(k) z^(-2k - rest) over k = 1, 2, …, as far as it matters. */
function asymptotic(z: Real, coefficient: (k: number) => Real): Real {
  const w = div(ONE, mul(z, z));
  let power = ONE;
  let sum = real(0);
  for (const [i, b] of BERNOULLI.entries()) {
    power = mul(power, w);
    const term = mul(mul(b, coefficient(i + 1)), power);
    sum = add(sum, term);
    if (magnitude(term) < -340) break;
  }
  return sum;
}

const whole = (n: bigint): Real => ({ m: n, e: 0 });
/** x - the nearest integer. */
const fraction = (x: Real): Real => {
  const doubled = x.e >= -1 ? x.m << BigInt(x.e + 1) : x.m >> BigInt(-x.e - 1);
  return sub(x, whole((doubled + 1n) >> 1n));
};

/** log |Γ(x)|: Stirling's series (Abramowitz and Stegun 6.1.41), reflection (6.1.17) for x < 0. */
export function lgamma(x: Real): Real {
  if (x.m < 0n) {
    const s = mul(x, sin(mul(PI, fraction(x))));
    return sub(sub(log(PI), log(s.m < 0n ? neg(s) : s)), lgamma(neg(x)));
  }
  const [z, passed] = shifted(x);
  const series = mul(
    z,
    asymptotic(z, (k) => div(ONE, real(2 * k * (2 * k - 1)))),
  );
  const stirling = add(sub(mul(sub(z, HALF), log(z)), z), add(mul(HALF, log(mul(TWO, PI))), series));
  return passed.length === 0 ? stirling : sub(stirling, log(passed.reduce(mul)));
}

/** ψ(x) = (log Γ)'(x) (6.3.18, 6.3.7). */
export function digamma(x: Real): Real {
  if (x.m < 0n) {
    const angle = mul(PI, fraction(x));
    return sub(digamma(sub(ONE, x)), div(mul(PI, cos(angle)), sin(angle)));
  }
  const [z, passed] = shifted(x);
  const series = asymptotic(z, (k) => div(ONE, real(2 * k)));
  const y = sub(sub(log(z), div(HALF, z)), series);
  return passed.reduce((sum, p) => sub(sum, div(ONE, p)), y);
}

/** ψ⁽ⁿ⁾(x) for x > 0 (6.4.11, 6.4.6). */
export const polygamma =
  (n: number) =>
  (x: Real): Real => {
    const factorial = (m: number): bigint => (m < 2 ? 1n : BigInt(m) * factorial(m - 1));
    const power = (v: Real, m: number): Real => (m === 0 ? ONE : mul(v, power(v, m - 1)));
    const [z, passed] = shifted(x);
    const series = asymptotic(z, (k) => div(whole(factorial(2 * k + n - 1)), whole(factorial(2 * k))));
    let sum = add(whole(factorial(n - 1)), add(mul(whole(factorial(n)), div(HALF, z)), series));
    sum = div(sum, power(z, n));
    for (const p of passed) sum = add(sum, div(whole(factorial(n)), power(p, n + 1)));
    return n % 2 ? sum : neg(sum);
  };
