// The dot product with a fixed association: blocks of 128, combined pairwise, so that the error grows like log n.

import { bytes, lanes, sumLanes } from "./vector";

const BLOCK: i32 = 128;

/**
 * Σ x·y of n elements side by side, aligned to the element; n ≤ 0 gives 0. The result depends on values and n alone:
 *   - A block is 128 elements. With L lanes per vector (2 for f64, 4 for f32) element e goes to lane e mod L of
 *     accumulator ⌊e/L⌋ mod 4. The accumulators join as (0 + 1) + (2 + 3), then the lanes (sumLanes).
 *   - Elements beyond the last multiple of 4·L are added to that sum one by one, in order.
 *   - n > 128 splits into the largest power-of-two number of blocks below n, and the rest.
 */
export function dot<T>(n: i32, x: usize, y: usize): T {
  if (n <= BLOCK) return dotBlock<T>(n, x, y);
  const head = 1 << (31 - clz(n - 1));
  const left = dot<T>(head, x, y);
  return <T>(left + dot<T>(n - head, x + bytes<T>(head), y + bytes<T>(head)));
}

function dotBlock<T>(n: i32, x: usize, y: usize): T {
  let s0 = v128.splat<T>(<T>0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let left = n;
  for (; left >= 4 * lanes<T>(); left -= 4 * lanes<T>()) {
    s0 = v128.add<T>(s0, v128.mul<T>(v128.load(x), v128.load(y)));
    s1 = v128.add<T>(s1, v128.mul<T>(v128.load(x, 16), v128.load(y, 16)));
    s2 = v128.add<T>(s2, v128.mul<T>(v128.load(x, 32), v128.load(y, 32)));
    s3 = v128.add<T>(s3, v128.mul<T>(v128.load(x, 48), v128.load(y, 48)));
    x += 64;
    y += 64;
  }
  let s = sumLanes<T>(v128.add<T>(v128.add<T>(s0, s1), v128.add<T>(s2, s3)));
  for (; left > 0; left--) {
    s += load<T>(x) * load<T>(y);
    x += sizeof<T>();
    y += sizeof<T>();
  }
  return s;
}
