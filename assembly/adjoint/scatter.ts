// Reverse mode of gather along the leading axis: rows of cotangents are added where the rows came from.

import { bytes, lanes } from "../linalg/vector";

/**
 * dst[idx[i]] += src[i] for i = 0 … count-1 in order, each a row of `inner` elements. idx: int32, aligned to 4; negative
 * indices count from the end; those outside [-dstRows, dstRows) are skipped. src is count × inner, dst dstRows × inner,
 * both contiguous, aligned to the element; dst overlaps neither src nor idx.
 */
export function scatterAdd<T>(count: i32, inner: i32, idx: usize, src: usize, dst: usize, dstRows: i32): void {
  if (inner == 1) return scatterAddScalars<T>(count, idx, src, dst, dstRows);
  const row = bytes<T>(inner);
  for (let i = 0; i < count; i++) {
    let r = load<i32>(idx);
    if (r < 0) r += dstRows;
    if (<u32>r < <u32>dstRows) {
      let from = src;
      let to = dst + <usize>r * row;
      let j = 0;
      for (; j + lanes<T>() <= inner; j += lanes<T>()) {
        v128.store(to, v128.add<T>(v128.load(to), v128.load(from)));
        from += 16;
        to += 16;
      }
      for (; j < inner; j++) {
        store<T>(to, <T>(load<T>(to) + load<T>(from)));
        from += sizeof<T>();
        to += sizeof<T>();
      }
    }
    idx += 4;
    src += row;
  }
}

function scatterAddScalars<T>(count: i32, idx: usize, src: usize, dst: usize, dstRows: i32): void {
  for (let i = 0; i < count; i++) {
    let r = load<i32>(idx);
    if (r < 0) r += dstRows;
    if (<u32>r < <u32>dstRows) {
      const to = dst + bytes<T>(r);
      store<T>(to, <T>(load<T>(to) + load<T>(src)));
    }
    idx += 4;
    src += sizeof<T>();
  }
}
