// Reverse mode of gather along the leading axis: rows of cotangents are added where the rows came from.

import { bytes, lanes, rowOf } from "../linalg/vector";

/**
 * dst[idx[i]] += src[i] for i = 0 … count-1 in order, each a row of `inner` elements. idx: int32, aligned to 4;
 * negative indices count from the end, then all are clamped to the rows, just as gather reads them: nothing is
 * written outside dst. src is count × inner, dst dstRows × inner, both contiguous, aligned to the element; dst
 * overlaps neither src nor idx.
 */
export function scatterAdd<T>(count: i32, inner: i32, idx: usize, src: usize, dst: usize, dstRows: i32): void {
  if (dstRows == 0) return;
  const end = idx + bytes<i32>(count);
  if (inner == 1) {
    for (; idx != end; idx += 4) {
      const to = dst + bytes<T>(rowOf(idx, dstRows));
      store<T>(to, <T>(load<T>(to) + load<T>(src)));
      src += sizeof<T>();
    }
    return;
  }
  const row = bytes<T>(inner);
  for (; idx != end; idx += 4) src = addRow<T>(inner, src, dst + <usize>rowOf(idx, dstRows) * row);
}

/** Adds `inner` elements at src to those at dst; the address after the former. */
// @ts-ignore: decorator
@inline
export function addRow<T>(inner: i32, src: usize, dst: usize): usize {
  let j = inner;
  for (; j >= lanes<T>(); j -= lanes<T>()) {
    v128.store(dst, v128.add<T>(v128.load(dst), v128.load(src)));
    src += 16;
    dst += 16;
  }
  for (; j > 0; j--) {
    store<T>(dst, <T>(load<T>(dst) + load<T>(src)));
    src += sizeof<T>();
    dst += sizeof<T>();
  }
  return src;
}
