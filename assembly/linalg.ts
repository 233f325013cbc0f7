// The linear-algebra family of kernels, compiled to one module: matrix products and their forward and reverse modes,
// scatter, reductions. Each algorithm is one generic function in its own file, where its contract is stated; here are
// its two instances. Pointers are byte addresses aligned to the element, sizes and strides count elements; an output
// overlaps no input; nothing allocates, throws, or keeps state.

import { gemmAdjoint } from "./adjoint/gemm";
import { gatherAdd, scatterAddAt } from "./adjoint/inverse";
import { scatterAdd } from "./adjoint/scatter";
import { xtwxv } from "./adjoint/xtwxv";
import { gemmDual } from "./dual/matmul";
import { GEMM_WORKSPACE, gemm } from "./linalg/gemm";
import { gemv, gemv2, gemvt } from "./linalg/gemv";
import { indexOf, maxOf, minOf } from "./reduce/extremum";
import { prod } from "./reduce/product";
import { dot, sum } from "./reduce/sum";

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

export function gemm_adjoint_f64(
  m: i32, n: i32, k: i32, a: usize, ars: i32, acs: i32, b: usize, brs: i32, bcs: i32, cbar: usize, cbrs: i32,
  cbcs: i32, abar: usize, bbar: usize, ws: usize,
): void {
  gemmAdjoint<f64>(m, n, k, a, ars, acs, b, brs, bcs, cbar, cbrs, cbcs, abar, bbar, ws);
}

export function gemm_adjoint_f32(
  m: i32, n: i32, k: i32, a: usize, ars: i32, acs: i32, b: usize, brs: i32, bcs: i32, cbar: usize, cbrs: i32,
  cbcs: i32, abar: usize, bbar: usize, ws: usize,
): void {
  gemmAdjoint<f32>(m, n, k, a, ars, acs, b, brs, bcs, cbar, cbrs, cbcs, abar, bbar, ws);
}

export function gemm_dual_f64(
  m: i32, n: i32, k: i32, a: usize, ars: i32, acs: i32, da: usize, b: usize, brs: i32, bcs: i32, db: usize, c: usize,
  dc: usize, ws: usize,
): void {
  gemmDual<f64>(m, n, k, a, ars, acs, da, b, brs, bcs, db, c, dc, ws);
}

export function gemm_dual_f32(
  m: i32, n: i32, k: i32, a: usize, ars: i32, acs: i32, da: usize, b: usize, brs: i32, bcs: i32, db: usize, c: usize,
  dc: usize, ws: usize,
): void {
  gemmDual<f32>(m, n, k, a, ars, acs, da, b, brs, bcs, db, c, dc, ws);
}

export function xtwxv_f64(m: i32, n: i32, a: usize, ars: i32, w: usize, v: usize, y: usize, accumulate: i32): void {
  xtwxv<f64>(m, n, a, ars, w, v, y, accumulate);
}

export function xtwxv_f32(m: i32, n: i32, a: usize, ars: i32, w: usize, v: usize, y: usize, accumulate: i32): void {
  xtwxv<f32>(m, n, a, ars, w, v, y, accumulate);
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

export function sum_f64(n: i32, x: usize, stride: i32): f64 {
  return sum<f64>(n, x, stride);
}

export function sum_f32(n: i32, x: usize, stride: i32): f32 {
  return sum<f32>(n, x, stride);
}

export function dot_f64(n: i32, x: usize, xs: i32, y: usize, ys: i32): f64 {
  return dot<f64>(n, x, xs, y, ys);
}

export function dot_f32(n: i32, x: usize, xs: i32, y: usize, ys: i32): f32 {
  return dot<f32>(n, x, xs, y, ys);
}

export function prod_f64(n: i32, x: usize, stride: i32): f64 {
  return prod<f64>(n, x, stride);
}

export function prod_f32(n: i32, x: usize, stride: i32): f32 {
  return prod<f32>(n, x, stride);
}

export function max_f64(n: i32, x: usize, stride: i32): f64 {
  return maxOf<f64>(n, x, stride);
}

export function max_f32(n: i32, x: usize, stride: i32): f32 {
  return maxOf<f32>(n, x, stride);
}

export function min_f64(n: i32, x: usize, stride: i32): f64 {
  return minOf<f64>(n, x, stride);
}

export function min_f32(n: i32, x: usize, stride: i32): f32 {
  return minOf<f32>(n, x, stride);
}

export function argmax_f64(n: i32, x: usize, stride: i32): i32 {
  return indexOf<f64>(n, x, stride, maxOf<f64>(n, x, stride));
}

export function argmax_f32(n: i32, x: usize, stride: i32): i32 {
  return indexOf<f32>(n, x, stride, maxOf<f32>(n, x, stride));
}

export function argmin_f64(n: i32, x: usize, stride: i32): i32 {
  return indexOf<f64>(n, x, stride, minOf<f64>(n, x, stride));
}

export function argmin_f32(n: i32, x: usize, stride: i32): i32 {
  return indexOf<f32>(n, x, stride, minOf<f32>(n, x, stride));
}
