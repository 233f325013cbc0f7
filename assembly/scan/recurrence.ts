// The linear recurrence h[i] = a[i]·h[i-1] + b[i], h[first] = b[first]: the forward mode of cumulative products, extrema and
// log-sums, and, walked the other way, their reverse mode. One rounding for the product and one for the sum at each step, in
// order; a[first] is not read as a factor.

import { bytes, lanes } from "../linalg/vector";
import { COLUMNS, rowStep, startOf } from "./block";

export function recurrence<T>(outer: i32, n: i32, inner: i32, a: usize, b: usize, out: usize, reverse: i32): void {
  if (n == 0) return;
  const line = bytes<T>(inner);
  const step = rowStep(line, reverse);
  const start = startOf(n, line, reverse);
  for (let o = 0; o < outer; o++) {
    if (inner == 1) {
      let at = start;
      let h = load<T>(b + at);
      store<T>(out + at, h);
      for (let i = 1; i < n; i++) {
        at += step;
        h = <T>(<T>(load<T>(a + at) * h) + load<T>(b + at));
        store<T>(out + at, h);
      }
    } else {
      for (let k = 0; k < inner; k += COLUMNS) {
        const columns = min(COLUMNS, inner - k);
        let row = start + bytes<T>(k);
        memory.copy(out + row, b + row, bytes<T>(columns));
        for (let i = 1; i < n; i++) {
          const before = out + row;
          row += step;
          let j = 0;
          for (; j + lanes<T>() <= columns; j += lanes<T>()) {
            const at = bytes<T>(j);
            const product = v128.mul<T>(v128.load(a + row + at), v128.load(before + at));
            v128.store(out + row + at, v128.add<T>(product, v128.load(b + row + at)));
          }
          for (; j < columns; j++) {
            const at = bytes<T>(j);
            store<T>(out + row + at, <T>(<T>(load<T>(a + row + at) * load<T>(before + at)) + load<T>(b + row + at)));
          }
        }
      }
    }
    a += <usize>n * line;
    b += <usize>n * line;
    out += <usize>n * line;
  }
}
