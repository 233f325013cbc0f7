// Writes to rows that indices name, and which of them comes last where several go to the same one.

import { rowOf } from "../linalg/vector";

/**
 * out[r] = the greatest i with idx[i] meaning row r, -1 if none; rows ≥ 1. Negative indices count from the end, then
 * all are clamped, just as gather and scatter-add read them. idx and out: int32, aligned to 4; they do not overlap.
 */
export function lastWriter(count: i32, idx: usize, out: usize, rows: i32): void {
  memory.fill(out, 0xff, <usize>rows << 2);
  for (let i = 0; i < count; i++) {
    store<i32>(out + (<usize>rowOf(idx + (<usize>i << 2), rows) << 2), i);
  }
}

/**
 * dst[idx[i]] = src[i] for i = 0 … count-1 in order, each a row of `row` bytes, a multiple of 4. Indices are read as
 * above; src, dst and idx do not overlap, all aligned to 4.
 */
export function scatterSet(count: i32, row: i32, idx: usize, src: usize, dst: usize, rows: i32): void {
  for (let end = idx + (<usize>count << 2); idx != end; idx += 4) {
    const to = dst + <usize>rowOf(idx, rows) * <usize>row;
    if (row == 8) store<u64>(to, load<u64>(src));
    else memory.copy(to, src, row);
    src += <usize>row;
  }
}
