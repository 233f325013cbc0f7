// The error and gamma functions in multiple precision, good to 120 bits and more: what the kernels of `special` are
// measured against.
import {
  add,
  cos,
  div,
  exp,
  fixed,
  log,
  log1p,
  magnitude,
  mul,
  neg,
  PI,
  type Real,
  real,
  sin,
  sqrt,
  sub,
  toNumber,
} from "./oracle.ts";

const ONE = real(1);
const TWO = real(2);
const HALF = real(0.5);
const SQRT_PI = exp(mul(HALF, log(PI)));

/** 2/√π e^(-x²) */
export const gauss = (x: Real): Real => div(mul(TWO, exp(neg(mul(x, x)))), SQRT_PI);

/** Digits after the binary point of the series below, which run in fixed point: 230 and more are right. */
const BITS = 320;
const SHIFT = BigInt(BITS);
const UNIT = 1n << SHIFT;

/**
 * x Σ (2x²)ⁿ / (1·3·…·(2n+1)), times 2/√π e^(-x²): all terms of one sign (Abramowitz and Stegun 7.1.6). For |x| < 6.
 */
function erfSeries(x: Real): Real {
  const step = fixed(mul(TWO, mul(x, x)), BITS);
  let term = UNIT;
  let sum = UNIT;
  for (let n = 3n; term !== 0n; n += 2n) {
    term = ((term * step) >> SHIFT) / n;
    sum += term;
  }
  return mul(mul(x, { m: sum, e: -BITS }), gauss(x));
}

/** e^(-x²)/(x√π) / (1 + a/(1 + 2a/(1 + 3a/…))), a = 1/(2x²) (7.1.14), where erf would cancel. For x ≥ 4. */
function erfcFraction(x: Real): Real {
  const bits = 192n;
  const one = 1n << bits;
  const step = fixed(div(HALF, mul(x, x)), 192);
  let tail = one;
  for (let n = Math.ceil(60 + 1600 / toNumber(x) ** 2); n > 0; n--) tail = one + ((BigInt(n) * step) << bits) / tail;
  return div(div(exp(neg(mul(x, x))), mul(x, SQRT_PI)), { m: tail, e: -192 });
}

export const erf = (x: Real): Real =>
  x.m === 0n
    ? x
    : magnitude(x) < 2
      ? erfSeries(x)
      : x.m < 0n
        ? sub(erfcFraction(neg(x)), ONE)
        : sub(ONE, erfcFraction(x));
export const erfc = (x: Real): Real => (x.m < 0n || magnitude(x) < 2 ? sub(ONE, erf(x)) : erfcFraction(x));

const SQRT_2 = sqrt(TWO);
/** Φ(x) = erfc(-x/√2)/2 */
export const ndtr = (x: Real): Real => mul(HALF, erfc(neg(div(x, SQRT_2))));
/** e^(-x²/2)/√(2π) */
export const normalDensity = (x: Real): Real => div(exp(neg(mul(HALF, mul(x, x)))), mul(SQRT_2, SQRT_PI));

/** erfinv(x) from l = log(1 - x²). */
function winitzki(l: number): number {
  const a = 0.147;
  const t = 2 / (Math.PI * a) + l / 2;
  const root = Math.sqrt(t * t - l / a);
  return Math.sqrt(t < 0 ? root - t : -l / a / (root + t));
}
/** Far out that is too coarse for the series: e^(-y²)/(y√π) (1 - 1/(2y²) + 3/(4y⁴) - …) = d instead, by iteration. */
function fromAsymptote(logD: number, start: number): number {
  let y = start;
  for (let i = 0; i < 4; i++) {
    const w = 1 / (2 * y * y);
    y = Math.sqrt(-logD - Math.log(y * Math.sqrt(Math.PI)) + Math.log1p(-w * (1 - w * (3 - 15 * w))));
  }
  return y;
}

/**
 * y with erfc(y) = d = 1 - x for 0 < d <= 1, from S. Winitzki's approximation (2·10⁻³, "A handy approximation for the
 * error function and its inverse", 2008) by the series of the inverse function about it: y + v + y v² + (1 + 4y²)v³/3
 * + y(7 + 12y²)v⁴/6, v = (erfc y - d)/gauss y.
 */
function inverse(x: Real, d: Real): Real {
  if (x.m === 0n) return x;
  const l = toNumber(log(mul(d, add(ONE, x))));
  let y = magnitude(x) < -40 ? mul(x, mul(HALF, SQRT_PI)) : real(winitzki(l));
  if (l < -30) y = real(fromAsymptote(toNumber(log(d)), toNumber(y)));
  for (;;) {
    const square = mul(y, y);
    const v = div(magnitude(y) < -1 ? sub(x, erf(y)) : sub(erfc(y), d), gauss(y));
    const fourth = mul(mul(v, y), div(add(real(7), mul(real(12), square)), real(6)));
    const third = add(div(add(ONE, mul(real(4), square)), real(3)), fourth);
    y = add(y, mul(v, add(ONE, mul(v, add(y, mul(v, third))))));
    // the next error is the fifth power of this one
    if (v.m === 0n || magnitude(v) - magnitude(y) < -30) return y;
  }
}
export const erfinv = (x: Real): Real => (x.m < 0n ? neg(erfinv(neg(x))) : inverse(x, sub(ONE, x)));
export function erfcinv(c: Real): Real {
  const x = sub(ONE, c);
  return x.m < 0n ? neg(inverse(neg(x), sub(TWO, c))) : inverse(x, c);
}
export const ndtri = (p: Real): Real => neg(mul(SQRT_2, erfcinv(mul(TWO, p))));
/** √π/2 e^(y²), from the derivative 1/gauss(y). */
export const erfinvSlope = (x: Real): Real => div(ONE, gauss(erfinv(x)));
export const erfcinvSlope = (c: Real): Real => div(ONE, gauss(erfcinv(c)));

// ---- gamma ----

/**
 * B₂, B₄, … from the tangent numbers (R. P. Brent and D. Harvey, "Fast computation of Bernoulli, tangent and secant
 * numbers", 2011).
 */
const BERNOULLI: Real[] = (() => {
  const n = 60;
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

/** x + n ≥ 20, from where the asymptotic series reach 2⁻¹⁷⁰, and what was passed on the way. */
function shifted(x: Real): [z: Real, passed: Real[]] {
  const passed: Real[] = [];
  let z = x;
  while (z.m <= 0n || magnitude(z) < 5) {
    if (z.m > 0n && magnitude(z) === 4 && toNumber(z) >= 20) break;
    passed.push(z);
    z = add(z, ONE);
  }
  return [z, passed];
}

/** Σ B₂ₖ c(k) z⁻²ᵏ over k = 1, 2, …, as far as it matters, in fixed point; the B₂ₖ c(k) are made once. */
function asymptotic(coefficient: (k: number) => Real): (z: Real) => Real {
  const table = BERNOULLI.map((b, i) => fixed(mul(b, coefficient(i + 1)), BITS));
  return (z) => {
    const w = fixed(div(ONE, mul(z, z)), BITS);
    let power = UNIT;
    let sum = 0n;
    for (const c of table) {
      power = (power * w) >> SHIFT;
      const term = (power * c) >> SHIFT;
      sum += term;
      if (term >> BigInt(BITS - 190) === 0n || term >> BigInt(BITS - 190) === -1n) break;
    }
    return { m: sum, e: -BITS };
  };
}

const whole = (n: bigint): Real => ({ m: n, e: 0 });
/** x - the nearest integer. */
const fraction = (x: Real): Real => {
  const doubled = x.e >= -1 ? x.m << BigInt(x.e + 1) : x.m >> BigInt(-x.e - 1);
  return sub(x, whole((doubled + 1n) >> 1n));
};

const lgammaSeries = asymptotic((k) => div(ONE, real(2 * k * (2 * k - 1))));
const LOG_2PI = log(mul(TWO, PI));
const LOG_PI = log(PI);

/** log |Γ(x)|: Stirling's series (Abramowitz and Stegun 6.1.41), reflection (6.1.17) for x < 0. */
export function lgamma(x: Real): Real {
  if (x.m < 0n) {
    const s = mul(x, sin(mul(PI, fraction(x))));
    return sub(sub(LOG_PI, log(s.m < 0n ? neg(s) : s)), lgamma(neg(x)));
  }
  const [z, passed] = shifted(x);
  const stirling = add(sub(mul(sub(z, HALF), log(z)), z), add(mul(HALF, LOG_2PI), mul(z, lgammaSeries(z))));
  return passed.length === 0 ? stirling : sub(stirling, log(passed.reduce(mul)));
}

const digammaSeries = asymptotic((k) => div(ONE, real(2 * k)));

/** ψ(x) = (log Γ)'(x) (6.3.18, 6.3.7). */
export function digamma(x: Real): Real {
  if (x.m < 0n) {
    const angle = mul(PI, fraction(x));
    return sub(digamma(sub(ONE, x)), div(mul(PI, cos(angle)), sin(angle)));
  }
  const [z, passed] = shifted(x);
  const y = sub(sub(log(z), div(HALF, z)), digammaSeries(z));
  return passed.reduce((sum, p) => sub(sum, div(ONE, p)), y);
}

/**
 * ψ⁽ⁿ⁾(x) (6.4.11, 6.4.6), left of 0 too: the recurrence leads from there to the asymptotic series as well, without
 * reflection.
 */
export const polygamma = (n: number): ((x: Real) => Real) => {
  const factorial = (m: number): bigint => (m < 2 ? 1n : BigInt(m) * factorial(m - 1));
  const power = (v: Real, m: number): Real => (m === 0 ? ONE : mul(v, power(v, m - 1)));
  const series = asymptotic((k) => div(whole(factorial(2 * k + n - 1)), whole(factorial(2 * k))));
  return (x) => {
    const [z, passed] = shifted(x);
    let sum = add(whole(factorial(n - 1)), add(mul(whole(factorial(n)), div(HALF, z)), series(z)));
    sum = div(sum, power(z, n));
    for (const p of passed) sum = add(sum, div(whole(factorial(n)), power(p, n + 1)));
    return n % 2 ? sum : neg(sum);
  };
};

// ---- scaled error function, logarithm of the normal distribution ----

/** Σ c(k) x^(power - 2k), k = 0 … 39: the asymptotic series of what follows, for x ≥ 1000. */
function inverseSquares(x: Real, power: number, coefficient: (k: number) => Real): Real {
  const w = div(ONE, mul(x, x));
  let sum = real(0);
  for (let k = 39; k >= 0; k--) sum = add(mul(sum, w), coefficient(k));
  for (let i = power; i < 0; i++) sum = div(sum, x);
  return power > 0 ? mul(sum, x) : sum;
}
const FAR = 10;
/** (-1)ᵏ (2k - 1)!! */
const oddFactorials = Array.from({ length: 40 }, () => 1n);
for (let k = 1; k < 40; k++) oddFactorials[k] = -(oddFactorials[k - 1] as bigint) * BigInt(2 * k - 1);
/** The coefficients of r(-t) = t Σ b t⁻²ᵏ, the reciprocal of the series of Mills' ratio. */
const millsTerms = [1n];
for (let k = 1; k < 40; k++) {
  let sum = 0n;
  for (let j = 1; j <= k; j++) sum -= (oddFactorials[j] as bigint) * (millsTerms[k - j] as bigint);
  millsTerms.push(sum);
}
/** Of the n-th derivative of erfcx: A&S 7.1.23, term by term. */
const erfcxTerm =
  (n: number) =>
  (k: number): Real => {
    let c = oddFactorials[k] as bigint;
    for (let i = 1; i <= n; i++) c *= BigInt(-2 * k - i);
    return div({ m: c, e: -k }, SQRT_PI);
  };

/** e^(x²) erfc(x) */
export function erfcx(x: Real): Real {
  if (x.m > 0n && magnitude(x) >= FAR) return inverseSquares(x, -1, erfcxTerm(0));
  if (x.m < 0n || magnitude(x) < 2) return mul(exp(mul(x, x)), erfc(x));
  const bits = 300n;
  const one = 1n << bits;
  const step = fixed(div(HALF, mul(x, x)), 300);
  let tail = one;
  for (let n = Math.ceil(200 + 6000 / toNumber(x) ** 2); n > 0; n--) tail = one + ((BigInt(n) * step) << bits) / tail;
  return div(div(ONE, mul(x, SQRT_PI)), { m: tail, e: -300 });
}
/** erfcx' = 2x erfcx - 2/√π */
export const erfcxSlope = (x: Real): Real =>
  x.m > 0n && magnitude(x) >= FAR
    ? inverseSquares(x, -2, erfcxTerm(1))
    : sub(mul(mul(TWO, x), erfcx(x)), div(TWO, SQRT_PI));
export const erfcxCurvature = (x: Real): Real =>
  x.m > 0n && magnitude(x) >= FAR
    ? inverseSquares(x, -3, erfcxTerm(2))
    : mul(TWO, add(erfcx(x), mul(x, erfcxSlope(x))));

const farLeft = (x: Real): boolean => x.m < 0n && magnitude(x) >= FAR;
/** φ(x)/Φ(x) */
export const inverseMills = (x: Real): Real =>
  farLeft(x)
    ? inverseSquares(neg(x), 1, (k) => whole(millsTerms[k] as bigint))
    : x.m > 0n
      ? div(normalDensity(x), ndtr(x))
      : div(div(SQRT_2, SQRT_PI), erfcx(neg(div(x, SQRT_2))));
/** -r (x + r) */
export function inverseMillsSlope(x: Real): Real {
  if (farLeft(x)) return inverseSquares(neg(x), 0, (k) => whole((millsTerms[k] as bigint) * BigInt(2 * k - 1)));
  const r = inverseMills(x);
  return neg(mul(r, add(x, r)));
}
/** r ((x + r)(x + 2r) - 1) */
export function inverseMillsCurvature(x: Real): Real {
  if (farLeft(x))
    return inverseSquares(neg(x), -1, (k) => whole((millsTerms[k] as bigint) * BigInt((2 * k - 1) * 2 * k)));
  const r = inverseMills(x);
  const s = add(x, r);
  return mul(r, sub(mul(s, add(s, r)), ONE));
}
/** log Φ(x): log φ(x) - log r(x) on the left, log(1 - Φ(-x)) on the right. */
export const logNdtr = (x: Real): Real =>
  x.m > 0n ? log1p(neg(ndtr(neg(x)))) : neg(add(mul(HALF, mul(x, x)), add(mul(HALF, LOG_2PI), log(inverseMills(x)))));

// ---- incomplete gamma functions, by the series of P: for a and x below a few hundred ----

/** P, ∂P/∂a, ∂²P/∂a² (Abramowitz and Stegun 6.5.29, differentiated term by term). */
export function lowerGamma(a: Real, x: Real): [Real, Real, Real] {
  let [term, sum, h, hh, sumH, sumHH] = [ONE, ONE, real(0), real(0), real(0), real(0)];
  for (let n = 1; magnitude(term) > magnitude(sum) - 330; n++) {
    const r = div(ONE, add(a, whole(BigInt(n))));
    term = mul(term, mul(x, r));
    [h, hh] = [add(h, r), add(hh, mul(r, r))];
    sum = add(sum, term);
    sumH = add(sumH, mul(term, h));
    sumHH = add(sumHH, mul(term, add(mul(h, h), hh)));
  }
  const next = add(a, ONE);
  const p = mul(exp(sub(sub(mul(a, log(x)), x), lgamma(next))), sum);
  const slope = sub(sub(log(x), digamma(next)), div(sumH, sum));
  const curvature = sub(sub(div(sumHH, sum), mul(div(sumH, sum), div(sumH, sum))), polygamma(1)(next));
  return [p, mul(p, slope), mul(p, add(curvature, mul(slope, slope)))];
}
/** xᵃ⁻¹e⁻ˣ/Γ(a) and two derivatives in a. */
export function gammaDensity(a: Real, x: Real): [Real, Real, Real] {
  const g = div(exp(sub(sub(mul(a, log(x)), x), lgamma(a))), x);
  const l = sub(log(x), digamma(a));
  return [g, mul(g, l), mul(g, sub(mul(l, l), polygamma(1)(a)))];
}
/** log P (sign 1) or log Q (sign -1) and its derivatives in a, x, aa, ax, xx. */
export function logIncompleteGamma(sign: 1 | -1, a: Real, x: Real): Real[] {
  const [p, pa, paa] = lowerGamma(a, x);
  const [g, ga] = gammaDensity(a, x);
  const s = real(sign);
  const y = sign > 0 ? p : sub(ONE, p);
  const [la, lx] = [div(mul(s, pa), y), div(mul(s, g), y)];
  const ratio = div(sub(sub(a, ONE), x), x);
  return [
    log(y),
    la,
    lx,
    sub(div(mul(s, paa), y), mul(la, la)),
    sub(div(mul(s, ga), y), mul(la, lx)),
    mul(lx, sub(ratio, lx)),
  ];
}

// ---- Bessel functions, by their power series: J for |x| < 60, I for |x| < 500 ----

/** Σ (±x²/4)ᵏ / (k! (n + k)!) / 2ⁿ: Jₙ(x)/xⁿ or Iₙ(x)/xⁿ (A&S 9.1.10, 9.6.10). */
function besselSeries(sign: 1 | -1, n: number, x: Real): Real {
  const z = mul(real(sign / 4), mul(x, x));
  let term = ONE;
  for (let k = 1; k <= n; k++) term = div(term, whole(BigInt(2 * k)));
  let sum = term;
  for (let k = 1; term.m !== 0n && magnitude(term) > -700; k++) {
    term = div(mul(term, z), whole(BigInt(k * (n + k))));
    sum = add(sum, term);
  }
  return sum;
}
export const besselJOverPower = (n: number, x: Real): Real => besselSeries(-1, n, x);
export const j0 = (x: Real): Real => besselSeries(-1, 0, x);
export const j1 = (x: Real): Real => mul(x, besselSeries(-1, 1, x));
const decay = (x: Real): Real => exp(x.m < 0n ? x : neg(x));
const odd = (x: Real, y: Real): Real => (x.m < 0n ? neg(y) : y);
export const i0e = (x: Real): Real => mul(decay(x), besselSeries(1, 0, x));
export const i1e = (x: Real): Real => mul(decay(x), mul(x, besselSeries(1, 1, x)));
const i1eOverX = (x: Real): Real => mul(decay(x), besselSeries(1, 1, x));
export const i0eSlope = (x: Real): Real => sub(i1e(x), odd(x, i0e(x)));
export const i1eSlope = (x: Real): Real => sub(sub(i0e(x), i1eOverX(x)), odd(x, i1e(x)));
export const i0eCurvature = (x: Real): Real => sub(i1eSlope(x), odd(x, i0eSlope(x)));
/** I₁ - (I₁/x)' - 2s (I₀ - I₁/x) + I₁, with (I₁/x)' = x I₂/x² */
export const i1eCurvature = (x: Real): Real =>
  sub(sub(mul(TWO, i1e(x)), mul(decay(x), mul(x, besselSeries(1, 2, x)))), odd(x, mul(TWO, sub(i0e(x), i1eOverX(x)))));
