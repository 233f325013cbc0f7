// Largest and smallest element, and where it first occurs.
//
// Contract: stride in elements (any sign), x aligned to the element. One NaN makes the result NaN; +0 is larger than -0
// for max and min (as in Math.max), equal to it for argmax and argmin. Empty: max is -∞, min +∞, argmax and argmin -1.

import { bytes, gather, lanes } from "../linalg/vector";

// pmax and pmin are one instruction, but keep whichever zero came first and pass over NaN: both are settled at the end.

// @ts-ignore: decorator
@inline
function better<T>(a: v128, b: v128, isMax: bool): v128 {
  return isMax ? v128.pmax<T>(a, b) : v128.pmin<T>(a, b);
}

// @ts-ignore: decorator
@inline
function better1<T>(a: T, b: T, isMax: bool): T {
  return isMax ? max<T>(a, b) : min<T>(a, b);
}

// @ts-ignore: decorator
@inline
function extremum<T>(n: i32, x: usize, stride: i32, isMax: bool): T {
  const xs = bytes<T>(stride);
  const span = <usize>lanes<T>() * xs;
  const step = 2 * lanes<T>();
  const first = x;
  let best: T = isMax ? <T>-Infinity : <T>Infinity;
  let v0 = v128.splat<T>(best);
  let v1 = v0;
  let nan = v128.splat<T>(<T>0);
  let i = step;
  for (; i <= n; i += step) {
    const x0 = stride == 1 ? v128.load(x) : gather<T>(x, xs);
    const x1 = stride == 1 ? v128.load(x, 16) : gather<T>(x + span, xs);
    v0 = better<T>(v0, x0, isMax);
    v1 = better<T>(v1, x1, isMax);
    nan = v128.or(nan, v128.or(v128.ne<T>(x0, x0), v128.ne<T>(x1, x1)));
    x += 2 * span;
  }
  if (v128.any_true(nan)) return <T>NaN;
  v0 = better<T>(v0, v1, isMax);
  best = better1<T>(v128.extract_lane<T>(v0, 0), v128.extract_lane<T>(v0, 1), isMax);
  if (sizeof<T>() == 4) {
    best = better1<T>(best, v128.extract_lane<T>(v0, 2), isMax);
    best = better1<T>(best, v128.extract_lane<T>(v0, 3), isMax);
  }
  for (i -= step; i < n; i++) {
    best = better1<T>(best, load<T>(x), isMax);
    x += xs;
  }
  return best == <T>0 ? zeroAmong<T>(n, first, xs, isMax) : best;
}

/** +0 when there is one and it is asked for, or no -0; else -0. */
function zeroAmong<T>(n: i32, x: usize, xs: usize, plus: bool): T {
  const sign: u64 = sizeof<T>() == 8 ? 1 << 63 : 1 << 31;
  const wanted: u64 = plus ? 0 : sign;
  for (let i = 0; i < n; i++) {
    const pattern: u64 = sizeof<T>() == 8 ? load<u64>(x) : load<u32>(x);
    if (pattern == wanted) return plus ? <T>0 : <T>-0.0;
    x += xs;
  }
  return plus ? <T>-0.0 : <T>0;
}

export function maxOf<T>(n: i32, x: usize, stride: i32): T {
  return extremum<T>(n, x, stride, true);
}

export function minOf<T>(n: i32, x: usize, stride: i32): T {
  return extremum<T>(n, x, stride, false);
}

/** The first index whose element equals `value`, or the first NaN when `value` is NaN; -1 when there is none. */
export function indexOf<T>(n: i32, x: usize, stride: i32, value: T): i32 {
  const xs = bytes<T>(stride);
  const nan = value != value;
  let i = 0;
  if (stride == 1) {
    const v = v128.splat<T>(value);
    for (; i + 2 * lanes<T>() <= n; i += 2 * lanes<T>()) {
      const x0 = v128.load(x);
      const x1 = v128.load(x, 16);
      const hit = nan
        ? v128.or(v128.ne<T>(x0, x0), v128.ne<T>(x1, x1))
        : v128.or(v128.eq<T>(x0, v), v128.eq<T>(x1, v));
      if (v128.any_true(hit)) break;
      x += 32;
    }
  }
  for (; i < n; i++) {
    const e = load<T>(x);
    if (nan ? e != e : e == value) return i;
    x += xs;
  }
  return -1;
}
