// Polynomials in Estrin form: independent halves joined by powers of x, so that several multiplies are in flight at
// once. Coefficients run from the constant term upwards. No FMA: each step rounds twice.

import { add, mul, splat } from "./lanes";

/** a * b + c */
@inline export function mad<T>(a: v128, b: v128, c: v128): v128 { return add<T>(mul<T>(a, b), c); }

@inline function poly2<T>(x: v128, c0: f64, c1: f64): v128 {
  return mad<T>(x, splat<T>(c1), splat<T>(c0));
}

@inline export function poly3<T>(x: v128, c0: f64, c1: f64, c2: f64): v128 {
  return mad<T>(mul<T>(x, x), splat<T>(c2), poly2<T>(x, c0, c1));
}

@inline export function poly4<T>(x: v128, c0: f64, c1: f64, c2: f64, c3: f64): v128 {
  return mad<T>(mul<T>(x, x), poly2<T>(x, c2, c3), poly2<T>(x, c0, c1));
}

@inline export function poly5<T>(x: v128, c0: f64, c1: f64, c2: f64, c3: f64, c4: f64): v128 {
  const x2 = mul<T>(x, x);
  return mad<T>(mul<T>(x2, x2), splat<T>(c4), poly4<T>(x, c0, c1, c2, c3));
}

@inline export function poly6<T>(x: v128, c0: f64, c1: f64, c2: f64, c3: f64, c4: f64, c5: f64): v128 {
  const x2 = mul<T>(x, x);
  return mad<T>(mul<T>(x2, x2), poly2<T>(x, c4, c5), poly4<T>(x, c0, c1, c2, c3));
}

@inline export function poly7<T>(x: v128, c0: f64, c1: f64, c2: f64, c3: f64, c4: f64, c5: f64, c6: f64): v128 {
  const x2 = mul<T>(x, x);
  return mad<T>(mul<T>(x2, x2), poly3<T>(x, c4, c5, c6), poly4<T>(x, c0, c1, c2, c3));
}

@inline export function poly8<T>(
  x: v128, c0: f64, c1: f64, c2: f64, c3: f64, c4: f64, c5: f64, c6: f64, c7: f64,
): v128 {
  const x2 = mul<T>(x, x);
  return mad<T>(mul<T>(x2, x2), poly4<T>(x, c4, c5, c6, c7), poly4<T>(x, c0, c1, c2, c3));
}

@inline export function poly10<T>(
  x: v128, c0: f64, c1: f64, c2: f64, c3: f64, c4: f64, c5: f64, c6: f64, c7: f64, c8: f64, c9: f64,
): v128 {
  const x2 = mul<T>(x, x);
  const x4 = mul<T>(x2, x2);
  return mad<T>(mul<T>(x4, x4), poly2<T>(x, c8, c9), poly8<T>(x, c0, c1, c2, c3, c4, c5, c6, c7));
}

@inline export function poly11<T>(
  x: v128, c0: f64, c1: f64, c2: f64, c3: f64, c4: f64, c5: f64, c6: f64, c7: f64, c8: f64, c9: f64, c10: f64,
): v128 {
  const x2 = mul<T>(x, x);
  const x4 = mul<T>(x2, x2);
  return mad<T>(mul<T>(x4, x4), poly3<T>(x, c8, c9, c10), poly8<T>(x, c0, c1, c2, c3, c4, c5, c6, c7));
}
