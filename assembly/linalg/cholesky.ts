// The Cholesky factor L of a symmetric positive definite matrix, L·Lᵀ = (A + Aᵀ)/2, by halves:
//   L₁₁ from A₁₁;  L₂₁ = A₂₁·L₁₁⁻ᵀ;  L₂₂ from A₂₂ - L₂₁·L₂₁ᵀ
// so that all but blocks of 16 rows are triangular solves and products. Backward stable as the usual order is: the
// computed L is exact for A + E with |E| ≤ (n + 1)·u·|L|·|Lᵀ| to first order (Higham 2002, theorem 10.3).
//
// Contract: A is n × n with any strides, in elements; L is stored row-major, zeros above the diagonal, and overlaps
// nothing. If A is not positive definite (a pivot is not above 0), the whole lower triangle is NaN. `ws` is
// FACTOR_WORKSPACE bytes of scratch.

import { gemmSubtract } from "./gemm";
import { BLOCK, half, solveLower } from "./triangular";
import { bytes } from "./vector";

export function cholesky<T>(n: i32, a: usize, ars: i32, acs: i32, l: usize, ws: usize): void {
  symmetrize<T>(n, a, ars, acs, l);
  factor<T>(n, l, n, ws);
  let definite = true;
  for (let i = 0; i < n; i++) definite = definite && load<T>(l + bytes<T>(i * (n + 1))) > <T>0;
  if (!definite) for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) store<T>(l + bytes<T>(i * n + j), <T>NaN);
  clearUpper<T>(n, l);
}

/** The lower triangle of (A + Aᵀ)/2, row-major. */
export function symmetrize<T>(n: i32, a: usize, ars: i32, acs: i32, s: usize): void {
  for (let i = 0; i < n; i++) {
    let lower = a + bytes<T>(i * ars);
    let upper = a + bytes<T>(i * acs);
    for (let j = 0; j <= i; j++) {
      store<T>(s + bytes<T>(i * n + j), <T>((load<T>(lower) + load<T>(upper)) * <T>0.5));
      lower += bytes<T>(acs);
      upper += bytes<T>(ars);
    }
  }
}

/** Zeros above the diagonal. */
export function clearUpper<T>(n: i32, x: usize): void {
  for (let i = 0; i < n; i++) memory.fill(x + bytes<T>(i * (n + 1) + 1), 0, bytes<T>(n - 1 - i));
}

/** The lower triangle in place, rows `ld` apart; what is above the diagonal is overwritten. */
function factor<T>(n: i32, l: usize, ld: i32, ws: usize): void {
  if (n <= BLOCK) return factorBlock<T>(n, l, bytes<T>(ld));
  const h = half(n);
  const l21 = l + bytes<T>(h * ld);
  const l22 = l21 + bytes<T>(h);
  factor<T>(h, l, ld, ws);
  solveLower<T>(h, n - h, 0, l, ld, 1, l21, 1, ld, ws);
  subtractLower<T>(n - h, h, l21, ld, 1, l21, 1, ld, l22, ld, ws);
  factor<T>(n - h, l22, ld, ws);
}

/** Row by row: lᵢⱼ = (aᵢⱼ - Σₖ lᵢₖ·lⱼₖ) / lⱼⱼ. */
function factorBlock<T>(n: i32, l: usize, ld: usize): void {
  let li = l;
  for (let i = 0; i < n; i++) {
    let lj = l;
    for (let j = 0; j <= i; j++) {
      let s = load<T>(li + bytes<T>(j));
      for (let k = 0; k < j; k++) s -= load<T>(li + bytes<T>(k)) * load<T>(lj + bytes<T>(k));
      store<T>(li + bytes<T>(j), j == i ? sqrt<T>(s) : <T>(s / load<T>(lj + bytes<T>(j))));
      lj += ld;
    }
    li += ld;
  }
}

/**
 * The lower triangle of C -= A·B, A n × k, B k × n, C with unit column stride; by halves down to blocks computed
 * whole.
 */
export function subtractLower<T>(
  n: i32, k: i32,
  a: usize, ars: i32, acs: i32,
  b: usize, brs: i32, bcs: i32,
  c: usize, ld: i32,
  ws: usize,
): void {
  if (n <= 2 * BLOCK) return gemmSubtract<T>(n, n, k, a, ars, acs, b, brs, bcs, c, ld, 1, ws);
  const h = half(n);
  const a2 = a + bytes<T>(h * ars);
  const c2 = c + bytes<T>(h * ld);
  subtractLower<T>(h, k, a, ars, acs, b, brs, bcs, c, ld, ws);
  gemmSubtract<T>(n - h, h, k, a2, ars, acs, b, brs, bcs, c2, ld, 1, ws);
  subtractLower<T>(n - h, k, a2, ars, acs, b + bytes<T>(h * bcs), brs, bcs, c2 + bytes<T>(h), ld, ws);
}
