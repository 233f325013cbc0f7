// Convolution by the defining sum, for weights with infinities or NaN: the zeros around and between the elements of x
// are no terms of the sum, whereas the blocked kernel multiplies by them, and 0·∞ is NaN. Contract and indices as in
// conv.ts.

import { bytes } from "../linalg/vector";

/** Whether an element of the O × C × KH × KW array f is not finite. */
export function hasNonFinite<T>(
  o: i32, c: i32, kh: i32, kw: i32, f: usize, fos: i32, fcs: i32, fhs: i32, fws: i32,
): bool {
  let zeros: T = 0;
  for (let io = 0; io < o; io++) {
    for (let ic = 0; ic < c; ic++) {
      for (let k = 0; k < kh; k++) {
        let p = f + bytes<T>(io * fos + ic * fcs + k * fhs);
        for (let l = 0; l < kw; l++, p += bytes<T>(fws)) zeros += load<T>(p) * <T>0;
      }
    }
  }
  return zeros != 0;
}

/** Where position `at` of the dilated axis lies in its `extent` elements; -1 where it is one of the zeros. */
// @ts-ignore: decorator
@inline
function element(at: i32, dilation: i32, extent: i32): i32 {
  return at < 0 || at % dilation != 0 || at / dilation >= extent ? -1 : at / dilation;
}

/** Each sum: taps (c, k, l) in row-major order. */
export function convSkipping<T>(
  n: i32, c: i32, h: i32, w: i32, o: i32, kh: i32, kw: i32, oh: i32, ow: i32,
  sh: i32, sw: i32, ph: i32, pw: i32, lh: i32, lw: i32, rh: i32, rw: i32,
  x: usize, xns: i32, xcs: i32, xhs: i32, xws: i32,
  f: usize, fos: i32, fcs: i32, fhs: i32, fws: i32,
  y: usize,
): void {
  for (let b = 0; b < n; b++) {
    for (let io = 0; io < o; io++) {
      for (let i = 0; i < oh; i++) {
        for (let j = 0; j < ow; j++, y += sizeof<T>()) {
          let sum: T = 0;
          for (let ic = 0; ic < c; ic++) {
            for (let k = 0; k < kh; k++) {
              const row = element(i * sh + k * rh - ph, lh, h);
              if (row < 0) continue;
              const from = x + bytes<T>(b * xns + ic * xcs + row * xhs);
              const taps = f + bytes<T>(io * fos + ic * fcs + k * fhs);
              for (let l = 0; l < kw; l++) {
                const column = element(j * sw + l * rw - pw, lw, w);
                if (column >= 0) sum += load<T>(from + bytes<T>(column * xws)) * load<T>(taps + bytes<T>(l * fws));
              }
            }
          }
          store<T>(y, sum);
        }
      }
    }
  }
}
