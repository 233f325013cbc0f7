// The incomplete gamma functions P(a, x) and Q = 1 - P, their density x^(a-1) e^-x / Gamma(a), their logarithms, and
// the derivatives of all of these up to the second order in a. One pair (a, x) at a time; the nodes of an integral go
// two by two.
//
// Method: with D(a, x) = x^a e^-x / Gamma(a) and the substitutions t = x e^v, t = x e^-v,
//   Q = D I+,  I+ = int_0^inf e^-((x - a) v + x (e^v - 1 - v)) dv   for x >= a,
//   P = D I-,  I- = int_0^inf e^-((a - x) v + x (e^-v - 1 + v)) dv  for x < a.
// The exponents are convex and rise from 0, so 36 nodes of Gauss and Legendre up to where they reach 40 are exact to
// rounding for all a and x. A derivative in a is a factor v, one in x a factor e^v - 1 or 1 - e^-v: moments of one
// sign, nothing cancels, and log P and log Q have cumulants as derivatives. Where x < a <= 60 the series P = D/a sum
// x^n / ((a + 1) … (a + n)) (Abramowitz and Stegun 6.5.29) takes the place of I-, term by term differentiated; for a,
// x < 1 also Q = 1 - x^a / Gamma(a + 1) (1 + a sum (-x)^n / ((a + n) n!)) without the cancellation (A. R. DiDonato
// and A. H. Morris, ACM TOMS 12, 1986). D for a >= 10 is sqrt(a/2pi) e^-(x - a - a log(x/a)) over Stirling's series
// (C. Loader, "Fast and accurate computation of binomial probabilities", 2000), the exponent a pair.

import { any, gt, mul, neg, select, splat, sub, abs, add } from "./lanes";
import { productError, sumError } from "./dd";
import { exp, expm1 } from "./exp";
import { digamma64, lgammaPair, lgammaPairLow, logTimes, polygamma64, stirlingDigamma, stirlingLgamma } from "./gamma";
import { log, log1p } from "./log";
import { series } from "./piecewise";
import { powExponentLow } from "./pow";
import { EXPM2, LEGENDRE, LGAMMA1P } from "./gammainc-tables";

@inline function first(x: v128): f64 { return f64x2.extract_lane(x, 0); }
// Functions, so that the code of each kernel is there once.
function exp1(x: f64): f64 { return first(exp<f64>(splat<f64>(x))); }
function log1(x: f64): f64 { return first(log<f64>(splat<f64>(x))); }
function log1p1(x: f64): f64 { return first(log1p<f64>(splat<f64>(x))); }
function digamma1(x: f64): f64 { return first(digamma64(splat<f64>(x))); }
function trigamma1(x: f64): f64 { return first(polygamma64(splat<f64>(1), splat<f64>(x))); }
@inline function sumError1(a: f64, b: f64, sum: f64): f64 {
  return first(sumError<f64>(splat<f64>(a), splat<f64>(b), splat<f64>(sum)));
}
@inline function productError1(a: f64, b: f64, p: f64): f64 {
  return first(productError<f64>(splat<f64>(a), splat<f64>(b), splat<f64>(p)));
}

// ---- D(a, x) = x^a e^-x / Gamma(a) = factor e^(exponent + exponentLow) ----

let factor: f64 = 0;
let exponent: f64 = 0;
let exponentLow: f64 = 0;

@inline function exponentIs(hi: f64, lo: f64): void {
  exponent = hi + lo;
  exponentLow = hi - exponent + lo;
}

function prepareDensity(a: f64, x: f64): void {
  const q = x / a;
  if (a < 10 || q < 1e-290) {
    // a log x - x - log Gamma(a)
    const p = first(logTimes(splat<f64>(x), splat<f64>(a)));
    const pLow = first(powExponentLow());
    const s = p - x;
    const g = first(lgammaPair(splat<f64>(a)));
    const gLow = first(lgammaPairLow());
    const y = s - g;
    factor = 1;
    exponentIs(y, sumError1(p, -x, s) + sumError1(s, -g, y) + pLow - gLow);
    return;
  }
  // a log(x/a) - (x - a)
  const qLow = (x - q * a - productError1(q, a, q * a)) / a;
  const p = first(logTimes(splat<f64>(q), splat<f64>(a)));
  const pLow = first(powExponentLow()) + a * (qLow / q);
  const d = a - x;
  const y = p + d;
  factor = sqrt<f64>(a * 0.15915494309189535); // 1/(2 pi)
  exponentIs(y, sumError1(p, d, y) + sumError1(a, -x, d) + pLow - first(stirlingLgamma(splat<f64>(1 / a))));
}

@inline function density(): f64 {
  const y = exp1(exponent);
  return factor * (y + y * exponentLow);
}

/** log D + log c */
@inline function logDensityTimes(c: f64): f64 { return exponent + (exponentLow + log1(factor * c)); }

/** log x - digamma(a), the derivative of log D in a */
function logSlope(a: f64, x: f64): f64 {
  if (a < 10) return log1(x) - digamma1(a);
  const d = (x - a) / a;
  return (abs1(d) < 0.5 ? log1p1(d) : log1(x / a)) + first(stirlingDigamma(splat<f64>(1 / a)));
}
@inline function abs1(x: f64): f64 { return x < 0 ? -x : x; }

// ---- what is computed of a pair (a, x) ----

/** Whether P is what is computed, not Q. */
let isP: bool = false;
/**
 * That one, its logarithm, and the derivatives of the logarithm: in a, a and a; in x up to its sign, x and a, x and
 * x.
 */
let value: f64 = 0;
let logValue: f64 = 0;
let la: f64 = 0;
let laa: f64 = 0;
let lx: f64 = 0;
let lxa: f64 = 0;
let lxx: f64 = 0;
/** Its second derivative in a over itself, laa + la^2; without the cancellation of 1/a^2 for small a. */
let second: f64 = 0;
/** The other one. */
let other: f64 = 0;
/** log x - digamma(a). */
let slope: f64 = 0;

/** 2 (e^v - 1 - v)/v^2 v^2/2 */
@inline function expMinusLinear(v: v128): v128 {
  const near = mul<f64>(mul<f64>(mul<f64>(v, v), splat<f64>(0.5)), series(EXPM2, 19, v));
  const far = gt<f64>(abs<f64>(v), splat<f64>(1));
  return any(far) ? select(far, expMinusLinearFar(v), near) : near;
}
function expMinusLinearFar(v: v128): v128 { return sub<f64>(expm1<f64>(v), v); }

/** The integral and its cumulants: for Q with sign 1, for P with sign -1. */
function integrate(a: f64, x: f64, sign: f64): void {
  const b = sign * (x - a);
  // where b v + x v^2/2 = 40
  let end = b > 1e150 ? 40 / b : 80 / (b + sqrt<f64>(b * b + 80 * x));
  if (sign > 0) {
    // is beyond the place; so is log(1 + (40 + a v)/x) for every v beyond
    const bound = log1p1((40 + a * end) / x);
    if (bound < end) end = bound;
  } else {
    // is before it, and a step of Newton's method beyond
    const p = first(expMinusLinear(splat<f64>(-end)));
    end += (40 - b * end - x * p) / (b + x * (end - p));
  }
  const scale = splat<f64>(end);
  const direction = splat<f64>(sign);
  let sum = splat<f64>(0);
  let sumV = sum;
  let sumVV = sum;
  let sumM = sum;
  let sumMM = sum;
  for (let j: usize = 0; j < 18; j++) {
    const v = mul<f64>(scale, v128.load(LEGENDRE + (j << 5)));
    const p = expMinusLinear(mul<f64>(direction, v));
    const f = mul<f64>(
      v128.load(LEGENDRE + (j << 5) + 16),
      exp<f64>(neg<f64>(add<f64>(mul<f64>(splat<f64>(b), v), mul<f64>(splat<f64>(x), p)))),
    );
    const m = add<f64>(v, mul<f64>(direction, p)); // e^v - 1 or 1 - e^-v
    const fv = mul<f64>(f, v);
    const fm = mul<f64>(f, m);
    sum = add<f64>(sum, f);
    sumV = add<f64>(sumV, fv);
    sumVV = add<f64>(sumVV, mul<f64>(fv, v));
    sumM = add<f64>(sumM, fm);
    sumMM = add<f64>(sumMM, mul<f64>(fm, m));
  }
  const total = both(sum);
  const recip = 1 / total;
  const meanV = both(sumV) * recip;
  const meanM = both(sumM) * recip;
  const integral = end * total;
  value = density() * integral;
  logValue = logDensityTimes(integral);
  slope = logSlope(a, x);
  la = slope + sign * meanV;
  const variance = both(sumVV) * recip - meanV * meanV;
  laa = variance - trigamma1(a);
  second = laa + la * la;
  if (a < 1) {
    const m = log1(x) - digamma1(a + 1) + sign * meanV; // la - 1/a
    la = m + 1 / a;
    second = m * m + (m + m) / a + variance - trigamma1(a + 1);
  }
  lx = 1 / (x * integral);
  lxa = lx * meanV; // of log P it is this, of log Q too: the sign of lx is turned, and that of v
  lxx = sign > 0 ? both(sumMM) * recip - meanM * meanM - a / x / x : -lx * (1 / x + meanM);
}
@inline function both(x: v128): f64 { return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1); }

/** P by its series of positive terms, with the moments of sums of 1/(a + k) and of n. */
function sumSeries(a: f64, x: f64): void {
  let term: f64 = 1;
  let sum: f64 = 1;
  let h: f64 = 0;
  let hh: f64 = 0;
  let sumH: f64 = 0;
  let sumHH: f64 = 0;
  let sumN: f64 = 0;
  let sumNN: f64 = 0;
  for (let n: f64 = 1; n < 1000 && term * n * n > sum * 1e-19; n += 1) {
    const r = 1 / (a + n);
    term *= x * r;
    h += r;
    hh += r * r;
    sum += term;
    sumH += term * h;
    sumHH += term * (h * h + hh);
    sumN += term * n;
    sumNN += term * n * n;
  }
  const recip = 1 / sum;
  const meanH = sumH * recip;
  const meanN = sumN * recip;
  const c = sum / a;
  value = density() * c;
  logValue = logDensityTimes(c);
  slope = logSlope(a, x);
  la = log1(x) - digamma1(a + 1) - meanH;
  laa = sumHH * recip - meanH * meanH - trigamma1(a + 1);
  second = laa + la * la;
  lx = a / (x * sum);
  lxa = (1 + a * meanH) / (x * sum);
  lxx = (sumNN * recip - meanN * meanN - meanN - a) / x / x;
}

/** Q for a, x < 1: -(u + (1 + u) a J), x^a/Gamma(a + 1) = 1 + u. */
function smallQ(a: f64, x: f64): f64 {
  const u = first(expm1<f64>(splat<f64>(a * (log1(x) - first(series(LGAMMA1P, 22, splat<f64>(a)))))));
  let power: f64 = 1;
  let sum: f64 = 0;
  for (let n: f64 = 1; n < 30; n += 1) {
    power *= -x / n;
    sum += power / (a + n);
  }
  return -(u + (1 + u) * (a * sum));
}

/** All of the above for 0 < a, x < infinity. */
function prepare(a: f64, x: f64): void {
  prepareDensity(a, x);
  const small = a < 1 && x < 1;
  isP = x < a || small;
  if (!isP) integrate(a, x, 1);
  else if (a <= 60) sumSeries(a, x);
  else integrate(a, x, -1);
  other = small ? smallQ(a, x) : 1 - value;
}

@inline function isOutside(a: f64, x: f64): bool {
  return !(a >= 0 && x >= 0) || (a == 0 && x == 0) || (a == Infinity && x == Infinity);
}
/** a or x is 0 or infinite: P is 0 where x = 0 or a is infinite, 1 where a = 0 or x is infinite. */
@inline function isEdge(a: f64, x: f64): bool { return a == 0 || x == 0 || a == Infinity || x == Infinity; }
@inline function edgeP(a: f64, x: f64): f64 { return x == 0 || a == Infinity ? 0 : 1; }

function incomplete(order: f64, a: f64, x: f64, upper: bool): f64 {
  if (isOutside(a, x)) return NaN;
  if (isEdge(a, x)) {
    if (order > 0) return a == 0 ? NaN : 0;
    return upper ? 1 - edgeP(a, x) : edgeP(a, x);
  }
  prepare(a, x);
  if (order == 0) return isP == upper ? other : value;
  const y = value * (order == 1 ? la : second);
  return isP ? y : -y;
}

/**
 * The n-th derivative of the density in a; n = 0, 1, 2. At x = 0 for a <= 0 too, where its differences are those of a
 * > 0.
 */
function densityDerivative(n: f64, a: f64, x: f64): f64 {
  if (x == 0 && a < Infinity) {
    if (n > 0) return a > 1 ? 0 : n == 1 ? -Infinity : Infinity;
    if (a == 1) return 1;
    if (a > 1 || a == nearest<f64>(a)) return 0;
    return a > 0 || nearest<f64>(0.5 * floor<f64>(a)) == 0.5 * floor<f64>(a) ? Infinity : -Infinity;
  }
  if (isOutside(a, x)) return NaN;
  if (isEdge(a, x)) return n > 0 && a == 0 ? NaN : 0;
  prepareDensity(a, x);
  const g = density() / x;
  if (n == 0 || g == 0) return g;
  const l = logSlope(a, x);
  if (n == 1) return g * l;
  if (a >= 1) return g * (l * l - trigamma1(a));
  const m = log1(x) - digamma1(a + 1); // l - 1/a
  return g * (m * (m + 2 / a) - trigamma1(a + 1));
}

/** log P or log Q (k = 0) and the derivatives of it: k = 1 … 5 for a, x, aa, ax, xx. */
function logIncomplete(k: f64, a: f64, x: f64, upper: bool): f64 {
  if (isOutside(a, x)) return NaN;
  const sign: f64 = upper ? -1 : 1;
  if (isEdge(a, x)) {
    const p = edgeP(a, x);
    if (k == 0) return (upper ? p == 1 : p == 0) ? -Infinity : 0;
    if (a == 0 || a == Infinity) return NaN;
    if (x == Infinity) return upper ? (k == 1 ? Infinity : k == 2 ? -1 : k == 3 ? NaN : 0) : 0;
    if (!upper) return k == 1 || k == 5 ? -Infinity : k == 2 || k == 4 ? Infinity : -trigamma1(a + 1);
    if (k == 1 || k == 3) return 0;
    const g = densityDerivative(0, a, 0);
    if (k == 2) return -g;
    if (k == 4) return -densityDerivative(1, a, 0);
    return densityDerivative(0, a, 0) - densityDerivative(0, a - 1, 0) - g * g;
  }
  prepare(a, x);
  if (isP != upper && value < 0.9) {
    if (k == 0) return logValue;
    if (k == 1) return la;
    if (k == 2) return sign * lx;
    if (k == 3) return laa;
    return k == 4 ? lxa : lxx;
  }
  // by quotients: the function is not small, or what is small is exact
  const y = isP == upper ? other : value;
  const rest = isP == upper ? value : other;
  if (k == 0) return y < 0.5 ? log1(y) : log1p1(-rest);
  const slopeX = (sign * density()) / x / y;
  if (k == 2) return slopeX;
  if (k == 5) return slopeX * ((a - 1 - x) / x - slopeX);
  const derivative = (isP == upper ? -value : value) * la;
  const slopeA = derivative / y;
  if (k == 1) return slopeA;
  if (k == 4) return slopeX * (slope - slopeA);
  return ((isP == upper ? -value : value) * second) / y - slopeA * slopeA;
}

@inline function lane(x: v128, i: i32): f64 { return i == 0 ? f64x2.extract_lane(x, 0) : f64x2.extract_lane(x, 1); }
@inline function pair(a: f64, b: f64): v128 { return f64x2.replace_lane(f64x2.splat(a), 1, b); }

/** The n-th derivative of P in a, n = 0, 1, 2: f64x2. NaN for negative arguments and (0, 0). */
export function gammainc64(n: v128, a: v128, x: v128): v128 {
  return pair(
    incomplete(lane(n, 0), lane(a, 0), lane(x, 0), false), incomplete(lane(n, 1), lane(a, 1), lane(x, 1), false),
  );
}
/** Q */
export function gammaincc64(a: v128, x: v128): v128 {
  return pair(incomplete(0, lane(a, 0), lane(x, 0), true), incomplete(0, lane(a, 1), lane(x, 1), true));
}
/** The n-th derivative of the density in a, n = 0, 1, 2. */
export function gammaDensity64(n: v128, a: v128, x: v128): v128 {
  return pair(
    densityDerivative(lane(n, 0), lane(a, 0), lane(x, 0)), densityDerivative(lane(n, 1), lane(a, 1), lane(x, 1)),
  );
}
/** log P and its derivatives, k = 0 … 5: the value, in a, x, aa, ax, xx. */
export function logGammainc64(k: v128, a: v128, x: v128): v128 {
  return pair(
    logIncomplete(lane(k, 0), lane(a, 0), lane(x, 0), false), logIncomplete(lane(k, 1), lane(a, 1), lane(x, 1), false),
  );
}
/** log Q likewise. */
export function logGammaincc64(k: v128, a: v128, x: v128): v128 {
  return pair(
    logIncomplete(lane(k, 0), lane(a, 0), lane(x, 0), true), logIncomplete(lane(k, 1), lane(a, 1), lane(x, 1), true),
  );
}
