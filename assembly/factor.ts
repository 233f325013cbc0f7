// The factorizations: Cholesky with its forward and reverse modes, triangular systems, LU and QR. Each algorithm is one
// generic function in its own file, where its contract is stated; here are its two instances. Pointers are byte
// addresses aligned to the element, sizes and strides count elements; an output overlaps no input; nothing allocates
// or throws.

import { choleskyAdjoint } from "./adjoint/cholesky";
import { choleskyTangent } from "./dual/cholesky";
import { cholesky } from "./linalg/cholesky";
import { lu, luSolve } from "./linalg/lu";
import { qr } from "./linalg/qr";
import { FACTOR_WORKSPACE, triangularSolve } from "./linalg/triangular";

/** Bytes of scratch at `ws` (luSolve: and n elements more; qr: n elements in all), aligned to 16. */
export function factor_workspace(): i32 {
  return FACTOR_WORKSPACE;
}

export function cholesky_f64(
  n: i32, a: usize, ars: i32, acs: i32, l: usize, ws: usize,
): void {
  cholesky<f64>(n, a, ars, acs, l, ws);
}

export function cholesky_f32(
  n: i32, a: usize, ars: i32, acs: i32, l: usize, ws: usize,
): void {
  cholesky<f32>(n, a, ars, acs, l, ws);
}

export function cholesky_tangent_f64(
  n: i32, l: usize, lrs: i32, lcs: i32, s: usize, srs: i32, scs: i32, p: usize, ws: usize,
): void {
  choleskyTangent<f64>(n, l, lrs, lcs, s, srs, scs, p, ws);
}

export function cholesky_tangent_f32(
  n: i32, l: usize, lrs: i32, lcs: i32, s: usize, srs: i32, scs: i32, p: usize, ws: usize,
): void {
  choleskyTangent<f32>(n, l, lrs, lcs, s, srs, scs, p, ws);
}

export function cholesky_adjoint_f64(
  n: i32, l: usize, lrs: i32, lcs: i32, lbar: usize, brs: i32, bcs: i32, m: usize, ws: usize,
): void {
  choleskyAdjoint<f64>(n, l, lrs, lcs, lbar, brs, bcs, m, ws);
}

export function cholesky_adjoint_f32(
  n: i32, l: usize, lrs: i32, lcs: i32, lbar: usize, brs: i32, bcs: i32, m: usize, ws: usize,
): void {
  choleskyAdjoint<f32>(n, l, lrs, lcs, lbar, brs, bcs, m, ws);
}

export function triangular_solve_f64(
  n: i32, m: i32, lower: i32, unit: i32, t: usize, trs: i32, tcs: i32, b: usize, brs: i32, bcs: i32, x: usize, ws: usize,
): void {
  triangularSolve<f64>(n, m, lower, unit, t, trs, tcs, b, brs, bcs, x, ws);
}

export function triangular_solve_f32(
  n: i32, m: i32, lower: i32, unit: i32, t: usize, trs: i32, tcs: i32, b: usize, brs: i32, bcs: i32, x: usize, ws: usize,
): void {
  triangularSolve<f32>(n, m, lower, unit, t, trs, tcs, b, brs, bcs, x, ws);
}

export function lu_f64(
  n: i32, a: usize, ars: i32, acs: i32, f: usize, ws: usize,
): void {
  lu<f64>(n, a, ars, acs, f, ws);
}

export function lu_f32(
  n: i32, a: usize, ars: i32, acs: i32, f: usize, ws: usize,
): void {
  lu<f32>(n, a, ars, acs, f, ws);
}

export function lu_solve_f64(
  n: i32, m: i32, transposed: i32, f: usize, b: usize, brs: i32, bcs: i32, x: usize, ws: usize,
): void {
  luSolve<f64>(n, m, transposed, f, b, brs, bcs, x, ws);
}

export function lu_solve_f32(
  n: i32, m: i32, transposed: i32, f: usize, b: usize, brs: i32, bcs: i32, x: usize, ws: usize,
): void {
  luSolve<f32>(n, m, transposed, f, b, brs, bcs, x, ws);
}

export function qr_f64(
  m: i32, n: i32, a: usize, ars: i32, acs: i32, q: usize, ws: usize,
): void {
  qr<f64>(m, n, a, ars, acs, q, ws);
}

export function qr_f32(
  m: i32, n: i32, a: usize, ars: i32, acs: i32, q: usize, ws: usize,
): void {
  qr<f32>(m, n, a, ars, acs, q, ws);
}
