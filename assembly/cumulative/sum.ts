// Cumulative sum, compensated: every partial sum is as good as if it had been added in twice the precision.
//
// Each step adds x to s by Knuth's TwoSum and collects the rounding errors in c; the result is s + c (Neumaier 1974;
// Ogita, Rump and Oishi 2005, Sum2). |error| ≤ u·|sum| + n²u²·Σ|x| with the unit roundoff u. The chain from step to
// step is one addition, as in the plain loop: the errors are worked out beside it. The association is that of the
// axis, whatever the layout, so the bits do not depend on it. Once s has overflowed or met a NaN the result is s, as
// in the plain loop. Integers wrap.

import { bytes, lanes } from "../linalg/vector";
import { COLUMNS, rowStep, startOf } from "./block";
import { corrected, correctedLanes, lost, lostLanes } from "./twosum";

function row<T>(n: i32, x: usize, out: usize, step: usize): void {
  let s = load<T>(x);
  store<T>(out, s);
  if (isInteger<T>()) {
    for (let i = 1; i < n; i++) {
      x += step;
      out += step;
      s = <T>(s + load<T>(x));
      store<T>(out, s);
    }
    return;
  }
  let c: T = <T>0;
  for (let i = 1; i < n; i++) {
    x += step;
    out += step;
    const v = load<T>(x);
    const t = <T>(s + v);
    c = <T>(c + lost<T>(s, v, t));
    s = t;
    store<T>(out, corrected<T>(s, c));
  }
}

/** One row of a block on: s and c of every column are in memory. */
// @ts-ignore: decorator
@inline
function advance<T>(columns: i32, x: usize, out: usize, s: usize, c: usize): void {
  let j = 0;
  for (; j + lanes<T>() <= columns; j += lanes<T>()) {
    const v = v128.load(x);
    const before = v128.load(s);
    const t = v128.add<T>(before, v);
    v128.store(s, t);
    if (isInteger<T>()) v128.store(out, t);
    else {
      const errors = v128.add<T>(v128.load(c), lostLanes<T>(before, v, t));
      v128.store(c, errors);
      v128.store(out, correctedLanes<T>(t, errors));
    }
    x += 16;
    out += 16;
    s += 16;
    c += 16;
  }
  for (; j < columns; j++) {
    const v = load<T>(x);
    const before = load<T>(s);
    const t = <T>(before + v);
    store<T>(s, t);
    if (isInteger<T>()) store<T>(out, t);
    else {
      const errors = <T>(load<T>(c) + lost<T>(before, v, t));
      store<T>(c, errors);
      store<T>(out, corrected<T>(t, errors));
    }
    x += sizeof<T>();
    out += sizeof<T>();
    s += sizeof<T>();
    c += sizeof<T>();
  }
}

/** out[o, i, k] = Σ x[o, j, k] over j ≤ i (`reverse`: j ≥ i). `ws`: 2·COLUMNS elements of scratch, aligned to 16. */
export function cumsum<T>(outer: i32, n: i32, inner: i32, x: usize, out: usize, reverse: i32, ws: usize): void {
  if (n == 0) return;
  const line = bytes<T>(inner);
  const step = rowStep(line, reverse);
  const start = startOf(n, line, reverse);
  const c = ws + bytes<T>(COLUMNS);
  for (let o = 0; o < outer; o++) {
    if (inner == 1) row<T>(n, x + start, out + start, step);
    else {
      for (let k = 0; k < inner; k += COLUMNS) {
        const columns = min(COLUMNS, inner - k);
        let from = x + start + bytes<T>(k);
        let to = out + start + bytes<T>(k);
        memory.copy(to, from, bytes<T>(columns));
        memory.copy(ws, from, bytes<T>(columns));
        memory.fill(c, 0, bytes<T>(columns));
        for (let i = 1; i < n; i++) {
          from += step;
          to += step;
          advance<T>(columns, from, to, ws, c);
        }
      }
    }
    x += <usize>n * line;
    out += <usize>n * line;
  }
}
