// exprel(x) = (e^x - 1)/x and its derivatives of any order, f64x2.
//
// Method: the derivative of order k is p_k = ∫₀¹ t^k e^(xt) dt. Near 0 by series of positive terms: that of e^(xt)
// for x > 0, and for x < 0 Kummer's transform of it, e^x Σ |x|^m/((k + 1) … (k + 1 + m)) (DLMF 8.11.4). Further out
// by x p_k = e^x - k p_(k-1), for x > 0 in units of e^x; it is stable there.

import { abs, add, and, any, div, eq, gt, lt, mul, neg, select, splat, sub } from "./lanes";
import { exp, expm1 } from "./exp";

/** e^a y for a >= 0, also where e^a alone overflows. */
@inline function grown(a: v128, y: v128): v128 {
  const far = gt<f64>(a, splat<f64>(700));
  const e = exp<f64>(select(far, mul<f64>(splat<f64>(0.5), a), a));
  return mul<f64>(e, select(far, mul<f64>(e, y), y));
}

/** The limits at the infinities, which the formulas miss by inf/inf. */
@inline function withLimit(x: v128, y: v128): v128 { return select(eq<f64>(x, splat<f64>(Infinity)), x, y); }

/** exprel: 2 ulp up to 700, 3 beyond; 1 at 0, 0 and inf at the infinities. */
export function exprel(x: v128): v128 {
  const far = gt<f64>(x, splat<f64>(700));
  let y = select(eq<f64>(x, splat<f64>(0)), splat<f64>(1), div<f64>(expm1<f64>(x), x));
  if (any(far)) y = select(far, withLimit(x, grown(x, div<f64>(splat<f64>(1), x))), y);
  return y;
}

/** p_k by the series: of e^(xt) where `right`, else Kummer's. */
function series(k: f64, a: v128, right: v128): v128 {
  const first = splat<f64>(1 / (k + 1));
  let term = select(right, splat<f64>(1), first);
  let sum = first;
  let more = sum;
  for (let m: f64 = 1; any(gt<f64>(more, mul<f64>(splat<f64>(1e-17), sum))); m += 1) {
    const next = splat<f64>(k + 1 + m);
    term = div<f64>(mul<f64>(term, a), select(right, splat<f64>(m), next));
    more = select(right, div<f64>(term, next), term);
    sum = add<f64>(sum, more);
  }
  return sum;
}

/**
 * The derivative of exprel of order k = 1 … 64, k that of the first lane: 6 ulp for k <= 3, 8 at k = 20. 0 and inf at
 * the infinities, NaN stays.
 */
export function exprelDerivative(order: v128, x: v128): v128 {
  // pmax and pmin in this order make a NaN 1
  const k = f64x2.extract_lane(v128.pmin<f64>(v128.pmax<f64>(splat<f64>(1), order), splat<f64>(64)), 0);
  const n = <i32>k;
  const one = splat<f64>(1);
  const a = abs<f64>(x);
  const right = gt<f64>(x, splat<f64>(0));
  const near = lt<f64>(a, splat<f64>(k + 1.5));
  const decay = exp<f64>(neg<f64>(a));

  const p = series(k, and(near, a), right);
  let y = select(right, p, mul<f64>(decay, p));
  if (any(v128.not(near))) {
    let q = div<f64>(neg<f64>(expm1<f64>(neg<f64>(a))), a);
    for (let i = 1; i <= n; i++) {
      const t = mul<f64>(splat<f64>(i), q);
      q = div<f64>(select(right, sub<f64>(one, t), sub<f64>(t, decay)), a);
    }
    y = select(near, y, select(right, withLimit(x, grown(a, q)), q));
  }
  return y;
}
