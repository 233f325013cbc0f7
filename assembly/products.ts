// The products of matrices and vectors, and the reverse mode of gather. Each algorithm is one generic function in its
// own file, where its contract is stated; here are its two instances. Pointers are byte addresses aligned to the
// element. Sizes and strides count elements. An output overlaps no input; nothing allocates, throws or keeps state.

import { gatherAdd, scatterAddAt } from "./adjoint/fixed-index";
import { scatterAdd } from "./adjoint/scatter";
import { GEMM_WORKSPACE, gemm } from "./linalg/gemm";
import { gemv, gemv2, gemvt } from "./linalg/gemv";

/** Bytes of scratch that every kernel with a `ws` parameter needs, aligned to 16. */
export function gemm_workspace(): i32 {
  return GEMM_WORKSPACE;
}

export function gemm_f64(
  m: i32, n: i32, k: i32, a: usize, ars: i32, acs: i32, b: usize, brs: i32, bcs: i32, c: usize, crs: i32, ccs: i32,
  accumulate: i32, ws: usize,
): void {
  gemm<f64>(m, n, k, a, ars, acs, b, brs, bcs, c, crs, ccs, accumulate, ws);
}

export function gemm_f32(
  m: i32, n: i32, k: i32, a: usize, ars: i32, acs: i32, b: usize, brs: i32, bcs: i32, c: usize, crs: i32, ccs: i32,
  accumulate: i32, ws: usize,
): void {
  gemm<f32>(m, n, k, a, ars, acs, b, brs, bcs, c, crs, ccs, accumulate, ws);
}

export function gemv_f64(
  m: i32, n: i32, a: usize, ars: i32, x: usize, xs: i32, y: usize, ys: i32, accumulate: i32,
): void {
  gemv<f64>(m, n, a, ars, x, xs, y, ys, accumulate);
}

export function gemv_f32(
  m: i32, n: i32, a: usize, ars: i32, x: usize, xs: i32, y: usize, ys: i32, accumulate: i32,
): void {
  gemv<f32>(m, n, a, ars, x, xs, y, ys, accumulate);
}

export function gemv2_f64(
  m: i32, n: i32, a: usize, ars: i32, x: usize, xs: i32, y: usize, ys: i32, accumulate: i32,
  x2: usize, xs2: i32, y2: usize, ys2: i32,
): void {
  gemv2<f64>(m, n, a, ars, x, xs, y, ys, accumulate, x2, xs2, y2, ys2);
}

export function gemv2_f32(
  m: i32, n: i32, a: usize, ars: i32, x: usize, xs: i32, y: usize, ys: i32, accumulate: i32,
  x2: usize, xs2: i32, y2: usize, ys2: i32,
): void {
  gemv2<f32>(m, n, a, ars, x, xs, y, ys, accumulate, x2, xs2, y2, ys2);
}

export function gemvt_f64(
  m: i32, n: i32, a: usize, ars: i32, x: usize, xs: i32, y: usize, ys: i32, accumulate: i32,
): void {
  gemvt<f64>(m, n, a, ars, x, xs, y, ys, accumulate);
}

export function gemvt_f32(
  m: i32, n: i32, a: usize, ars: i32, x: usize, xs: i32, y: usize, ys: i32, accumulate: i32,
): void {
  gemvt<f32>(m, n, a, ars, x, xs, y, ys, accumulate);
}

export function scatter_add_f64(count: i32, inner: i32, idx: usize, src: usize, dst: usize, dstRows: i32): void {
  scatterAdd<f64>(count, inner, idx, src, dst, dstRows);
}

export function scatter_add_f32(count: i32, inner: i32, idx: usize, src: usize, dst: usize, dstRows: i32): void {
  scatterAdd<f32>(count, inner, idx, src, dst, dstRows);
}

export function scatter_add_at_f64(count: i32, inner: i32, offsets: usize, src: usize, dst: usize): void {
  scatterAddAt<f64>(count, inner, offsets, src, dst);
}

export function scatter_add_at_f32(count: i32, inner: i32, offsets: usize, src: usize, dst: usize): void {
  scatterAddAt<f32>(count, inner, offsets, src, dst);
}

export function gather_add_f64(rows: i32, inner: i32, ends: usize, offsets: usize, src: usize, dst: usize): void {
  gatherAdd<f64>(rows, inner, ends, offsets, src, dst);
}

export function gather_add_f32(rows: i32, inner: i32, ends: usize, offsets: usize, src: usize, dst: usize): void {
  gatherAdd<f32>(rows, inner, ends, offsets, src, dst);
}
