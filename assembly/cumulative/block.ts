// How scans along an axis that is not the last one walk memory: the columns of a matrix side by side in vectors, a
// block of them at a time, so that what is carried from row to row stays in the first-level cache.

/** Columns of a block, a multiple of every vector's lanes. */
export const COLUMNS: i32 = 512;
/** Bytes that kernels with compensated sums carry from row to row: two numbers for every column of a block. */
export const CARRIED: i32 = 2 * 8 * COLUMNS;

/** Bytes from one row to the next in the direction of the scan. */
// @ts-ignore: decorator
@inline
export function rowStep(row: usize, reverse: i32): usize {
  return reverse ? 0 - row : row;
}

/** Bytes from the first row in memory to the first of the scan. */
// @ts-ignore: decorator
@inline
export function startOf(n: i32, row: usize, reverse: i32): usize {
  return reverse ? <usize>(n - 1) * row : 0;
}
