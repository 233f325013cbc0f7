// The reduced QR factors of a matrix with at least as many rows as columns, by Householder reflections. Signs are
// LAPACK's (dgeqrf): a reflection sends its column to -sign(α)‖·‖, so R's diagonal has the sign opposite to the pivot
// entry's, except where the column is zero below it already, which is then left alone.
//
// Contract: A is m × n, m ≥ n, any strides in elements. The result is Q, m × n row-major, then R, n × n row-major
// with zeros below the diagonal. `ws` is n elements of scratch.

import { copy, subtractMultiple } from "./triangular";
import { gemvt } from "./gemv";
import { bytes, zero } from "./vector";

export function qr<T>(m: i32, n: i32, a: usize, ars: i32, acs: i32, q: usize, ws: usize): void {
  const r = q + bytes<T>(m * n);
  copy<T>(m, n, a, ars, acs, q, n, 1);
  for (let j = 0; j < n; j++) {
    const diagonal = q + bytes<T>(j * (n + 1));
    const tau = reflector<T>(m - j, diagonal, n);
    // R(j, j) goes to its place, τ takes its own: v has an implicit 1 there.
    store<T>(r + bytes<T>(j * (n + 1)), load<T>(diagonal));
    store<T>(diagonal, tau);
    reflect<T>(m - j, n - 1 - j, tau, diagonal, diagonal + sizeof<T>(), n, ws);
  }
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++)
      if (i != j) store<T>(r + bytes<T>(i * n + j), i < j ? load<T>(q + bytes<T>(i * n + j)) : <T>0);
  // Q = H₀·H₁ ⋯ times the first columns of the identity, from the last reflection.
  for (let j = n - 1; j >= 0; j--) {
    const diagonal = q + bytes<T>(j * (n + 1));
    const tau = load<T>(diagonal);
    for (let k = j + 1; k < n; k++) store<T>(diagonal + bytes<T>(k - j), <T>0);
    reflect<T>(m - j, n - 1 - j, tau, diagonal, diagonal + sizeof<T>(), n, ws);
    store<T>(diagonal, <T>(<T>1 - tau));
    for (let i = 1; i < m - j; i++) {
      const at = diagonal + bytes<T>(i * n);
      store<T>(at, <T>(-tau * load<T>(at)));
    }
    for (let i = 0; i < j; i++) store<T>(q + bytes<T>(i * n + j), <T>0);
  }
}

/**
 * Makes the reflection I - τ·v·vᵀ, v₀ = 1, of a column of n entries `stride` elements apart: v below, ∓‖x‖ at its
 * head; τ.
 */
function reflector<T>(n: i32, x: usize, stride: i32): T {
  const step = bytes<T>(stride);
  let largest: T = <T>0;
  for (let i = 1; i < n; i++) {
    const v = abs<T>(load<T>(x + <usize>i * step));
    if (!(v <= largest)) largest = v;
  }
  if (largest == <T>0) return <T>0;
  const alpha = load<T>(x);
  largest = max<T>(largest, abs<T>(alpha));
  let s: T = <T>0;
  for (let i = 0; i < n; i++) {
    const v = <T>(load<T>(x + <usize>i * step) / largest);
    s += v * v;
  }
  const norm = <T>(largest * sqrt<T>(s));
  const beta = alpha > <T>0 ? <T>-norm : norm;
  for (let i = 1; i < n; i++) {
    const at = x + <usize>i * step;
    store<T>(at, <T>(load<T>(at) / <T>(alpha - beta)));
  }
  store<T>(x, beta);
  return <T>((beta - alpha) / beta);
}

/** C -= τ·v·(vᵀ·C) for C of m × n, rows `ld` elements apart, beside the column v whose first entry counts as 1. */
function reflect<T>(m: i32, n: i32, tau: T, v: usize, c: usize, ld: i32, w: usize): void {
  if (n <= 0 || tau == <T>0) return;
  const head = load<T>(v);
  store<T>(v, <T>1);
  zero<T>(n, w, sizeof<T>());
  gemvt<T>(m, n, c, ld, v, ld, w, 1, 0);
  for (let i = 0; i < m; i++) {
    subtractMultiple<T>(n, <T>(tau * load<T>(v + bytes<T>(i * ld))), w, 1, c);
    c += bytes<T>(ld);
  }
  store<T>(v, head);
}
