// Loads, sums and steps of strided vectors, shared by the kernels that walk one: strides in BYTES, any address that is
// aligned to the element.

/** Elements of one vector. */
// @ts-ignore: decorator
@inline
export function lanes<T>(): i32 {
  return <i32>(16 / sizeof<T>());
}

/** Bytes spanned by `count` elements. */
// @ts-ignore: decorator
@inline
export function bytes<T>(count: i32): usize {
  return <usize>count << alignof<T>();
}

/** One vector of elements `stride` bytes apart. */
// @ts-ignore: decorator
@inline
export function gather<T>(x: usize, stride: usize): v128 {
  let v = v128.load_splat<T>(x);
  v = v128.load_lane<T>(x + stride, v, 1);
  if (sizeof<T>() == 4) {
    v = v128.load_lane<T>(x + 2 * stride, v, 2);
    v = v128.load_lane<T>(x + 3 * stride, v, 3);
  }
  return v;
}

/** The sum of a vector's lanes: (0 + 2) + (1 + 3) for f32, 0 + 1 for f64. */
// @ts-ignore: decorator
@inline
export function sumLanes<T>(v: v128): T {
  if (sizeof<T>() == 8) return <T>(v128.extract_lane<T>(v, 0) + v128.extract_lane<T>(v, 1));
  const w = v128.add<T>(v, i64x2.shuffle(v, v, 1, 0));
  return <T>(v128.extract_lane<T>(w, 0) + v128.extract_lane<T>(w, 1));
}

/** Stores zero in n elements `stride` bytes apart. */
export function zero<T>(n: i32, y: usize, stride: usize): void {
  if (stride == sizeof<T>()) {
    memory.fill(y, 0, bytes<T>(n));
    return;
  }
  for (let i = 0; i < n; i++) store<T>(y + <usize>i * stride, <T>0);
}

/** The row that the index at `idx` means. */
// @ts-ignore: decorator
@inline
export function rowOf(idx: usize, rows: i32): i32 {
  const r = load<i32>(idx);
  return max(0, min(r < 0 ? r + rows : r, rows - 1));
}
