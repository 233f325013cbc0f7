// The linear recurrence h[i] = a[i]·h[i-1] + b[i], h[first] = b[first]: the forward mode of cumulative products,
// extrema and log-sums, and, walked the other way, their reverse mode.
//
// Rounding of the sums is compensated: what TwoSum says was lost is carried along in c, c[i] = a[i]·c[i-1] + lost,
// and the result is h + c. Rounding of the products is not, so that |error| ≤ u·|result| + Σ u·|products|·(factors
// after them) to first order: nearly exact where factors are 0, 1 or powers of two, as they mostly are where this
// adds up runs. a[first] is not read as a factor. The chain from step to step is a product and a sum, as in the plain
// loop.

import { bytes, lanes } from "../linalg/vector";
import { COLUMNS, rowStep, startOf } from "./block";
import { corrected, correctedLanes, lost, lostLanes } from "./twosum";

function row<T>(n: i32, a: usize, b: usize, out: usize, step: usize): void {
  let h = load<T>(b);
  let c: T = <T>0;
  store<T>(out, h);
  for (let i = 1; i < n; i++) {
    a += step;
    b += step;
    out += step;
    const factor = load<T>(a);
    const term = load<T>(b);
    const product = <T>(factor * h);
    h = <T>(product + term);
    c = <T>(<T>(factor * c) + lost<T>(product, term, h));
    store<T>(out, corrected<T>(h, c));
  }
}

/** One row of a block on: h and c of every column are in memory. */
// @ts-ignore: decorator
@inline
function advance<T>(columns: i32, a: usize, b: usize, out: usize, h: usize, c: usize): void {
  let j = 0;
  for (; j + lanes<T>() <= columns; j += lanes<T>()) {
    const at = bytes<T>(j);
    const factor = v128.load(a + at);
    const term = v128.load(b + at);
    const product = v128.mul<T>(factor, v128.load(h + at));
    const sum = v128.add<T>(product, term);
    const errors = v128.add<T>(v128.mul<T>(factor, v128.load(c + at)), lostLanes<T>(product, term, sum));
    v128.store(h + at, sum);
    v128.store(c + at, errors);
    v128.store(out + at, correctedLanes<T>(sum, errors));
  }
  for (; j < columns; j++) {
    const at = bytes<T>(j);
    const factor = load<T>(a + at);
    const term = load<T>(b + at);
    const product = <T>(factor * load<T>(h + at));
    const sum = <T>(product + term);
    const errors = <T>(<T>(factor * load<T>(c + at)) + lost<T>(product, term, sum));
    store<T>(h + at, sum);
    store<T>(c + at, errors);
    store<T>(out + at, corrected<T>(sum, errors));
  }
}

/** `ws`: 2·COLUMNS elements of scratch, aligned to 16. */
export function recurrence<T>(
  outer: i32, n: i32, inner: i32, a: usize, b: usize, out: usize, reverse: i32, ws: usize,
): void {
  if (n == 0) return;
  const line = bytes<T>(inner);
  const step = rowStep(line, reverse);
  const start = startOf(n, line, reverse);
  const c = ws + bytes<T>(COLUMNS);
  for (let o = 0; o < outer; o++) {
    if (inner == 1) row<T>(n, a + start, b + start, out + start, step);
    else {
      for (let k = 0; k < inner; k += COLUMNS) {
        const columns = min(COLUMNS, inner - k);
        let at = start + bytes<T>(k);
        memory.copy(out + at, b + at, bytes<T>(columns));
        memory.copy(ws, b + at, bytes<T>(columns));
        memory.fill(c, 0, bytes<T>(columns));
        for (let i = 1; i < n; i++) {
          at += step;
          advance<T>(columns, a + at, b + at, out + at, ws, c);
        }
      }
    }
    a += <usize>n * line;
    b += <usize>n * line;
    out += <usize>n * line;
  }
}
