// Packing: copies a block of a matrix into panels, the order in which the register tiles read it.

import { bytes, gather, lanes } from "./vector";

/**
 * Panels filled side by side: a step of the source is then read in runs of some hundred bytes, and pages seldom
 * change.
 */
const TOGETHER: i32 = 8;

/**
 * Packs a block into panels of `vectors` (1 or 2) v128 each. The block has `len` steps p, ps bytes apart, of `width`
 * elements, es bytes apart. Panel q holds elements q·W … q·W + W - 1 (W = vectors · lanes) of step 0, then of step 1,
 * and so on; the last panel is filled up with zeros. Writes ⌈width/W⌉ · len · vectors vectors to `to`, which overlaps
 * nothing.
 */
export function pack<T>(len: i32, width: i32, from: usize, ps: usize, es: usize, vectors: i32, to: usize): void {
  const panel = vectors * lanes<T>();
  const line = <usize>vectors << 4;
  const panelBytes = <usize>len * line;
  const whole = width / panel;
  if (es == sizeof<T>()) {
    for (let q = 0; q < whole; q += TOGETHER) {
      const end = to + <usize>q * panelBytes + <usize>min(TOGETHER, whole - q) * panelBytes;
      let x = from + <usize>q * line;
      for (let p: usize = 0; p < panelBytes; p += line) {
        let y = x;
        for (let t = to + <usize>q * panelBytes + p; t < end; t += panelBytes) {
          v128.store(t, v128.load(y));
          if (vectors == 2) v128.store(t, v128.load(y, 16), 16);
          y += line;
        }
        x += ps;
      }
    }
  } else {
    const span = <usize>lanes<T>() * es;
    let t = to;
    for (let q = 0; q < whole; q++) {
      let x = from + <usize>(q * panel) * es;
      for (let p = 0; p < len; p++) {
        v128.store(t, gather<T>(x, es));
        if (vectors == 2) v128.store(t, gather<T>(x + span, es), 16);
        t += line;
        x += ps;
      }
    }
  }
  const rest = width - whole * panel;
  if (rest == 0) return;
  to += <usize>whole * panelBytes;
  from += <usize>(whole * panel) * es;
  for (let p = 0; p < len; p++) {
    for (let j = 0; j < panel; j++) store<T>(to + bytes<T>(j), j < rest ? load<T>(from + <usize>j * es) : <T>0);
    to += line;
    from += ps;
  }
}
