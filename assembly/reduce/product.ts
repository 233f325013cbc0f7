// Product with a fixed association, the same for every stride.

import { bytes, gather, lanes } from "../linalg/vector";

/**
 * ∏ x; n ≤ 0 gives 1. Stride in elements, x aligned to the element. Element e multiplies lane e mod L of accumulator
 * ⌊e/L⌋ mod 2 (L lanes per vector); then accumulators, lanes in order, and the tail in order.
 */
export function prod<T>(n: i32, x: usize, stride: i32): T {
  const xs = bytes<T>(stride);
  const span = <usize>lanes<T>() * xs;
  const step = 2 * lanes<T>();
  let p0 = v128.splat<T>(<T>1);
  let p1 = p0;
  let i = step;
  for (; i <= n; i += step) {
    if (stride == 1) {
      p0 = v128.mul<T>(p0, v128.load(x));
      p1 = v128.mul<T>(p1, v128.load(x, 16));
    } else {
      p0 = v128.mul<T>(p0, gather<T>(x, xs));
      p1 = v128.mul<T>(p1, gather<T>(x + span, xs));
    }
    x += 2 * span;
  }
  p0 = v128.mul<T>(p0, p1);
  let p = <T>(v128.extract_lane<T>(p0, 0) * v128.extract_lane<T>(p0, 1));
  if (sizeof<T>() == 4) p *= <T>(v128.extract_lane<T>(p0, 2) * v128.extract_lane<T>(p0, 3));
  for (i -= step; i < n; i++) {
    p *= load<T>(x);
    x += xs;
  }
  return p;
}
