// Forward mode of Cholesky: the lower triangular P with P·Lᵀ + L·Pᵀ = (S + Sᵀ)/2, the tangent of L when L·Lᵀ moves
// along S. The recursion of linalg/cholesky.ts differentiated (Murray 2016, "Differentiation of the Cholesky
// decomposition", §3):
//   P₁₁ from S₁₁;  P₂₁ = (S₂₁ - L₂₁·P₁₁ᵀ)·L₁₁⁻ᵀ;  P₂₂ from S₂₂ - P₂₁·L₂₁ᵀ - L₂₁·P₂₁ᵀ
// a third of the work of the closed form L·Φ(L⁻¹·S·L⁻ᵀ).
//
// Contract: L and S are n × n with any strides, in elements; of L the lower triangle is read. P is stored row-major,
// zeros above the diagonal, and overlaps nothing. `ws` is FACTOR_WORKSPACE bytes of scratch.

import { clearUpper, subtractLower, symmetrize } from "../linalg/cholesky";
import { gemmSubtract } from "../linalg/gemm";
import { BLOCK, half, solveLower } from "../linalg/triangular";
import { bytes } from "../linalg/vector";

export function choleskyTangent<T>(
  n: i32,
  l: usize, lrs: i32, lcs: i32,
  s: usize, srs: i32, scs: i32,
  p: usize, ws: usize,
): void {
  symmetrize<T>(n, s, srs, scs, p);
  tangent<T>(n, l, lrs, lcs, p, n, ws);
  clearUpper<T>(n, p);
}

/** In place, rows of P `ld` apart: above the diagonal of P are zeros or what the tiles leave there, never read. */
function tangent<T>(n: i32, l: usize, lrs: i32, lcs: i32, p: usize, ld: i32, ws: usize): void {
  if (n <= BLOCK) return tangentBlock<T>(n, l, bytes<T>(lrs), bytes<T>(lcs), p, bytes<T>(ld));
  const h = half(n);
  const l21 = l + bytes<T>(h * lrs);
  const l22 = l21 + bytes<T>(h * lcs);
  const p21 = p + bytes<T>(h * ld);
  const p22 = p21 + bytes<T>(h);
  tangent<T>(h, l, lrs, lcs, p, ld, ws);
  for (let i = 0; i < h; i++) memory.fill(p + bytes<T>(i * ld + i + 1), 0, bytes<T>(h - 1 - i));
  gemmSubtract<T>(n - h, h, h, l21, lrs, lcs, p, 1, ld, p21, ld, 1, ws);
  solveLower<T>(h, n - h, 0, l, lrs, lcs, p21, 1, ld, ws);
  subtractLower<T>(n - h, h, p21, ld, 1, l21, lcs, lrs, p22, ld, ws);
  subtractLower<T>(n - h, h, l21, lrs, lcs, p21, 1, ld, p22, ld, ws);
  tangent<T>(n - h, l22, lrs, lcs, p22, ld, ws);
}

/** Row by row: the derivative of lᵢⱼ = (aᵢⱼ - Σₖ lᵢₖ·lⱼₖ) / lⱼⱼ; strides in BYTES. */
function tangentBlock<T>(n: i32, l: usize, lr: usize, lc: usize, p: usize, ld: usize): void {
  let li = l;
  let pi = p;
  for (let i = 0; i < n; i++) {
    let lj = l;
    let pj = p;
    for (let j = 0; j <= i; j++) {
      let s = load<T>(pi + bytes<T>(j));
      let k: usize = 0;
      for (let q: usize = 0; q < bytes<T>(j); q += sizeof<T>()) {
        s -= load<T>(pi + q) * load<T>(lj + k) + load<T>(li + k) * load<T>(pj + q);
        k += lc;
      }
      if (i == j) s *= <T>0.5;
      else s -= load<T>(li + k) * load<T>(pj + bytes<T>(j));
      store<T>(pi + bytes<T>(j), <T>(s / load<T>(lj + k)));
      lj += lr;
      pj += ld;
    }
    li += lr;
    pi += ld;
  }
}
