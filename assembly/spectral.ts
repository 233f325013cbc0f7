// The spectral family: eigenvalues and singular values, and the matrix exponential; apart from `factor`, so that a
// program with a Cholesky factor does not carry them. Conventions as there.

import { eigh } from "./linalg/eigh";
import { expm } from "./linalg/expm";
import { svd } from "./linalg/svd";

export function eigh_f64(
  n: i32, a: usize, ars: i32, acs: i32, d: usize, ws: usize,
): void {
  eigh<f64>(n, a, ars, acs, d, ws);
}

export function eigh_f32(
  n: i32, a: usize, ars: i32, acs: i32, d: usize, ws: usize,
): void {
  eigh<f32>(n, a, ars, acs, d, ws);
}

export function svd_f64(
  m: i32, n: i32, a: usize, ars: i32, acs: i32, u: usize, ws: usize,
): void {
  svd<f64>(m, n, a, ars, acs, u, ws);
}

export function svd_f32(
  m: i32, n: i32, a: usize, ars: i32, acs: i32, u: usize, ws: usize,
): void {
  svd<f32>(m, n, a, ars, acs, u, ws);
}

export function expm_f64(
  n: i32, a: usize, ars: i32, acs: i32, out: usize, ws: usize,
): void {
  expm<f64>(n, 0, a, ars, acs, 0, 0, 0, out, ws);
}

export function expm_f32(
  n: i32, a: usize, ars: i32, acs: i32, out: usize, ws: usize,
): void {
  expm<f32>(n, 0, a, ars, acs, 0, 0, 0, out, ws);
}

export function expm_frechet_f64(
  n: i32, a: usize, ars: i32, acs: i32, e: usize, ers: i32, ecs: i32, out: usize, ws: usize,
): void {
  expm<f64>(n, 1, a, ars, acs, e, ers, ecs, out, ws);
}

export function expm_frechet_f32(
  n: i32, a: usize, ars: i32, acs: i32, e: usize, ers: i32, ecs: i32, out: usize, ws: usize,
): void {
  expm<f32>(n, 1, a, ars, acs, e, ers, ecs, out, ws);
}
