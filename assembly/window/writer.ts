// Which write to a row comes last, where several go to the same one.

/**
 * out[r] = the greatest i with idx[i] meaning row r, -1 if none; rows ≥ 1. Negative indices count from the end, then
 * all are clamped, just as gather and scatter-add read them. idx and out: int32, aligned to 4; they do not overlap.
 */
export function lastWriter(count: i32, idx: usize, out: usize, rows: i32): void {
  memory.fill(out, 0xff, <usize>rows << 2);
  for (let i = 0; i < count; i++) {
    const r = load<i32>(idx + (<usize>i << 2));
    store<i32>(out + (<usize>max(0, min(r < 0 ? r + rows : r, rows - 1)) << 2), i);
  }
}
