// The Gauss-Newton product y (+)= Aᵀ(w ∘ (A·v)), the Hessian of a generalized linear model, in one pass over A.

import { gemv, gemvt } from "../linalg/gemv";
import { bytes } from "../linalg/vector";

/** A block of rows that stays in the first cache between its two uses; at least 4 and at most 64 rows. */
const BLOCK_BYTES: i32 = 16384;
const u: usize = memory.data(64 * 8, 16);

/**
 * Block by block of rows: u = w ∘ (A·v), then y += Aᵀ·u, summing as gemv and gemvt do (blocks are multiples of 4
 * rows, so the order is that of the whole). A is m × n, rows `ars` elements apart, unit column stride; w has m
 * elements, v and y have n, all contiguous, aligned to the element. y overlaps no input. accumulate: 0 stores, 1
 * adds.
 */
export function xtwxv<T>(m: i32, n: i32, a: usize, ars: i32, w: usize, v: usize, y: usize, accumulate: i32): void {
  if (n <= 0) return;
  if (!accumulate) memory.fill(y, 0, bytes<T>(n));
  const rows = max(4, min(64, (BLOCK_BYTES / <i32>sizeof<T>() / n) & ~3));
  for (let i = 0; i < m; i += rows) {
    const r = min(rows, m - i);
    gemv<T>(r, n, a, ars, v, 1, u, 1, 0);
    for (let q: usize = 0; q < bytes<T>(r); q += sizeof<T>()) store<T>(u + q, <T>(load<T>(u + q) * load<T>(w + q)));
    gemvt<T>(r, n, a, ars, u, 1, y, 1, 1);
    a += bytes<T>(r * ars);
    w += bytes<T>(r);
  }
}
