// Plane rotations and what else the spectral decompositions do to rows of n contiguous elements.

import { bytes, lanes } from "./vector";

/** √(a² + b²) without overflow of the squares. */
export function hypotenuse<T>(a: T, b: T): T {
  const x = max<T>(abs<T>(a), abs<T>(b));
  const y = min<T>(abs<T>(a), abs<T>(b));
  if (x == <T>0) return <T>0;
  const t = <T>(y / x);
  return <T>(x * sqrt<T>(<T>(<T>1 + t * t)));
}

/** (x, y) ← (c·x - s·y, s·x + c·y). */
export function rotate<T>(n: i32, x: usize, y: usize, c: T, s: T): void {
  const cc = v128.splat<T>(c);
  const ss = v128.splat<T>(s);
  let j = 0;
  for (; j + lanes<T>() <= n; j += lanes<T>()) {
    const a = v128.load(x);
    const b = v128.load(y);
    v128.store(x, v128.sub<T>(v128.mul<T>(cc, a), v128.mul<T>(ss, b)));
    v128.store(y, v128.add<T>(v128.mul<T>(ss, a), v128.mul<T>(cc, b)));
    x += 16;
    y += 16;
  }
  for (; j < n; j++) {
    const a = load<T>(x);
    const b = load<T>(y);
    store<T>(x, <T>(c * a - s * b));
    store<T>(y, <T>(s * a + c * b));
    x += sizeof<T>();
    y += sizeof<T>();
  }
}

/** y = v·x, where y may be x. */
export function scale<T>(n: i32, v: T, x: usize, y: usize): void {
  for (let j = 0; j < n; j++) store<T>(y + bytes<T>(j), <T>(v * load<T>(x + bytes<T>(j))));
}

/** -1 if the entry of largest magnitude, the first of those, is negative; else 1. */
export function orientation<T>(n: i32, x: usize): T {
  let largest: T = <T>0;
  let sign: T = <T>1;
  for (let j = 0; j < n; j++) {
    const v = load<T>(x + bytes<T>(j));
    if (abs<T>(v) > largest) {
      largest = abs<T>(v);
      sign = v < <T>0 ? <T>-1 : <T>1;
    }
  }
  return sign;
}

/** Makes the entry of largest magnitude positive. */
export function orient<T>(n: i32, x: usize): void {
  if (orientation<T>(n, x) < <T>0) scale<T>(n, <T>-1, x, x);
}

/** An n × n matrix, row-major. */
export function transposeInPlace<T>(n: i32, x: usize): void {
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const a = x + bytes<T>(i * n + j);
      const b = x + bytes<T>(j * n + i);
      const v = load<T>(a);
      store<T>(a, load<T>(b));
      store<T>(b, v);
    }
  }
}
