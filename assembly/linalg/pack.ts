// Packing: copies a block of a matrix into panels, the order in which the register tiles read it.

import { bytes, gather, lanes } from "./vector";

/**
 * Packs a block into panels of `vectors` v128 each. The block has `len` steps (p, stride ps bytes) of `width` elements
 * (stride es bytes); panel q holds elements q·W … q·W+W-1 (W = vectors · lanes) of step 0, then of step 1, and so on. The
 * last panel is filled up with zeros. Writes ⌈width/W⌉·len·vectors vectors to `to`, which overlaps nothing.
 */
export function pack<T>(len: i32, width: i32, from: usize, ps: usize, es: usize, vectors: i32, to: usize): void {
  const panel = vectors * lanes<T>();
  const wide = vectors == 2;
  const span = <usize>lanes<T>() * es;
  let e = 0;
  for (; e + panel <= width; e += panel) {
    let x = from + <usize>e * es;
    if (es == sizeof<T>()) {
      for (let p = 0; p < len; p++) {
        v128.store(to, v128.load(x));
        if (wide) v128.store(to, v128.load(x, 16), 16);
        to += <usize>vectors << 4;
        x += ps;
      }
    } else {
      for (let p = 0; p < len; p++) {
        v128.store(to, gather<T>(x, es));
        if (wide) v128.store(to, gather<T>(x + span, es), 16);
        to += <usize>vectors << 4;
        x += ps;
      }
    }
  }
  if (e == width) return;
  let x = from + <usize>e * es;
  for (let p = 0; p < len; p++) {
    for (let j = 0; j < panel; j++)
      store<T>(to + bytes<T>(j), e + j < width ? load<T>(x + <usize>j * es) : <T>0);
    to += <usize>vectors << 4;
    x += ps;
  }
}
