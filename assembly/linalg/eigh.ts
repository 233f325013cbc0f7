// Eigenvalues and eigenvectors of a symmetric matrix: Householder tridiagonalization, then implicit QL with
// Wilkinson's shift (Bowdler, Martin, Reinsch & Wilkinson 1968, the Handbook's tred2 and tql2). Backward stable: the
// result is exact for A + E with ‖E‖ a small multiple of n·u·‖A‖, and the vectors are orthonormal to the same
// accuracy.
//
// Contract: A is n × n with any strides, in elements; (A + Aᵀ)/2 is decomposed. The result is the n eigenvalues,
// ascending, then n × n row-major: eigenvector j in COLUMN j, signed so that its entry of largest magnitude (the
// first of those) is positive. If an eigenvalue needs more than 50 steps or A is not finite, everything is NaN. `ws`
// is 2n elements.

import { dot } from "./dot";
import { symmetrize } from "./cholesky";
import { gemvt } from "./gemv";
import { hypotenuse, orient, rotate, transposeInPlace } from "./rotations";
import { subtractMultiple } from "./triangular";
import { bytes } from "./vector";

const STEPS: i32 = 50;

export function eigh<T>(n: i32, a: usize, ars: i32, acs: i32, d: usize, ws: usize): void {
  const v = d + bytes<T>(n);
  symmetrize<T>(n, a, ars, acs, v);
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) put<T>(v, i * n + j, get<T>(v, j * n + i));
  let ok = true;
  for (let i = 0; i < n * n; i++) ok = ok && get<T>(v, i) - get<T>(v, i) == <T>0;
  if (ok && n > 0) {
    tridiagonalize<T>(n, v, d, ws, ws + bytes<T>(n));
    transposeInPlace<T>(n, v); // rotations then mix rows, which lie together
    ok = diagonalize<T>(n, v, d, ws);
  }
  if (!ok) {
    for (let i = 0; i < n * (n + 1); i++) put<T>(d, i, <T>NaN);
    return;
  }
  sort<T>(n, v, d);
  for (let i = 0; i < n; i++) orient<T>(n, v + bytes<T>(i * n));
  transposeInPlace<T>(n, v);
}

// @ts-ignore: decorator
@inline
function get<T>(x: usize, i: i32): T {
  return load<T>(x + bytes<T>(i));
}
// @ts-ignore: decorator
@inline
function put<T>(x: usize, i: i32, value: T): void {
  store<T>(x + bytes<T>(i), value);
}

/** V·T·Vᵀ = A: V in place of A, the diagonal of T in d, its subdiagonal in e[1 …]. */
function tridiagonalize<T>(n: i32, v: usize, d: usize, e: usize, w: usize): void {
  for (let i = n - 1; i > 0; i--) {
    const row = v + bytes<T>(i * n);
    let scale: T = <T>0;
    for (let k = 0; k < i; k++) scale += abs<T>(get<T>(row, k));
    if (i == 1 || scale == <T>0) {
      put<T>(e, i, get<T>(row, i - 1));
      put<T>(d, i, <T>0);
      continue;
    }
    let h: T = <T>0;
    for (let k = 0; k < i; k++) {
      const x = <T>(get<T>(row, k) / scale);
      put<T>(row, k, x);
      h += x * x;
    }
    const f = get<T>(row, i - 1);
    const g = f > <T>0 ? <T>-sqrt<T>(h) : sqrt<T>(h);
    put<T>(e, i, <T>(scale * g));
    h -= f * g;
    put<T>(row, i - 1, <T>(f - g));
    // p = A·u/h into e, by rows of the symmetric matrix, of which both triangles are kept
    let uAu: T = <T>0;
    for (let j = 0; j < i; j++) {
      const p = <T>(dot<T>(i, v + bytes<T>(j * n), row) / h);
      put<T>(e, j, p);
      uAu += p * get<T>(row, j);
    }
    const k = <T>(uAu / <T>(h + h));
    subtractMultiple<T>(i, k, row, 1, e);
    for (let j = 0; j < i; j++) {
      const at = v + bytes<T>(j * n);
      subtractMultiple<T>(i, get<T>(row, j), e, 1, at);
      subtractMultiple<T>(i, get<T>(e, j), row, 1, at);
    }
    put<T>(d, i, h);
  }
  // Accumulate the reflections.
  put<T>(d, 0, <T>0);
  put<T>(e, 0, <T>0);
  for (let i = 0; i < n; i++) {
    const row = v + bytes<T>(i * n);
    const h = get<T>(d, i);
    if (h != <T>0) {
      gemvt<T>(i, i, v, n, row, 1, w, 1, 0);
      for (let k = 0; k < i; k++) subtractMultiple<T>(i, <T>(get<T>(row, k) / h), w, 1, v + bytes<T>(k * n));
    }
    put<T>(d, i, get<T>(row, i));
    for (let j = 0; j < i; j++) {
      put<T>(row, j, <T>0);
      put<T>(v, j * n + i, <T>0);
    }
    put<T>(row, i, <T>1);
  }
}

/**
 * Implicit QL on the diagonal d and subdiagonal e[1 …]; the rows of Z are rotated along. False if it does not
 * converge.
 */
function diagonalize<T>(n: i32, z: usize, d: usize, e: usize): bool {
  for (let i = 1; i < n; i++) put<T>(e, i - 1, get<T>(e, i));
  put<T>(e, n - 1, <T>0);
  const u = sizeof<T>() == 8 ? <T>f64.EPSILON : <T>f32.EPSILON;
  for (let l = 0; l < n; l++) {
    for (let step = 0; ; step++) {
      let m = l;
      while (m < n - 1 && !(abs<T>(get<T>(e, m)) <= u * (abs<T>(get<T>(d, m)) + abs<T>(get<T>(d, m + 1))))) m++;
      if (m == l) break;
      if (step == STEPS) return false;
      let g = <T>((get<T>(d, l + 1) - get<T>(d, l)) / <T>(<T>2 * get<T>(e, l)));
      let r = hypotenuse<T>(g, <T>1);
      g = <T>(get<T>(d, m) - get<T>(d, l) + get<T>(e, l) / <T>(g + (g < <T>0 ? <T>-r : r)));
      let s: T = <T>1;
      let c: T = <T>1;
      let p: T = <T>0;
      let i = m - 1;
      for (; i >= l; i--) {
        const f = <T>(s * get<T>(e, i));
        const b = <T>(c * get<T>(e, i));
        r = hypotenuse<T>(f, g);
        put<T>(e, i + 1, r);
        if (r == <T>0) break;
        s = <T>(f / r);
        c = <T>(g / r);
        g = <T>(get<T>(d, i + 1) - p);
        r = <T>((get<T>(d, i) - g) * s + <T>2 * c * b);
        p = <T>(s * r);
        put<T>(d, i + 1, <T>(g + p));
        g = <T>(c * r - b);
        rotate<T>(n, z + bytes<T>(i * n), z + bytes<T>((i + 1) * n), c, s);
      }
      if (i >= l) put<T>(d, i + 1, <T>(get<T>(d, i + 1) - p)); // underflow: the matrix splits here
      else {
        put<T>(d, l, <T>(get<T>(d, l) - p));
        put<T>(e, l, g);
      }
      put<T>(e, m, <T>0);
    }
  }
  return true;
}

/** Ascending, the rows of Z along: selection, for there are n exchanges of rows at most. */
function sort<T>(n: i32, z: usize, d: usize): void {
  for (let i = 0; i < n; i++) {
    let least = i;
    for (let j = i + 1; j < n; j++) if (get<T>(d, j) < get<T>(d, least)) least = j;
    if (least == i) continue;
    const x = get<T>(d, i);
    put<T>(d, i, get<T>(d, least));
    put<T>(d, least, x);
    rotate<T>(n, z + bytes<T>(i * n), z + bytes<T>(least * n), <T>0, <T>-1);
  }
}
