// Matrix-vector products, four rows of the matrix at a time.
//
// Contract: A is m × n with rows `ars` elements apart and unit column stride; x and y have strides xs, ys, in elements
// (any sign). Pointers are aligned to the element. y overlaps neither A nor x. accumulate: 0 stores, 1 adds to y; m
// or n may be 0. The order of summation, stated with each, depends on no stride.

import { bytes, gather, lanes, sumLanes, zero } from "./vector";

/** y (+)= A·x; x has n elements, y has m. Each sum: lane by lane over the columns, then the lanes, then the tail. */
export function gemv<T>(
  m: i32, n: i32, a: usize, ars: i32, x: usize, xs: i32, y: usize, ys: i32, accumulate: i32,
): void {
  const row = bytes<T>(ars);
  const yStep = bytes<T>(ys);
  let i = 0;
  if (xs == 1) {
    for (; i + 4 <= m; i += 4) {
      let a0 = a;
      let a1 = a0 + row;
      let a2 = a1 + row;
      let a3 = a2 + row;
      a = a3 + row;
      let xp = x;
      let s0 = v128.splat<T>(<T>0);
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      let j = 0;
      for (; j + 2 * lanes<T>() <= n; j += 2 * lanes<T>()) {
        let v = v128.load(xp);
        s0 = v128.add<T>(s0, v128.mul<T>(v128.load(a0), v));
        s1 = v128.add<T>(s1, v128.mul<T>(v128.load(a1), v));
        s2 = v128.add<T>(s2, v128.mul<T>(v128.load(a2), v));
        s3 = v128.add<T>(s3, v128.mul<T>(v128.load(a3), v));
        v = v128.load(xp, 16);
        s0 = v128.add<T>(s0, v128.mul<T>(v128.load(a0, 16), v));
        s1 = v128.add<T>(s1, v128.mul<T>(v128.load(a1, 16), v));
        s2 = v128.add<T>(s2, v128.mul<T>(v128.load(a2, 16), v));
        s3 = v128.add<T>(s3, v128.mul<T>(v128.load(a3, 16), v));
        xp += 32;
        a0 += 32;
        a1 += 32;
        a2 += 32;
        a3 += 32;
      }
      if (j + lanes<T>() <= n) {
        const v = v128.load(xp);
        s0 = v128.add<T>(s0, v128.mul<T>(v128.load(a0), v));
        s1 = v128.add<T>(s1, v128.mul<T>(v128.load(a1), v));
        s2 = v128.add<T>(s2, v128.mul<T>(v128.load(a2), v));
        s3 = v128.add<T>(s3, v128.mul<T>(v128.load(a3), v));
        j += lanes<T>();
        xp += 16;
        a0 += 16;
        a1 += 16;
        a2 += 16;
        a3 += 16;
      }
      let t0 = sumLanes<T>(s0);
      let t1 = sumLanes<T>(s1);
      let t2 = sumLanes<T>(s2);
      let t3 = sumLanes<T>(s3);
      for (; j < n; j++) {
        const v = load<T>(xp);
        t0 += load<T>(a0) * v;
        t1 += load<T>(a1) * v;
        t2 += load<T>(a2) * v;
        t3 += load<T>(a3) * v;
        xp += sizeof<T>();
        a0 += sizeof<T>();
        a1 += sizeof<T>();
        a2 += sizeof<T>();
        a3 += sizeof<T>();
      }
      put<T>(y, accumulate, t0);
      y += yStep;
      put<T>(y, accumulate, t1);
      y += yStep;
      put<T>(y, accumulate, t2);
      y += yStep;
      put<T>(y, accumulate, t3);
      y += yStep;
    }
  }
  for (; i < m; i++) {
    put<T>(y, accumulate, dotRow<T>(n, a, x, bytes<T>(xs)));
    a += row;
    y += yStep;
  }
}

/** Two products with one matrix, y (+)= A·x and y2 (+)= A·x2, each as gemv gives it: a row is read once for both. */
export function gemv2<T>(
  m: i32, n: i32, a: usize, ars: i32,
  x: usize, xs: i32, y: usize, ys: i32, accumulate: i32,
  x2: usize, xs2: i32, y2: usize, ys2: i32,
): void {
  const row = bytes<T>(ars);
  const yStep = bytes<T>(ys);
  const yStep2 = bytes<T>(ys2);
  let i = 0;
  if (xs == 1 && xs2 == 1 && !accumulate) {
    for (; i + 4 <= m; i += 4) {
      let a0 = a;
      let a1 = a0 + row;
      let a2 = a1 + row;
      let a3 = a2 + row;
      a = a3 + row;
      let xp = x;
      let zp = x2;
      let s0 = v128.splat<T>(<T>0);
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      let t0 = s0;
      let t1 = s0;
      let t2 = s0;
      let t3 = s0;
      let j = 0;
      for (; j + lanes<T>() <= n; j += lanes<T>()) {
        const v = v128.load(xp);
        const z = v128.load(zp);
        let r = v128.load(a0);
        s0 = v128.add<T>(s0, v128.mul<T>(r, v));
        t0 = v128.add<T>(t0, v128.mul<T>(r, z));
        r = v128.load(a1);
        s1 = v128.add<T>(s1, v128.mul<T>(r, v));
        t1 = v128.add<T>(t1, v128.mul<T>(r, z));
        r = v128.load(a2);
        s2 = v128.add<T>(s2, v128.mul<T>(r, v));
        t2 = v128.add<T>(t2, v128.mul<T>(r, z));
        r = v128.load(a3);
        s3 = v128.add<T>(s3, v128.mul<T>(r, v));
        t3 = v128.add<T>(t3, v128.mul<T>(r, z));
        xp += 16;
        zp += 16;
        a0 += 16;
        a1 += 16;
        a2 += 16;
        a3 += 16;
      }
      const to = y;
      const to2 = y2;
      y = putRows<T>(s0, s1, s2, s3, y, yStep);
      y2 = putRows<T>(t0, t1, t2, t3, y2, yStep2);
      for (; j < n; j++) {
        addColumn<T>(a0, row, load<T>(xp), to, yStep);
        addColumn<T>(a0, row, load<T>(zp), to2, yStep2);
        a0 += sizeof<T>();
        xp += sizeof<T>();
        zp += sizeof<T>();
      }
    }
  }
  gemv<T>(m - i, n, a, ars, x, xs, y, ys, accumulate);
  gemv<T>(m - i, n, a, ars, x2, xs2, y2, ys2, accumulate);
}

/** Stores four sums; the place of the next. */
// @ts-ignore: decorator
@inline
function putRows<T>(s0: v128, s1: v128, s2: v128, s3: v128, y: usize, yStep: usize): usize {
  store<T>(y, sumLanes<T>(s0));
  y += yStep;
  store<T>(y, sumLanes<T>(s1));
  y += yStep;
  store<T>(y, sumLanes<T>(s2));
  y += yStep;
  store<T>(y, sumLanes<T>(s3));
  return y + yStep;
}

/** y += a·x for four rows. */
function addColumn<T>(a: usize, row: usize, x: T, y: usize, yStep: usize): void {
  for (let i = 0; i < 4; i++) {
    store<T>(y, <T>(load<T>(y) + load<T>(a) * x));
    a += row;
    y += yStep;
  }
}

/** Σ_j a[j]·x[j], as gemv sums; xStep in bytes. */
function dotRow<T>(n: i32, a: usize, x: usize, xStep: usize): T {
  let s = v128.splat<T>(<T>0);
  let j = 0;
  for (; j + lanes<T>() <= n; j += lanes<T>()) {
    s = v128.add<T>(s, v128.mul<T>(v128.load(a), gather<T>(x, xStep)));
    a += 16;
    x += <usize>lanes<T>() * xStep;
  }
  let t = sumLanes<T>(s);
  for (; j < n; j++) {
    t += load<T>(a) * load<T>(x);
    a += sizeof<T>();
    x += xStep;
  }
  return t;
}

// @ts-ignore: decorator
@inline
function put<T>(y: usize, add: i32, sum: T): void {
  store<T>(y, add ? <T>(load<T>(y) + sum) : sum);
}

/** y (+)= Aᵀ·x; x has m elements, y has n. Each sum: the rows in order, four products (0 + 1) + (2 + 3) at a time. */
export function gemvt<T>(
  m: i32, n: i32, a: usize, ars: i32, x: usize, xs: i32, y: usize, ys: i32, accumulate: i32,
): void {
  const row = bytes<T>(ars);
  const xStep = bytes<T>(xs);
  const yStep = bytes<T>(ys);
  if (!accumulate) zero<T>(n, y, yStep);
  let i = 0;
  for (; i + 4 <= m; i += 4) {
    addRows<T>(n, a, row, load<T>(x), load<T>(x + xStep), load<T>(x + 2 * xStep), load<T>(x + 3 * xStep), y, yStep);
    a += 4 * row;
    x += 4 * xStep;
  }
  for (; i < m; i++) {
    addRow<T>(n, a, load<T>(x), y, yStep);
    a += row;
    x += xStep;
  }
}

/** y += x0·A[0] + … + x3·A[3]; strides in bytes. */
// @ts-ignore: decorator
@inline
function addRows<T>(n: i32, a0: usize, row: usize, x0: T, x1: T, x2: T, x3: T, y: usize, yStep: usize): void {
  let a1 = a0 + row;
  let a2 = a1 + row;
  let a3 = a2 + row;
  let j = 0;
  if (yStep == sizeof<T>()) {
    const v0 = v128.splat<T>(x0);
    const v1 = v128.splat<T>(x1);
    const v2 = v128.splat<T>(x2);
    const v3 = v128.splat<T>(x3);
    for (; j + 2 * lanes<T>() <= n; j += 2 * lanes<T>()) {
      let left = v128.add<T>(v128.mul<T>(v128.load(a0), v0), v128.mul<T>(v128.load(a1), v1));
      let right = v128.add<T>(v128.mul<T>(v128.load(a2), v2), v128.mul<T>(v128.load(a3), v3));
      v128.store(y, v128.add<T>(v128.load(y), v128.add<T>(left, right)));
      left = v128.add<T>(v128.mul<T>(v128.load(a0, 16), v0), v128.mul<T>(v128.load(a1, 16), v1));
      right = v128.add<T>(v128.mul<T>(v128.load(a2, 16), v2), v128.mul<T>(v128.load(a3, 16), v3));
      v128.store(y, v128.add<T>(v128.load(y, 16), v128.add<T>(left, right)), 16);
      y += 32;
      a0 += 32;
      a1 += 32;
      a2 += 32;
      a3 += 32;
    }
  }
  for (; j < n; j++) {
    const left = <T>(load<T>(a0) * x0 + load<T>(a1) * x1);
    const right = <T>(load<T>(a2) * x2 + load<T>(a3) * x3);
    store<T>(y, <T>(load<T>(y) + <T>(left + right)));
    y += yStep;
    a0 += sizeof<T>();
    a1 += sizeof<T>();
    a2 += sizeof<T>();
    a3 += sizeof<T>();
  }
}

/** y += x0·A[0]; yStep in bytes. */
// @ts-ignore: decorator
@inline
function addRow<T>(n: i32, a: usize, x0: T, y: usize, yStep: usize): void {
  let j = 0;
  if (yStep == sizeof<T>()) {
    const v0 = v128.splat<T>(x0);
    for (; j + lanes<T>() <= n; j += lanes<T>()) {
      v128.store(y, v128.add<T>(v128.load(y), v128.mul<T>(v128.load(a), v0)));
      y += 16;
      a += 16;
    }
  }
  for (; j < n; j++) {
    store<T>(y, <T>(load<T>(y) + load<T>(a) * x0));
    y += yStep;
    a += sizeof<T>();
  }
}
