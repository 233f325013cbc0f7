// Forward mode of the matrix product: C = A·B and its tangent Ċ = Ȧ·B + A·Ḃ.

import { gemm } from "../linalg/gemm";
import { bytes } from "../linalg/vector";

/**
 * Stores C and Ċ (m × n, row-major, contiguous). Ȧ and Ḃ have the strides of A and B (elements, as in gemm); a null
 * pointer is an absent tangent. C and Ċ overlap nothing, `ws` as in gemm.
 */
export function gemmDual<T>(
  m: i32, n: i32, k: i32,
  a: usize, ars: i32, acs: i32, da: usize,
  b: usize, brs: i32, bcs: i32, db: usize,
  c: usize, dc: usize, ws: usize,
): void {
  gemm<T>(m, n, k, a, ars, acs, b, brs, bcs, c, n, 1, 0, ws);
  if (da) gemm<T>(m, n, k, da, ars, acs, b, brs, bcs, dc, n, 1, 0, ws);
  if (db) gemm<T>(m, n, k, a, ars, acs, db, brs, bcs, dc, n, 1, da != 0 ? 1 : 0, ws);
  if (!da && !db) memory.fill(dc, 0, bytes<T>(m * n));
}
