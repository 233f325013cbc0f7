// Cumulative product, maximum and minimum: each element of the result is the one before it combined with one of x, in
// order. max and min: NaN from the first NaN on, +0 larger than -0. Integers wrap.

import { bytes, lanes } from "../linalg/vector";
import { COLUMNS, rowStep, startOf } from "./block";

const PRODUCT: i32 = 0;
const MAX: i32 = 1;
const MIN: i32 = 2;

// @ts-ignore: decorator
@inline
function combine<T>(op: i32, a: T, b: T): T {
  return op == PRODUCT ? <T>(a * b) : op == MAX ? max<T>(a, b) : min<T>(a, b);
}

// @ts-ignore: decorator
@inline
function combineLanes<T>(op: i32, a: v128, b: v128): v128 {
  return op == PRODUCT ? v128.mul<T>(a, b) : op == MAX ? v128.max<T>(a, b) : v128.min<T>(a, b);
}

/**
 * out[o, i, k] = x[o, 0, k] ∘ … ∘ x[o, i, k] (`reverse`: from the last element down to i). `op` is a constant where
 * this is inlined.
 */
// @ts-ignore: decorator
@inline
function fold<T>(op: i32, outer: i32, n: i32, inner: i32, x: usize, out: usize, reverse: i32): void {
  if (n == 0) return;
  const line = bytes<T>(inner);
  const step = rowStep(line, reverse);
  const start = startOf(n, line, reverse);
  for (let o = 0; o < outer; o++) {
    if (inner == 1) {
      let from = x + start;
      let to = out + start;
      let s = load<T>(from);
      store<T>(to, s);
      for (let i = 1; i < n; i++) {
        from += step;
        to += step;
        s = combine<T>(op, s, load<T>(from));
        store<T>(to, s);
      }
    } else {
      for (let k = 0; k < inner; k += COLUMNS) {
        const columns = min(COLUMNS, inner - k);
        let from = x + start + bytes<T>(k);
        let to = out + start + bytes<T>(k);
        memory.copy(to, from, bytes<T>(columns));
        for (let i = 1; i < n; i++) {
          const before = to;
          from += step;
          to += step;
          let j = 0;
          for (; j + lanes<T>() <= columns; j += lanes<T>()) {
            const at = bytes<T>(j);
            v128.store(to + at, combineLanes<T>(op, v128.load(before + at), v128.load(from + at)));
          }
          for (; j < columns; j++) {
            const at = bytes<T>(j);
            store<T>(to + at, combine<T>(op, load<T>(before + at), load<T>(from + at)));
          }
        }
      }
    }
    x += <usize>n * line;
    out += <usize>n * line;
  }
}

@inline export function cumprod<T>(outer: i32, n: i32, inner: i32, x: usize, out: usize, reverse: i32): void {
  fold<T>(PRODUCT, outer, n, inner, x, out, reverse);
}
@inline export function cummax<T>(outer: i32, n: i32, inner: i32, x: usize, out: usize, reverse: i32): void {
  fold<T>(MAX, outer, n, inner, x, out, reverse);
}
@inline export function cummin<T>(outer: i32, n: i32, inner: i32, x: usize, out: usize, reverse: i32): void {
  fold<T>(MIN, outer, n, inner, x, out, reverse);
}
