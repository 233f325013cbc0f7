// Symmetric results computed once: what is below the diagonal of a square matrix is copied over what is above it.
//
// Contract: C is n × n, element (i, j) at c + i·crs + j·ccs (strides in ELEMENTS, not zero); only elements above the
// diagonal are written.

import { bytes } from "./vector";

export function mirror<T>(n: i32, c: usize, crs: i32, ccs: i32): void {
  const cr = bytes<T>(crs);
  const cc = bytes<T>(ccs);
  // From each element of the diagonal down, and to its right.
  for (; n > 0; n--) {
    for (let k = 1, from = c + cr, to = c + cc; k < n; k++, from += cr, to += cc) store<T>(to, load<T>(from));
    c += cr + cc;
  }
}
