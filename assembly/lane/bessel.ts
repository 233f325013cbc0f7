// Bessel functions: J0, J1 and J_n(x)/x^n, and e^-|x| I0, e^-|x| I1 with their first and second derivatives, in f64x2.
//
// Method: polynomials by pieces (piecewise.ts), written about the zeros near 0 so that J0 and J1 are accurate there.
// Beyond 8, Hankel's form sqrt(2/(pi x)) (P cos t - Q sin t), t = x - pi/4 or x - 3 pi/4 (Abramowitz and Stegun
// 9.2.5), P and Q in powers of 1/x^2; beyond 16 e^-x I in powers of 1/x (9.7.1). The derivatives of e^-x I have
// tables of their own: I1 - I0 cancels by powers of x. Those of J close in J_n(x)/x^n: its derivative is -x J_(n +
// 1)(x)/x^(n + 1) (9.1.30), with the power series (9.1.10) for x <= 2n, the recurrence from J0 and J1 on beyond.

import { abs, add, and, any, div, lt, mul, neg, select, splat, sub } from "./lanes";
import { signMask } from "./bits";
import { cos64, sin64 } from "./trig";
import { inverseSquare, piecewise, series } from "./piecewise";
import {
  I0E, I0E1, I0E1_FAR, I0E2, I0E2_FAR, I0E_FAR, I1E, I1E1, I1E1_FAR, I1E2, I1E2_FAR, I1E_FAR, J0, J0_P, J0_Q, J1, J1_P,
  J1_Q,
} from "./bessel-tables";

const J_END: f64 = 8;
const I_END: f64 = 16;
@inline function isFar(x: v128, end: f64): v128 { return v128.ge<f64>(x, splat<f64>(end)); }
@inline function root(x: v128): v128 { return v128.sqrt<f64>(x); }
@inline function reciprocal(x: v128): v128 { return div<f64>(splat<f64>(1), x); }
/** -y where x < 0 (and x = -0). */
@inline function flipped(y: v128, x: v128): v128 { return v128.xor(y, and(x, signMask<f64>())); }

// ---- e^-|x| I ----

function i0eFar(x: v128): v128 { return div<f64>(series(I0E_FAR, 20, reciprocal(x)), root(x)); }
function i1eFar(x: v128): v128 { return div<f64>(series(I1E_FAR, 20, reciprocal(x)), root(x)); }
function i0e1Far(x: v128): v128 { return div<f64>(div<f64>(series(I0E1_FAR, 20, reciprocal(x)), x), root(x)); }
function i1e1Far(x: v128): v128 { return div<f64>(div<f64>(series(I1E1_FAR, 20, reciprocal(x)), x), root(x)); }
function i0e2Far(x: v128): v128 {
  return div<f64>(div<f64>(div<f64>(series(I0E2_FAR, 20, reciprocal(x)), x), x), root(x));
}
function i1e2Far(x: v128): v128 {
  return div<f64>(div<f64>(div<f64>(series(I1E2_FAR, 20, reciprocal(x)), x), x), root(x));
}

/** e^-|x| I0(x): f64x2, 2 ulp everywhere; 0 at the infinities, NaN stays. */
export function i0e64(x: v128): v128 {
  const ax = abs<f64>(x);
  const y = piecewise(I0E, 16, I_END, ax);
  const far = isFar(ax, I_END);
  return any(far) ? select(far, i0eFar(ax), y) : y;
}

/** e^-|x| I1(x): f64x2, 2 ulp everywhere, odd; 0 at the infinities, NaN stays. */
export function i1e64(x: v128): v128 {
  const ax = abs<f64>(x);
  const y = mul<f64>(ax, piecewise(I1E, 16, I_END, ax));
  const far = isFar(ax, I_END);
  return flipped(any(far) ? select(far, i1eFar(ax), y) : y, x);
}

/** The derivative of i0e, 0 at its kink 0: f64x2, 3 ulp; odd. */
export function i0eSlope64(x: v128): v128 {
  const ax = abs<f64>(x);
  let y = piecewise(I0E1, 18, I_END, ax);
  const far = isFar(ax, I_END);
  if (any(far)) y = select(far, i0e1Far(ax), y);
  return select(v128.eq<f64>(x, splat<f64>(0)), splat<f64>(0), flipped(neg<f64>(y), x));
}

/** The second derivative of i0e, 3/2 at 0: f64x2, 4 ulp; even. */
export function i0eCurvature64(x: v128): v128 {
  const ax = abs<f64>(x);
  const y = piecewise(I0E2, 19, I_END, ax);
  const far = isFar(ax, I_END);
  return any(far) ? select(far, i0e2Far(ax), y) : y;
}

/** The derivative of i1e: f64x2, 3 ulp, near its zero at 1.55 absolute; even. */
export function i1eSlope64(x: v128): v128 {
  const ax = abs<f64>(x);
  const y = piecewise(I1E1, 18, I_END, ax);
  const far = isFar(ax, I_END);
  return any(far) ? select(far, neg<f64>(i1e1Far(ax)), y) : y;
}

/** The second derivative of i1e, 0 where it jumps, at 0: f64x2, 4 ulp, near its zero at 2.4 absolute; odd. */
export function i1eCurvature64(x: v128): v128 {
  const ax = abs<f64>(x);
  let y = piecewise(I1E2, 19, I_END, ax);
  const far = isFar(ax, I_END);
  if (any(far)) y = select(far, i1e2Far(ax), y);
  return select(v128.eq<f64>(x, splat<f64>(0)), splat<f64>(0), flipped(y, x));
}

// ---- J ----

/** 1/sqrt(pi x) */
@inline function amplitude(x: v128): v128 { return div<f64>(splat<f64>(0.5641895835477563), root(x)); }

function j0Far(x: v128): v128 {
  const w = inverseSquare(x);
  const s = sin64(x);
  const c = cos64(x);
  const p = mul<f64>(series(J0_P, 14, w), add<f64>(c, s));
  const q = mul<f64>(div<f64>(series(J0_Q, 14, w), x), sub<f64>(s, c));
  return mul<f64>(sub<f64>(p, q), amplitude(x));
}

function j1Far(x: v128): v128 {
  const w = inverseSquare(x);
  const s = sin64(x);
  const c = cos64(x);
  const p = mul<f64>(series(J1_P, 14, w), sub<f64>(s, c));
  const q = mul<f64>(div<f64>(series(J1_Q, 14, w), x), add<f64>(s, c));
  return mul<f64>(add<f64>(p, q), amplitude(x));
}

/** The infinities as 0, where the oscillation has died; NaN stays. */
@inline function finite(y: v128, ax: v128): v128 {
  return select(v128.eq<f64>(ax, splat<f64>(Infinity)), splat<f64>(0), y);
}

/** J0: f64x2, 4 ulp for |x| < 8, beyond 4 ulp of sqrt(2/(pi |x|)); even; 0 at the infinities, NaN stays. */
export function j064(x: v128): v128 {
  const ax = abs<f64>(x);
  const y = piecewise(J0, 16, J_END, ax);
  const far = isFar(ax, J_END);
  return any(far) ? finite(select(far, j0Far(ax), y), ax) : y;
}

/** J1(x)/x, x >= 0 */
function j1Over(ax: v128): v128 {
  const y = piecewise(J1, 16, J_END, ax);
  const far = isFar(ax, J_END);
  return any(far) ? finite(select(far, div<f64>(j1Far(ax), ax), y), ax) : y;
}

/** J1: as J0, and odd. */
export function j164(x: v128): v128 {
  const ax = abs<f64>(x);
  const y = mul<f64>(ax, piecewise(J1, 16, J_END, ax));
  const far = isFar(ax, J_END);
  return flipped(any(far) ? finite(select(far, j1Far(ax), y), ax) : y, x);
}

/**
 * J_n(x)/x^n, n = 1, 2 …, the same in both lanes, at most 8: f64x2, a few ulp of the envelope; even; 0 at the
 * infinities, NaN stays.
 */
export function besselJOverPower64(orders: v128, x: v128): v128 {
  const ax = abs<f64>(x);
  const n = f64x2.extract_lane(orders, 0);
  let y = j1Over(ax);
  if (n == 1) return y;
  let before = j064(ax);
  const w = inverseSquare(ax);
  // J_(k + 1)/x^(k + 1) = (2k J_k/x^k - J_(k - 1)/x^(k - 1))/x^2
  for (let k: f64 = 1; k < n && k < 8; k += 1) {
    const next = mul<f64>(sub<f64>(mul<f64>(splat<f64>(2 * k), y), before), w);
    before = y;
    y = next;
  }
  const near = lt<f64>(ax, splat<f64>(2 * n));
  if (!any(near)) return y;
  const z = mul<f64>(splat<f64>(-0.25), mul<f64>(ax, ax));
  let sum = splat<f64>(0);
  for (let k: f64 = 40; k >= 1; k -= 1)
    sum = mul<f64>(div<f64>(z, splat<f64>(k * (n + k))), add<f64>(splat<f64>(1), sum));
  let first: f64 = 1;
  for (let k: f64 = 1; k <= n && k <= 8; k += 1) first *= 2 * k;
  return select(near, mul<f64>(reciprocal(splat<f64>(first)), add<f64>(splat<f64>(1), sum)), y);
}
