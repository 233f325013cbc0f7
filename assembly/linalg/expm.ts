// The matrix exponential by scaling and squaring with Padé approximants of degree 3, 5, 7, 9 and 13 (Higham 2005),
// and with it the Fréchet derivative L(A, E), by carrying the tangent through every step (Al-Mohy & Higham 2009,
// whose smaller bounds on the norm, good for both, are used).
//
// Contract: A and E are n × n with any strides, in elements; the result is row-major and overlaps nothing. If A is
// not finite the result is NaN. `ws` is FACTOR_WORKSPACE bytes, followed by n + (n + 1)·n + 9·n² elements, or 18·n²
// with a tangent.

import { gemm } from "./gemm";
import { lu, luSolve } from "./lu";
import { scale } from "./rotations";
import { copy, FACTOR_WORKSPACE, subtractMultiple } from "./triangular";
import { bytes } from "./vector";

/** exp(A). */
export function expm<T>(n: i32, a: usize, ars: i32, acs: i32, out: usize, ws: usize): void {
  exponential<T>(n, 0, a, ars, acs, 0, 0, 0, out, ws);
}

/** L(A, E). */
export function expmFrechet<T>(
  n: i32,
  a: usize, ars: i32, acs: i32,
  e: usize, ers: i32, ecs: i32,
  out: usize, ws: usize,
): void {
  exponential<T>(n, 1, a, ars, acs, e, ers, ecs, out, ws);
}

/** exp(A), or L(A, E) if `tangent`. */
function exponential<T>(
  n: i32, tangent: i32,
  a: usize, ars: i32, acs: i32,
  e: usize, ers: i32, ecs: i32,
  out: usize, ws: usize,
): void {
  const size = n * n;
  const factors = ws + <usize>FACTOR_WORKSPACE + bytes<T>(n);
  const plane = bytes<T>(tangent ? 2 * size : size); // a matrix, and its tangent behind it
  const x = factors + bytes<T>((n + 1) * n);
  const p1 = x + plane; // A², A⁴, A⁶, A⁸ lie one after the other
  const u = p1 + 4 * plane;
  const v = u + plane;
  const s = v + plane;
  const t = s + plane;
  copy<T>(n, n, a, ars, acs, x, n, 1);
  if (tangent) copy<T>(n, n, e, ers, ecs, x + bytes<T>(size), n, 1);
  const norm = oneNorm<T>(n, x);
  if (!(norm - norm == <T>0)) {
    for (let i = 0; i < size; i++) store<T>(out + bytes<T>(i), <T>NaN);
    return;
  }
  const degree = sizeof<T>() == 8 ? degree64(<f64>norm) : degree32(<f64>norm);
  let squarings = 0;
  const bound: f64 = sizeof<T>() == 8 ? 4.74 : 3.925724783138660;
  for (let r = <f64>norm; r > bound; r *= 0.5) squarings++;
  const planes = tangent ? 2 * size : size;
  for (let k = 0; k < squarings; k++) scale<T>(planes, <T>0.5, x, x);

  times<T>(n, tangent, x, x, p1, ws);
  const powers = degree == 13 ? 3 : degree >> 1;
  for (let k = 2; k <= powers; k++)
    times<T>(n, tangent, p1, p1 + <usize>(k - 2) * plane, p1 + <usize>(k - 1) * plane, ws);
  // exp ≈ (V - U)⁻¹·(V + U), U odd and V even in A.
  if (degree == 13) {
    sum<T>(n, planes, plane, p1, degree, 7, 3, u); // 9, 11, 13 as multiples of A², A⁴, A⁶
    times<T>(n, tangent, p1 + 2 * plane, u, s, ws);
    sum<T>(n, planes, plane, p1, degree, 1, 4, t);
    subtractMultiple<T>(planes, <T>-1, s, 1, t);
    times<T>(n, tangent, x, t, u, ws);
    sum<T>(n, planes, plane, p1, degree, 6, 3, s);
    times<T>(n, tangent, p1 + 2 * plane, s, t, ws);
    sum<T>(n, planes, plane, p1, degree, 0, 4, v);
    subtractMultiple<T>(planes, <T>-1, t, 1, v);
  } else {
    sum<T>(n, planes, plane, p1, degree, 1, powers + 1, t);
    times<T>(n, tangent, x, t, u, ws);
    sum<T>(n, planes, plane, p1, degree, 0, powers + 1, v);
  }
  memory.copy(s, v, bytes<T>(planes));
  subtractMultiple<T>(planes, <T>1, u, 1, s); // V - U
  subtractMultiple<T>(planes, <T>-1, u, 1, v); // V + U
  lu<T>(n, s, n, 1, factors, ws);
  luSolve<T>(n, n, 0, factors, v, n, 1, x, ws);
  if (tangent) {
    // Q·R = P: Q·Ṙ = Ṗ - Q̇·R
    gemm<T>(n, n, n, s + bytes<T>(size), n, 1, x, n, 1, t, n, 1, 0, ws);
    subtractMultiple<T>(size, <T>1, t, 1, v + bytes<T>(size));
    luSolve<T>(n, n, 0, factors, v + bytes<T>(size), n, 1, x + bytes<T>(size), ws);
  }
  let from = x;
  let to = t;
  for (let k = 0; k < squarings; k++) {
    times<T>(n, tangent, from, from, to, ws);
    const swap = from;
    from = to;
    to = swap;
  }
  memory.copy(out, tangent ? from + bytes<T>(size) : from, bytes<T>(size));
}

function degree64(norm: f64): i32 {
  return norm <= 1.08e-2 ? 3 : norm <= 2.0e-1 ? 5 : norm <= 7.83e-1 ? 7 : norm <= 1.78 ? 9 : 13;
}
function degree32(norm: f64): i32 {
  return norm <= 4.258730016922831e-1 ? 3 : norm <= 1.880152677804762 ? 5 : 7;
}

/** Z = X·Y, and Ż = X·Ẏ + Ẋ·Y. */
function times<T>(n: i32, tangent: i32, x: usize, y: usize, z: usize, ws: usize): void {
  gemm<T>(n, n, n, x, n, 1, y, n, 1, z, n, 1, 0, ws);
  if (!tangent) return;
  const d = bytes<T>(n * n);
  gemm<T>(n, n, n, x, n, 1, y + d, n, 1, z + d, n, 1, 0, ws);
  gemm<T>(n, n, n, x + d, n, 1, y, n, 1, z + d, n, 1, 1, ws);
}

/**
 * S = Σ b[first + 2k]·A²ᵏ for k = 0 … count - 1, b the coefficients of the Padé numerator with b₀ = 1. For `first`
 * above 1 the factor A⁶ is taken out: k = 0 stands for the term without a further factor, which is left out, b[first]
 * with it.
 */
function sum<T>(n: i32, planes: i32, plane: usize, powers: usize, degree: i32, first: i32, count: i32, s: usize): void {
  memory.fill(s, 0, bytes<T>(planes));
  let b: f64 = 1;
  const high = first > 1;
  const last = high ? first + 2 * count : first + 2 * (count - 1);
  for (let j = 0; j <= last; j++) {
    if (j > 0) b *= <f64>(degree - j + 1) / <f64>(j * (2 * degree - j + 1));
    const k = (j - first) >> 1;
    if (j < first || ((j - first) & 1) != 0 || (high && k == 0)) continue;
    if (k == 0) for (let i = 0; i < n; i++) store<T>(s + bytes<T>(i * (n + 1)), <T>b);
    else subtractMultiple<T>(planes, <T>-b, powers + <usize>(k - 1) * plane, 1, s);
  }
}

/** The largest sum of magnitudes of a column. */
function oneNorm<T>(n: i32, x: usize): T {
  let largest: T = <T>0;
  for (let j = 0; j < n; j++) {
    let s: T = <T>0;
    for (let i = 0; i < n; i++) s += abs<T>(load<T>(x + bytes<T>(i * n + j)));
    if (!(s <= largest)) largest = s;
  }
  return largest;
}
