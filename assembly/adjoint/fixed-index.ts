// Reverse mode of gather where the index is known when a program is compiled (primitives/fixed-index.ts): nothing to
// wrap or clamp, and where rows meet often, each is summed in registers instead of in memory. In both the terms of a
// row come in the order of the rows of src, as in scatterAdd: the three give the same bits.

import { bytes, lanes } from "../linalg/vector";
import { addRow } from "./scatter";

/**
 * dst + offsets[i] += row i of src, for i = 0 … count-1: offsets in bytes, uint32. src is count × inner and
 * contiguous; dst overlaps neither.
 */
export function scatterAddAt<T>(count: i32, inner: i32, offsets: usize, src: usize, dst: usize): void {
  const end = offsets + bytes<i32>(count);
  if (inner == 1) {
    for (; offsets != end; offsets += 4) {
      const to = dst + <usize>load<u32>(offsets);
      store<T>(to, <T>(load<T>(to) + load<T>(src)));
      src += sizeof<T>();
    }
    return;
  }
  for (; offsets != end; offsets += 4) src = addRow<T>(inner, src, dst + <usize>load<u32>(offsets));
}

/**
 * Row r of dst += the rows of src at offsets[k], for the k from where row r-1 ended to ends[r]: offsets and ends in
 * bytes, uint32, ends those of places in offsets. src and dst have rows of `inner` elements; dst overlaps nothing.
 */
export function gatherAdd<T>(rows: i32, inner: i32, ends: usize, offsets: usize, src: usize, dst: usize): void {
  const last = ends + bytes<i32>(rows);
  let from = offsets;
  for (; ends != last; ends += 4) {
    const to = offsets + <usize>load<u32>(ends);
    let at = src;
    let j = inner;
    while (j >= lanes<T>()) {
      // Two vectors, which overlap at the end of the row.
      const second = bytes<T>(min(lanes<T>(), j - lanes<T>()));
      let a = v128.load(dst);
      let b = v128.load(dst + second);
      for (let k = from; k != to; k += 4) {
        const row = at + <usize>load<u32>(k);
        a = v128.add<T>(a, v128.load(row));
        b = v128.add<T>(b, v128.load(row + second));
      }
      v128.store(dst, a);
      v128.store(dst + second, b);
      at += 16 + second;
      dst += 16 + second;
      j -= min(2 * lanes<T>(), j);
    }
    for (; j > 0; j--) {
      let a = load<T>(dst);
      for (let k = from; k != to; k += 4) a = <T>(a + load<T>(at + <usize>load<u32>(k)));
      store<T>(dst, a);
      at += sizeof<T>();
      dst += sizeof<T>();
    }
    from = to;
  }
}
