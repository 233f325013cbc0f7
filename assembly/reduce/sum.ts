// Sum and dot product with a fixed association: blocks of 128, combined pairwise, so that the error grows like log n.
//
// Contract: strides in elements (any sign); pointers aligned to the element; n ≤ 0 gives 0. The result depends on the
// values and n alone, not on strides or machine:
//   - a block is 128 elements. With L lanes per vector (2 for f64, 4 for f32) element e goes to lane e mod L of
//     accumulator ⌊e/L⌋ mod 4; the accumulators join as (0 + 1) + (2 + 3), then the lanes (sumLanes);
//   - elements beyond the last multiple of 4·L are added to that sum one by one, in order;
//   - n > 128 splits into the largest power-of-two number of blocks below n, and the rest.
// |error| ≤ (128/4L + 5 + ⌈log2(n/128)⌉)·u·Σ|x| to first order in the unit roundoff u (add 4L - 1 for the one-by-one tail).

import { bytes, gather, lanes, sumLanes } from "../linalg/vector";

const BLOCK: i32 = 128;

export function sum<T>(n: i32, x: usize, stride: i32): T {
  return pairwise<T>(n, x, bytes<T>(stride), 0, 0, false);
}

export function dot<T>(n: i32, x: usize, xs: i32, y: usize, ys: i32): T {
  return pairwise<T>(n, x, bytes<T>(xs), y, bytes<T>(ys), true);
}

function pairwise<T>(n: i32, x: usize, xs: usize, y: usize, ys: usize, product: bool): T {
  if (n <= BLOCK) return product ? dotBlock<T>(n, x, xs, y, ys) : sumBlock<T>(n, x, xs);
  const head = 1 << (31 - clz(n - 1));
  const left = pairwise<T>(head, x, xs, y, ys, product);
  return <T>(left + pairwise<T>(n - head, x + <usize>head * xs, xs, y + <usize>head * ys, ys, product));
}

function sumBlock<T>(n: i32, x: usize, xs: usize): T {
  let s0 = v128.splat<T>(<T>0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let left = n;
  if (xs == sizeof<T>()) {
    for (; left >= 4 * lanes<T>(); left -= 4 * lanes<T>()) {
      s0 = v128.add<T>(s0, v128.load(x));
      s1 = v128.add<T>(s1, v128.load(x, 16));
      s2 = v128.add<T>(s2, v128.load(x, 32));
      s3 = v128.add<T>(s3, v128.load(x, 48));
      x += 64;
    }
  } else {
    const span = <usize>lanes<T>() * xs;
    for (; left >= 4 * lanes<T>(); left -= 4 * lanes<T>()) {
      s0 = v128.add<T>(s0, gather<T>(x, xs));
      s1 = v128.add<T>(s1, gather<T>(x + span, xs));
      s2 = v128.add<T>(s2, gather<T>(x + 2 * span, xs));
      s3 = v128.add<T>(s3, gather<T>(x + 3 * span, xs));
      x += 4 * span;
    }
  }
  let s = sumLanes<T>(v128.add<T>(v128.add<T>(s0, s1), v128.add<T>(s2, s3)));
  for (; left > 0; left--) {
    s += load<T>(x);
    x += xs;
  }
  return s;
}

function dotBlock<T>(n: i32, x: usize, xs: usize, y: usize, ys: usize): T {
  let s0 = v128.splat<T>(<T>0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let left = n;
  if (xs == sizeof<T>() && ys == sizeof<T>()) {
    for (; left >= 4 * lanes<T>(); left -= 4 * lanes<T>()) {
      s0 = v128.add<T>(s0, v128.mul<T>(v128.load(x), v128.load(y)));
      s1 = v128.add<T>(s1, v128.mul<T>(v128.load(x, 16), v128.load(y, 16)));
      s2 = v128.add<T>(s2, v128.mul<T>(v128.load(x, 32), v128.load(y, 32)));
      s3 = v128.add<T>(s3, v128.mul<T>(v128.load(x, 48), v128.load(y, 48)));
      x += 64;
      y += 64;
    }
  } else {
    const xSpan = <usize>lanes<T>() * xs;
    const ySpan = <usize>lanes<T>() * ys;
    for (; left >= 4 * lanes<T>(); left -= 4 * lanes<T>()) {
      s0 = v128.add<T>(s0, v128.mul<T>(gather<T>(x, xs), gather<T>(y, ys)));
      s1 = v128.add<T>(s1, v128.mul<T>(gather<T>(x + xSpan, xs), gather<T>(y + ySpan, ys)));
      s2 = v128.add<T>(s2, v128.mul<T>(gather<T>(x + 2 * xSpan, xs), gather<T>(y + 2 * ySpan, ys)));
      s3 = v128.add<T>(s3, v128.mul<T>(gather<T>(x + 3 * xSpan, xs), gather<T>(y + 3 * ySpan, ys)));
      x += 4 * xSpan;
      y += 4 * ySpan;
    }
  }
  let s = sumLanes<T>(v128.add<T>(v128.add<T>(s0, s1), v128.add<T>(s2, s3)));
  for (; left > 0; left--) {
    s += load<T>(x) * load<T>(y);
    x += xs;
    y += ys;
  }
  return s;
}
