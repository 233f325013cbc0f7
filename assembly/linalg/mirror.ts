// Symmetric results computed once: what is below the diagonal of a square matrix is copied over what is above it.
//
// Contract: C is n × n, element (i, j) at c + i·crs + j·ccs (strides in ELEMENTS, not zero); only elements above the
// diagonal are written.

import { bytes } from "./vector";

/** Rows and columns of a tile: its two places stay in the first cache. */
const TILE: i32 = 16;

export function mirror<T>(n: i32, c: usize, crs: i32, ccs: i32): void {
  const cr = bytes<T>(crs);
  const cc = bytes<T>(ccs);
  for (let i0 = 0; i0 < n; i0 += TILE) {
    const i1 = min(n, i0 + TILE);
    for (let j0 = 0; j0 <= i0; j0 += TILE) {
      for (let i = i0; i < i1; i++) {
        const j1 = min(i, j0 + TILE);
        let from = c + <usize>i * cr + <usize>j0 * cc;
        let to = c + <usize>j0 * cr + <usize>i * cc;
        for (let j = j0; j < j1; j++) {
          store<T>(to, load<T>(from));
          from += cc;
          to += cr;
        }
      }
    }
  }
}
