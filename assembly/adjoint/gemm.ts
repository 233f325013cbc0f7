// Reverse mode of the matrix product C = A·B: Ā += C̄·Bᵀ and B̄ += Aᵀ·C̄.

import { gemm } from "../linalg/gemm";

/**
 * Adds the cotangents of A (m × k) and B (k × n), given C̄ (m × n). A, B, C̄: strides in elements as in gemm. Ā (m ×
 * k) and B̄ (k × n) are row-major and contiguous; a null pointer skips one. Ā and B̄ overlap nothing, `ws` as in
 * gemm.
 */
export function gemmAdjoint<T>(
  m: i32, n: i32, k: i32,
  a: usize, ars: i32, acs: i32,
  b: usize, brs: i32, bcs: i32,
  cbar: usize, cbrs: i32, cbcs: i32,
  abar: usize, bbar: usize, ws: usize,
): void {
  if (abar) gemm<T>(m, k, n, cbar, cbrs, cbcs, b, bcs, brs, abar, k, 1, 1, ws);
  if (bbar) gemm<T>(k, n, m, a, acs, ars, cbar, cbrs, cbcs, bbar, n, 1, 1, ws);
}
