// The reduced singular value decomposition A = U·diag(s)·Vᵀ of a matrix with at least as many rows as columns:
// Householder A = Q·R, then one-sided Jacobi on Rᵀ (Hestenes 1958; the QR step first as in Drmač & Veselić 2008).
// Rotations make the rows of R orthogonal: J·R = diag(s)·Vᵀ, U = Q·Jᵀ. Singular values keep a relative accuracy that
// the bidiagonal methods lose for graded matrices.
//
// Contract: A is m × n, m ≥ n, any strides in elements. The result is U (m × n row-major), s (descending), Vᵀ (n × n
// row-major), signed so that the entry of largest magnitude of each row of Vᵀ is positive. A NaN in A makes the
// result NaN. `ws` is GEMM_WORKSPACE bytes, followed by m·n + 2·n² elements.

import { dot } from "./dot";
import { GEMM_WORKSPACE, gemm } from "./gemm";
import { qr } from "./qr";
import { orientation, rotate, scale } from "./rotations";
import { subtractMultiple } from "./triangular";
import { bytes } from "./vector";

/** Sweeps over all pairs; some six to ten are needed. */
const SWEEPS: i32 = 40;

export function svd<T>(m: i32, n: i32, a: usize, ars: i32, acs: i32, u: usize, ws: usize): void {
  const s = u + bytes<T>(m * n);
  const w = s + bytes<T>(n); // the rows of R, then of Vᵀ
  const q = ws + <usize>GEMM_WORKSPACE;
  const j = q + bytes<T>(m * n + n * n);
  qr<T>(m, n, a, ars, acs, q, u);
  let largest: T = <T>0;
  for (let i = 0; i < n * n; i++) {
    const v = abs<T>(load<T>(q + bytes<T>(m * n + i)));
    if (!(v <= largest)) largest = v;
  }
  const unit = powerOfTwo<T>(largest); // the squares of the rows then neither over- nor underflow as a whole
  scale<T>(n * n, <T>(<T>1 / unit), q + bytes<T>(m * n), w);
  memory.fill(j, 0, bytes<T>(n * n));
  for (let i = 0; i < n; i++) store<T>(j + bytes<T>(i * (n + 1)), <T>1);
  orthogonalize<T>(n, w, j);
  for (let i = 0; i < n; i++) {
    const row = w + bytes<T>(i * n);
    store<T>(s + bytes<T>(i), sqrt<T>(dot<T>(n, row, row)));
  }
  // Descending.
  for (let i = 0; i < n; i++) {
    let most = i;
    for (let k = i + 1; k < n; k++) if (load<T>(s + bytes<T>(k)) > load<T>(s + bytes<T>(most))) most = k;
    if (most == i) continue;
    const v = load<T>(s + bytes<T>(i));
    store<T>(s + bytes<T>(i), load<T>(s + bytes<T>(most)));
    store<T>(s + bytes<T>(most), v);
    rotate<T>(n, w + bytes<T>(i * n), w + bytes<T>(most * n), <T>0, <T>-1);
    rotate<T>(n, j + bytes<T>(i * n), j + bytes<T>(most * n), <T>0, <T>-1);
  }
  for (let i = 0; i < n; i++) {
    const row = w + bytes<T>(i * n);
    const at = s + bytes<T>(i);
    const sigma = load<T>(at);
    if (sigma == <T>0) complete<T>(n, i, w);
    else for (let k = 0; k < n; k++) store<T>(row + bytes<T>(k), <T>(load<T>(row + bytes<T>(k)) / sigma));
    store<T>(at, <T>(sigma * unit));
    if (orientation<T>(n, row) > <T>0) continue;
    scale<T>(n, <T>-1, row, row);
    scale<T>(n, <T>-1, j + bytes<T>(i * n), j + bytes<T>(i * n));
  }
  gemm<T>(m, n, n, q, n, 1, j, 1, n, u, n, 1, 0, ws);
}

/** The largest power of two that is at most x; 1 for 0, infinities and NaN. */
function powerOfTwo<T>(x: T): T {
  const v = <f64>x;
  if (!(v > 0) || v == Infinity || v < 2.2250738585072014e-308) return <T>1;
  return <T>reinterpret<f64>(reinterpret<u64>(v) & 0x7ff0000000000000);
}

/** Rotates pairs of rows of W, those of J along, until all are orthogonal to rounding. */
function orthogonalize<T>(n: i32, w: usize, j: usize): void {
  // What rounding of the inner product may leave.
  const tolerance = <T>((sizeof<T>() == 8 ? <T>f64.EPSILON : <T>f32.EPSILON) * max<T>(<T>4, sqrt<T>(<T>n)));
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let rotated = false;
    for (let p = 0; p < n - 1; p++) {
      const x = w + bytes<T>(p * n);
      for (let q = p + 1; q < n; q++) {
        const y = w + bytes<T>(q * n);
        const xy = dot<T>(n, x, y);
        if (xy == <T>0) continue;
        const xx = dot<T>(n, x, x);
        const yy = dot<T>(n, y, y);
        if (!(abs<T>(xy) > tolerance * sqrt<T>(xx) * sqrt<T>(yy))) continue;
        // The rotation that diagonalizes [[xx, xy], [xy, yy]], by the smaller angle (Rutishauser 1966).
        const zeta = <T>((yy - xx) / <T>(<T>2 * xy));
        const t = <T>((zeta < <T>0 ? <T>-1 : <T>1) / <T>(abs<T>(zeta) + sqrt<T>(<T>(<T>1 + zeta * zeta))));
        const c = <T>(<T>1 / sqrt<T>(<T>(<T>1 + t * t)));
        const s = <T>(c * t);
        rotate<T>(n, x, y, c, s);
        rotate<T>(n, j + bytes<T>(p * n), j + bytes<T>(q * n), c, s);
        rotated = true;
      }
    }
    if (!rotated) return;
  }
}

/**
 * Row i, which is zero, becomes a unit vector orthogonal to those before it: the unit vector that keeps most, twice.
 */
function complete<T>(n: i32, i: i32, w: usize): void {
  const row = w + bytes<T>(i * n);
  let best = 0;
  let least: T = <T>2;
  for (let k = 0; k < n; k++) {
    let inside: T = <T>0;
    for (let p = 0; p < i; p++) {
      const v = load<T>(w + bytes<T>(p * n + k));
      inside += v * v;
    }
    if (inside < least) {
      least = inside;
      best = k;
    }
  }
  memory.fill(row, 0, bytes<T>(n));
  store<T>(row + bytes<T>(best), <T>1);
  for (let pass = 0; pass < 2; pass++)
    for (let p = 0; p < i; p++)
      subtractMultiple<T>(n, dot<T>(n, w + bytes<T>(p * n), row), w + bytes<T>(p * n), 1, row);
  scale<T>(n, <T>(<T>1 / sqrt<T>(dot<T>(n, row, row))), row, row);
}
